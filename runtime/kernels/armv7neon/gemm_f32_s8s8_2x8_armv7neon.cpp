#if defined(__aarch64__) || !defined(__ARM_NEON)
#error "compile with -march=armv7-a -mfpu=neon"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_neon.h"
#include "runtime/kernels/generic/gemm_s8_widening.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

void gemm_f32_s8s8_2x8_armv7neon(const GemmS8Args& a) {
  gemm_s8_widening<8>(a, finish_tile_armv7neon(a.activation, a.residual, a.heads));
}

}  // namespace linnet::kernels
