#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512DQ__) || !defined(__AVX512VL__) || \
    !defined(__AVX512VNNI__)
#error "compile with -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_avx512.h"
#include "runtime/kernels/generic/attention_s8.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

namespace {

// Four bytes of a dword, unsigned times signed: queries as q ^ 0x80 with -128 sum(k) to start from, probabilities as
// they are. The four keys of a dword of probabilities and values lie in the order 0, 2, 1, 3.
struct QuadDot {
  static constexpr size_t kPerDword = 4;

  LINNET_INLINE static Ints load_query(const int8_t* q, size_t dword) {
    return xor_bits(load_raw(q + 4 * dword), _mm512_set1_epi8(-128));
  }
  LINNET_INLINE static void prepare_keys(const AttentionS8Args& a, size_t hs, const AttentionS8Scratch& s) {
    const __m128i ones = _mm_set1_epi8(1);
    for (size_t j = 0; j < a.length; ++j) {
      __m128i sum = _mm_setzero_si128();
      for (size_t d = 0; d < hs; d += 16) {
        sum = _mm_dpbusd_epi32(sum, ones, _mm_loadu_si128(reinterpret_cast<const __m128i*>(a.k + j * hs + d)));
      }
      sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
      sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1));
      s.key_start[j] = -128 * _mm_cvtsi128_si32(sum);
    }
  }
  LINNET_INLINE static const void* key(const AttentionS8Args& a, const AttentionS8Scratch&, size_t at) {
    return a.k + at;
  }
  LINNET_INLINE static Ints start(const AttentionS8Scratch& s, size_t j) { return splat_int(s.key_start[j]); }
  LINNET_INLINE static Ints dot(Ints sum, Ints a, Ints b) { return _mm512_dpbusd_epi32(sum, a, b); }
  LINNET_INLINE static Ints pack_values(const int8_t* const* rows, size_t d) {
    const __m128i r0 = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[0] + d));
    const __m128i r1 = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[1] + d));
    const __m128i r2 = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[2] + d));
    const __m128i r3 = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[3] + d));
    const __m128i low02 = _mm_unpacklo_epi8(r0, r2), high02 = _mm_unpackhi_epi8(r0, r2);
    const __m128i low13 = _mm_unpacklo_epi8(r1, r3), high13 = _mm_unpackhi_epi8(r1, r3);
    Ints v = _mm512_castsi128_si512(_mm_unpacklo_epi16(low02, low13));
    v = _mm512_inserti32x4(v, _mm_unpackhi_epi16(low02, low13), 1);
    v = _mm512_inserti32x4(v, _mm_unpacklo_epi16(high02, high13), 2);
    return _mm512_inserti32x4(v, _mm_unpackhi_epi16(high02, high13), 3);
  }
  LINNET_INLINE static void pack_probabilities(int32_t* out, size_t i, Ints p01, Ints p23) {
    store_ints(out + i / 2 * 16, or_bits(p01, shift_pairs_left<8>(p23)));
  }
};

}  // namespace

size_t attention_f32_s8_16q_avx512vnni_scratch(size_t length, size_t head_width) {
  return attention_s8_layout<QuadDot>(length, head_width, nullptr).bytes;
}

void attention_f32_s8_16q_avx512vnni(const AttentionS8Args& a) {
  attention_s8<QuadDot>(a);
}

}  // namespace linnet::kernels
