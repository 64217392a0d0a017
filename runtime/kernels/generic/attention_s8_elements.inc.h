// INT8 attention for NEON without dot products: everything is widened to int16, and 16 queries (or their probabilities)
// are multiplied by one element of a key (or value) with smlal by element, which needs neither a splat nor a sum of
// neighbours.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/attention_s8.inc.h"

namespace linnet::kernels {
namespace {

// The int16 of one element of 16 queries: queries 0..7 and 8..15.
struct Column {
  int16x8_t low, high;
};
LINNET_INLINE Column load_column(const int16_t* p) { return {vld1q_s16(p), vld1q_s16(p + 8)}; }

// sum + column * (element kLane of x).
template <int kLane>
LINNET_INLINE Ints add_products(Ints sum, const Column& column, int16x4_t x) {
  sum.v[0] = vmlal_lane_s16(sum.v[0], vget_low_s16(column.low), x, kLane);
  sum.v[2] = vmlal_lane_s16(sum.v[2], vget_low_s16(column.high), x, kLane);
#if defined(__aarch64__)
  sum.v[1] = vmlal_high_lane_s16(sum.v[1], column.low, x, kLane);
  sum.v[3] = vmlal_high_lane_s16(sum.v[3], column.high, x, kLane);
#else
  sum.v[1] = vmlal_lane_s16(sum.v[1], vget_high_s16(column.low), x, kLane);
  sum.v[3] = vmlal_lane_s16(sum.v[3], vget_high_s16(column.high), x, kLane);
#endif
  return sum;
}

// 16 pairs of int16 become the 16 first ones and the 16 second ones.
LINNET_INLINE void store_columns(int16_t* first, int16_t* second, Ints pairs) {
  const int16x8x2_t low = vuzpq_s16(words(pairs.v[0]), words(pairs.v[1]));
  const int16x8x2_t high = vuzpq_s16(words(pairs.v[2]), words(pairs.v[3]));
  vst1q_s16(first, low.val[0]);
  vst1q_s16(first + 8, high.val[0]);
  vst1q_s16(second, low.val[1]);
  vst1q_s16(second + 8, high.val[1]);
}

LINNET_INLINE void widen_row(const int8_t* from, size_t count, int16_t* to) {  // count: a multiple of 16
  for (size_t i = 0; i < count; i += 16) {
    const int8x16_t bytes = vld1q_s8(from + i);
    vst1q_s16(to + i, vmovl_s8(vget_low_s8(bytes)));
    vst1q_s16(to + i + 8, vmovl_s8(vget_high_s8(bytes)));
  }
}

// Adds to kColumns sums the products of `column` with the elements kFirst .. kFirst + kColumns - 1 of x.
template <size_t kColumns, int kFirst>
LINNET_INLINE void add_to_columns(Ints (&sum)[kColumns], const Column& column, int16x4_t x) {
  sum[0] = add_products<kFirst>(sum[0], column, x);
  sum[1] = add_products<kFirst + 1>(sum[1], column, x);
  if constexpr (kColumns == 4) {
    sum[2] = add_products<kFirst + 2>(sum[2], column, x);
    sum[3] = add_products<kFirst + 3>(sum[3], column, x);
  }
}

// Scores of kKeys keys from j.
template <size_t kKeys>
LINNET_INLINE void score_keys_by_element(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t hs, size_t j,
                                         Queries& t) {
  const int16_t* const query = reinterpret_cast<const int16_t*>(s.query);
  const int16_t* const keys = reinterpret_cast<const int16_t*>(s.keys) + j * hs;
  Ints sum[kKeys];
  LINNET_UNROLL
  for (size_t u = 0; u < kKeys; ++u) sum[u] = splat_int(0);
  for (size_t d = 0; d < hs; d += 4) {
    int16x4_t k[kKeys];
    LINNET_UNROLL
    for (size_t u = 0; u < kKeys; ++u) k[u] = vld1_s16(keys + u * hs + d);
    Column column = load_column(query + d * 16);
    LINNET_UNROLL
    for (size_t u = 0; u < kKeys; ++u) sum[u] = add_products<0>(sum[u], column, k[u]);
    column = load_column(query + d * 16 + 16);
    LINNET_UNROLL
    for (size_t u = 0; u < kKeys; ++u) sum[u] = add_products<1>(sum[u], column, k[u]);
    column = load_column(query + d * 16 + 32);
    LINNET_UNROLL
    for (size_t u = 0; u < kKeys; ++u) sum[u] = add_products<2>(sum[u], column, k[u]);
    column = load_column(query + d * 16 + 48);
    LINNET_UNROLL
    for (size_t u = 0; u < kKeys; ++u) sum[u] = add_products<3>(sum[u], column, k[u]);
  }
  LINNET_UNROLL
  for (size_t u = 0; u < kKeys; ++u) t.largest = max(keep_score(a, s, j + u, sum[u], t), t.largest);
}

// An Engine of attention_s8.inc.h.
struct ByElement {
  static constexpr size_t kPerDword = 2;

