#if !defined(__SSE4_1__)
#error "compile with -msse4.1"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_sse41.h"
#include "runtime/kernels/generic/epilogue.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

FinishTile finish_tile_sse41(Activation activation, const float* residual) {
  return finish_tile_of(activation, residual);
}

}  // namespace linnet::kernels
