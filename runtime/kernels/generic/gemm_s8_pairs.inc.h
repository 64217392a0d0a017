// The INT8 GEMM of instruction sets that multiply pairs of int16 (no 8-bit dot product): each cell of 4 k is taken as
// the pairs (k0, k2) and (k1, k3), widened to int16, multiplied and added in int32: nothing can saturate.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/gemm.inc.h"

namespace linnet::kernels {
namespace {

constexpr size_t kChunk = 512;  // k at a time, so that the widened rows stay on the stack and in the L1 cache

// Rows of a chunk as pairs: for each 64 k the 16 dwords (k0, k2) of its groups of 4, then the 16 dwords (k1, k3).
struct alignas(64) PairRows {
  int32_t v[6][kChunk / 2];
};

LINNET_INLINE void widen_rows(const int8_t* q, size_t q_stride, size_t rows, size_t k_count, PairRows& out) {
  for (size_t r = 0; r < rows; ++r) {
    for (size_t k = 0; k < k_count; k += 64) {
      const Ints x = load_raw(q + r * q_stride + k);
      store_ints(out.v[r] + k / 2, even_bytes(x));
      store_ints(out.v[r] + k / 2 + 16, odd_bytes(x));
    }
  }
}

// Adds kRows x (16 kColumns) sums to out. `cells`: the first column tile's cell of the first k group; the next column
// tile is 1024 bytes on, the next 64 k are `block_size` bytes on.
template <size_t kRows, size_t kColumns>
[[gnu::noinline]] void pair_tile(const PairRows& x, const int8_t* cells, size_t block_size, size_t k_count,
                                 int32_t* out) {
  Ints sum[kRows][kColumns];
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    LINNET_UNROLL
    for (size_t c = 0; c < kColumns; ++c) sum[r][c] = load_ints(out + r * 64 + c * 16);
  }
  for (size_t k = 0; k < k_count; k += 64) {
    const int8_t* block = cells + k / 64 * block_size;
    for (size_t g = 0; g < 16; ++g) {
      const size_t at = k / 2 + g;
      Ints w[kColumns];
      LINNET_UNROLL
      for (size_t c = 0; c < kColumns; ++c) w[c] = even_bytes(load_raw(block + c * 1024 + g * 64));
      LINNET_UNROLL
      for (size_t r = 0; r < kRows; ++r) {
        const Ints v = splat_int(x.v[r][at]);
        LINNET_UNROLL
        for (size_t c = 0; c < kColumns; ++c) sum[r][c] = dot_pairs(sum[r][c], v, w[c]);
      }
      LINNET_UNROLL
      for (size_t c = 0; c < kColumns; ++c) w[c] = odd_bytes(load_raw(block + c * 1024 + g * 64));
      LINNET_UNROLL
      for (size_t r = 0; r < kRows; ++r) {
        const Ints v = splat_int(x.v[r][at + 16]);
        LINNET_UNROLL
        for (size_t c = 0; c < kColumns; ++c) sum[r][c] = dot_pairs(sum[r][c], v, w[c]);
      }
    }
  }
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    LINNET_UNROLL
    for (size_t c = 0; c < kColumns; ++c) store_ints(out + r * 64 + c * 16, sum[r][c]);
  }
}

template <size_t kColumns, size_t kRowsMost>
LINNET_INLINE void pair_tile_of_rows(size_t rows, const PairRows& x, const int8_t* cells, size_t block_size,
                                     size_t k_count, int32_t* out) {
  if constexpr (kRowsMost == 2) {
    if (rows == 1) return pair_tile<1, kColumns>(x, cells, block_size, k_count, out);
    return pair_tile<2, kColumns>(x, cells, block_size, k_count, out);
  } else {
    switch (rows) {
      case 1: return pair_tile<1, kColumns>(x, cells, block_size, k_count, out);
      case 2: return pair_tile<2, kColumns>(x, cells, block_size, k_count, out);
      case 3: return pair_tile<3, kColumns>(x, cells, block_size, k_count, out);
      case 4: return pair_tile<4, kColumns>(x, cells, block_size, k_count, out);
      case 5: return pair_tile<5, kColumns>(x, cells, block_size, k_count, out);
      default: return pair_tile<6, kColumns>(x, cells, block_size, k_count, out);
    }
  }
}

// kColumns vectors of columns and kRowsMost rows (6 or 2) are what the registers hold.
template <size_t kColumns, size_t kRowsMost = 6>
LINNET_INLINE void gemm_s8_pairs(const GemmS8Args& a, FinishTile finish) {
  const Epilogue e = epilogue_of(a);
  const size_t depth = padded(a.in_width, 64);
  PairRows x;
  // Few rows: they are widened once for all columns. Many: once a group of columns, which costs little beside the sums.
  const bool widened_once = a.rows <= kRowsMost && depth <= kChunk;
  if (widened_once) widen_rows(a.q, a.q_stride, a.rows, depth, x);
  for (size_t n = a.n_begin; n < a.n_end; n += 64) {
    const size_t tiles = tiles_of_group(a.out_width, n);
    const int8_t* group = a.weights + n * depth;
    each_row_block<kRowsMost>(a.rows, [&](size_t row, size_t rows) LINNET_INLINE_LAMBDA {
      Tile tile;
      for (size_t i = 0; i < rows * 64; i += 16) store_ints(tile.v + i, splat_int(0));
      for (size_t k = 0; k < depth; k += kChunk) {
        const size_t k_count = smaller(kChunk, depth - k);
        if (!widened_once) widen_rows(a.q + row * a.q_stride + k, a.q_stride, rows, k_count, x);
        const int8_t* cells = group + k / 64 * tiles * 1024;
        size_t c = 0;
        for (; c + kColumns <= tiles; c += kColumns) {
          pair_tile_of_rows<kColumns, kRowsMost>(rows, x, cells + c * 1024, tiles * 1024, k_count, tile.v + 16 * c);
        }
        for (; c < tiles; ++c) {
          pair_tile_of_rows<1, kRowsMost>(rows, x, cells + c * 1024, tiles * 1024, k_count, tile.v + 16 * c);
        }
      }
      finish(e, tile.v, 64, row, rows, n, tiles);
    });
  }
}

}  // namespace
}  // namespace linnet::kernels
