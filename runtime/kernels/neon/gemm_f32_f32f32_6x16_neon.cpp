#if !defined(__aarch64__)
#error "for AArch64"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_neon.h"
#include "runtime/kernels/generic/gemm_f32_elements.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

void gemm_f32_f32f32_6x16_neon(const GemmF32Args& a) {
  gemm_f32_elements(a, finish_tile_neon(a.activation, a.residual, nullptr));
}

}  // namespace linnet::kernels