  LINNET_INLINE static AttentionS8Scratch layout(size_t length, size_t head_width, void* base) {
    return attention_s8_layout<kPerDword>(length, head_width, base);
  }
  LINNET_INLINE static void prepare(const AttentionS8Args& a, size_t hs, const AttentionS8Scratch& s) {
    int16_t* const values = reinterpret_cast<int16_t*>(s.values);
    widen_row(a.k, a.length * hs, reinterpret_cast<int16_t*>(s.keys));
    widen_row(a.v, a.length * hs, values);
    // Behind the last key: values that meet no probability but zero.
    for (size_t j = a.length; j < padded(a.length, 4); ++j) widen_row(a.v, hs, values + j * hs);
  }
  LINNET_INLINE static Ints load_query(const int8_t* q, size_t dword) {
    int16_t wide[32];
    widen_row(q + 2 * dword, 32, wide);
    return load_raw(wide);
  }
  [[gnu::noinline]] static void score_all_keys(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t hs,
                                               Queries& state) {
    load_queries<ByElement>(a, s, hs, state);
    int16_t* const query = reinterpret_cast<int16_t*>(s.query);
    for (size_t d = 0; d < hs; d += 2) {
      store_columns(query + d * 16, query + d * 16 + 16, load_raw(query + d * 16));
    }
    Queries t = state;
    size_t j = 0;
    for (; j + kKeysAtOnce <= a.length; j += kKeysAtOnce) score_keys_by_element<kKeysAtOnce>(a, s, hs, j, t);
    for (; j < a.length; ++j) score_keys_by_element<1>(a, s, hs, j, t);
    pad_scores(a, s);
    state.largest = t.largest;
  }
  LINNET_INLINE static void pack_probabilities(int32_t* out, size_t i, Ints p01, Ints p23) {
    int16_t* const to = reinterpret_cast<int16_t*>(out + i * 16);
    store_columns(to, to + 16, p01);
    store_columns(to + 32, to + 48, p23);
  }
  // Columns d + kFirst .. d + kFirst + kColumnsAtOnce - 1.
  template <int kFirst>
  LINNET_INLINE static void add_columns(const AttentionS8Scratch& s, size_t hs, size_t block, size_t count, size_t d,
                                        Floats unit) {
    const int16_t* const probability = reinterpret_cast<const int16_t*>(s.probability);
    const int16_t* const values = reinterpret_cast<const int16_t*>(s.values) + block * hs + d;
    Ints sum[kColumnsAtOnce];
    LINNET_UNROLL
    for (size_t i = 0; i < kColumnsAtOnce; ++i) sum[i] = splat_int(0);
    for (size_t j = 0; j < count; j += 2) {  // count is a multiple of 4
      add_to_columns<kColumnsAtOnce, kFirst>(sum, load_column(probability + j * 16), vld1_s16(values + j * hs));
      add_to_columns<kColumnsAtOnce, kFirst>(sum, load_column(probability + j * 16 + 16),
                                             vld1_s16(values + (j + 1) * hs));
    }
    LINNET_UNROLL
    for (size_t i = 0; i < kColumnsAtOnce; ++i) add_to_output(s, block, d + kFirst + i, sum[i], unit);
  }
  [[gnu::noinline]] static void add_block(const AttentionS8Scratch& s, size_t hs, size_t block, size_t count,
                                          Floats unit) {
    for (size_t d = 0; d < hs; d += 4) {
      add_columns<0>(s, hs, block, count, d, unit);
      if constexpr (kColumnsAtOnce == 2) add_columns<2>(s, hs, block, count, d, unit);
    }
  }
};

}  // namespace
}  // namespace linnet::kernels
