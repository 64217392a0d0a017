#if !defined(__wasm_simd128__)
#error "compile with -msimd128"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_wasm.h"
#include "runtime/kernels/generic/gemm_s8_pairs.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

void gemm_f32_s8s8_2x16_wasm128(const GemmS8Args& a) {
  gemm_s8_pairs<1, 2>(a, finish_tile_wasm128(a.activation, a.residual, a.heads));
}

}  // namespace linnet::kernels
