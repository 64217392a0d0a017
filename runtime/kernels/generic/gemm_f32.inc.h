// The float GEMM: every sum is one chain of fused multiply-adds in ascending k, starting from +0, so tiling cannot
// change it.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/gemm.inc.h"

namespace linnet::kernels {
namespace {

constexpr size_t kStep = 16;  // k between two fetches

// kRows x (16 kColumns) sums from row pointers x; `panel` is the first of kColumns panels, panel_size floats apart.
template <size_t kRows, size_t kColumns>
[[gnu::noinline]] void float_tile(const float* x, size_t x_stride, const float* panel, size_t panel_size,
                                  size_t k_count, int32_t* out, Ahead& ahead) {
  Floats sum[kRows][kColumns];
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    LINNET_UNROLL
    for (size_t c = 0; c < kColumns; ++c) sum[r][c] = splat(0.0f);
  }
  for (size_t begin = 0; begin < k_count; begin += kStep) {
    ahead.step();
    const size_t end = smaller(begin + kStep, k_count);
    for (size_t k = begin; k < end; ++k) {
      Floats w[kColumns];
      LINNET_UNROLL
      for (size_t c = 0; c < kColumns; ++c) w[c] = load(panel + c * panel_size + k * 16);
      LINNET_UNROLL
      for (size_t r = 0; r < kRows; ++r) {
        const Floats v = splat(x[r * x_stride + k]);
        LINNET_UNROLL
        for (size_t c = 0; c < kColumns; ++c) sum[r][c] = fma(v, w[c], sum[r][c]);
      }
    }
  }
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    LINNET_UNROLL
    for (size_t c = 0; c < kColumns; ++c) store_ints(out + r * 64 + c * 16, bits(sum[r][c]));
  }
}

template <size_t kColumns, size_t kRowsMost>
LINNET_INLINE void float_tile_of_rows(size_t rows, const float* x, size_t x_stride, const float* panel,
                                      size_t panel_size, size_t k_count, int32_t* out, Ahead& ahead) {
  if constexpr (kRowsMost == 2) {
    if (rows == 1) return float_tile<1, kColumns>(x, x_stride, panel, panel_size, k_count, out, ahead);
    return float_tile<2, kColumns>(x, x_stride, panel, panel_size, k_count, out, ahead);
  } else {
    switch (rows) {
      case 1: return float_tile<1, kColumns>(x, x_stride, panel, panel_size, k_count, out, ahead);
      case 2: return float_tile<2, kColumns>(x, x_stride, panel, panel_size, k_count, out, ahead);
      case 3: return float_tile<3, kColumns>(x, x_stride, panel, panel_size, k_count, out, ahead);
      case 4: return float_tile<4, kColumns>(x, x_stride, panel, panel_size, k_count, out, ahead);
      case 5: return float_tile<5, kColumns>(x, x_stride, panel, panel_size, k_count, out, ahead);
      default: return float_tile<6, kColumns>(x, x_stride, panel, panel_size, k_count, out, ahead);
    }
  }
}

// kColumns vectors of columns and kRowsMost rows (6 or 2) are what the registers hold.
template <size_t kColumns, size_t kRowsMost = 6>
LINNET_INLINE void gemm_f32(const GemmF32Args& a, FinishTile finish) {
  const Epilogue e = epilogue_of(a);
  const size_t panel_size = a.in_width * 16;
  for (size_t n = a.n_begin; n < a.n_end; n += 64) {
    const size_t tiles = tiles_of_group(a.out_width, n);
    const size_t blocks = (a.rows + kRowsMost - 1) / kRowsMost, calls = blocks * ((tiles + kColumns - 1) / kColumns);
    Ahead ahead(a.weights + (n / 16 + tiles) * panel_size, tiles * panel_size * sizeof(float),
                calls * ((a.in_width + kStep - 1) / kStep), blocks);
    each_row_block<kRowsMost>(a.rows, [&](size_t row, size_t rows) LINNET_INLINE_LAMBDA {
      Tile tile;
      const float* x = a.x + row * a.x_stride;
      const float* panel = a.weights + n / 16 * panel_size;
      size_t c = 0;
      for (; c + kColumns <= tiles; c += kColumns) {
        float_tile_of_rows<kColumns, kRowsMost>(rows, x, a.x_stride, panel + c * panel_size, panel_size, a.in_width,
                                                tile.v + 16 * c, ahead);
      }
      for (; c < tiles; ++c) {
        float_tile_of_rows<1, kRowsMost>(rows, x, a.x_stride, panel + c * panel_size, panel_size, a.in_width,
                                         tile.v + 16 * c, ahead);
      }
      finish(e, tile.v, 64, row, rows, n, tiles);
    });
  }
}

}  // namespace
}  // namespace linnet::kernels
