// The virtual vector of 16 lanes as four SSE4.1 registers; vec16_scalar.h says what the functions mean.
#pragma once

#if !defined(__SSE4_1__)
#error "needs -msse4.1"
#endif

#include <smmintrin.h>

#include "runtime/kernels/vec16_common.h"

namespace linnet::kernels {
namespace {

struct Floats {
  __m128 v[4];  // lanes 4 i .. 4 i + 3
};
struct Ints {
  __m128i v[4];
};

constexpr size_t kKeysAtOnce = 2;
constexpr size_t kColumnsAtOnce = 2;
constexpr size_t kPairsSideBySide = 1;

#define LINNET_EACH \
  LINNET_UNROLL     \
  for (int i = 0; i < 4; ++i)

// All ones in the first n of the 4 lanes of register i; n may be larger than 16.
LINNET_INLINE __m128i first_mask(size_t n, int i) {
  return _mm_cmpgt_epi32(_mm_set1_epi32(static_cast<int32_t>(n) - 4 * i), _mm_setr_epi32(0, 1, 2, 3));
}

LINNET_INLINE Floats load(const float* p) {
  Floats r;
  LINNET_EACH r.v[i] = _mm_loadu_ps(p + 4 * i);
  return r;
}
LINNET_INLINE Floats load_first(const float* p, size_t n) {
  float all[16] = {};
  for (size_t i = 0; i < n && i < 16; ++i) all[i] = p[i];
  return load(all);
}
LINNET_INLINE void store(float* p, Floats x) { LINNET_EACH _mm_storeu_ps(p + 4 * i, x.v[i]); }
LINNET_INLINE void store_first(float* p, Floats x, size_t n) {
  float all[16];
  store(all, x);
  for (size_t i = 0; i < n && i < 16; ++i) p[i] = all[i];
}
LINNET_INLINE Floats splat(float x) {
  const __m128 v = _mm_set1_ps(x);
  return {{v, v, v, v}};
}
LINNET_INLINE Floats keep_first(Floats x, size_t n) {
  LINNET_EACH x.v[i] = _mm_and_ps(x.v[i], _mm_castsi128_ps(first_mask(n, i)));
  return x;
}

#define LINNET_BINARY(type, name, intrinsic)        \
  LINNET_INLINE type name(type x, type y) {         \
    LINNET_EACH x.v[i] = intrinsic(x.v[i], y.v[i]); \
    return x;                                       \
  }
LINNET_BINARY(Floats, add, _mm_add_ps)
LINNET_BINARY(Floats, sub, _mm_sub_ps)
LINNET_BINARY(Floats, mul, _mm_mul_ps)
LINNET_BINARY(Floats, div, _mm_div_ps)
LINNET_BINARY(Floats, max, _mm_max_ps)
LINNET_BINARY(Floats, min, _mm_min_ps)
LINNET_BINARY(Ints, add_ints, _mm_add_epi32)
LINNET_BINARY(Ints, sub_ints, _mm_sub_epi32)
LINNET_BINARY(Ints, and_bits, _mm_and_si128)
LINNET_BINARY(Ints, or_bits, _mm_or_si128)
LINNET_BINARY(Ints, xor_bits, _mm_xor_si128)
LINNET_BINARY(Ints, max_ints, _mm_max_epi32)
LINNET_BINARY(Ints, add_pairs, _mm_add_epi16)
LINNET_BINARY(Ints, sub_pairs, _mm_sub_epi16)
LINNET_BINARY(Ints, mul_pairs, _mm_mullo_epi16)
LINNET_BINARY(Ints, mul_q15, _mm_mulhrs_epi16)
LINNET_BINARY(Ints, max_pairs, _mm_max_epi16)
LINNET_BINARY(Ints, pack_words, _mm_packus_epi32)
LINNET_BINARY(Ints, unpack_first, _mm_unpacklo_epi16)
LINNET_BINARY(Ints, unpack_second, _mm_unpackhi_epi16)
#undef LINNET_BINARY

#define LINNET_SHIFT(name, intrinsic)               \
  template <int kCount>                             \
  LINNET_INLINE Ints name(Ints x) {                 \
    LINNET_EACH x.v[i] = intrinsic(x.v[i], kCount); \
    return x;                                       \
  }
LINNET_SHIFT(shift_left, _mm_slli_epi32)
LINNET_SHIFT(shift_right, _mm_srli_epi32)
LINNET_SHIFT(shift_pairs_left, _mm_slli_epi16)
LINNET_SHIFT(shift_pairs_right, _mm_srai_epi16)
#undef LINNET_SHIFT

// There is no fused multiply-add: this instruction set is outside of the float promise.
LINNET_INLINE Floats fma(Floats x, Floats y, Floats z) { return add(mul(x, y), z); }
LINNET_INLINE Ints bits(Floats x) {
  Ints r;
  LINNET_EACH r.v[i] = _mm_castps_si128(x.v[i]);
  return r;
}
LINNET_INLINE Floats from_bits(Ints x) {
  Floats r;
  LINNET_EACH r.v[i] = _mm_castsi128_ps(x.v[i]);
  return r;
}
LINNET_INLINE Ints round_to_int(Floats x) {
  Ints r;
  LINNET_EACH r.v[i] = _mm_cvtps_epi32(x.v[i]);
  return r;
}
LINNET_INLINE Floats to_float(Ints x) {
  Floats r;
  LINNET_EACH r.v[i] = _mm_cvtepi32_ps(x.v[i]);
  return r;
}
LINNET_INLINE float fold_add(Floats x) {
  __m128 y = _mm_add_ps(_mm_add_ps(x.v[0], x.v[2]), _mm_add_ps(x.v[1], x.v[3]));
  y = _mm_add_ps(y, _mm_movehl_ps(y, y));
  return _mm_cvtss_f32(_mm_add_ss(y, _mm_shuffle_ps(y, y, 1)));
}

LINNET_INLINE Ints load_raw(const void* p) {
  Ints r;
  LINNET_EACH r.v[i] = _mm_loadu_si128(static_cast<const __m128i*>(p) + i);
  return r;
}
LINNET_INLINE void store_raw(void* p, Ints x) { LINNET_EACH _mm_storeu_si128(static_cast<__m128i*>(p) + i, x.v[i]); }
LINNET_INLINE Ints load_ints(const int32_t* p) { return load_raw(p); }
LINNET_INLINE void store_ints(int32_t* p, Ints x) { store_raw(p, x); }
LINNET_INLINE Ints splat_int(int32_t x) {
  const __m128i v = _mm_set1_epi32(x);
  return {{v, v, v, v}};
}
LINNET_INLINE __m128i max_of_registers(Ints x) {
  return _mm_max_epi32(_mm_max_epi32(x.v[0], x.v[1]), _mm_max_epi32(x.v[2], x.v[3]));
}
LINNET_INLINE int32_t fold_max_ints(Ints x) {
  __m128i y = max_of_registers(x);
  y = _mm_max_epi32(y, _mm_shuffle_epi32(y, 0x4e));
  return _mm_cvtsi128_si32(_mm_max_epi32(y, _mm_shuffle_epi32(y, 0xb1)));
}

// Four rows of four, in place.
LINNET_INLINE void transpose4(__m128i& a, __m128i& b, __m128i& c, __m128i& d) {
  const __m128i low01 = _mm_unpacklo_epi32(a, b), high01 = _mm_unpackhi_epi32(a, b);
  const __m128i low23 = _mm_unpacklo_epi32(c, d), high23 = _mm_unpackhi_epi32(c, d);
  a = _mm_unpacklo_epi64(low01, low23);
  b = _mm_unpackhi_epi64(low01, low23);
  c = _mm_unpacklo_epi64(high01, high23);
  d = _mm_unpackhi_epi64(high01, high23);
}
LINNET_INLINE void transpose(Ints* r) {
  for (int row = 0; row < 16; row += 4) {
    LINNET_EACH transpose4(r[row].v[i], r[row + 1].v[i], r[row + 2].v[i], r[row + 3].v[i]);
  }
  exchange_blocks(r);
}

LINNET_INLINE Ints load_s8(const int8_t* p) {
  Ints r;
  LINNET_EACH r.v[i] = _mm_cvtepi8_epi32(_mm_cvtsi32_si128(load_dword(p + 4 * i)));
  return r;
}
LINNET_INLINE __m128i narrow(Ints x) {
  return _mm_packs_epi16(_mm_packs_epi32(x.v[0], x.v[1]), _mm_packs_epi32(x.v[2], x.v[3]));
}
LINNET_INLINE void store_s8(int8_t* p, Ints x) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), narrow(x)); }
LINNET_INLINE void store_s8x4(int8_t* p, const Ints* x, Ints flip) {
  Ints r;
  LINNET_EACH r.v[i] = _mm_xor_si128(narrow(x[i]), flip.v[i]);
  store_raw(p, r);
}
// Packing order is the order: lane xor 8 and lane xor 4 are other registers.
LINNET_INLINE void packing_order(Floats*) {}
LINNET_INLINE void packing_butterflies(Floats* z) {
  LINNET_EACH {
    const __m128 a = _mm_add_ps(z[i].v[0], z[i].v[2]), b = _mm_add_ps(z[i].v[1], z[i].v[3]);
    const __m128 c = _mm_sub_ps(z[i].v[0], z[i].v[2]), d = _mm_sub_ps(z[i].v[1], z[i].v[3]);
    z[i] = {{_mm_add_ps(a, b), _mm_sub_ps(a, b), _mm_add_ps(c, d), _mm_sub_ps(c, d)}};
  }
}
LINNET_INLINE void store_packed_s8x4(int8_t* p, const Ints* x, Ints flip) { store_s8x4(p, x, flip); }
LINNET_INLINE Ints fold_max_of_each(Ints* r) {
  Ints largest;
  LINNET_EACH {
    __m128i a = max_of_registers(r[4 * i]), b = max_of_registers(r[4 * i + 1]);
    __m128i c = max_of_registers(r[4 * i + 2]), d = max_of_registers(r[4 * i + 3]);
    transpose4(a, b, c, d);
    largest.v[i] = _mm_max_epi32(_mm_max_epi32(a, b), _mm_max_epi32(c, d));
  }
  return largest;
}

