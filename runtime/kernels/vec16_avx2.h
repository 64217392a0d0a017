// The virtual vector of 16 lanes as two AVX2 registers; vec16_scalar.h says what the functions mean.
#pragma once

#if !defined(__AVX2__) || !defined(__FMA__)
#error "needs -mavx2 -mfma"
#endif

#include "runtime/kernels/vec16_x86.h"

namespace linnet::kernels {
namespace {

struct Floats {
  __m256 a, b;  // lanes 0..7 and 8..15
};
struct Ints {
  __m256i a, b;
};

constexpr size_t kKeysAtOnce = 4;
constexpr size_t kColumnsAtOnce = 4;
constexpr size_t kPairsSideBySide = 1;

// All ones in the first n of 8 lanes; n may be larger than 8.
LINNET_INLINE __m256i first_mask(size_t n) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int32_t>(n)), lane);
}
LINNET_INLINE size_t above8(size_t n) { return n > 8 ? n - 8 : 0; }

LINNET_INLINE Floats load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
LINNET_INLINE Floats load_first(const float* p, size_t n) {
  return {_mm256_maskload_ps(p, first_mask(n)), _mm256_maskload_ps(p + 8, first_mask(above8(n)))};
}
LINNET_INLINE void store(float* p, Floats x) {
  _mm256_storeu_ps(p, x.a);
  _mm256_storeu_ps(p + 8, x.b);
}
LINNET_INLINE void store_first(float* p, Floats x, size_t n) {
  _mm256_maskstore_ps(p, first_mask(n), x.a);
  _mm256_maskstore_ps(p + 8, first_mask(above8(n)), x.b);
}
LINNET_INLINE Floats splat(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
LINNET_INLINE Floats keep_first(Floats x, size_t n) {
  return {_mm256_and_ps(x.a, _mm256_castsi256_ps(first_mask(n))),
          _mm256_and_ps(x.b, _mm256_castsi256_ps(first_mask(above8(n))))};
}

#define LINNET_BINARY(type, name, intrinsic) \
  LINNET_INLINE type name(type x, type y) { return {intrinsic(x.a, y.a), intrinsic(x.b, y.b)}; }
LINNET_BINARY(Floats, add, _mm256_add_ps)
LINNET_BINARY(Floats, sub, _mm256_sub_ps)
LINNET_BINARY(Floats, mul, _mm256_mul_ps)
LINNET_BINARY(Floats, div, _mm256_div_ps)
LINNET_BINARY(Floats, max, _mm256_max_ps)
LINNET_BINARY(Floats, min, _mm256_min_ps)
LINNET_BINARY(Ints, add_ints, _mm256_add_epi32)
LINNET_BINARY(Ints, sub_ints, _mm256_sub_epi32)
LINNET_BINARY(Ints, and_bits, _mm256_and_si256)
LINNET_BINARY(Ints, or_bits, _mm256_or_si256)
LINNET_BINARY(Ints, xor_bits, _mm256_xor_si256)
LINNET_BINARY(Ints, max_ints, _mm256_max_epi32)
LINNET_BINARY(Ints, add_pairs, _mm256_add_epi16)
LINNET_BINARY(Ints, sub_pairs, _mm256_sub_epi16)
LINNET_BINARY(Ints, mul_pairs, _mm256_mullo_epi16)
LINNET_BINARY(Ints, mul_q15, _mm256_mulhrs_epi16)
LINNET_BINARY(Ints, max_pairs, _mm256_max_epi16)
#undef LINNET_BINARY

#define LINNET_SHIFT(name, intrinsic)                        \
  template <int kCount>                                      \
  LINNET_INLINE Ints name(Ints x) {                          \
    return {intrinsic(x.a, kCount), intrinsic(x.b, kCount)}; \
  }
LINNET_SHIFT(shift_left, _mm256_slli_epi32)
LINNET_SHIFT(shift_right, _mm256_srli_epi32)
LINNET_SHIFT(shift_pairs_left, _mm256_slli_epi16)
LINNET_SHIFT(shift_pairs_right, _mm256_srai_epi16)
#undef LINNET_SHIFT

LINNET_INLINE Floats fma(Floats x, Floats y, Floats z) {
  return {_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b)};
}
LINNET_INLINE Ints bits(Floats x) { return {_mm256_castps_si256(x.a), _mm256_castps_si256(x.b)}; }
LINNET_INLINE Floats from_bits(Ints x) { return {_mm256_castsi256_ps(x.a), _mm256_castsi256_ps(x.b)}; }
LINNET_INLINE Ints round_to_int(Floats x) { return {_mm256_cvtps_epi32(x.a), _mm256_cvtps_epi32(x.b)}; }
LINNET_INLINE Floats to_float(Ints x) { return {_mm256_cvtepi32_ps(x.a), _mm256_cvtepi32_ps(x.b)}; }
LINNET_INLINE float fold_add(Floats x) {
  const __m256 y = _mm256_add_ps(x.a, x.b);
  __m128 z = _mm_add_ps(_mm256_castps256_ps128(y), _mm256_extractf128_ps(y, 1));
  z = _mm_add_ps(z, _mm_movehl_ps(z, z));
  return _mm_cvtss_f32(_mm_add_ss(z, _mm_movehdup_ps(z)));
}
LINNET_INLINE Ints load_ints(const int32_t* p) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)),
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 8))};
}
LINNET_INLINE void store_ints(int32_t* p, Ints x) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x.a);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p + 8), x.b);
}
LINNET_INLINE Ints load_raw(const void* p) {
  return {_mm256_loadu_si256(static_cast<const __m256i*>(p)), _mm256_loadu_si256(static_cast<const __m256i*>(p) + 1)};
}
LINNET_INLINE void store_raw(void* p, Ints x) {
  _mm256_storeu_si256(static_cast<__m256i*>(p), x.a);
  _mm256_storeu_si256(static_cast<__m256i*>(p) + 1, x.b);
}
LINNET_INLINE Ints splat_int(int32_t x) { return {_mm256_set1_epi32(x), _mm256_set1_epi32(x)}; }
LINNET_INLINE int32_t fold_max_ints(Ints x) {
  const __m256i y = _mm256_max_epi32(x.a, x.b);
  __m128i z = _mm_max_epi32(_mm256_castsi256_si128(y), _mm256_extracti128_si256(y, 1));
  z = _mm_max_epi32(z, _mm_shuffle_epi32(z, 0x4e));
  z = _mm_max_epi32(z, _mm_shuffle_epi32(z, 0xb1));
  return _mm_cvtsi128_si32(z);
}

