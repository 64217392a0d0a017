// What all GEMMs share: how the columns and rows are cut into tiles, and what is done to a finished tile.
// docs/numerics.md, "GEMM".
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/activation.inc.h"

namespace linnet::kernels {
namespace {

// A tile of at most kTileRows x 64 sums, int32 or float bits, in the L1 cache.
constexpr size_t kTileRows = 8;
struct alignas(64) Tile {
  int32_t v[kTileRows * 64];
};

// What of GemmS8Args and GemmF32Args the end of a tile needs. x_scale is null for float sums.
struct Epilogue {
  const float* x_scale;
  const float* w_scale;
  const float* bias;
  const float* residual;
  size_t residual_stride;
  float* y;
  size_t y_stride;
  size_t out_width;
};

LINNET_INLINE Floats finished_sum(const Epilogue& e, const int32_t* sum, Floats x_scale, size_t n) {
  Floats v;
  if (e.x_scale != nullptr) {
    v = mul(mul(to_float(load_ints(sum)), x_scale), load(e.w_scale + n));
  } else {
    v = from_bits(load_ints(sum));
  }
  return add(v, e.bias != nullptr ? load(e.bias + n) : splat(0.0f));
}

LINNET_INLINE void write_vector(const Epilogue& e, size_t row, size_t n, Floats v) {
  if (e.residual != nullptr) {
    const float* residual = e.residual + row * e.residual_stride + n;
    v = add(v, n + 16 <= e.out_width ? load(residual) : load_first(residual, e.out_width - n));
  }
  float* y = e.y + row * e.y_stride + n;
  store(y, n + 16 <= e.out_width ? v : keep_first(v, e.out_width - n));
}

// y = act(...) + residual for `rows` rows from `row` and `tiles` vectors of columns from n; padding columns are zeroed.
template <Activation kActivation>
[[gnu::noinline]] void finish_tile(const Epilogue& e, const Tile& tile, size_t row, size_t rows, size_t n,
                                   size_t tiles) {
  for (size_t r = 0; r < rows; ++r) {
    const int32_t* sum = tile.v + r * 64;
    const Floats x_scale = splat(e.x_scale != nullptr ? e.x_scale[row + r] : 1.0f);
    size_t c = 0;
    for (; c + 2 <= tiles; c += 2) {
      Floats v0 = finished_sum(e, sum + 16 * c, x_scale, n + 16 * c);
      Floats v1 = finished_sum(e, sum + 16 * c + 16, x_scale, n + 16 * c + 16);
      activate<kActivation>(v0, v1);
      write_vector(e, row + r, n + 16 * c, v0);
      write_vector(e, row + r, n + 16 * c + 16, v1);
    }
    if (c < tiles) {
      Floats v0 = finished_sum(e, sum + 16 * c, x_scale, n + 16 * c), v1 = splat(0.0f);
      activate<kActivation>(v0, v1);
      write_vector(e, row + r, n + 16 * c, v0);
    }
    for (c = tiles; c < 4; ++c) store(e.y + (row + r) * e.y_stride + n + 16 * c, splat(0.0f));
  }
}

using FinishTile = void (*)(const Epilogue&, const Tile&, size_t, size_t, size_t, size_t);

LINNET_INLINE FinishTile finish_tile_of(Activation activation) {
  switch (activation) {
    case Activation::identity: return finish_tile<Activation::identity>;
    case Activation::relu: return finish_tile<Activation::relu>;
    case Activation::gelu: return finish_tile<Activation::gelu>;
    case Activation::gelu_tanh: return finish_tile<Activation::gelu_tanh>;
    case Activation::gelu_fixed: return finish_tile<Activation::gelu_fixed>;
    case Activation::silu: return finish_tile<Activation::silu>;
    case Activation::quick_gelu: return finish_tile<Activation::quick_gelu>;
    case Activation::tanh: return finish_tile<Activation::tanh>;
  }
  return finish_tile<Activation::identity>;
}

// Column vectors of the group of 64 that begins at n: 4, or what is left of round_up(out_width, 16).
LINNET_INLINE size_t tiles_of_group(size_t out_width, size_t n) {
  return out_width - n >= 64 ? 4 : (out_width - n + 15) / 16;
}

// Blocks of at most kMost rows, as even as possible, so that no block is a lone row beside full ones:
// calls block(first row, rows).
template <size_t kMost, typename Block>
LINNET_INLINE void each_row_block(size_t rows, Block block) {
  const size_t blocks = (rows + kMost - 1) / kMost;
  size_t row = 0;
  for (size_t b = 0; b < blocks; ++b) {
    const size_t count = (rows - row + (blocks - b) - 1) / (blocks - b);
    block(row, count);
    row += count;
  }
}

// The arguments as the end of a tile wants them.
LINNET_INLINE Epilogue epilogue_of(const GemmS8Args& a) {
  return {a.x_scale, a.weight_scale, a.bias, a.residual, a.residual_stride, a.y, a.y_stride, a.out_width};
}
LINNET_INLINE Epilogue epilogue_of(const GemmF32Args& a) {
  return {nullptr, nullptr, a.bias, a.residual, a.residual_stride, a.y, a.y_stride, a.out_width};
}

}  // namespace
}  // namespace linnet::kernels
