// What is done to finished sums of a GEMM; docs/numerics.md, "GEMM".
#pragma once

#include <type_traits>

#include LINNET_VEC16
#include "runtime/kernels/epilogue.h"
#include "runtime/kernels/generic/activation.inc.h"

namespace linnet::kernels {
namespace {

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

// Rows that are finished side by side: one, unless the steps of the activation have to wait for each other.
template <Activation kActivation>
constexpr size_t kRowsSideBySide = kActivation == Activation::gelu_fixed ? kPairsSideBySide : 1;

template <Activation kActivation, Residual kResidual, size_t kRows>
LINNET_INLINE void finish_rows(const Epilogue& e, const ColumnConstants& first, const ColumnConstants& second,
                               const int32_t* sums, size_t sum_stride, const float* x_scale, const float* residual,
                               float* y) {
  Floats v[2 * kRows];
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r, sums += sum_stride) {
    if (x_scale != nullptr) {
      const Floats scale = splat(x_scale[r]);
      v[2 * r] = first.finish_int(sums, scale);
      v[2 * r + 1] = second.finish_int(sums + 16, scale);
    } else {
      v[2 * r] = first.finish_float(sums);
      v[2 * r + 1] = second.finish_float(sums + 16);
    }
  }
  activate<kActivation, kRows>(v);
  const bool has_residual = kResidual == Residual::unknown ? residual != nullptr : kResidual == Residual::present;
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r, y += e.y_stride) {
    if (has_residual) {
      v[2 * r] = add(v[2 * r], load(residual + r * e.residual_stride));
      v[2 * r + 1] = add(v[2 * r + 1], load(residual + r * e.residual_stride + 16));
    }
    store(y, v[2 * r]);
    store(y + 16, v[2 * r + 1]);
  }
}

// Two whole vectors of columns from n of `rows` rows.
template <Activation kActivation, Residual kResidual>
LINNET_INLINE void finish_two_vectors(const Epilogue& e, const int32_t* sums, size_t sum_stride, size_t row,
                                      size_t rows, size_t n) {
  const ColumnConstants first(e, n), second(e, n + 16);
  const auto finish = [&](size_t r, auto count) LINNET_INLINE_LAMBDA {
    finish_rows<kActivation, kResidual, count()>(
        e, first, second, sums + r * sum_stride, sum_stride, e.x_scale != nullptr ? e.x_scale + row + r : nullptr,
        e.residual != nullptr ? e.residual + (row + r) * e.residual_stride + n : nullptr,
        e.y + (row + r) * e.y_stride + n);
  };
  size_t r = 0;
  if constexpr (constexpr size_t kMost = kRowsSideBySide<kActivation>; kMost > 1) {
    for (; r + kMost <= rows; r += kMost) finish(r, std::integral_constant<size_t, kMost>());
  }
  for (; r < rows; ++r) finish(r, std::integral_constant<size_t, 1>());
}

template <Activation kActivation, Residual kResidual>
[[gnu::noinline]] void finish_columns(const Epilogue& e, const int32_t* sums, size_t sum_stride, size_t row,
                                      size_t rows, size_t n) {
  finish_two_vectors<kActivation, kResidual>(e, sums, sum_stride, row, rows, n);
}

// The last columns, less than two whole vectors: `finish`, one of the above, finishes them in a place of their own, a
// row at a time. No template: its code would be there for each activation.
using FinishColumns = void(const Epilogue& e, const int32_t* sums, size_t sum_stride, size_t row, size_t rows,
                           size_t n);
[[gnu::noinline, maybe_unused]] void finish_last_columns(FinishColumns* finish, const Epilogue& e, const int32_t* sums,
                                                         size_t sum_stride, size_t row, size_t rows, size_t n) {
  const size_t count = e.out_width - n;
  alignas(64) float w_scale[32] = {}, bias[32] = {}, residual[32] = {}, y[32];
  alignas(64) int32_t sum[32] = {};
  const auto copy = [&](const float* from, float* to) {
    for (size_t i = 0; from != nullptr && i < count; ++i) to[i] = from[i];
  };
  copy(e.w_scale != nullptr ? e.w_scale + n : nullptr, w_scale);
  copy(e.bias != nullptr ? e.bias + n : nullptr, bias);
  Epilogue one = e;
  one.w_scale = e.w_scale != nullptr ? w_scale : nullptr;
  one.bias = bias;
  one.residual = e.residual != nullptr ? residual : nullptr;
  one.y = y;
  for (size_t r = 0; r < rows; ++r) {
    for (size_t i = 0; i < count; ++i) sum[i] = sums[r * sum_stride + i];
    copy(e.residual != nullptr ? e.residual + (row + r) * e.residual_stride + n : nullptr, residual);
    if (e.x_scale != nullptr) one.x_scale = e.x_scale + row + r;
    finish(one, sum, 0, 0, 1, 0);
    float* const to = e.y + (row + r) * e.y_stride + n;
    for (size_t i = 0; i < count; ++i) to[i] = y[i];
    for (size_t i = count; i < padded(count, 16); ++i) to[i] = 0.0f;
  }
}

template <Activation kActivation, Residual kResidual>
void finish_tile(const Epilogue& e, const int32_t* sums, size_t sum_stride, size_t row, size_t rows, size_t n,
                 size_t tiles) {
  for (size_t c = 0; c < tiles; c += 2) {
    const size_t at = n + 16 * c;
    if (at + 32 <= e.out_width) {
      finish_columns<kActivation, kResidual>(e, sums + 16 * c, sum_stride, row, rows, at);
    } else {
      finish_last_columns(finish_columns<kActivation, kResidual>, e, sums + 16 * c, sum_stride, row, rows, at);
    }
  }
  const size_t end = n + 16 * tiles;
  if (end < e.out_width) return;
  for (size_t r = row; r < row + rows; ++r) {
    for (size_t i = end; i < padded(e.out_width, 64); i += 16) store(e.y + r * e.y_stride + i, splat(0.0f));
  }
}

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

}  // namespace
}  // namespace linnet::kernels
