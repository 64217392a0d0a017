// INT8 attention of one head; docs/numerics.md, "Attention in integers".
//
// Dot says how the instruction set multiplies small integers: how many of them share a dword, and the sums of their
// products. Everything else is the same for all.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/activation.inc.h"
#include "runtime/kernels/generic/attention.inc.h"

namespace linnet::kernels {
namespace {

constexpr size_t kBlock = 128;                                         // keys that share one scale of the probabilities
constexpr float kStepsPerNat = static_cast<float>(369.3299304675746);  // 256 log2(e)
constexpr float kLargestStep = 4095.0f;                                // 2^-16 of the largest probability: nothing
constexpr float kProbabilityUnit = static_cast<float>(1073741824.0 / (255.0 * 32767.0));

struct AttentionS8Scratch {
  float* scores;         // [keys][16]
  int16_t* wide_keys;    // [length][hs], when a dword holds pairs
  int32_t* key_start;    // [keys], when it holds four
  int32_t* values;       // [keys / per dword][hs]
  int16_t* value_scale;  // [keys]
  int32_t* query;        // [hs / per dword][16]
  int32_t* weights;      // [kBlock / 2][16] pairs
  int32_t* probability;  // [kBlock / per dword][16]
  float* out;            // [hs][16]
  size_t bytes;
};

template <typename Dot>
LINNET_INLINE AttentionS8Scratch attention_s8_layout(size_t length, size_t head_width, void* base) {
  Scratch s = {static_cast<char*>(base)};
  const size_t keys = padded(length, 4), hs = padded(head_width, 16);
  AttentionS8Scratch r;
  r.scores = static_cast<float*>(s.take(keys * 64));
  r.wide_keys = static_cast<int16_t*>(s.take(Dot::kPerDword == 2 ? length * hs * 2 : 0));
  r.key_start = static_cast<int32_t*>(s.take(Dot::kPerDword == 4 ? keys * 4 : 0));
  r.values = static_cast<int32_t*>(s.take(keys / Dot::kPerDword * hs * 4));
  r.value_scale = static_cast<int16_t*>(s.take(padded(keys, 16) * 2));
  r.query = static_cast<int32_t*>(s.take(padded(hs / Dot::kPerDword, 16) * 64));
  r.weights = static_cast<int32_t*>(s.take(kBlock / 2 * 64));
  r.probability = static_cast<int32_t*>(s.take(kBlock / Dot::kPerDword * 64));
  r.out = static_cast<float*>(s.take(hs * 64));
  r.bytes = s.used;
  return r;
}

// Pairs of int16 in a dword: widened keys and values, probabilities as they come.
struct PairDot {
  static constexpr size_t kPerDword = 2;

