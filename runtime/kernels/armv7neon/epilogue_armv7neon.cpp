#if defined(__aarch64__) || !defined(__ARM_NEON)
#error "compile with -march=armv7-a -mfpu=neon"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_neon.h"
#include "runtime/kernels/generic/finish_heads.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

FinishTile finish_tile_armv7neon(Activation activation, const float* residual, const HeadsResult* heads) {
  return finish_of(activation, residual, heads);
}

}  // namespace linnet::kernels
