#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512DQ__) || !defined(__AVX512VL__) || \
    !defined(__AVX512VNNI__)
#error "compile with -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_avx512.h"
#include "runtime/kernels/generic/attention_s8_quads.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

size_t attention_f32_s8_16q_avx512vnni_scratch(size_t length, size_t head_width) {
  return ByLanes<QuadDot>::layout(length, head_width, nullptr).bytes;
}

void attention_f32_s8_16q_avx512vnni(const AttentionS8Args& a) { attention_s8<ByLanes<QuadDot>>(a); }

}  // namespace linnet::kernels