// Eight rows of eight, in place.
LINNET_INLINE void transpose8(__m256i* r) {
  __m256i t[8];
  LINNET_UNROLL
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm256_unpackhi_epi32(r[i], r[i + 1]);
  }
  LINNET_UNROLL
  for (int i = 0; i < 8; i += 4) {
    r[i] = _mm256_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm256_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm256_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm256_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  LINNET_UNROLL
  for (int c = 0; c < 4; ++c) {
    const __m256i low = r[c], high = r[c + 4];
    r[c] = _mm256_permute2x128_si256(low, high, 0x20);
    r[c + 4] = _mm256_permute2x128_si256(low, high, 0x31);
  }
}
LINNET_INLINE void transpose(Ints* r) {
  __m256i upper_left[8], upper_right[8], lower_left[8], lower_right[8];
  LINNET_UNROLL
  for (int i = 0; i < 8; ++i) {
    upper_left[i] = r[i].a;
    upper_right[i] = r[i].b;
    lower_left[i] = r[i + 8].a;
    lower_right[i] = r[i + 8].b;
  }
  transpose8(upper_left);
  transpose8(upper_right);
  transpose8(lower_left);
  transpose8(lower_right);
  LINNET_UNROLL
  for (int i = 0; i < 8; ++i) {
    r[i] = {upper_left[i], lower_left[i]};
    r[i + 8] = {upper_right[i], lower_right[i]};
  }
}

LINNET_INLINE Ints load_s8(const int8_t* p) {
  return {_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))),
          _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p + 8)))};
}
LINNET_INLINE void store_s8(int8_t* p, Ints x) {
  const __m256i words = _mm256_packs_epi32(x.a, x.b);  // a0..3 b0..3 | a4..7 b4..7
  const __m128i packed =
      _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));  // dwords a0 b0 a4 b4
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm_shuffle_epi32(packed, 0xd8));
}

