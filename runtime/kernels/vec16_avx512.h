// The virtual vector of 16 lanes as one AVX512 register; vec16_scalar.h says what the functions mean.
#pragma once

#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512DQ__) || !defined(__AVX512VL__)
#error "needs -mavx512f -mavx512bw -mavx512dq -mavx512vl"
#endif

#include "runtime/kernels/vec16_x86.h"

namespace linnet::kernels {
namespace {

using Floats = __m512;
using Ints = __m512i;

constexpr size_t kKeysAtOnce = 8;
constexpr size_t kColumnsAtOnce = 16;
constexpr size_t kPairsSideBySide = 4;

LINNET_INLINE __mmask16 first_mask(size_t n) {
  return static_cast<__mmask16>(n >= 16 ? 0xffffu : (1u << static_cast<unsigned>(n)) - 1);
}

LINNET_INLINE Floats load(const float* p) { return _mm512_loadu_ps(p); }
LINNET_INLINE Floats load_first(const float* p, size_t n) { return _mm512_maskz_loadu_ps(first_mask(n), p); }
LINNET_INLINE void store(float* p, Floats a) { _mm512_storeu_ps(p, a); }
LINNET_INLINE void store_first(float* p, Floats a, size_t n) { _mm512_mask_storeu_ps(p, first_mask(n), a); }
LINNET_INLINE Floats splat(float x) { return _mm512_set1_ps(x); }
LINNET_INLINE Floats keep_first(Floats a, size_t n) { return _mm512_maskz_mov_ps(first_mask(n), a); }
LINNET_INLINE Floats add(Floats a, Floats b) { return _mm512_add_ps(a, b); }
LINNET_INLINE Floats sub(Floats a, Floats b) { return _mm512_sub_ps(a, b); }
LINNET_INLINE Floats mul(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
LINNET_INLINE Floats div(Floats a, Floats b) { return _mm512_div_ps(a, b); }
LINNET_INLINE Floats fma(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
LINNET_INLINE Floats max(Floats a, Floats b) { return _mm512_max_ps(a, b); }
LINNET_INLINE Floats min(Floats a, Floats b) { return _mm512_min_ps(a, b); }
LINNET_INLINE Ints bits(Floats a) { return _mm512_castps_si512(a); }
LINNET_INLINE Floats from_bits(Ints a) { return _mm512_castsi512_ps(a); }
LINNET_INLINE Ints round_to_int(Floats a) { return _mm512_cvtps_epi32(a); }
LINNET_INLINE Floats to_float(Ints a) { return _mm512_cvtepi32_ps(a); }
LINNET_INLINE float fold_add(Floats a) {
  a = _mm512_add_ps(a, _mm512_shuffle_f32x4(a, a, 0x4e));
  a = _mm512_add_ps(a, _mm512_shuffle_f32x4(a, a, 0xb1));
  a = _mm512_add_ps(a, _mm512_permute_ps(a, 0x4e));
  a = _mm512_add_ps(a, _mm512_permute_ps(a, 0xb1));
  return _mm512_cvtss_f32(a);
}
LINNET_INLINE Ints load_ints(const int32_t* p) { return _mm512_loadu_si512(p); }
LINNET_INLINE void store_ints(int32_t* p, Ints a) { _mm512_storeu_si512(p, a); }
LINNET_INLINE Ints load_raw(const void* p) { return _mm512_loadu_si512(p); }
LINNET_INLINE void store_raw(void* p, Ints a) { _mm512_storeu_si512(p, a); }
LINNET_INLINE Ints splat_int(int32_t x) { return _mm512_set1_epi32(x); }
LINNET_INLINE Ints add_ints(Ints a, Ints b) { return _mm512_add_epi32(a, b); }
LINNET_INLINE Ints sub_ints(Ints a, Ints b) { return _mm512_sub_epi32(a, b); }
LINNET_INLINE Ints and_bits(Ints a, Ints b) { return _mm512_and_si512(a, b); }
LINNET_INLINE Ints or_bits(Ints a, Ints b) { return _mm512_or_si512(a, b); }
LINNET_INLINE Ints xor_bits(Ints a, Ints b) { return _mm512_xor_si512(a, b); }
template <int kCount>
LINNET_INLINE Ints shift_left(Ints a) {
  return _mm512_slli_epi32(a, kCount);
}
template <int kCount>
LINNET_INLINE Ints shift_right(Ints a) {
  return _mm512_srli_epi32(a, kCount);
}
LINNET_INLINE Ints max_ints(Ints a, Ints b) { return _mm512_max_epi32(a, b); }
LINNET_INLINE int32_t fold_max_ints(Ints a) {
  a = _mm512_max_epi32(a, _mm512_shuffle_i32x4(a, a, 0x4e));
  a = _mm512_max_epi32(a, _mm512_shuffle_i32x4(a, a, 0xb1));
  a = _mm512_max_epi32(a, _mm512_shuffle_epi32(a, _MM_PERM_BADC));
  a = _mm512_max_epi32(a, _mm512_shuffle_epi32(a, _MM_PERM_CDAB));
  return _mm_cvtsi128_si32(_mm512_castsi512_si128(a));
}
LINNET_INLINE void transpose(Ints* r) {
  Ints t[16];
  LINNET_UNROLL
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  LINNET_UNROLL
  for (int i = 0; i < 16; i += 4) {  // r[i + c]: in each quarter, column c of rows i..i+3
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  LINNET_UNROLL
  for (int c = 0; c < 4; ++c) {
    const Ints low02 = _mm512_shuffle_i32x4(r[c], r[c + 4], 0x88), low13 = _mm512_shuffle_i32x4(r[c], r[c + 4], 0xdd);
    const Ints high02 = _mm512_shuffle_i32x4(r[c + 8], r[c + 12], 0x88);
    const Ints high13 = _mm512_shuffle_i32x4(r[c + 8], r[c + 12], 0xdd);
    t[c] = _mm512_shuffle_i32x4(low02, high02, 0x88);
    t[c + 8] = _mm512_shuffle_i32x4(low02, high02, 0xdd);
    t[c + 4] = _mm512_shuffle_i32x4(low13, high13, 0x88);
    t[c + 12] = _mm512_shuffle_i32x4(low13, high13, 0xdd);
  }
  LINNET_UNROLL
  for (int i = 0; i < 16; ++i) r[i] = t[i];
}

LINNET_INLINE Ints load_s8(const int8_t* p) {
  return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
LINNET_INLINE void store_s8(int8_t* p, Ints a) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(a));
}

LINNET_INLINE void store_s8x4(int8_t* p, const Ints* a, Ints flip) {
  const Ints words01 = _mm512_packs_epi32(a[0], a[1]), words23 = _mm512_packs_epi32(a[2], a[3]);
  // Each quarter now holds 4 bytes of each of the four.
  const Ints order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const Ints bytes = _mm512_permutexvar_epi32(order, _mm512_packs_epi16(words01, words23));
  _mm512_storeu_si512(p, _mm512_xor_si512(bytes, flip));
}
// Packing order: quarter k of vector i is quarter i of vector k, so that packing bytes within quarters leaves each of
// the four vectors in one quarter.
LINNET_INLINE void packing_order(Floats* z) {
  const Floats t0 = _mm512_shuffle_f32x4(z[0], z[1], 0x44), t1 = _mm512_shuffle_f32x4(z[0], z[1], 0xee);
  const Floats t2 = _mm512_shuffle_f32x4(z[2], z[3], 0x44), t3 = _mm512_shuffle_f32x4(z[2], z[3], 0xee);
  z[0] = _mm512_shuffle_f32x4(t0, t2, 0x88);
  z[1] = _mm512_shuffle_f32x4(t0, t2, 0xdd);
  z[2] = _mm512_shuffle_f32x4(t1, t3, 0x88);
  z[3] = _mm512_shuffle_f32x4(t1, t3, 0xdd);
}
LINNET_INLINE void packing_butterflies(Floats* z) {
  packing_order(z);
  const Floats a = add(z[0], z[2]), b = add(z[1], z[3]), c = sub(z[0], z[2]), d = sub(z[1], z[3]);
  z[0] = add(a, b);
  z[1] = sub(a, b);
  z[2] = add(c, d);
  z[3] = sub(c, d);
}
LINNET_INLINE void store_packed_s8x4(int8_t* p, const Ints* a, Ints flip) {
  const Ints words01 = _mm512_packs_epi32(a[0], a[1]), words23 = _mm512_packs_epi32(a[2], a[3]);
  _mm512_storeu_si512(p, _mm512_xor_si512(_mm512_packs_epi16(words01, words23), flip));
}
LINNET_INLINE Ints fold_max_of_each(Ints* r) {
  LINNET_UNROLL
  for (int i = 0; i < 8; ++i) {  // halves: lanes 0..7 of rows 2i, then of 2i + 1
    r[i] = _mm512_max_epi32(_mm512_shuffle_i64x2(r[2 * i], r[2 * i + 1], 0x44),
                            _mm512_shuffle_i64x2(r[2 * i], r[2 * i + 1], 0xee));
  }
  LINNET_UNROLL
  for (int i = 0; i < 4; ++i) {  // quarters: rows 4i .. 4i + 3
    r[i] = _mm512_max_epi32(_mm512_shuffle_i64x2(r[2 * i], r[2 * i + 1], 0x88),
                            _mm512_shuffle_i64x2(r[2 * i], r[2 * i + 1], 0xdd));
  }
  LINNET_UNROLL
  for (int i = 0; i < 2; ++i) {  // in quarter c: two lanes each of rows 8i + c and 8i + 4 + c
    r[i] =
        _mm512_max_epi32(_mm512_unpacklo_epi64(r[2 * i], r[2 * i + 1]), _mm512_unpackhi_epi64(r[2 * i], r[2 * i + 1]));
  }
  const __m512 low = _mm512_castsi512_ps(r[0]), high = _mm512_castsi512_ps(r[1]);
  const Ints even = _mm512_castps_si512(_mm512_shuffle_ps(low, high, 0x88));
  const Ints odd = _mm512_castps_si512(_mm512_shuffle_ps(low, high, 0xdd));
  // Lane i of quarter c belongs to row 4i + c.
  const Ints order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_permutexvar_epi32(order, _mm512_max_epi32(even, odd));
}

LINNET_INLINE Ints make_pairs(Ints first, Ints second) {
  // The low words of `second` to the high words: one masked byte shuffle in place of a shift and a blend.
  const Ints low_words_up = _mm512_set1_epi32(0x01000100),
             rows = _mm512_broadcast_i32x4(_mm_setr_epi32(0, 0x04040404, 0x08080808, 0x0c0c0c0c));
  return _mm512_mask_shuffle_epi8(first, 0xccccccccccccccccull, second, _mm512_add_epi8(low_words_up, rows));
}
LINNET_INLINE Ints first_halves(Ints a) { return _mm512_srai_epi32(_mm512_slli_epi32(a, 16), 16); }
LINNET_INLINE Ints second_halves(Ints a) { return _mm512_srai_epi32(a, 16); }
LINNET_INLINE Ints pack_words(Ints a, Ints b) { return _mm512_packus_epi32(a, b); }
LINNET_INLINE Ints unpack_first(Ints words, Ints high) { return _mm512_unpacklo_epi16(words, high); }
LINNET_INLINE Ints unpack_second(Ints words, Ints high) { return _mm512_unpackhi_epi16(words, high); }
LINNET_INLINE Ints splat_pair(int32_t x) { return _mm512_set1_epi16(static_cast<int16_t>(x)); }
LINNET_INLINE Ints load_s8_pairs(const int8_t* p) {
  return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
LINNET_INLINE Ints even_bytes(Ints a) { return _mm512_srai_epi16(_mm512_slli_epi16(a, 8), 8); }
LINNET_INLINE Ints odd_bytes(Ints a) { return _mm512_srai_epi16(a, 8); }
LINNET_INLINE Ints add_pairs(Ints a, Ints b) { return _mm512_add_epi16(a, b); }
LINNET_INLINE Ints sub_pairs(Ints a, Ints b) { return _mm512_sub_epi16(a, b); }
LINNET_INLINE Ints mul_pairs(Ints a, Ints b) { return _mm512_mullo_epi16(a, b); }
LINNET_INLINE Ints mul_q15(Ints a, Ints b) { return _mm512_mulhrs_epi16(a, b); }
LINNET_INLINE Ints max_pairs(Ints a, Ints b) { return _mm512_max_epi16(a, b); }
template <int kCount>
LINNET_INLINE Ints shift_pairs_left(Ints a) {
  return _mm512_slli_epi16(a, kCount);
}
template <int kCount>
LINNET_INLINE Ints shift_pairs_right(Ints a) {
  return _mm512_srai_epi16(a, kCount);
}
LINNET_INLINE Ints shift_pairs_right_each(Ints a, Ints count) { return _mm512_srlv_epi16(a, count); }
LINNET_INLINE Ints dot_pairs(Ints sum, Ints a, Ints b) {
#if defined(__AVX512VNNI__)
  sum = _mm512_dpwssd_epi32(sum, a, b);
#else
  sum = _mm512_add_epi32(sum, _mm512_madd_epi16(a, b));
#endif
  LINNET_PIN(sum);
  return sum;
}
// 16 columns of four rows of int8: a dword holds one byte of each.
LINNET_INLINE Ints interleave_rows(const int8_t* r0, const int8_t* r1, const int8_t* r2, const int8_t* r3) {
  const InterleavedRows rows = interleave_registers(r0, r1, r2, r3);
  const Ints v = _mm512_inserti32x4(_mm512_castsi128_si512(rows.v[0]), rows.v[1], 1);
  return _mm512_inserti32x4(_mm512_inserti32x4(v, rows.v[2], 2), rows.v[3], 3);
}
#if defined(__AVX512VNNI__)
LINNET_INLINE Ints dot_quads(Ints sum, Ints a, Ints b) {  // four unsigned bytes of a times four signed ones of b
  sum = _mm512_dpbusd_epi32(sum, a, b);
  LINNET_PIN(sum);
  return sum;
}
#endif
LINNET_INLINE Ints add_both(Ints sum, Ints a) { return dot_pairs(sum, a, _mm512_set1_epi16(1)); }

}  // namespace
}  // namespace linnet::kernels
