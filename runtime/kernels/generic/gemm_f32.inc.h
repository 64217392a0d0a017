// The float GEMM of instruction sets that multiply a vector of columns by one number of a row, in all lanes.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/gemm_f32_tiles.inc.h"

namespace linnet::kernels {
namespace {

// kRows x (16 kColumns) sums from row pointers x; `panel` is the first of kColumns panels.
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
LINNET_INLINE FloatTile float_tile_of_rows(size_t rows) {
  if constexpr (kRowsMost == 2) {
    return rows == 1 ? float_tile<1, kColumns> : float_tile<2, kColumns>;
  } else {
    switch (rows) {
      case 1: return float_tile<1, kColumns>;
      case 2: return float_tile<2, kColumns>;
      case 3: return float_tile<3, kColumns>;
      case 4: return float_tile<4, kColumns>;
      case 5: return float_tile<5, kColumns>;
      default: return float_tile<6, kColumns>;
    }
  }
}

// kColumns vectors of columns and kRowsMost rows (6 or 2) are what the registers hold.
template <size_t kColumns, size_t kRowsMost = 6>
LINNET_INLINE void gemm_f32(const GemmF32Args& a, FinishTile finish) {
  gemm_f32_tiles<kRowsMost, kColumns>(a, finish, [](size_t rows, size_t vectors) LINNET_INLINE_LAMBDA {
    return vectors >= kColumns ? FloatTileOf{float_tile_of_rows<kColumns, kRowsMost>(rows), kColumns}
                               : FloatTileOf{float_tile_of_rows<1, kRowsMost>(rows), 1};
  });
}

}  // namespace
}  // namespace linnet::kernels
