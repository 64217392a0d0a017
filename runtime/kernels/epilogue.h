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

}  // namespace linnet::kernels