LINNET_INLINE __m256i narrow_four(__m256i w, __m256i x, __m256i y, __m256i z) {
  const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(w, x), _mm256_packs_epi32(y, z));
  return _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}
LINNET_INLINE void store_s8x4(int8_t* p, const Ints* x, Ints flip) {
  const Ints bytes = {narrow_four(x[0].a, x[0].b, x[1].a, x[1].b), narrow_four(x[2].a, x[2].b, x[3].a, x[3].b)};
  store_raw(p, xor_bits(bytes, flip));
}
// Packing order: of two vectors, the first holds the lower halves of the registers, the second the upper ones.
LINNET_INLINE void exchange_halves(Floats& x, Floats& y) {
  const Floats low = {_mm256_permute2f128_ps(x.a, y.a, 0x20), _mm256_permute2f128_ps(x.b, y.b, 0x20)};
  y = {_mm256_permute2f128_ps(x.a, y.a, 0x31), _mm256_permute2f128_ps(x.b, y.b, 0x31)};
  x = low;
}
LINNET_INLINE void packing_order(Floats* z) {
  exchange_halves(z[0], z[1]);
  exchange_halves(z[2], z[3]);
}
LINNET_INLINE void packing_butterflies(Floats* z) {
  LINNET_UNROLL
  for (int i = 0; i < 4; ++i) z[i] = {_mm256_add_ps(z[i].a, z[i].b), _mm256_sub_ps(z[i].a, z[i].b)};
  packing_order(z);
  LINNET_UNROLL
  for (int i = 0; i < 4; i += 2) {
    const Floats sum = add(z[i], z[i + 1]);
    z[i + 1] = sub(z[i], z[i + 1]);
    z[i] = sum;
  }
}
LINNET_INLINE void store_packed_s8x4(int8_t* p, const Ints* x, Ints flip) {
  const Ints bytes = {_mm256_packs_epi16(_mm256_packs_epi32(x[0].a, x[1].a), _mm256_packs_epi32(x[0].b, x[1].b)),
                      _mm256_packs_epi16(_mm256_packs_epi32(x[2].a, x[3].a), _mm256_packs_epi32(x[2].b, x[3].b))};
  store_raw(p, xor_bits(bytes, flip));
}
LINNET_INLINE Ints fold_max_of_each(Ints* r) {
  __m256i half[2];
  LINNET_UNROLL
  for (int h = 0; h < 2; ++h) {
    __m256i t[8];
    LINNET_UNROLL
    for (int i = 0; i < 8; ++i) t[i] = _mm256_max_epi32(r[8 * h + i].a, r[8 * h + i].b);
    LINNET_UNROLL
    for (int i = 0; i < 4; ++i) {  // halves: rows i and i + 4
      t[i] = _mm256_max_epi32(_mm256_permute2x128_si256(t[i], t[i + 4], 0x20),
                              _mm256_permute2x128_si256(t[i], t[i + 4], 0x31));
    }
    LINNET_UNROLL
    for (int i = 0; i < 2; ++i) {  // in each half: two lanes each of rows i and i + 2
      t[i] = _mm256_max_epi32(_mm256_unpacklo_epi64(t[i], t[i + 2]), _mm256_unpackhi_epi64(t[i], t[i + 2]));
    }
    const __m256 low = _mm256_castsi256_ps(t[0]), high = _mm256_castsi256_ps(t[1]);
    const __m256i last =
        _mm256_max_epi32(_mm256_castps_si256(_mm256_shuffle_ps(low, high, 0x88)),
                         _mm256_castps_si256(_mm256_shuffle_ps(low, high, 0xdd)));  // 0 2 1 3 | 4 6 5 7
    half[h] = _mm256_shuffle_epi32(last, 0xd8);
  }
  return {half[0], half[1]};
}

