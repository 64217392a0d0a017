// The end of a tile of a QKV layer whose heads are quantized at once; docs/numerics.md, "Quantizing a row".
#pragma once

#include "runtime/kernels/generic/epilogue.inc.h"
#include "runtime/kernels/generic/quantize.inc.h"

namespace linnet::kernels {
namespace {

// At most so many rows at once: with the two heads of 64 columns they are the 16 lanes of one fold and one division.
constexpr size_t kHeadRows = 8;

// `rows` rows from `row` of the 64 columns from n: what quantize_heads makes of the floats that finish_tile would
// store.
LINNET_INLINE void finish_heads_of_rows(const Epilogue& e, const int32_t* sums, size_t sum_stride, size_t row,
                                        size_t rows, size_t n) {
  HeadsResult& result = *e.heads;
  const size_t width = result.head_width, heads = 64 / width;
  const ColumnConstants columns[4] = {{e, n}, {e, n + 16}, {e, n + 32}, {e, n + 48}};
  const Ints sign_cleared = splat_int(0x7fffffff);
  alignas(64) float z[kHeadRows * 64];
  Ints largest[16];  // of head h and row r: heads side by side
  LINNET_UNROLL
  for (size_t i = 0; i < 16; ++i) largest[i] = splat_int(0);
  for (size_t r = 0; r < rows; ++r, sums += sum_stride) {
    const Floats x_scale = splat(e.x_scale[row + r]);
    Ints magnitudes[4];
    LINNET_UNROLL
    for (size_t c = 0; c < 4; ++c) {
      const Floats v = columns[c].finish_int(sums + 16 * c, x_scale);
      store(z + r * 64 + 16 * c, v);
      magnitudes[c] = and_bits(bits(v), sign_cleared);
    }
    const Ints left = max_ints(magnitudes[0], magnitudes[1]), right = max_ints(magnitudes[2], magnitudes[3]);
    largest[r] = heads == 1 ? max_ints(left, right) : left;
    if (heads == 2) largest[kHeadRows + r] = right;
  }
  const Ints absmax_bits = fold_max_of_each(largest);
  if (fold_max_ints(absmax_bits) >= 0x7f800000) {
    int32_t each[16];
    store_ints(each, absmax_bits);
    for (size_t i = 0; i < 16; ++i) {
      if (each[i] >= 0x7f800000) result.bad_row = smaller(result.bad_row, row + i % kHeadRows);
    }
    return;
  }
  const Floats absmax = max(from_bits(absmax_bits), splat(kSmallestAbsmax));
  float inverse[16], scale[16];
  store(inverse, div(splat(127.0f), absmax));
  store(scale, mul(absmax, splat(1.0f / 127.0f)));
  for (size_t h = 0; h < heads; ++h) {
    const size_t place = (n / width + h) * result.capacity + row;
    for (size_t r = 0; r < rows; ++r) result.scale[place + r] = scale[h * kHeadRows + r];
    store_heads(z + h * width, 64, rows, width, inverse + h * kHeadRows, result.q8 + place * width);
  }
}

void finish_heads(const Epilogue& e, const int32_t* sums, size_t sum_stride, size_t row, size_t rows, size_t n,
                  size_t) {
  for (size_t r = 0; r < rows; r += kHeadRows) {
    finish_heads_of_rows(e, sums + r * sum_stride, sum_stride, row + r, smaller(kHeadRows, rows - r), n);
  }
}

// The epilogue of a call, whatever it wants.
LINNET_INLINE FinishTile finish_of(Activation activation, const float* residual, const HeadsResult* heads) {
  return heads != nullptr ? finish_heads : finish_tile_of(activation, residual);
}

}  // namespace
}  // namespace linnet::kernels
