#if !defined(__wasm_simd128__)
#error "compile with -msimd128"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_wasm.h"
#include "runtime/kernels/generic/gemm_f32.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

void gemm_f32_f32f32_2x16_wasm128(const GemmF32Args& a) {
  gemm_f32<1, 2>(a, finish_tile_wasm128(a.activation, a.residual, nullptr));
}

}  // namespace linnet::kernels
