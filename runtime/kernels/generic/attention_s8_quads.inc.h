// INT8 attention for instruction sets with dot products of four bytes, unsigned times signed.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/attention_s8_lanes.inc.h"

namespace linnet::kernels {
namespace {

// Four bytes of a dword, unsigned times signed: keys as k ^ 0x80, with -128 sum(q) of each query to start from;
// probabilities as they are. The four keys of a dword of probabilities and values lie in the order 0, 2, 1, 3.
struct QuadDot {
  static constexpr size_t kPerDword = 4;

  LINNET_INLINE static Ints load_query(const int8_t* q, size_t dword) { return load_raw(q + 4 * dword); }
  LINNET_INLINE static void prepare_keys(const AttentionS8Args& a, size_t hs, int8_t* out) {
    const Ints flip = splat_int(static_cast<int32_t>(0x80808080));
    for (size_t i = 0; i < a.length * hs; i += 64) store_raw(out + i, xor_bits(load_raw(a.k + i), flip));
  }
  LINNET_INLINE static Ints start(const int32_t* query, size_t dwords) {
    Ints sum = splat_int(0);
    for (size_t i = 0; i < dwords; ++i) sum = dot(sum, load_ints(query + i * 16), splat_int(0x01010101));
    return shift_left<7>(sub_ints(splat_int(0), sum));
  }
  LINNET_INLINE static Ints start_of_values(const int32_t*, size_t) { return splat_int(0); }
  LINNET_INLINE static Ints dot(Ints sum, Ints query, Ints key) { return dot_quads(sum, key, query); }
  LINNET_INLINE static Ints weigh(Ints sum, Ints probability, Ints value) { return dot_quads(sum, probability, value); }
  LINNET_INLINE static Ints pack_values(const int8_t* const* rows, size_t d) {
    return interleave_rows(rows[0] + d, rows[2] + d, rows[1] + d, rows[3] + d);
  }
  LINNET_INLINE static void pack_probabilities(int32_t* out, size_t i, Ints p01, Ints p23) {
    store_ints(out + i / 2 * 16, or_bits(p01, shift_pairs_left<8>(p23)));
  }
};

}  // namespace
}  // namespace linnet::kernels
