#if !defined(__SSE4_1__)
#error "compile with -msse4.1"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_sse41.h"
#include "runtime/kernels/generic/gemm_s8_pairs.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

void gemm_f32_s8s8_2x16_sse41(const GemmS8Args& a) {
  gemm_s8_pairs<1, 2>(a, finish_tile_sse41(a.activation, a.residual, a.heads));
}

}  // namespace linnet::kernels