LINNET_INLINE Ints make_pairs(Ints first, Ints second) {
  return {_mm256_blend_epi16(first.a, _mm256_slli_epi32(second.a, 16), 0xaa),
          _mm256_blend_epi16(first.b, _mm256_slli_epi32(second.b, 16), 0xaa)};
}
LINNET_INLINE Ints second_halves(Ints x) { return {_mm256_srai_epi32(x.a, 16), _mm256_srai_epi32(x.b, 16)}; }
LINNET_INLINE Ints first_halves(Ints x) { return second_halves(shift_left<16>(x)); }
LINNET_INLINE Ints pack_words(Ints x, Ints y) { return {_mm256_packus_epi32(x.a, y.a), _mm256_packus_epi32(x.b, y.b)}; }
LINNET_INLINE Ints unpack_first(Ints words, Ints high) {
  return {_mm256_unpacklo_epi16(words.a, high.a), _mm256_unpacklo_epi16(words.b, high.b)};
}
LINNET_INLINE Ints unpack_second(Ints words, Ints high) {
  return {_mm256_unpackhi_epi16(words.a, high.a), _mm256_unpackhi_epi16(words.b, high.b)};
}
LINNET_INLINE Ints splat_pair(int32_t x) {
  return {_mm256_set1_epi16(static_cast<int16_t>(x)), _mm256_set1_epi16(static_cast<int16_t>(x))};
}
LINNET_INLINE Ints load_s8_pairs(const int8_t* p) {
  return {_mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))),
          _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 16)))};
}
LINNET_INLINE Ints odd_bytes(Ints x) { return shift_pairs_right<8>(x); }
LINNET_INLINE Ints even_bytes(Ints x) { return shift_pairs_right<8>(shift_pairs_left<8>(x)); }

// AVX2 cannot shift 16-bit lanes by different counts: a >> c = (2 a * 2^(15 - c)) >> 16, and 2 a fits 16 bits.
LINNET_INLINE __m256i shift_pairs_right_each_of(__m256i x, __m256i count) {
  const __m256i high_byte = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(static_cast<char>(0x80), 0x40, 0x20, 0x10, 8, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0));
  const __m256i low_byte = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, static_cast<char>(0x80), 0x40, 0x20, 0x10, 8, 4, 2, 1));
  const __m256i power = _mm256_or_si256(_mm256_slli_epi16(_mm256_shuffle_epi8(high_byte, count), 8),
                                        _mm256_shuffle_epi8(low_byte, count));
  return _mm256_mulhi_epu16(_mm256_add_epi16(x, x), power);
}
LINNET_INLINE Ints shift_pairs_right_each(Ints x, Ints count) {
  return {shift_pairs_right_each_of(x.a, count.a), shift_pairs_right_each_of(x.b, count.b)};
}
LINNET_INLINE Ints dot_pairs(Ints sum, Ints x, Ints y) {
  sum.a = _mm256_add_epi32(sum.a, _mm256_madd_epi16(x.a, y.a));
  LINNET_PIN(sum.a);
  sum.b = _mm256_add_epi32(sum.b, _mm256_madd_epi16(x.b, y.b));
  LINNET_PIN(sum.b);
  return sum;
}
// 16 columns of four rows of int8: a dword holds one byte of each.
LINNET_INLINE Ints interleave_rows(const int8_t* r0, const int8_t* r1, const int8_t* r2, const int8_t* r3) {
  const InterleavedRows rows = interleave_registers(r0, r1, r2, r3);
  return {_mm256_set_m128i(rows.v[1], rows.v[0]), _mm256_set_m128i(rows.v[3], rows.v[2])};
}
#if defined(__AVXVNNI__)
LINNET_INLINE Ints dot_quads(Ints sum, Ints x, Ints y) {  // four unsigned bytes of x times four signed ones of y
  sum.a = _mm256_dpbusd_avx_epi32(sum.a, x.a, y.a);
  LINNET_PIN(sum.a);
  sum.b = _mm256_dpbusd_avx_epi32(sum.b, x.b, y.b);
  LINNET_PIN(sum.b);
  return sum;
}
#endif
LINNET_INLINE Ints add_both(Ints sum, Ints x) { return dot_pairs(sum, x, splat_pair(1)); }

}  // namespace
}  // namespace linnet::kernels
