// What is done to finished sums of a GEMM. It is one function of an instruction set for all of its GEMMs, found in
// epilogue_<isa>.cpp.
#pragma once

#include "runtime/kernels/kernels.h"

namespace linnet::kernels {

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
  HeadsResult* heads;
};

// y = act(...) + residual for `rows` rows from `row` and `tiles` vectors of columns from n. The sums, int32 or the bits
// of floats, of a row are `sum_stride` apart from those of the next. Behind the last column the row is zeroed. With
// heads: the same for their quantized values, n a multiple of 64 and 4 tiles.
using FinishTile = void (*)(const Epilogue& e, const int32_t* sums, size_t sum_stride, size_t row, size_t rows,
                            size_t n, size_t tiles);

}  // namespace linnet::kernels
