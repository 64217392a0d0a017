// INT8 attention for instruction sets with dot products of four bytes of one kind, both signed or both unsigned.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/attention_s8_lanes.inc.h"

namespace linnet::kernels {
namespace {

// Four bytes of a dword. Queries and keys are signed as they are; probabilities are unsigned, so values are taken as
// v ^ 0x80 = v + 128, and 128 times the sum of the probabilities is taken off before. The four keys of a dword of
// probabilities and values lie in the order 0, 2, 1, 3.
struct SignedQuadDot {
  static constexpr size_t kPerDword = 4;

  LINNET_INLINE static Ints load_query(const int8_t* q, size_t dword) { return load_raw(q + 4 * dword); }
  LINNET_INLINE static void prepare_keys(const AttentionS8Args& a, size_t hs, int8_t* out) {
    for (size_t i = 0; i < a.length * hs; i += 64) store_raw(out + i, load_raw(a.k + i));
  }
  LINNET_INLINE static Ints start(const int32_t*, size_t) { return splat_int(0); }
  LINNET_INLINE static Ints start_of_values(const int32_t* probability, size_t dwords) {
    Ints sum = splat_int(0);
    for (size_t i = 0; i < dwords; ++i) {
      sum = dot_unsigned_quads(sum, load_ints(probability + i * 16), splat_int(0x01010101));
    }
    return shift_left<7>(sub_ints(splat_int(0), sum));
  }
  LINNET_INLINE static Ints dot(Ints sum, Ints query, Ints key) { return dot_signed_quads(sum, query, key); }
  LINNET_INLINE static Ints weigh(Ints sum, Ints probability, Ints value) {
    return dot_unsigned_quads(sum, probability, value);
  }
  LINNET_INLINE static Ints pack_values(const int8_t* const* rows, size_t d) {
    return xor_bits(interleave_rows(rows[0] + d, rows[2] + d, rows[1] + d, rows[3] + d),
                    splat_int(static_cast<int32_t>(0x80808080)));
  }
  LINNET_INLINE static void pack_probabilities(int32_t* out, size_t i, Ints p01, Ints p23) {
    store_ints(out + i / 2 * 16, or_bits(p01, shift_pairs_left<8>(p23)));
  }
};

}  // namespace
}  // namespace linnet::kernels
