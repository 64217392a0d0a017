#if !defined(__wasm_simd128__)
#error "compile with -msimd128"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_wasm.h"
#include "runtime/kernels/generic/attention_s8_pairs.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

size_t attention_f32_s8_16q_wasm128_scratch(size_t length, size_t head_width) {
  return ByLanes<PairDot>::layout(length, head_width, nullptr).bytes;
}

void attention_f32_s8_16q_wasm128(const AttentionS8Args& a) { attention_s8<ByLanes<PairDot>>(a); }

}  // namespace linnet::kernels
