#if defined(__aarch64__) || !defined(__ARM_NEON)
#error "compile with -march=armv7-a -mfpu=neon"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_neon.h"
#include "runtime/kernels/generic/attention_s8_elements.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

size_t attention_f32_s8_16q_armv7neon_scratch(size_t length, size_t head_width) {
  return ByElement::layout(length, head_width, nullptr).bytes;
}

void attention_f32_s8_16q_armv7neon(const AttentionS8Args& a) { attention_s8<ByElement>(a); }

}  // namespace linnet::kernels
