// How the float GEMM walks over its tiles. Every sum is one chain of fused multiply-adds in ascending k, starting from
// +0, so tiling cannot change it.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/gemm.inc.h"

namespace linnet::kernels {
namespace {

constexpr size_t kStep = 16;  // k between two fetches

// The bits of a tile's sums, 64 apart from row to row, of rows that are x_stride apart and vectors of columns (panels)
// that are panel_size apart: (x, x_stride, panel, panel_size, k_count, sums, ahead).
using FloatTile = void (*)(const float*, size_t, const float*, size_t, size_t, int32_t*, Ahead&);
struct FloatTileOf {
  FloatTile run;
  size_t columns;  // vectors of them
};

// kRows rows and kColumns vectors of columns are a whole tile; tile_of(rows, vectors) gives what is done at once of so
// many that are left.
template <size_t kRows, size_t kColumns, typename TileOf>
LINNET_INLINE void gemm_f32_tiles(const GemmF32Args& a, FinishTile finish, TileOf tile_of) {
  const Epilogue e = epilogue_of(a);
  const size_t panel_size = a.in_width * 16;
  for (size_t n = a.n_begin; n < a.n_end; n += 64) {
    const size_t tiles = tiles_of_group(a.out_width, n);
    const size_t blocks = (a.rows + kRows - 1) / kRows, calls = blocks * ((tiles + kColumns - 1) / kColumns);
    Ahead ahead(a.weights + (n / 16 + tiles) * panel_size, tiles * panel_size * sizeof(float),
                calls * ((a.in_width + kStep - 1) / kStep), blocks);
    each_row_block<kRows>(a.rows, [&](size_t row, size_t rows) LINNET_INLINE_LAMBDA {
      Tile tile;
      const float* panel = a.weights + n / 16 * panel_size;
      for (size_t c = 0; c < tiles;) {
        const FloatTileOf next = tile_of(rows, tiles - c);
        next.run(a.x + row * a.x_stride, a.x_stride, panel + c * panel_size, panel_size, a.in_width, tile.v + 16 * c,
                 ahead);
        c += next.columns;
      }
      finish(e, tile.v, 64, row, rows, n, tiles);
    });
  }
}

}  // namespace
}  // namespace linnet::kernels
