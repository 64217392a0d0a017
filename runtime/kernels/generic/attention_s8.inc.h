// INT8 attention of one head; docs/numerics.md, "Attention in integers".
//
// An Engine says how the products of small integers are summed and in what order the memory for it lies
// (attention_s8_lanes.inc.h: by lanes of a vector). Everything else is the same for all:
//   kPerDword                                 values that share a dword: 2 or 4
//   layout(length, head_width, base)          the scratch memory
//   prepare(a, hs, s)                         keys and values, once a head
//   load_query(q, dword)                      16 dwords of a row of Q
//   score_all_keys(a, s, hs, t)               s.scores and t.largest of 16 queries
//   pack_probabilities(out, i, p01, p23)      where the probabilities of the keys 2 i .. 2 i + 3 of a block go
//   add_block(s, hs, block, count, unit)      the products of probabilities and values of a block
#pragma once

#include <type_traits>

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
  int8_t* keys;          // as the engine wants them
  int32_t* values;       // the same
  size_t value_stride;   // of those engines that need one
  int16_t* value_scale;  // [keys]
  int32_t* query;        // [hs / per dword][16]
  int32_t* weights;      // [kBlock / 2][16] pairs
  int32_t* probability;  // [kBlock / per dword][16]
  float* out;            // [hs][16]
  size_t bytes;
};

// The scratch of the engines whose lanes are 16 queries and which widen keys and values to kPerDword of them a dword.
template <size_t kPerDword>
LINNET_INLINE AttentionS8Scratch attention_s8_layout(size_t length, size_t head_width, void* base) {
  Scratch s = {static_cast<char*>(base)};
  const size_t keys = padded(length, 4), hs = padded(head_width, 16);
  AttentionS8Scratch r;
  r.scores = static_cast<float*>(s.take(keys * 64));
  r.keys = static_cast<int8_t*>(s.take(padded(keys * hs, 64) * 4 / kPerDword));
  r.values = static_cast<int32_t*>(s.take(keys / kPerDword * hs * 4));
  r.value_scale = static_cast<int16_t*>(s.take(padded(keys, 16) * 2));
  r.query = static_cast<int32_t*>(s.take(padded(hs / kPerDword, 16) * 64));
  r.weights = static_cast<int32_t*>(s.take(kBlock / 2 * 64));
  r.probability = static_cast<int32_t*>(s.take(kBlock / kPerDword * 64));
  r.out = static_cast<float*>(s.take(hs * 64));
  r.bytes = s.used;
  return r;
}

