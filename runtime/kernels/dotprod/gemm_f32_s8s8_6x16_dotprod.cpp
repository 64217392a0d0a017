#if !defined(__ARM_FEATURE_DOTPROD)
#error "compile with -march=armv8.2-a+dotprod"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_neon.h"
#include "runtime/kernels/generic/gemm_s8_dotprod.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

void gemm_f32_s8s8_6x16_dotprod(const GemmS8Args& a) {
  gemm_s8_dotprod(a, finish_tile_neon(a.activation, a.residual, a.heads));
}

}  // namespace linnet::kernels
