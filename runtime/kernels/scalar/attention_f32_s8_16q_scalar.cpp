#define LINNET_VEC16 "runtime/kernels/vec16_scalar.h"
#include "runtime/kernels/generic/attention_s8_pairs.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

size_t attention_f32_s8_16q_scalar_scratch(size_t length, size_t head_width) {
  return ByLanes<PairDot>::layout(length, head_width, nullptr).bytes;
}

void attention_f32_s8_16q_scalar(const AttentionS8Args& a) { attention_s8<ByLanes<PairDot>>(a); }

}  // namespace linnet::kernels
