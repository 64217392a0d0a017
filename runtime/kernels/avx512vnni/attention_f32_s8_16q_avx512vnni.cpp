#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512DQ__) || !defined(__AVX512VL__) || \
    !defined(__AVX512VNNI__)
#error "compile with -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_avx512.h"
#include "runtime/kernels/generic/attention_s8.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

namespace {

// Four bytes of a dword, unsigned times signed: keys as k ^ 0x80, with -128 sum(q) of each query to start from;
// probabilities as they are. The four keys of a dword of probabilities and values lie in the order 0, 2, 1, 3.
struct QuadDot {
  static constexpr size_t kPerDword = 4;

  LINNET_INLINE static Ints load_query(const int8_t* q, size_t dword) { return load_raw(q + 4 * dword); }
  LINNET_INLINE static void prepare_keys(const AttentionS8Args& a, size_t hs, int8_t* out) {
    const Ints flip = _mm512_set1_epi8(-128);
    for (size_t i = 0; i < a.length * hs; i += 64) store_raw(out + i, xor_bits(load_raw(a.k + i), flip));
  }
  LINNET_INLINE static Ints start(const int32_t* query, size_t dwords) {
    Ints sum = splat_int(0);
    for (size_t i = 0; i < dwords; ++i) sum = dot(sum, load_ints(query + i * 16), splat_int(0x01010101));
    return _mm512_slli_epi32(sub_ints(splat_int(0), sum), 7);
  }
  LINNET_INLINE static Ints dot(Ints sum, Ints query, Ints key) { return dot_quads(sum, key, query); }
  LINNET_INLINE static Ints weigh(Ints sum, Ints probability, Ints value) { return dot_quads(sum, probability, value); }
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

void attention_f32_s8_16q_avx512vnni(const AttentionS8Args& a) { attention_s8<QuadDot>(a); }

}  // namespace linnet::kernels
