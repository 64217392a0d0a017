// INT8 attention for instruction sets that multiply pairs of int16.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/attention_s8_lanes.inc.h"

namespace linnet::kernels {
namespace {

// Pairs of int16 in a dword: widened keys and values, probabilities as they come.
struct PairDot {
  static constexpr size_t kPerDword = 2;

  LINNET_INLINE static Ints load_query(const int8_t* q, size_t dword) { return load_s8_pairs(q + 2 * dword); }
  LINNET_INLINE static void prepare_keys(const AttentionS8Args& a, size_t hs, int8_t* out) {
    // The last 16 bytes may be the caller's slack.
    for (size_t i = 0; i < a.length * hs; i += 32) store_raw(out + 2 * i, load_s8_pairs(a.k + i));
  }
  // What a score and a weighted sum of values start from, for the dwords of the query and of the probabilities.
  LINNET_INLINE static Ints start(const int32_t*, size_t) { return splat_int(0); }
  LINNET_INLINE static Ints start_of_values(const int32_t*, size_t) { return splat_int(0); }
  LINNET_INLINE static Ints dot(Ints sum, Ints query, Ints key) { return dot_pairs(sum, query, key); }
  LINNET_INLINE static Ints weigh(Ints sum, Ints probability, Ints value) { return dot_pairs(sum, probability, value); }
  LINNET_INLINE static Ints pack_values(const int8_t* const* rows, size_t d) {
    return make_pairs(load_s8(rows[0] + d), load_s8(rows[1] + d));
  }
  // The probabilities of the keys 2 i .. 2 i + 3 of a block as the dot product wants them.
  LINNET_INLINE static void pack_probabilities(int32_t* out, size_t i, Ints p01, Ints p23) {
    store_ints(out + i * 16, p01);
    store_ints(out + i * 16 + 16, p23);
  }
};

}  // namespace
}  // namespace linnet::kernels
