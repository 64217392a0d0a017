#define LINNET_VEC16 "runtime/kernels/vec16_scalar.h"
#include "runtime/kernels/generic/epilogue.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

FinishTile finish_tile_scalar(Activation activation, const float* residual) {
  return finish_tile_of(activation, residual);
}

}  // namespace linnet::kernels
