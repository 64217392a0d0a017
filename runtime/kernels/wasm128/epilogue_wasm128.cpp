#if !defined(__wasm_simd128__)
#error "compile with -msimd128"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_wasm.h"
#include "runtime/kernels/generic/finish_heads.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

FinishTile finish_tile_wasm128(Activation activation, const float* residual, const HeadsResult* heads) {
  return finish_of(activation, residual, heads);
}

}  // namespace linnet::kernels
