// Rounding matrices to INT8 with one scale a row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace linnet {

// [rows, columns], row-major: value = q * scale[row], q in -127..127.
struct Int8Matrix {
  std::vector<int8_t> q;
  std::vector<float> scale;
};

// The symmetric scale absmax / 127 of a row; a row of zeros (or of nothing but tiny numbers) gets a small positive one.
float int8_scale(std::span<const double> row);

// w / scale to the nearest integer of -127..127.
int8_t int8_round(double w, float scale);

// Round to nearest of [rows, columns].
Int8Matrix round_to_nearest(std::span<const double> matrix, size_t rows, size_t columns);

// GPTQ (Frantar et al. 2022, arXiv 2210.17323): rounds the columns of [rows, columns] in order and moves the error of
// each, in the metric of `hessian` = X^T X / n ([columns, columns], row-major, of the layer's quantized inputs), on to
// the columns that are not rounded yet. Dampening 0.01 of the mean diagonal; scales as for round_to_nearest.
Int8Matrix gptq(std::span<const double> matrix, size_t rows, size_t columns, std::span<const double> hessian);

}  // namespace linnet
