// The INT8 GEMM of instruction sets with dot products of four bytes, unsigned times signed, that wrap in int32: rows as
// q ^ 0x80, sums that start from -128 times the column sum.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/gemm_s8_tiles.inc.h"

namespace linnet::kernels {
namespace {

// kRows x (16 kColumns) sums over all of k. `block_size`: bytes from one 64 k to the next. With few rows the
// accumulators are doubled (even and odd groups of k), since each waits for the one before.
template <size_t kRows, size_t kColumns, bool kDoubled>
[[gnu::noinline]] void quad_tile(const int8_t* q, size_t q_stride, const int8_t* cells, size_t block_size, size_t depth,
                                 const int32_t* column_sum, int32_t* out, Ahead& ahead) {
  constexpr size_t kParts = kDoubled ? 2 : 1;
  Ints sum[kParts][kRows][kColumns];
  LINNET_UNROLL
  for (size_t c = 0; c < kColumns; ++c) {
    const Ints start = sub_ints(splat_int(0), shift_left<7>(load_ints(column_sum + 16 * c)));
    LINNET_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      sum[0][r][c] = start;
      if constexpr (kDoubled) sum[kParts - 1][r][c] = splat_int(0);
    }
  }
  for (size_t k = 0; k < depth; k += 64, cells += block_size) {
    ahead.step();
    LINNET_UNROLL
    for (size_t g = 0; g < 16; ++g) {
      Ints w[kColumns];
      LINNET_UNROLL
      for (size_t c = 0; c < kColumns; ++c) w[c] = load_raw(cells + c * 1024 + g * 64);
      LINNET_UNROLL
      for (size_t r = 0; r < kRows; ++r) {
        const Ints x = splat_int(load_dword(q + r * q_stride + k + 4 * g));
        LINNET_UNROLL
        for (size_t c = 0; c < kColumns; ++c) {
          sum[g % kParts][r][c] = dot_quads(sum[g % kParts][r][c], x, w[c]);
        }
      }
    }
  }
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    LINNET_UNROLL
    for (size_t c = 0; c < kColumns; ++c) {
      Ints total = sum[0][r][c];
      if constexpr (kDoubled) total = add_ints(total, sum[kParts - 1][r][c]);
      store_ints(out + r * 64 + c * 16, total);
    }
  }
}

// kDoubled: the most sums for which there are registers to double them.
template <size_t kColumns, size_t kDoubled>
LINNET_INLINE SumTile quad_tile_of(size_t rows) {
  switch (rows) {
    case 1: return quad_tile<1, kColumns, 1 * kColumns <= kDoubled>;
    case 2: return quad_tile<2, kColumns, 2 * kColumns <= kDoubled>;
    case 3: return quad_tile<3, kColumns, 3 * kColumns <= kDoubled>;
    case 4: return quad_tile<4, kColumns, 4 * kColumns <= kDoubled>;
    case 5: return quad_tile<5, kColumns, 5 * kColumns <= kDoubled>;
    default: return quad_tile<6, kColumns, 6 * kColumns <= kDoubled>;
  }
}

template <size_t kColumnsMost, size_t kDoubled>
LINNET_INLINE SumTile quad_tile_of(size_t rows, size_t columns) {
  if constexpr (kColumnsMost > 1) {
    switch (columns) {
      case 1: return quad_tile_of<1, kDoubled>(rows);
      case 2: return quad_tile_of<2, kDoubled>(rows);
      case 3: return quad_tile_of<3, kDoubled>(rows);
      default: return quad_tile_of<4, kDoubled>(rows);
    }
  }
  return quad_tile_of<1, kDoubled>(rows);
}

constexpr size_t kQuadRows = 6;

// kColumns: 4, or 1, whatever the registers hold beside 6 rows.
template <size_t kColumns, size_t kDoubled>
LINNET_INLINE void gemm_s8_quads(const GemmS8Args& a, FinishTile finish) {
  gemm_s8_tiles<kQuadRows, kColumns>(a, finish, [](size_t rows, size_t tiles) LINNET_INLINE_LAMBDA {
    return quad_tile_of<kColumns, kDoubled>(rows, tiles);
  });
}

}  // namespace
}  // namespace linnet::kernels
