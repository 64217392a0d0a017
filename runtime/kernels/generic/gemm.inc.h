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

// What the end of a tile needs of one vector of columns.
struct ColumnConstants {
  Floats w_scale, bias;

  LINNET_INLINE ColumnConstants(const Epilogue& e, size_t n)
      : w_scale(e.w_scale != nullptr ? load(e.w_scale + n) : splat(1.0f)),
        bias(e.bias != nullptr ? load(e.bias + n) : splat(0.0f)) {}

  LINNET_INLINE Floats finish_int(const int32_t* sum, Floats x_scale) const {
    return add(mul(mul(to_float(load_ints(sum)), x_scale), w_scale), bias);
  }
  LINNET_INLINE Floats finish_float(const int32_t* sum) const { return add(from_bits(load_ints(sum)), bias); }
};

// Whether there is a residual: known beforehand where it is common, to keep the loop short.
enum class Residual { none, present, unknown };

// Two vectors of columns from n (the second may lie behind the end: it is computed and not written) of `rows` rows.
// kWhole: both are whole, and nothing has to be masked.
template <Activation kActivation, bool kWhole, Residual kResidual>
LINNET_INLINE void finish_columns(const Epilogue& e, const int32_t* sums, size_t sum_stride, size_t row, size_t rows,
                                  size_t n, size_t tiles) {
  const ColumnConstants first(e, n), second(e, kWhole || tiles > 1 ? n + 16 : n);
  const bool has_residual = kResidual == Residual::unknown ? e.residual != nullptr : kResidual == Residual::present;
  const float* residual = has_residual ? e.residual + row * e.residual_stride + n : nullptr;
  float* y = e.y + row * e.y_stride + n;
  for (size_t r = 0; r < rows; ++r, sums += sum_stride, y += e.y_stride) {
    const int32_t* const next = kWhole || tiles > 1 ? sums + 16 : sums;
    Floats v0, v1;
    if (e.x_scale != nullptr) {
      const Floats x_scale = splat(e.x_scale[row + r]);
      v0 = first.finish_int(sums, x_scale);
      v1 = second.finish_int(next, x_scale);
    } else {
      v0 = first.finish_float(sums);
      v1 = second.finish_float(next);
    }
    activate<kActivation>(v0, v1);
    if constexpr (kWhole) {
      if (has_residual) {
        v0 = add(v0, load(residual));
        v1 = add(v1, load(residual + 16));
      }
      store(y, v0);
      store(y + 16, v1);
    } else {
      const auto write = [&](size_t i, Floats v) LINNET_INLINE_LAMBDA {
        const size_t left = smaller(16, e.out_width - n - i);
        if (has_residual) v = add(v, load_first(residual + i, left));
        store(y + i, keep_first(v, left));
      };
      write(0, v0);
      if (tiles > 1) write(16, v1);
    }
    if (has_residual) residual += e.residual_stride;
  }
}

template <Activation kActivation, Residual kResidual>
[[gnu::noinline]] void finish_tile(const Epilogue& e, const int32_t* sums, size_t sum_stride, size_t row, size_t rows,
                                   size_t n, size_t tiles) {
  for (size_t c = 0; c < tiles; c += 2) {
    const size_t at = n + 16 * c;
    if (at + 32 <= e.out_width) {
      finish_columns<kActivation, true, kResidual>(e, sums + 16 * c, sum_stride, row, rows, at, 2);
    } else {
      finish_columns<kActivation, false, kResidual>(e, sums + 16 * c, sum_stride, row, rows, at, smaller(2, tiles - c));
    }
  }
  const size_t end = n + 16 * tiles;
  if (end < e.out_width) return;
  for (size_t r = row; r < row + rows; ++r) {  // behind the last column the row is zero
    for (size_t i = end; i < padded(e.out_width, 64); i += 16) store(e.y + r * e.y_stride + i, splat(0.0f));
  }
}

// y = act(...) + residual for `rows` rows from `row` and `tiles` vectors of columns from n. The sums of a row are
// `sum_stride` apart from those of the next.
using FinishTile = void (*)(const Epilogue&, const int32_t*, size_t, size_t, size_t, size_t, size_t);

LINNET_INLINE FinishTile finish_tile_of(Activation activation, const float* residual) {
  switch (activation) {
    case Activation::identity: break;
    case Activation::relu: return finish_tile<Activation::relu, Residual::unknown>;
    case Activation::gelu: return finish_tile<Activation::gelu, Residual::unknown>;
    case Activation::gelu_tanh: return finish_tile<Activation::gelu_tanh, Residual::unknown>;
    case Activation::gelu_fixed: return finish_tile<Activation::gelu_fixed, Residual::unknown>;
    case Activation::silu: return finish_tile<Activation::silu, Residual::unknown>;
    case Activation::quick_gelu: return finish_tile<Activation::quick_gelu, Residual::unknown>;
    case Activation::tanh: return finish_tile<Activation::tanh, Residual::unknown>;
  }
  return residual != nullptr ? finish_tile<Activation::identity, Residual::present>
                             : finish_tile<Activation::identity, Residual::none>;
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