LINNET_INLINE Ints make_pairs(Ints first, Ints second) {
  LINNET_EACH first.v[i] = _mm_blend_epi16(first.v[i], _mm_slli_epi32(second.v[i], 16), 0xaa);
  return first;
}
LINNET_INLINE Ints second_halves(Ints x) {
  LINNET_EACH x.v[i] = _mm_srai_epi32(x.v[i], 16);
  return x;
}
LINNET_INLINE Ints first_halves(Ints x) { return second_halves(shift_left<16>(x)); }
LINNET_INLINE Ints splat_pair(int32_t x) {
  const __m128i v = _mm_set1_epi16(static_cast<int16_t>(x));
  return {{v, v, v, v}};
}
LINNET_INLINE Ints load_s8_pairs(const int8_t* p) {
  Ints r;
  LINNET_EACH r.v[i] = _mm_cvtepi8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p + 8 * i)));
  return r;
}
LINNET_INLINE Ints odd_bytes(Ints x) { return shift_pairs_right<8>(x); }
LINNET_INLINE Ints even_bytes(Ints x) { return shift_pairs_right<8>(shift_pairs_left<8>(x)); }

// SSE cannot shift 16-bit lanes by different counts: a >> c = (2 a * 2^(15 - c)) >> 16, and 2 a fits 16 bits.
LINNET_INLINE Ints shift_pairs_right_each(Ints x, Ints count) {
  const __m128i high_byte =
      _mm_setr_epi8(static_cast<char>(0x80), 0x40, 0x20, 0x10, 8, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m128i low_byte = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, static_cast<char>(0x80), 0x40, 0x20, 0x10, 8, 4, 2, 1);
  LINNET_EACH {
    const __m128i power = _mm_or_si128(_mm_slli_epi16(_mm_shuffle_epi8(high_byte, count.v[i]), 8),
                                       _mm_shuffle_epi8(low_byte, count.v[i]));
    x.v[i] = _mm_mulhi_epu16(_mm_add_epi16(x.v[i], x.v[i]), power);
  }
  return x;
}
LINNET_INLINE Ints dot_pairs(Ints sum, Ints x, Ints y) {
  LINNET_EACH {
    sum.v[i] = _mm_add_epi32(sum.v[i], _mm_madd_epi16(x.v[i], y.v[i]));
    LINNET_PIN(sum.v[i]);
  }
  return sum;
}
LINNET_INLINE Ints add_both(Ints sum, Ints x) { return dot_pairs(sum, x, splat_pair(1)); }

#undef LINNET_EACH

}  // namespace
}  // namespace linnet::kernels
