#if !defined(__ARM_FEATURE_MATMUL_INT8)
#error "compile with -march=armv8.2-a+dotprod+i8mm"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_neon.h"
#include "runtime/kernels/generic/attention_s8_lanes.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

namespace {

// The eighths of two rows in turns: blocks of 2 x 8 bytes, `stride` bytes from one to the next.
LINNET_INLINE void interleave_eighths(const int8_t* first, const int8_t* second, size_t hs, int8_t* to, size_t stride) {
  for (size_t d = 0; d < hs; d += 16, to += 2 * stride) {
    const int32x4_t a = vreinterpretq_s32_s8(vld1q_s8(first + d)), b = vreinterpretq_s32_s8(vld1q_s8(second + d));
    vst1q_s8(to, vreinterpretq_s8_s32(low_halves(a, b)));
    vst1q_s8(to + stride, vreinterpretq_s8_s32(high_halves(a, b)));
  }
}

// Keys as [pair of keys][d / 8][2][8]; probabilities and values as bytes, unsigned times signed. The four keys of a
// dword of probabilities and values lie in the order 0, 2, 1, 3.
struct BlockDot {
  static constexpr size_t kPerDword = 4;

  LINNET_INLINE static void prepare_keys(const AttentionS8Args& a, size_t hs, int8_t* out) {
    for (size_t j = 0; j < a.length; j += 2) {
      interleave_eighths(a.k + j * hs, a.k + smaller(j + 1, a.length - 1) * hs, hs, out + j * hs, 16);
    }
  }
  LINNET_INLINE static Ints start_of_values(const int32_t*, size_t) { return splat_int(0); }
  LINNET_INLINE static Ints weigh(Ints sum, Ints probability, Ints value) { return dot_quads(sum, probability, value); }
  LINNET_INLINE static Ints pack_values(const int8_t* const* rows, size_t d) {
    return interleave_rows(rows[0] + d, rows[2] + d, rows[1] + d, rows[3] + d);
  }
  LINNET_INLINE static void pack_probabilities(int32_t* out, size_t i, Ints p01, Ints p23) {
    store_ints(out + i / 2 * 16, or_bits(p01, shift_pairs_left<8>(p23)));
  }
};

// Scores of kPairs pairs of keys from j, as blocks of two keys by two queries; at most `count` of them.
template <size_t kPairs>
LINNET_INLINE void score_blocks(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t hs, size_t j,
                                size_t count, Queries& t) {
  const int8_t* query = reinterpret_cast<const int8_t*>(s.query);
  const int8_t* const keys = s.keys + j * hs;
  int32x4_t sum[kPairs][8];
  LINNET_UNROLL
  for (size_t u = 0; u < kPairs; ++u) {
    LINNET_UNROLL
    for (size_t p = 0; p < 8; ++p) sum[u][p] = vdupq_n_s32(0);
  }
  for (size_t d = 0; d < hs; d += 8, query += 128) {
    int8x16_t block[kPairs];
    LINNET_UNROLL
    for (size_t u = 0; u < kPairs; ++u) block[u] = vld1q_s8(keys + u * 2 * hs + 2 * d);
    LINNET_UNROLL
    for (size_t p = 0; p < 8; ++p) {
      const int8x16_t queries = vld1q_s8(query + 16 * p);
      LINNET_UNROLL
      for (size_t u = 0; u < kPairs; ++u) sum[u][p] = vmmlaq_s32(sum[u][p], block[u], queries);
    }
  }
  LINNET_UNROLL
  for (size_t u = 0; u < kPairs; ++u) {
    Ints first, second;
    LINNET_UNROLL
    for (size_t i = 0; i < 4; ++i) {
      first.v[i] = low_halves(sum[u][2 * i], sum[u][2 * i + 1]);
      second.v[i] = high_halves(sum[u][2 * i], sum[u][2 * i + 1]);
    }
    t.largest = max(keep_score(a, s, j + 2 * u, first, t), t.largest);
    if (2 * u + 1 < count) t.largest = max(keep_score(a, s, j + 2 * u + 1, second, t), t.largest);
  }
}

// An Engine of attention_s8.inc.h: scores by blocks, sums of values by lanes.
struct ByBlocks : ByLanes<BlockDot> {
  [[gnu::noinline]] static void score_all_keys(const AttentionS8Args& a, const AttentionS8Scratch& s, size_t hs,
                                               Queries& state) {
    for (size_t i = 0; i < 16; i += 2) {  // as [d / 8][pair of queries][2][8]; rows beyond the last are repeated
      interleave_eighths(a.q + (state.first + smaller(i, state.count - 1)) * hs,
                         a.q + (state.first + smaller(i + 1, state.count - 1)) * hs, hs,
                         reinterpret_cast<int8_t*>(s.query) + 8 * i, 128);
    }
    Queries t = state;
    size_t j = 0;
    for (; j + 4 <= a.length; j += 4) score_blocks<2>(a, s, hs, j, 4, t);
    for (; j < a.length; j += 2) score_blocks<1>(a, s, hs, j, a.length - j, t);
    pad_scores(a, s);
    state.largest = t.largest;
  }
};

}  // namespace

size_t attention_f32_s8_16q_i8mm_scratch(size_t length, size_t head_width) {
  return ByBlocks::layout(length, head_width, nullptr).bytes;
}

void attention_f32_s8_16q_i8mm(const AttentionS8Args& a) { attention_s8<ByBlocks>(a); }

}  // namespace linnet::kernels
