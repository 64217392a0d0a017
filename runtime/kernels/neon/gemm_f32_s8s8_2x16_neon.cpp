#if !defined(__aarch64__)
#error "for AArch64"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_neon.h"
#include "runtime/kernels/generic/gemm_s8_widening.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

void gemm_f32_s8s8_2x16_neon(const GemmS8Args& a) {
  gemm_s8_widening<16>(a, finish_tile_neon(a.activation, a.residual, a.heads));
}

}  // namespace linnet::kernels
