// The sums of products of INT8 attention by lanes: 16 queries side by side, one key or one column of V at a time.
//
// Dot says how the instruction set multiplies small integers: how many of them share a dword, what the sums of their
// products start from, and those sums.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/attention_s8.inc.h"

namespace linnet::kernels {
namespace {

// Scores of kKeys keys from j; kDwords is the number of dwords of a row, or 0 to take it from hs.
template <typename Dot, size_t kKeys, size_t kDwords>
LINNET_INLINE void score_keys(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t hs, size_t j, Ints start,
                              Queries& t) {
  Ints sum[kKeys];
  const int8_t* keys[kKeys];
  LINNET_UNROLL
  for (size_t u = 0; u < kKeys; ++u) {
    sum[u] = start;
    keys[u] = s.keys + (j + u) * hs * 4 / Dot::kPerDword;
  }
  const auto multiply = [&](size_t i) LINNET_INLINE_LAMBDA {
    const Ints q = load_ints(s.query + i * 16);
    LINNET_UNROLL
    for (size_t u = 0; u < kKeys; ++u) sum[u] = Dot::dot(sum[u], q, splat_int(load_dword(keys[u] + 4 * i)));
  };
  if constexpr (kDwords > 0) {
    LINNET_UNROLL
    for (size_t i = 0; i < kDwords; ++i) multiply(i);
  } else {
    for (size_t i = 0; i < hs / Dot::kPerDword; ++i) multiply(i);
  }
  LINNET_UNROLL
  for (size_t u = 0; u < kKeys; ++u) t.largest = max(keep_score(a, s, j + u, sum[u], t), t.largest);
}

template <typename Dot, size_t kDwords>
[[gnu::noinline]] void score_keys_of_width(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t hs,
                                           Queries& state) {
  const Ints start = Dot::start(s.query, hs / Dot::kPerDword);
  Queries t = state;
  t.largest = splat(kLowest);
  size_t j = 0;
  for (; j + kKeysAtOnce <= a.length; j += kKeysAtOnce) score_keys<Dot, kKeysAtOnce, kDwords>(a, s, hs, j, start, t);
  for (; j < a.length; ++j) score_keys<Dot, 1, kDwords>(a, s, hs, j, start, t);
  pad_scores(a, s);
  state.largest = t.largest;
}

// An Engine of attention_s8.inc.h.
template <typename Dot>
struct ByLanes {
  static constexpr size_t kPerDword = Dot::kPerDword;

  LINNET_INLINE static AttentionS8Scratch layout(size_t length, size_t head_width, void* base) {
    return attention_s8_layout<kPerDword>(length, head_width, base);
  }

  LINNET_INLINE static void prepare(const AttentionS8Args& a, size_t hs, const AttentionS8Scratch& s) {
    Dot::prepare_keys(a, hs, s.keys);
    for (size_t j = 0; j < padded(a.length, 4); j += Dot::kPerDword) {
      const int8_t* rows[Dot::kPerDword];
      for (size_t i = 0; i < Dot::kPerDword; ++i) rows[i] = a.v + smaller(j + i, a.length - 1) * hs;
      for (size_t d = 0; d < hs; d += 16) store_ints(s.values + j / Dot::kPerDword * hs + d, Dot::pack_values(rows, d));
    }
  }

  LINNET_INLINE static void score_all_keys(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t hs,
                                           Queries& t) {
    load_queries<ByLanes>(a, s, hs, t);
    switch (hs) {
      case 32: return score_keys_of_width<Dot, 32 / kPerDword>(a, s, hs, t);
      case 64: return score_keys_of_width<Dot, 64 / kPerDword>(a, s, hs, t);
      default: return score_keys_of_width<Dot, 0>(a, s, hs, t);
    }
  }
  LINNET_INLINE static Ints load_query(const int8_t* q, size_t dword) { return Dot::load_query(q, dword); }
  LINNET_INLINE static void pack_probabilities(int32_t* out, size_t i, Ints p01, Ints p23) {
    Dot::pack_probabilities(out, i, p01, p23);
  }
  // O of one block: [hs][16] sums of p * v, scaled back by `unit` and added to `out` (or put there, for the first
  // block).
  [[gnu::noinline]] static void add_block(const AttentionS8Scratch& s, size_t hs, size_t block, size_t count,
                                          Floats unit) {
    const size_t dwords = count / Dot::kPerDword;
    const Ints start = Dot::start_of_values(s.probability, dwords);
    const int32_t* values = s.values + block / Dot::kPerDword * hs;
    for (size_t d = 0; d < hs; d += kColumnsAtOnce) {
      Ints sum[kColumnsAtOnce];
      LINNET_UNROLL
      for (size_t i = 0; i < kColumnsAtOnce; ++i) sum[i] = start;
      const auto multiply = [&](size_t g) LINNET_INLINE_LAMBDA {
        const Ints p = load_ints(s.probability + g * 16);
        const int32_t* v = values + g * hs + d;
        LINNET_UNROLL
        for (size_t i = 0; i < kColumnsAtOnce; ++i) sum[i] = Dot::weigh(sum[i], p, splat_int(v[i]));
      };
      size_t g = 0;
      for (; g + 4 <= dwords; g += 4) {
        multiply(g);
        multiply(g + 1);
        multiply(g + 2);
        multiply(g + 3);
      }
      for (; g < dwords; ++g) multiply(g);
      LINNET_UNROLL
      for (size_t i = 0; i < kColumnsAtOnce; ++i) add_to_output(s, block, d + i, sum[i], unit);
    }
  }
};

}  // namespace
}  // namespace linnet::kernels
