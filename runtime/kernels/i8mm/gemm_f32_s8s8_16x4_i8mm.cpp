// The INT8 GEMM of i8mm: smmla multiplies two rows of eight bytes by two columns of eight. Two rows become one block
// by interleaving their eighths once for all columns; two columns, by interleaving the dwords of two cells in the loop.
#if !defined(__ARM_FEATURE_MATMUL_INT8)
#error "compile with -march=armv8.2-a+dotprod+i8mm"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_neon.h"
#include "runtime/kernels/generic/gemm_s8_dotprod.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

namespace {

constexpr size_t kBlockRows = 16;
constexpr size_t kChunk = 1024;  // k at a time, so that the rows of a block stay on the stack and in the L1 cache

// Up to 16 rows of a chunk as [k / 8][pair of rows][2][8].
struct alignas(64) PairedRows {
  int8_t v[kBlockRows * kChunk];
};

// The row behind the last one of an odd number is that one again.
LINNET_INLINE void pair_rows(const int8_t* q, size_t q_stride, size_t rows, size_t k_count, PairedRows& out) {
  const size_t pairs = (rows + 1) / 2;
  for (size_t p = 0; p < pairs; ++p) {
    const int8_t* const first = q + 2 * p * q_stride;
    const int8_t* const second = q + smaller(2 * p + 1, rows - 1) * q_stride;
    int8_t* to = out.v + 16 * p;
    for (size_t k = 0; k < k_count; k += 16, to += 32 * pairs) {
      const int64x2_t a = vreinterpretq_s64_s8(vld1q_s8(first + k)), b = vreinterpretq_s64_s8(vld1q_s8(second + k));
      vst1q_s8(to, vreinterpretq_s8_s64(vzip1q_s64(a, b)));
      vst1q_s8(to + 16 * pairs, vreinterpretq_s8_s64(vzip2q_s64(a, b)));
    }
  }
}

// Sums of kPairs pairs of rows and four columns, as blocks of two by two.
template <size_t kPairs>
struct BlockSums {
  int32x4_t left[kPairs], right[kPairs];

  // The blocks of the eight k that begin at `rows` and `cell`.
  template <int kStep>
  LINNET_INLINE void add(const int8_t* rows, const int8_t* cell) {
    const int8x16_t first = load_at<128 * kStep>(cell), second = load_at<128 * kStep + 64>(cell);
    const int8x16_t columns01 = interleave_low(first, second), columns23 = interleave_high(first, second);
    add_pairs_of_rows<kStep, 0>(rows, columns01, columns23);
  }
  template <int kStep, size_t kPair>
  LINNET_INLINE void add_pairs_of_rows(const int8_t* rows, int8x16_t columns01, int8x16_t columns23) {
    constexpr int kAt = 16 * (kStep * static_cast<int>(kPairs) + static_cast<int>(kPair));
    if constexpr (kPair + 2 <= kPairs) {
      int8x16_t x0, x1;
      load_two_at<kAt>(rows, x0, x1);
      multiply_blocks(left[kPair], x0, columns01);
      multiply_blocks(right[kPair], x0, columns23);
      multiply_blocks(left[kPair + 1], x1, columns01);
      multiply_blocks(right[kPair + 1], x1, columns23);
      if constexpr (kPair + 2 < kPairs) add_pairs_of_rows<kStep, kPair + 2>(rows, columns01, columns23);
    } else {
      const int8x16_t x = load_at<kAt>(rows);
      multiply_blocks(left[kPair], x, columns01);
      multiply_blocks(right[kPair], x, columns23);
    }
  }
};

// Adds to out, 64 from row to row, the sums of 2 kPairs rows and four columns.
template <size_t kPairs>
[[gnu::noinline]] void block_tile(const int8_t* rows, const int8_t* cells, size_t block_size, size_t k_count,
                                  int32_t* out) {
  read_by_steps(rows, cells);
  BlockSums<kPairs> sum;
  LINNET_UNROLL
  for (size_t p = 0; p < kPairs; ++p) {
    const int32x4_t first = vld1q_s32(out + p * 128), second = vld1q_s32(out + p * 128 + 64);
    sum.left[p] = low_halves(first, second);
    sum.right[p] = high_halves(first, second);
  }
  for (; k_count > 0; k_count -= 64, cells += block_size) {
    for (const int8_t *cell = cells, *end = cells + 1024; cell != end; cell += 256, rows += 32 * kPairs) {  // 16 k
      sum.template add<0>(rows, cell);
      sum.template add<1>(rows, cell);
    }
  }
  LINNET_UNROLL
  for (size_t p = 0; p < kPairs; ++p) {
    vst1q_s32(out + p * 128, low_halves(sum.left[p], sum.right[p]));
    vst1q_s32(out + p * 128 + 64, high_halves(sum.left[p], sum.right[p]));
  }
}

using BlockTile = void (*)(const int8_t*, const int8_t*, size_t, size_t, int32_t*);

LINNET_INLINE BlockTile block_tile_of(size_t pairs) {
  switch (pairs) {
    case 1: return block_tile<1>;
    case 2: return block_tile<2>;
    case 3: return block_tile<3>;
    case 4: return block_tile<4>;
    case 5: return block_tile<5>;
    case 6: return block_tile<6>;
    case 7: return block_tile<7>;
    default: return block_tile<8>;
  }
}

void multiply_many_rows(const GemmS8Args& a, FinishTile finish) {
  const Epilogue e = epilogue_of(a);
  const size_t depth = padded(a.in_width, 64);
  PairedRows x;
  alignas(64) int32_t sums[kBlockRows * 64];
  for (size_t n = a.n_begin; n < a.n_end; n += 64) {
    const size_t tiles = tiles_of_group(a.out_width, n), blocks = (a.rows + kBlockRows - 1) / kBlockRows;
    Ahead ahead(a.weights + (n + 16 * tiles) * depth, tiles * 16 * depth, blocks * tiles, blocks);
    each_row_block<kBlockRows>(a.rows, [&](size_t row, size_t rows) LINNET_INLINE_LAMBDA {
      const BlockTile tile = block_tile_of((rows + 1) / 2);
      for (size_t i = 0; i < (rows + 1) / 2 * 128; i += 16) store_ints(sums + i, splat_int(0));
      for (size_t k = 0; k < depth; k += kChunk) {
        const size_t k_count = smaller(kChunk, depth - k);
        pair_rows(a.q + row * a.q_stride + k, a.q_stride, rows, k_count, x);
        const int8_t* const cells = a.weights + n * depth + k / 64 * tiles * 1024;
        for (size_t c = 0; c < tiles; ++c) {
          if (k == 0) ahead.step();
          for (size_t i = 0; i < 4; ++i) {
            tile(x.v, cells + c * 1024 + 16 * i, tiles * 1024, k_count, sums + 16 * c + 4 * i);
          }
        }
      }
      finish(e, sums, 64, row, rows, n, tiles);
    });
  }
}

}  // namespace

void gemm_f32_s8s8_16x4_i8mm(const GemmS8Args& a) {
  const FinishTile finish = finish_tile_neon(a.activation, a.residual, a.heads);
  if (a.rows <= 2) {  // half of a block would be empty, or the interleaving would cost more than it gains
    gemm_s8_dotprod(a, finish);
  } else {
    multiply_many_rows(a, finish);
  }
}

}  // namespace linnet::kernels
