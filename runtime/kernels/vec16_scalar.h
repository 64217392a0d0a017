// The virtual vector of 16 lanes in plain C++. This file says what each function means; the other vec16_<isa>.h
// compute the same values.
#pragma once

#define LINNET_VEC16_SCALAR
#include "runtime/kernels/vec16_common.h"

namespace linnet::kernels {
namespace {

struct Floats {
  float v[16];
};
struct Ints {  // 16 int32, or 16 pairs of int16: the low half is the first of the pair
  int32_t v[16];
};

// How many accumulators the attention loops may use: keys of a score, columns of a value.
constexpr size_t kKeysAtOnce = 2;
constexpr size_t kColumnsAtOnce = 2;
// Pairs of vectors that a chain of dependent steps is computed for at once.
constexpr size_t kPairsSideBySide = 1;

#define LINNET_EACH for (int l = 0; l < 16; ++l)

// Floats.
LINNET_INLINE Floats load(const float* p) {
  Floats r;
  LINNET_EACH r.v[l] = p[l];
  return r;
}
// The first n <= 16 elements and zeros; touches no more memory than that.
LINNET_INLINE Floats load_first(const float* p, size_t n) {
  Floats r;
  LINNET_EACH r.v[l] = static_cast<size_t>(l) < n ? p[l] : 0.0f;
  return r;
}
LINNET_INLINE void store(float* p, Floats a) { LINNET_EACH p[l] = a.v[l]; }
LINNET_INLINE void store_first(float* p, Floats a, size_t n) {
  for (size_t l = 0; l < n; ++l) p[l] = a.v[l];
}
LINNET_INLINE Floats splat(float x) {
  Floats r;
  LINNET_EACH r.v[l] = x;
  return r;
}
// Zeros in the lanes from n on.
LINNET_INLINE Floats keep_first(Floats a, size_t n) {
  LINNET_EACH a.v[l] = static_cast<size_t>(l) < n ? a.v[l] : 0.0f;
  return a;
}
LINNET_INLINE Floats add(Floats a, Floats b) {
  LINNET_EACH a.v[l] = a.v[l] + b.v[l];
  return a;
}
LINNET_INLINE Floats sub(Floats a, Floats b) {
  LINNET_EACH a.v[l] = a.v[l] - b.v[l];
  return a;
}
LINNET_INLINE Floats mul(Floats a, Floats b) {
  LINNET_EACH a.v[l] = a.v[l] * b.v[l];
  return a;
}
LINNET_INLINE Floats div(Floats a, Floats b) {
  LINNET_EACH a.v[l] = a.v[l] / b.v[l];
  return a;
}
LINNET_INLINE Floats fma(Floats a, Floats b, Floats c) {  // a * b + c with one rounding
  LINNET_EACH a.v[l] = __builtin_fmaf(a.v[l], b.v[l], c.v[l]);
  return a;
}
LINNET_INLINE Floats max(Floats a, Floats b) {  // a > b ? a : b, so b when either is a NaN or both are zeros
  LINNET_EACH a.v[l] = a.v[l] > b.v[l] ? a.v[l] : b.v[l];
  return a;
}
LINNET_INLINE Floats min(Floats a, Floats b) {  // a < b ? a : b
  LINNET_EACH a.v[l] = a.v[l] < b.v[l] ? a.v[l] : b.v[l];
  return a;
}
LINNET_INLINE Ints bits(Floats a) {
  Ints r;
  LINNET_EACH r.v[l] = bits_of(a.v[l]);
  return r;
}
LINNET_INLINE Floats from_bits(Ints a) {
  Floats r;
  LINNET_EACH r.v[l] = float_of_bits(a.v[l]);
  return r;
}
// To nearest, ties to even. The lanes must lie within +-2^21, else the result is unspecified.
LINNET_INLINE Ints round_to_int(Floats a) {
  Ints r;
  LINNET_EACH r.v[l] = static_cast<int32_t>(static_cast<uint32_t>(bits_of(a.v[l] + 12582912.0f)) - 0x4b400000u);
  return r;
}
LINNET_INLINE Floats to_float(Ints a) {
  Floats r;
  LINNET_EACH r.v[l] = static_cast<float>(a.v[l]);
  return r;
}
// The fold 8, 4, 2, 1: lane l and lane l + 8, and so on.
LINNET_INLINE float fold_add(Floats a) {
  for (int step = 8; step > 0; step /= 2) {
    for (int l = 0; l < step; ++l) a.v[l] = a.v[l] + a.v[l + step];
  }
  return a.v[0];
}
// Lanes l and l xor 8 (then 4) become their sum, in the lower one, and their difference.
LINNET_INLINE Floats butterfly_lanes(Floats a, int step) {
  Floats r;
  LINNET_EACH r.v[l] = (l & step) == 0 ? a.v[l] + a.v[l ^ step] : a.v[l ^ step] - a.v[l];
  return r;
}
LINNET_INLINE Floats butterfly8(Floats a) { return butterfly_lanes(a, 8); }
LINNET_INLINE Floats butterfly4(Floats a) { return butterfly_lanes(a, 4); }

// Integers. Sums and products wrap.
LINNET_INLINE Ints load_ints(const int32_t* p) {
  Ints r;
  LINNET_EACH r.v[l] = p[l];
  return r;
}
LINNET_INLINE void store_ints(int32_t* p, Ints a) { LINNET_EACH p[l] = a.v[l]; }
LINNET_INLINE Ints load_raw(const void* p) {  // 64 bytes, 4 to a lane
  Ints r;
  __builtin_memcpy(&r, p, 64);
  return r;
}
LINNET_INLINE void store_raw(void* p, Ints a) { __builtin_memcpy(p, &a, 64); }
LINNET_INLINE Ints splat_int(int32_t x) {
  Ints r;
  LINNET_EACH r.v[l] = x;
  return r;
}
LINNET_INLINE int32_t wrap(uint32_t x) { return static_cast<int32_t>(x); }
LINNET_INLINE Ints add_ints(Ints a, Ints b) {
  LINNET_EACH a.v[l] = wrap(static_cast<uint32_t>(a.v[l]) + static_cast<uint32_t>(b.v[l]));
  return a;
}
LINNET_INLINE Ints sub_ints(Ints a, Ints b) {
  LINNET_EACH a.v[l] = wrap(static_cast<uint32_t>(a.v[l]) - static_cast<uint32_t>(b.v[l]));
  return a;
}
LINNET_INLINE Ints and_bits(Ints a, Ints b) {
  LINNET_EACH a.v[l] &= b.v[l];
  return a;
}
LINNET_INLINE Ints or_bits(Ints a, Ints b) {
  LINNET_EACH a.v[l] |= b.v[l];
  return a;
}
LINNET_INLINE Ints xor_bits(Ints a, Ints b) {
  LINNET_EACH a.v[l] ^= b.v[l];
  return a;
}
template <int kCount>
LINNET_INLINE Ints shift_left(Ints a) {
  LINNET_EACH a.v[l] = wrap(static_cast<uint32_t>(a.v[l]) << kCount);
  return a;
}
template <int kCount>
LINNET_INLINE Ints shift_right(Ints a) {  // logical
  LINNET_EACH a.v[l] = wrap(static_cast<uint32_t>(a.v[l]) >> kCount);
  return a;
}
LINNET_INLINE Ints max_ints(Ints a, Ints b) {
  LINNET_EACH a.v[l] = a.v[l] > b.v[l] ? a.v[l] : b.v[l];
  return a;
}
LINNET_INLINE int32_t fold_max_ints(Ints a) {
  int32_t r = a.v[0];
  LINNET_EACH r = a.v[l] > r ? a.v[l] : r;
  return r;
}
// r[i] lane l <- r[l] lane i.
LINNET_INLINE void transpose(Ints* r) {
  for (int i = 0; i < 16; ++i) {
    for (int l = 0; l < i; ++l) {
      const int32_t t = r[i].v[l];
      r[i].v[l] = r[l].v[i];
      r[l].v[i] = t;
    }
  }
}

// Bytes.
LINNET_INLINE Ints load_s8(const int8_t* p) {
  Ints r;
  LINNET_EACH r.v[l] = p[l];
  return r;
}
LINNET_INLINE void store_s8(int8_t* p, Ints a) { LINNET_EACH p[l] = static_cast<int8_t>(a.v[l]); }  // -128..127

LINNET_INLINE void store_s8x4(int8_t* p, const Ints* a,
                              Ints flip) {  // 64 values, exclusive-ored with the bytes of flip
  for (int i = 0; i < 4; ++i) store_s8(p + 16 * i, a[i]);
  store_raw(p, xor_bits(load_raw(p), flip));
}
// Four vectors at a time may lie in an order of the table's own from which store_packed_s8x4 is cheapest: packing_order
// brings them there, packing_butterflies does so and takes the butterflies over lane xor 8 and lane xor 4 on the way.
LINNET_INLINE void packing_order(Floats*) {}
LINNET_INLINE void packing_butterflies(Floats* z) {
  for (int i = 0; i < 4; ++i) z[i] = butterfly4(butterfly8(z[i]));
}
LINNET_INLINE void store_packed_s8x4(int8_t* p, const Ints* a, Ints flip) { store_s8x4(p, a, flip); }
// Lane i of the result is the largest lane of r[i]; r is used up.
LINNET_INLINE Ints fold_max_of_each(Ints* r) {
  Ints largest;
  for (int i = 0; i < 16; ++i) largest.v[i] = fold_max_ints(r[i]);
  return largest;
}

// Pairs of int16.
LINNET_INLINE int32_t first_of(int32_t pair) { return static_cast<int16_t>(pair & 0xffff); }
LINNET_INLINE int32_t second_of(int32_t pair) { return pair >> 16; }
LINNET_INLINE int32_t pair_of(int32_t first, int32_t second) {
  return wrap((static_cast<uint32_t>(first) & 0xffffu) | (static_cast<uint32_t>(second) << 16));
}
LINNET_INLINE Ints make_pairs(Ints first, Ints second) {
  LINNET_EACH first.v[l] = pair_of(first.v[l], second.v[l]);
  return first;
}
LINNET_INLINE Ints first_halves(Ints a) {
  LINNET_EACH a.v[l] = first_of(a.v[l]);
  return a;
}
LINNET_INLINE Ints second_halves(Ints a) {
  LINNET_EACH a.v[l] = second_of(a.v[l]);
  return a;
}
// The lanes of both, 0..65535, as 32 words in an order of the table's own; and back: the words of the first (second)
// vector as the low halves of dwords, with the words of `high` above them.
LINNET_INLINE Ints pack_words(Ints a, Ints b) { return make_pairs(a, b); }
LINNET_INLINE Ints unpack_first(Ints words, Ints high) {
  LINNET_EACH words.v[l] = pair_of(first_of(words.v[l]), first_of(high.v[l]));
  return words;
}
LINNET_INLINE Ints unpack_second(Ints words, Ints high) {
  LINNET_EACH words.v[l] = pair_of(second_of(words.v[l]), second_of(high.v[l]));
  return words;
}
LINNET_INLINE Ints splat_pair(int32_t x) { return splat_int(pair_of(x, x)); }
// 32 bytes widened to 16 pairs, in order.
LINNET_INLINE Ints load_s8_pairs(const int8_t* p) {
  Ints r;
  LINNET_EACH r.v[l] = pair_of(p[2 * l], p[2 * l + 1]);
  return r;
}
// Of 4 signed bytes b0 b1 b2 b3 in each lane, the pairs (b0, b2) and (b1, b3).
LINNET_INLINE Ints even_bytes(Ints a) {
  LINNET_EACH a.v[l] = pair_of(static_cast<int8_t>(a.v[l] & 0xff), static_cast<int8_t>((a.v[l] >> 16) & 0xff));
  return a;
}
LINNET_INLINE Ints odd_bytes(Ints a) {
  LINNET_EACH a.v[l] = pair_of(static_cast<int8_t>((a.v[l] >> 8) & 0xff), a.v[l] >> 24);
  return a;
}
LINNET_INLINE Ints add_pairs(Ints a, Ints b) {
  LINNET_EACH a.v[l] = pair_of(first_of(a.v[l]) + first_of(b.v[l]), second_of(a.v[l]) + second_of(b.v[l]));
  return a;
}
LINNET_INLINE Ints sub_pairs(Ints a, Ints b) {
  LINNET_EACH a.v[l] = pair_of(first_of(a.v[l]) - first_of(b.v[l]), second_of(a.v[l]) - second_of(b.v[l]));
  return a;
}
LINNET_INLINE Ints mul_pairs(Ints a, Ints b) {  // the low 16 bits of the products
  LINNET_EACH a.v[l] = pair_of(first_of(a.v[l]) * first_of(b.v[l]), second_of(a.v[l]) * second_of(b.v[l]));
  return a;
}
LINNET_INLINE Ints mul_q15(Ints a, Ints b) {  // (a * b + 2^14) >> 15
  LINNET_EACH a.v[l] = pair_of((first_of(a.v[l]) * first_of(b.v[l]) + 16384) >> 15,
                               (second_of(a.v[l]) * second_of(b.v[l]) + 16384) >> 15);
  return a;
}
LINNET_INLINE Ints max_pairs(Ints a, Ints b) {
  LINNET_EACH {
    const int32_t a0 = first_of(a.v[l]), a1 = second_of(a.v[l]), b0 = first_of(b.v[l]), b1 = second_of(b.v[l]);
    a.v[l] = pair_of(a0 > b0 ? a0 : b0, a1 > b1 ? a1 : b1);
  }
  return a;
}
template <int kCount>
LINNET_INLINE Ints shift_pairs_left(Ints a) {
  LINNET_EACH a.v[l] = pair_of(wrap(static_cast<uint32_t>(first_of(a.v[l])) << kCount),
                               wrap(static_cast<uint32_t>(second_of(a.v[l])) << kCount));
  return a;
}
template <int kCount>
LINNET_INLINE Ints shift_pairs_right(Ints a) {  // arithmetic
  LINNET_EACH a.v[l] = pair_of(first_of(a.v[l]) >> kCount, second_of(a.v[l]) >> kCount);
  return a;
}
// Each int16 of a, which is not negative, shifted right by the int16 of count, 0..15.
LINNET_INLINE Ints shift_pairs_right_each(Ints a, Ints count) {
  LINNET_EACH a.v[l] = pair_of(first_of(a.v[l]) >> first_of(count.v[l]), second_of(a.v[l]) >> second_of(count.v[l]));
  return a;
}
LINNET_INLINE Ints add_both(Ints sum, Ints a) {  // int32: sum + first + second
  return add_ints(sum, add_ints(first_halves(a), second_halves(a)));
}
// int32: sum + a.first * b.first + a.second * b.second. Exact, nothing saturates, for operands of 9 bits.
LINNET_INLINE Ints dot_pairs(Ints sum, Ints a, Ints b) {
  LINNET_EACH sum.v[l] =
      wrap(static_cast<uint32_t>(sum.v[l]) +
           static_cast<uint32_t>(first_of(a.v[l]) * first_of(b.v[l]) + second_of(a.v[l]) * second_of(b.v[l])));
  return sum;
}

#undef LINNET_EACH

}  // namespace
}  // namespace linnet::kernels
