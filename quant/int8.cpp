#include "quant/int8.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "quant/exact_math.h"

namespace linnet {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The upper triangular U with H^-1 = U^T U. With the order of rows and columns reversed, H = R R^T for an upper
// triangular R; then U = R^-1. One factorization and one triangular inverse in place of two and an inverse.
Matrix inverse_factor(const Matrix& hessian) {
  const Matrix reversed = hessian.reverse();
  const Eigen::LLT<Matrix> factor(reversed);
  const Matrix lower = factor.matrixL();
  const Matrix upper = lower.reverse();
  return upper.triangularView<Eigen::Upper>().solve(Matrix::Identity(hessian.rows(), hessian.cols()));
}

// Columns that are rounded before the error is carried on to all later ones at once.
constexpr Eigen::Index kBlock = 128;

}  // namespace

float int8_scale(std::span<const double> row) {
  double most = 0;
  for (const double value : row) most = std::max(most, std::fabs(value));
  // The floor keeps products of scales out of the subnormals.
  return std::max(static_cast<float>(most / 127), 0x1p-60f);
}

int8_t int8_round(double w, float scale) {
  return static_cast<int8_t>(std::clamp(round_to_even(w / scale), -127.0, 127.0));
}

Int8Matrix round_to_nearest(std::span<const double> matrix, size_t rows, size_t columns) {
  Int8Matrix result = {std::vector<int8_t>(rows * columns), std::vector<float>(rows)};
  for (size_t r = 0; r < rows; ++r) {
    const std::span<const double> row = matrix.subspan(r * columns, columns);
    result.scale[r] = int8_scale(row);
    for (size_t i = 0; i < columns; ++i) result.q[r * columns + i] = int8_round(row[i], result.scale[r]);
  }
  return result;
}

Int8Matrix gptq(std::span<const double> matrix, size_t rows, size_t columns, std::span<const double> hessian) {
  const Eigen::Index n = static_cast<Eigen::Index>(rows), k = static_cast<Eigen::Index>(columns);
  Matrix h = Eigen::Map<const Matrix>(hessian.data(), k, k);
  for (Eigen::Index i = 0; i < k; ++i) {
    if (h(i, i) == 0) h(i, i) = 1;  // an input that is always zero: any positive number will do
  }
  h.diagonal().array() += 0.01 * h.diagonal().mean();
  const Matrix u = inverse_factor(h);

  Matrix w = Eigen::Map<const Matrix>(matrix.data(), n, k);
  Int8Matrix result = {std::vector<int8_t>(rows * columns), std::vector<float>(rows)};
  for (size_t r = 0; r < rows; ++r) result.scale[r] = int8_scale(matrix.subspan(r * columns, columns));
  Matrix error(n, kBlock);
  for (Eigen::Index begin = 0; begin < k; begin += kBlock) {
    const Eigen::Index end = std::min(begin + kBlock, k), rest = k - end;
    for (Eigen::Index r = 0; r < n; ++r) {
      const float scale = result.scale[static_cast<size_t>(r)];
      for (Eigen::Index j = begin; j < end; ++j) {
        const int8_t q = int8_round(w(r, j), scale);
        result.q[static_cast<size_t>(r * k + j)] = q;
        const double e = (w(r, j) - q * static_cast<double>(scale)) / u(j, j);
        error(r, j - begin) = e;
        w.row(r).segment(j + 1, end - j - 1) -= e * u.row(j).segment(j + 1, end - j - 1);
      }
    }
    if (rest > 0) {
      w.rightCols(rest).noalias() -= error.leftCols(end - begin) * u.block(begin, end, end - begin, rest);
    }
  }
  return result;
}

}  // namespace linnet
