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
  int8_t* keys;          // [length][hs] of 4 / per dword bytes each
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
  r.keys = static_cast<int8_t*>(s.take(padded(length * hs, 64) * 4 / Dot::kPerDword));
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
  LINNET_INLINE static void prepare_keys(const AttentionS8Args& a, size_t hs, int8_t* out) {
    // The last 16 bytes may be the caller's slack.
    for (size_t i = 0; i < a.length * hs; i += 32) store_raw(out + 2 * i, load_s8_pairs(a.k + i));
  }
  // What a score starts from, and its sum of products.
  LINNET_INLINE static Ints start(const int32_t*, size_t) { return splat_int(0); }
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

// What the phases of 16 queries pass on. Each phase is a function of its own, so that its loops have all registers.
struct Queries {
  const float* bias;  // of that query, or null
  Floats q_scale;
  Ints start;
  Floats largest;  // score
  Ints denominator;
};

// Scores of kKeys keys from j; kDwords is the number of dwords of a row, or 0 to take it from hs.
template <typename Dot, size_t kKeys, size_t kDwords>
LINNET_INLINE void score_keys(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t hs, size_t j, Queries& t) {
  Ints sum[kKeys];
  const int8_t* keys[kKeys];
  LINNET_UNROLL
  for (size_t u = 0; u < kKeys; ++u) {
    sum[u] = t.start;
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
  for (size_t u = 0; u < kKeys; ++u) {
    Floats w = mul(to_float(sum[u]), splat(a.k_scale[j + u]));
    if (t.bias != nullptr) w = add(mul(w, t.q_scale), load(t.bias - static_cast<ptrdiff_t>(j + u)));
    store(s.scores + (j + u) * 16, w);
    t.largest = max(w, t.largest);
  }
}

template <typename Dot, size_t kDwords>
[[gnu::noinline]] void score_all_keys(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t hs,
                                      Queries& state) {
  Queries t = state;
  t.largest = splat(kLowest);
  size_t j = 0;
  for (; j + kKeysAtOnce <= a.length; j += kKeysAtOnce) score_keys<Dot, kKeysAtOnce, kDwords>(a, s, hs, j, t);
  for (; j < a.length; ++j) score_keys<Dot, 1, kDwords>(a, s, hs, j, t);
  for (; j < padded(a.length, 4); ++j) store(s.scores + j * 16, splat(kLowest));
  state.largest = t.largest;
}

// The probabilities of `count` keys from `block`, ready to be multiplied; returns their unit, 2^-s.
template <typename Dot>
[[gnu::noinline]] Floats block_probabilities(const AttentionS8Scratch& s, size_t block, size_t count, Floats step,
                                             Queries& t) {
  Ints denominator = t.denominator, block_largest = splat_int(0);
  const Floats largest = t.largest;
  const float* w = s.scores + block * 16;
  const int16_t* value_scale = s.value_scale + block;
  const auto weigh = [&](size_t i) LINNET_INLINE_LAMBDA {  // keys i and i + 1 of the block
    const Floats t0 = mul(sub(largest, load(w + i * 16)), step), t1 = mul(sub(largest, load(w + i * 16 + 16)), step);
    const Ints d = make_pairs(round_to_int(min(t0, splat(kLargestStep))), round_to_int(min(t1, splat(kLargestStep))));
    const Ints e = exp2_fixed(d);
    denominator = add_both(denominator, e);
    const Ints g = mul_q15(e, splat_int(load_dword(value_scale + i)));
    store_ints(s.weights + i * 8, g);
    block_largest = max_pairs(block_largest, g);
  };
  for (size_t i = 0; i < count; i += 4) {
    weigh(i);
    weigh(i + 2);
  }
  t.denominator = denominator;
  const Ints top = max_ints(max_ints(first_halves(block_largest), second_halves(block_largest)), splat_int(1));
  const Ints exponent = shift_right<23>(bits(to_float(top)));  // of 2^s * top within [2^14, 2^15): s = 141 - exponent
  const Ints power = round_to_int(from_bits(shift_left<23>(sub_ints(splat_int(268), exponent))));
  const Ints powers = or_bits(power, shift_left<16>(power));
  for (size_t i = 0; i < count / 2; i += 2) {
    const Ints p01 = mul_q15(mul_pairs(load_ints(s.weights + i * 16), powers), splat_pair(255));
    const Ints p23 = mul_q15(mul_pairs(load_ints(s.weights + i * 16 + 16), powers), splat_pair(255));
    Dot::pack_probabilities(s.probability, i, p01, p23);
  }
  return from_bits(shift_left<23>(sub_ints(exponent, splat_int(14))));
}

// O of one block: [hs][16] sums of p * v, scaled back by `unit` and added to `out` (or put there, for the first block).
template <typename Dot>
[[gnu::noinline]] void add_block(const AttentionS8Scratch& s, size_t hs, size_t block, size_t count, Floats unit) {
  const size_t dwords = count / Dot::kPerDword;
  const int32_t* values = s.values + block / Dot::kPerDword * hs;
  for (size_t d = 0; d < hs; d += kColumnsAtOnce) {
    Ints sum[kColumnsAtOnce];
    LINNET_UNROLL
    for (size_t i = 0; i < kColumnsAtOnce; ++i) sum[i] = splat_int(0);
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
    for (size_t i = 0; i < kColumnsAtOnce; ++i) {
      float* out = s.out + (d + i) * 16;
      const Floats o = mul(to_float(sum[i]), unit);
      store(out, block == 0 ? o : add(load(out), o));
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

  Queries t = {a.bias == nullptr ? nullptr : a.bias + q0, load_first(a.q_scale + q0, queries),
               Dot::start(s.query, hs / Dot::kPerDword), splat(kLowest), splat_int(0)};
  switch (hs) {
    case 32: score_all_keys<Dot, 32 / Dot::kPerDword>(a, s, hs, t); break;
    case 64: score_all_keys<Dot, 64 / Dot::kPerDword>(a, s, hs, t); break;
    default: score_all_keys<Dot, 0>(a, s, hs, t);
  }
  const Floats step = a.bias == nullptr ? mul(t.q_scale, splat(kStepsPerNat)) : splat(kStepsPerNat);
  const size_t keys = padded(a.length, 4);
  for (size_t block = 0; block < keys; block += kBlock) {
    const size_t count = smaller(kBlock, keys - block);
    add_block<Dot>(s, hs, block, count, block_probabilities<Dot>(s, block, count, step, t));
  }

  const Floats factor = div(splat(v_largest * kProbabilityUnit), to_float(t.denominator));
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
  Dot::prepare_keys(a, hs, s.keys);
  prepare_values<Dot>(a, hs, s.values);
  const float v_largest = prepare_value_scales(a, s.value_scale);
  for (size_t q0 = a.query_begin; q0 < a.query_end; q0 += 16) attend_queries<Dot>(a, s, q0, v_largest);
}

}  // namespace
}  // namespace linnet::kernels