  LINNET_INLINE static Ints load_query(const int8_t* q, size_t dword) { return load_s8_pairs(q + 2 * dword); }
  LINNET_INLINE static void prepare_keys(const AttentionS8Args& a, size_t hs, const AttentionS8Scratch& s) {
    for (size_t i = 0; i < a.length * hs; i += 16) {
      const Ints x = load_s8(a.k + i);
      int32_t wide[16];
      store_ints(wide, x);
      for (size_t l = 0; l < 16; ++l) s.wide_keys[i + l] = static_cast<int16_t>(wide[l]);
    }
  }
  LINNET_INLINE static const void* key(const AttentionS8Args&, const AttentionS8Scratch& s, size_t at) {
    return s.wide_keys + at;
  }
  LINNET_INLINE static Ints start(const AttentionS8Scratch&, size_t) { return splat_int(0); }
  LINNET_INLINE static Ints dot(Ints sum, Ints a, Ints b) { return dot_pairs(sum, a, b); }
  LINNET_INLINE static Ints pack_values(const int8_t* const* rows, size_t d) {
    return make_pairs(load_s8(rows[0] + d), load_s8(rows[1] + d));
  }
  // `pairs` pairs of probabilities to dwords of the dot product.
  LINNET_INLINE static void pack_probabilities(int32_t* out, size_t i, Ints p01, Ints p23) {
    store_ints(out + i * 16, p01);
    store_ints(out + i * 16 + 16, p23);
  }
};

LINNET_INLINE Ints exp2_fixed(Ints d) {
  const Ints f = and_bits(shift_pairs_left<7>(d), splat_pair(0x7f80));
  Ints p = splat_pair(kExp2Fixed[3]);
  p = add_pairs(mul_q15(p, f), splat_pair(kExp2Fixed[2]));
  p = add_pairs(mul_q15(p, f), splat_pair(kExp2Fixed[1]));
  p = add_pairs(mul_q15(p, f), splat_pair(kExp2Fixed[0]));
  return shift_pairs_right_each(p, shift_pairs_right<8>(d));
}

// The int16 weights of V's scales; returns the largest scale.
LINNET_INLINE float prepare_value_scales(const AttentionS8Args& a, int16_t* out) {
  float largest = a.v_scale[0];
  for (size_t j = 1; j < a.length; ++j) largest = a.v_scale[j] > largest ? a.v_scale[j] : largest;
  const Floats factor = splat(32767.0f / largest);
  for (size_t j = 0; j < padded(a.length, 4); j += 16) {
    int32_t scaled[16];
    const size_t count = a.length > j ? a.length - j : 0;
    store_ints(scaled, round_to_int(mul(load_first(a.v_scale + j, count < 16 ? count : 16), factor)));
    for (size_t l = 0; l < 16; ++l) out[j + l] = static_cast<int16_t>(scaled[l]);
  }
  return largest;
}

template <typename Dot>
LINNET_INLINE void prepare_values(const AttentionS8Args& a, size_t hs, int32_t* out) {
  for (size_t j = 0; j < padded(a.length, 4); j += Dot::kPerDword) {
    const int8_t* rows[Dot::kPerDword];
    for (size_t i = 0; i < Dot::kPerDword; ++i) rows[i] = a.v + smaller(j + i, a.length - 1) * hs;
    for (size_t d = 0; d < hs; d += 16) store_ints(out + j / Dot::kPerDword * hs + d, Dot::pack_values(rows, d));
  }
}

// Scores of kKeys keys from j for 16 queries; returns the maximum so far.
template <typename Dot, size_t kKeys>
LINNET_INLINE Floats score_keys(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t hs, size_t j,
                                Floats q_scale, const float* bias, Floats largest) {
  Ints sum[kKeys];
  const void* keys[kKeys];
  LINNET_UNROLL
  for (size_t u = 0; u < kKeys; ++u) {
    sum[u] = Dot::start(s, j + u);
    keys[u] = Dot::key(a, s, (j + u) * hs);
  }
  const size_t dwords = hs / Dot::kPerDword;
  for (size_t i = 0; i < dwords; ++i) {
    const Ints q = load_ints(s.query + i * 16);
    LINNET_UNROLL
    for (size_t u = 0; u < kKeys; ++u) {
      sum[u] = Dot::dot(sum[u], q, splat_int(load_dword(static_cast<const char*>(keys[u]) + 4 * i)));
    }
  }
  LINNET_UNROLL
  for (size_t u = 0; u < kKeys; ++u) {
    Floats w = mul(to_float(sum[u]), splat(a.k_scale[j + u]));
    if (bias != nullptr) w = add(mul(w, q_scale), load(bias - static_cast<ptrdiff_t>(j + u)));
    store(s.scores + (j + u) * 16, w);
    largest = max(w, largest);
  }
  return largest;
}

// O of one block: [hs][16] sums of p * v, scaled back by `unit` and added to `out` (or put there, for the first block).
template <typename Dot>
LINNET_INLINE void add_block(const AttentionS8Scratch& s, size_t hs, size_t first_key, size_t keys, Floats unit) {
  const size_t dwords = keys / Dot::kPerDword;
  const int32_t* values = s.values + first_key / Dot::kPerDword * hs;
  for (size_t d = 0; d < hs; d += kColumnsAtOnce) {
    Ints sum[kColumnsAtOnce];
    LINNET_UNROLL
    for (size_t i = 0; i < kColumnsAtOnce; ++i) sum[i] = splat_int(0);
    for (size_t g = 0; g < dwords; ++g) {
      const Ints p = load_ints(s.probability + g * 16);
      const int32_t* v = values + g * hs + d;
      LINNET_UNROLL
      for (size_t i = 0; i < kColumnsAtOnce; ++i) sum[i] = Dot::dot(sum[i], p, splat_int(v[i]));
    }
    LINNET_UNROLL
    for (size_t i = 0; i < kColumnsAtOnce; ++i) {
      float* out = s.out + (d + i) * 16;
      const Floats o = mul(to_float(sum[i]), unit);
      store(out, first_key == 0 ? o : add(load(out), o));
    }
  }
}

template <typename Dot>
LINNET_INLINE void attend_queries(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t q0, float v_largest) {
  const size_t hs = padded(a.head_width, 16), queries = smaller(16, a.query_end - q0);
  for (size_t c = 0; c < hs / Dot::kPerDword; c += 16) {
    Ints rows[16];
    for (size_t t = 0; t < 16; ++t) {
      rows[t] = Dot::load_query(a.q + (q0 + smaller(t, queries - 1)) * hs, c);
    }
    transpose(rows);
    for (size_t i = 0; i < 16; ++i) store_ints(s.query + (c + i) * 16, rows[i]);
  }

  const Floats q_scale = load_first(a.q_scale + q0, queries);
  const float* bias = a.bias == nullptr ? nullptr : a.bias + q0;
  Floats largest = splat(kLowest);
  size_t j = 0;
  for (; j + kKeysAtOnce <= a.length; j += kKeysAtOnce) {
    largest = score_keys<Dot, kKeysAtOnce>(a, s, hs, j, q_scale, bias, largest);
  }
  for (; j < a.length; ++j) largest = score_keys<Dot, 1>(a, s, hs, j, q_scale, bias, largest);
  const size_t keys = padded(a.length, 4);
  for (; j < keys; ++j) store(s.scores + j * 16, splat(kLowest));

  const Floats step = a.bias == nullptr ? mul(q_scale, splat(kStepsPerNat)) : splat(kStepsPerNat);
  Ints denominator = splat_int(0);
  for (size_t block = 0; block < keys; block += kBlock) {
    const size_t count = smaller(kBlock, keys - block);
    Ints block_largest = splat_int(0);
    for (size_t i = 0; i < count; i += 2) {
      const float* w = s.scores + (block + i) * 16;
      const Floats t0 = mul(sub(largest, load(w)), step), t1 = mul(sub(largest, load(w + 16)), step);
      const Ints d = make_pairs(round_to_int(min(t0, splat(kLargestStep))), round_to_int(min(t1, splat(kLargestStep))));
      const Ints e = exp2_fixed(d);
      denominator = add_both(denominator, e);
      const Ints g = mul_q15(e, splat_int(load_dword(s.value_scale + block + i)));
      store_ints(s.weights + i / 2 * 16, g);
      block_largest = max_pairs(block_largest, g);
    }
    const Ints top = max_ints(max_ints(first_halves(block_largest), second_halves(block_largest)), splat_int(1));
    const Ints exponent = shift_right<23>(bits(to_float(top)));  // of 2^s * top within [2^14, 2^15): s = 141 - exponent
    const Ints power = round_to_int(from_bits(shift_left<23>(sub_ints(splat_int(268), exponent))));
    const Ints powers = or_bits(power, shift_left<16>(power));
    const Floats unit = from_bits(shift_left<23>(sub_ints(exponent, splat_int(14))));
    for (size_t i = 0; i < count / 2; i += 2) {
      const Ints p01 = mul_q15(mul_pairs(load_ints(s.weights + i * 16), powers), splat_pair(255));
      const Ints p23 = mul_q15(mul_pairs(load_ints(s.weights + i * 16 + 16), powers), splat_pair(255));
      Dot::pack_probabilities(s.probability, i, p01, p23);
    }
    add_block<Dot>(s, hs, block, count, unit);
  }

  const Floats factor = div(splat(v_largest * kProbabilityUnit), to_float(denominator));
  for (size_t d = 0; d < a.head_width; d += 16) {
    Ints columns[16];
    for (size_t i = 0; i < 16; ++i) columns[i] = bits(mul(load(s.out + (d + i) * 16), factor));
    write_context(a.ctx + q0 * a.ctx_stride + d, a.ctx_stride, queries, columns, a.head_width - d);
  }
}

template <typename Dot>
LINNET_INLINE void attention_s8(const AttentionS8Args& a) {
  const size_t hs = padded(a.head_width, 16);
  const AttentionS8Scratch s = attention_s8_layout<Dot>(a.length, a.head_width, a.scratch);
  Dot::prepare_keys(a, hs, s);
  prepare_values<Dot>(a, hs, s.values);
  const float v_largest = prepare_value_scales(a, s.value_scale);
  for (size_t q0 = a.query_begin; q0 < a.query_end; q0 += 16) attend_queries<Dot>(a, s, q0, v_largest);
}

}  // namespace
}  // namespace linnet::kernels
