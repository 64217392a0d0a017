#if !defined(__AVX2__) || !defined(__FMA__)
#error "compile with -mavx2 -mfma"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_avx2.h"
#include "runtime/kernels/generic/finish_heads.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

FinishTile finish_tile_avx2(Activation activation, const float* residual, const HeadsResult* heads) {
  return finish_of(activation, residual, heads);
}

}  // namespace linnet::kernels
