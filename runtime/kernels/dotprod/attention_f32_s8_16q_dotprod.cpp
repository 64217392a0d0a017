#if !defined(__ARM_FEATURE_DOTPROD)
#error "compile with -march=armv8.2-a+dotprod"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_neon.h"
#include "runtime/kernels/generic/attention_s8_signed_quads.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

size_t attention_f32_s8_16q_dotprod_scratch(size_t length, size_t head_width) {
  return ByLanes<SignedQuadDot>::layout(length, head_width, nullptr).bytes;
}

void attention_f32_s8_16q_dotprod(const AttentionS8Args& a) { attention_s8<ByLanes<SignedQuadDot>>(a); }

}  // namespace linnet::kernels
