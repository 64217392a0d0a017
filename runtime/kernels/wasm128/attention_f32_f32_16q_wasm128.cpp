#if !defined(__wasm_simd128__)
#error "compile with -msimd128"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_wasm.h"
#include "runtime/kernels/generic/attention_f32.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

size_t attention_f32_f32_16q_wasm128_scratch(size_t length, size_t head_width) {
  return attention_f32_layout(length, head_width, nullptr).bytes;
}

void attention_f32_f32_16q_wasm128(const AttentionF32Args& a) { attention_f32(a); }

}  // namespace linnet::kernels
