#if !defined(__SSE4_1__)
#error "compile with -msse4.1"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_sse41.h"
#include "runtime/kernels/generic/gemm_f32.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

void gemm_f32_f32f32_2x16_sse41(const GemmF32Args& a) {
  gemm_f32<1, 2>(a, finish_tile_sse41(a.activation, a.residual, nullptr));
}

}  // namespace linnet::kernels
