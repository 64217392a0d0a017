// Float attention of one head; docs/numerics.md, "Attention in floats".
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/activation.inc.h"
#include "runtime/kernels/generic/attention.inc.h"

namespace linnet::kernels {
namespace {

// A probability is at least exp(-64) of the largest, so that no product with a value is subnormal.
constexpr float kSmallestLogit = -64.0f;

struct AttentionF32Scratch {
  float* scores;  // [length][16]
  float* query;   // [hs][16], hs = round_up(head width, 16)
  float* keys;    // [length][hs], since rows of all heads lie too far apart for the cache
  float* values;  // [length][hs]
  size_t bytes;
};

LINNET_INLINE AttentionF32Scratch attention_f32_layout(size_t length, size_t head_width, void* base) {
  Scratch s = {static_cast<char*>(base)};
  AttentionF32Scratch r;
  r.scores = static_cast<float*>(s.take(length * 64));
  const size_t row = padded(head_width, 16) * 4;
  r.query = static_cast<float*>(s.take(row * 16));
  r.keys = static_cast<float*>(s.take(length * row));
  r.values = static_cast<float*>(s.take(length * row));
  r.bytes = s.used;
  return r;
}

LINNET_INLINE void copy_rows(const float* from, size_t stride, size_t length, size_t width, float* to) {
  for (size_t j = 0; j < length; ++j) {
    for (size_t d = 0; d < width; d += 16, to += 16) {
      store(to, d + 16 <= width ? load(from + j * stride + d) : load_first(from + j * stride + d, width - d));
    }
  }
}

template <size_t kKeys>
LINNET_INLINE Floats float_scores(const AttentionF32Args& a, const AttentionF32Scratch& s, size_t j, const float* bias,
                                  Floats largest) {
  Floats sum[kKeys];
  const float* keys[kKeys];
  LINNET_UNROLL
  for (size_t u = 0; u < kKeys; ++u) {
    sum[u] = splat(0.0f);
    keys[u] = s.keys + (j + u) * padded(a.head_width, 16);
  }
  for (size_t d = 0; d < a.head_width; ++d) {
    const Floats q = load(s.query + d * 16);
    LINNET_UNROLL
    for (size_t u = 0; u < kKeys; ++u) sum[u] = fma(q, splat(keys[u][d]), sum[u]);
  }
  LINNET_UNROLL
  for (size_t u = 0; u < kKeys; ++u) {
    if (bias != nullptr) sum[u] = add(sum[u], load(bias - static_cast<ptrdiff_t>(j + u)));
    store(s.scores + (j + u) * 16, sum[u]);
    largest = max(sum[u], largest);
  }
  return largest;
}

// Columns d .. d + kColumns - 1 of the 16 queries, not yet divided.
template <size_t kColumns>
[[gnu::noinline]] void float_values(const AttentionF32Args& a, const AttentionF32Scratch& s, size_t d, Floats* out) {
  Floats sum[kColumns];
  LINNET_UNROLL
  for (size_t i = 0; i < kColumns; ++i) sum[i] = splat(0.0f);
  for (size_t j = 0; j < a.length; ++j) {
    const Floats e = load(s.scores + j * 16);
    const float* v = s.values + j * padded(a.head_width, 16) + d;
    LINNET_UNROLL
    for (size_t i = 0; i < kColumns; ++i) sum[i] = fma(e, splat(v[i]), sum[i]);
  }
  LINNET_UNROLL
  for (size_t i = 0; i < kColumns; ++i) out[i] = sum[i];
}

[[gnu::noinline]] Floats all_float_scores(const AttentionF32Args& a, const AttentionF32Scratch& s, const float* bias) {
  Floats largest = splat(kLowest);
  size_t j = 0;
  for (; j + kKeysAtOnce <= a.length; j += kKeysAtOnce) largest = float_scores<kKeysAtOnce>(a, s, j, bias, largest);
  for (; j < a.length; ++j) largest = float_scores<1>(a, s, j, bias, largest);
  return largest;
}

// Scores to probabilities, not yet divided; returns their sum.
[[gnu::noinline]] Floats exponentials(const AttentionF32Scratch& s, size_t length, Floats largest) {
  Floats total = splat(0.0f);
  for (size_t j = 0; j < length; ++j) {
    const Floats e = exponential(sub(load(s.scores + j * 16), largest), kSmallestLogit);
    store(s.scores + j * 16, e);
    total = add(total, e);
  }
  return total;
}

LINNET_INLINE void float_attend_queries(const AttentionF32Args& a, const AttentionF32Scratch& s, size_t q0) {
  const size_t queries = smaller(16, a.query_end - q0);
  for (size_t d = 0; d < a.head_width; d += 16) {
    Ints rows[16];
    const size_t count = smaller(16, a.head_width - d);
    for (size_t t = 0; t < 16; ++t)
      rows[t] = bits(load_first(a.q + (q0 + smaller(t, queries - 1)) * a.stride + d, count));
    transpose(rows);
    for (size_t i = 0; i < 16; ++i) store(s.query + (d + i) * 16, from_bits(rows[i]));
  }

  const float* bias = a.bias == nullptr ? nullptr : a.bias + q0;
  const Floats total = exponentials(s, a.length, all_float_scores(a, s, bias));
  const Floats factor = div(splat(1.0f), total);
  for (size_t d = 0; d < a.head_width; d += 16) {
    Floats out[16];
    const size_t count = smaller(16, a.head_width - d);
    size_t i = 0;
    for (; i + kColumnsAtOnce <= count; i += kColumnsAtOnce) float_values<kColumnsAtOnce>(a, s, d + i, out + i);
    for (; i < count; ++i) float_values<1>(a, s, d + i, out + i);
    for (; i < 16; ++i) out[i] = splat(0.0f);
    Ints columns[16];
    for (i = 0; i < 16; ++i) columns[i] = bits(mul(out[i], factor));
    write_context(a.ctx + q0 * a.ctx_stride + d, a.ctx_stride, queries, columns, a.head_width - d);
  }
}

LINNET_INLINE void attention_f32(const AttentionF32Args& a) {
  const AttentionF32Scratch s = attention_f32_layout(a.length, a.head_width, a.scratch);
  copy_rows(a.k, a.stride, a.length, a.head_width, s.keys);
  copy_rows(a.v, a.stride, a.length, a.head_width, s.values);
  for (size_t q0 = a.query_begin; q0 < a.query_end; q0 += 16) float_attend_queries(a, s, q0);
}

}  // namespace
}  // namespace linnet::kernels
