#if !defined(__aarch64__)
#error "for AArch64"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_neon.h"
#include "runtime/kernels/generic/finish_heads.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

FinishTile finish_tile_neon(Activation activation, const float* residual, const HeadsResult* heads) {
  return finish_of(activation, residual, heads);
}

}  // namespace linnet::kernels
