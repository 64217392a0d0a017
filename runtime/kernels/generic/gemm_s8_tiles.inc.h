// The INT8 GEMM of instruction sets that keep the sums of a tile in registers over all of k.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/gemm.inc.h"

namespace linnet::kernels {
namespace {

// A tile's sums, 64 apart from row to row: (q, q_stride, cells, block_size, depth, column_sum, sums, ahead).
// `block_size`: bytes from the cells of one 64 k to those of the next.
using SumTile = void (*)(const int8_t*, size_t, const int8_t*, size_t, size_t, const int32_t*, int32_t*, Ahead&);

// kRows rows and kColumns vectors of columns are a whole tile; tile_of(rows, tiles) gives the function for fewer rows,
// or fewer vectors in the group of 64 columns.
template <size_t kRows, size_t kColumns, typename TileOf>
LINNET_INLINE void gemm_s8_tiles(const GemmS8Args& a, FinishTile finish, TileOf tile_of) {
  const Epilogue e = epilogue_of(a);
  const size_t depth = padded(a.in_width, 64);
  for (size_t n = a.n_begin; n < a.n_end; n += 64) {
    const size_t tiles = tiles_of_group(a.out_width, n);
    const size_t blocks = (a.rows + kRows - 1) / kRows, calls = blocks * ((tiles + kColumns - 1) / kColumns);
    Ahead ahead(a.weights + (n + 16 * tiles) * depth, tiles * 16 * depth, calls * depth / 64, blocks);
    each_row_block<kRows>(a.rows, [&](size_t row, size_t rows) LINNET_INLINE_LAMBDA {
      Tile tile;
      for (size_t c = 0; c < tiles; c += kColumns) {
        tile_of(rows, tiles)(a.q + row * a.q_stride, a.q_stride, a.weights + n * depth + c * 1024, tiles * 1024, depth,
                             a.column_sum + n + 16 * c, tile.v + 16 * c, ahead);
      }
      finish(e, tile.v, 64, row, rows, n, tiles);
    });
  }
}

}  // namespace
}  // namespace linnet::kernels