// 2^-(d / 256) in Q15 of several registers at once, since each step waits for the one before.
template <size_t kPairs>
LINNET_INLINE void exp2_fixed(const Ints (&d)[kPairs], Ints (&e)[kPairs]) {
  Ints f[kPairs];
  LINNET_UNROLL
  for (size_t u = 0; u < kPairs; ++u) {
    f[u] = and_bits(shift_pairs_left<7>(d[u]), splat_pair(0x7f80));
    e[u] = splat_pair(kExp2Fixed[3]);
  }
  LINNET_UNROLL
  for (int k = 2; k >= 0; --k) {
    LINNET_UNROLL
    for (size_t u = 0; u < kPairs; ++u) e[u] = add_pairs(mul_q15(e[u], f[u]), splat_pair(kExp2Fixed[k]));
  }
  LINNET_UNROLL
  for (size_t u = 0; u < kPairs; ++u) e[u] = shift_pairs_right_each(e[u], shift_pairs_right<8>(d[u]));
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

// What the phases of 16 queries pass on. Each phase is a function of its own, so that its loops have all registers.
struct Queries {
  size_t first, count;
  const float* bias;  // of the first query, or null
  Floats q_scale;
  Floats largest;  // score
  Ints denominator;
};

// The score w of key j from its sum of products.
LINNET_INLINE Floats keep_score(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t j, Ints sum,
                                const Queries& t) {
  Floats w = mul(to_float(sum), splat(a.k_scale[j]));
  if (t.bias != nullptr) w = add(mul(w, t.q_scale), load(t.bias - static_cast<ptrdiff_t>(j)));
  store(s.scores + j * 16, w);
  return w;
}

// Behind the last key: scores that weigh nothing.
LINNET_INLINE void pad_scores(const AttentionS8Args& a, const AttentionS8Scratch& s) {
  for (size_t j = a.length; j < padded(a.length, 4); ++j) store(s.scores + j * 16, splat(kLowest));
}

// The 16 queries from t.first (rows beyond the last are repeated) as [dword of a row][query].
template <typename Engine>
LINNET_INLINE void load_queries(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t hs, const Queries& t) {
  for (size_t c = 0; c < hs / Engine::kPerDword; c += 16) {
    Ints rows[16];
    for (size_t i = 0; i < 16; ++i) {
      rows[i] = Engine::load_query(a.q + (t.first + smaller(i, t.count - 1)) * hs, c);
    }
    transpose(rows);
    for (size_t i = 0; i < 16; ++i) store_ints(s.query + (c + i) * 16, rows[i]);
  }
}

// Adds the block's sum of products of column d to the output (or puts it there, for the first block).
LINNET_INLINE void add_to_output(const AttentionS8Scratch& s, size_t block, size_t d, Ints sum, Floats unit) {
  float* out = s.out + d * 16;
  const Floats o = mul(to_float(sum), unit);
  store(out, block == 0 ? o : add(load(out), o));
}

// The probabilities of `count` keys from `block`, ready to be multiplied; returns their unit, 2^-s.
template <typename Engine>
[[gnu::noinline]] Floats block_probabilities(const AttentionS8Scratch& s, size_t block, size_t count, Floats step,
                                             Queries& t) {
  Ints denominator = t.denominator, block_largest = splat_int(0);
  const Floats largest = t.largest;
  const float* w = s.scores + block * 16;
  const int16_t* value_scale = s.value_scale + block;
  const auto weigh = [&](size_t i, auto pairs) LINNET_INLINE_LAMBDA {  // pairs of keys from i of the block
    constexpr size_t kPairs = pairs();
    Ints d[kPairs], e[kPairs];
    LINNET_UNROLL
    for (size_t u = 0; u < kPairs; ++u) {
      const float* const scores = w + (i + 2 * u) * 16;
      const Floats t0 = mul(sub(largest, load(scores)), step), t1 = mul(sub(largest, load(scores + 16)), step);
      d[u] = make_pairs(round_to_int(min(t0, splat(kLargestStep))), round_to_int(min(t1, splat(kLargestStep))));
    }
    exp2_fixed(d, e);
    LINNET_UNROLL
    for (size_t u = 0; u < kPairs; ++u) {
      denominator = add_both(denominator, e[u]);
      const Ints g = mul_q15(e[u], splat_int(load_dword(value_scale + i + 2 * u)));
      store_ints(s.weights + (i + 2 * u) * 8, g);
      block_largest = max_pairs(block_largest, g);
    }
  };
  size_t key = 0;
  for (; key + 2 * kPairsSideBySide <= count; key += 2 * kPairsSideBySide) {
    weigh(key, std::integral_constant<size_t, kPairsSideBySide>());
  }
  for (; key < count; key += 2) weigh(key, std::integral_constant<size_t, 1>());
  t.denominator = denominator;
  const Ints top = max_ints(max_ints(first_halves(block_largest), second_halves(block_largest)), splat_int(1));
  const Ints exponent = shift_right<23>(bits(to_float(top)));  // of 2^s * top within [2^14, 2^15): s = 141 - exponent
  const Ints power = round_to_int(from_bits(shift_left<23>(sub_ints(splat_int(268), exponent))));
  const Ints powers = or_bits(power, shift_left<16>(power));
  for (size_t i = 0; i < count / 2; i += 2) {
    const Ints p01 = mul_q15(mul_pairs(load_ints(s.weights + i * 16), powers), splat_pair(255));
    const Ints p23 = mul_q15(mul_pairs(load_ints(s.weights + i * 16 + 16), powers), splat_pair(255));
    Engine::pack_probabilities(s.probability, i, p01, p23);
  }
  return from_bits(shift_left<23>(sub_ints(exponent, splat_int(14))));
}

template <typename Engine>
LINNET_INLINE void attend_queries(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t q0, float v_largest) {
  const size_t hs = padded(a.head_width, 16), queries = smaller(16, a.query_end - q0);
  Queries t = {q0,
               queries,
               a.bias == nullptr ? nullptr : a.bias + q0,
               load_first(a.q_scale + q0, queries),
               splat(kLowest),
               splat_int(0)};
  Engine::score_all_keys(a, s, hs, t);
  const Floats step = a.bias == nullptr ? mul(t.q_scale, splat(kStepsPerNat)) : splat(kStepsPerNat);
  const size_t keys = padded(a.length, 4);
  for (size_t block = 0; block < keys; block += kBlock) {
    const size_t count = smaller(kBlock, keys - block);
    Engine::add_block(s, hs, block, count, block_probabilities<Engine>(s, block, count, step, t));
  }

  const Floats factor = div(splat(v_largest * kProbabilityUnit), to_float(t.denominator));
  for (size_t d = 0; d < a.head_width; d += 16) {
    Ints columns[16];
    for (size_t i = 0; i < 16; ++i) columns[i] = bits(mul(load(s.out + (d + i) * 16), factor));
    write_context(a.ctx + q0 * a.ctx_stride + d, a.ctx_stride, queries, columns, a.head_width - d);
  }
}

template <typename Engine>
LINNET_INLINE void attention_s8(const AttentionS8Args& a) {
  const AttentionS8Scratch s = Engine::layout(a.length, a.head_width, a.scratch);
  Engine::prepare(a, padded(a.head_width, 16), s);
  const float v_largest = prepare_value_scales(a, s.value_scale);
  for (size_t q0 = a.query_begin; q0 < a.query_end; q0 += 16) attend_queries<Engine>(a, s, q0, v_largest);
}

}  // namespace
}  // namespace linnet::kernels
