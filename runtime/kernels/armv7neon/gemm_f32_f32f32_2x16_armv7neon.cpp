#if defined(__aarch64__) || !defined(__ARM_NEON)
#error "compile with -march=armv7-a -mfpu=neon"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_neon.h"
#include "runtime/kernels/generic/gemm_f32.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

void gemm_f32_f32f32_2x16_armv7neon(const GemmF32Args& a) {
  gemm_f32<1, 2>(a, finish_tile_armv7neon(a.activation, a.residual, nullptr));
}

}  // namespace linnet::kernels
