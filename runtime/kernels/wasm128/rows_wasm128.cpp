#if !defined(__wasm_simd128__)
#error "compile with -msimd128"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_wasm.h"
#include "runtime/kernels/generic/quantize.inc.h"
#include "runtime/kernels/generic/rows.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

size_t quantize_rows_s8_f32_wasm128(const QuantizeRowsArgs& a) { return quantize_rows<false>(a); }
size_t quantize_heads_s8_f32_wasm128(const QuantizeHeadsArgs& a) { return quantize_heads(a); }
void norm_f32_f32_wasm128(const NormArgs& a) { norm(a); }
void embed_f32_f32s8_wasm128(const EmbedArgs& a) { embed(a); }
void pool_f32_f32_wasm128(const PoolArgs& a) { pool(a); }
void l2_normalize_f32_f32_wasm128(const L2NormalizeArgs& a) { l2_normalize(a); }
size_t find_non_finite_f32_wasm128(const float* x, size_t x_stride, size_t rows, size_t width) {
  return find_non_finite(x, x_stride, rows, width);
}

}  // namespace linnet::kernels
