#include "quant/int8.h"

#include <Eigen/Dense>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace linnet {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Matrix random_matrix(int rows, int columns, uint32_t seed) {
  std::mt19937 random(seed);
  Matrix m(rows, columns);
  for (double& value : m.reshaped()) value = static_cast<double>(random()) / 4294967296.0 - 0.5;
  return m;
}

std::span<const double> span_of(const Matrix& m) { return {m.data(), static_cast<size_t>(m.size())}; }

// The algorithm as its paper states it, column by column with an explicit inverse Hessian that shrinks by one column
// at a time (Frantar et al. 2022, equations 2 and 3).
std::vector<int8_t> naive_gptq(Matrix w, Matrix h, const std::vector<float>& scale) {
  const Eigen::Index k = w.cols();
  h.diagonal().array() += 0.01 * h.diagonal().mean();
  Matrix inverse = h.inverse();
  std::vector<int8_t> q(static_cast<size_t>(w.size()));
  for (Eigen::Index j = 0; j < k; ++j) {
    for (Eigen::Index r = 0; r < w.rows(); ++r) {
      const float s = scale[static_cast<size_t>(r)];
      const int8_t rounded = int8_round(w(r, j), s);
      q[static_cast<size_t>(r * k + j)] = rounded;
      const double error = (w(r, j) - rounded * static_cast<double>(s)) / inverse(j, j);
      for (Eigen::Index i = j + 1; i < k; ++i) w(r, i) -= error * inverse(j, i);
    }
    const Matrix column = inverse.col(j), row = inverse.row(j);
    inverse -= column * row / inverse(j, j);
  }
  return q;
}

TEST(Int8, RoundsToNearestWithTheScaleOfTheRow) {
  Matrix m(3, 4);
  m << 1, -0.5, 0.25, 127.0 / 127, 254, 1, 3, -253, 0, 0, 0, 0;
  const Int8Matrix r = round_to_nearest(span_of(m), 3, 4);
  EXPECT_FLOAT_EQ(r.scale[0], 1.0f / 127);
  EXPECT_EQ(std::vector<int8_t>(r.q.begin(), r.q.begin() + 4), (std::vector<int8_t>{127, -64, 32, 127}));
  EXPECT_FLOAT_EQ(r.scale[1], 2.0f);
  EXPECT_EQ(std::vector<int8_t>(r.q.begin() + 4, r.q.begin() + 8), (std::vector<int8_t>{127, 0, 2, -126}));
  EXPECT_GT(r.scale[2], 0.0f) << "a row of zeros still has a positive scale";
  EXPECT_EQ(std::vector<int8_t>(r.q.begin() + 8, r.q.end()), std::vector<int8_t>(4, 0));
}

TEST(Gptq, IsTheAlgorithmOfThePaper) {
  const Matrix w = random_matrix(7, 200, 1), x = random_matrix(500, 200, 2) * random_matrix(200, 200, 3);
  const Matrix h = x.transpose() * x / 500;
  const Int8Matrix fast = gptq(span_of(w), 7, 200, span_of(h));
  const std::vector<int8_t> naive = naive_gptq(w, h, fast.scale);
  size_t different = 0;
  for (size_t i = 0; i < naive.size(); ++i) {
    EXPECT_LE(std::abs(naive[i] - fast.q[i]), 1);
    different += naive[i] != fast.q[i];
  }
  // The two differ in rounding of doubles only, which decides a tie now and then.
  EXPECT_LE(different, naive.size() / 100);
}

TEST(Gptq, LosesLessOnCorrelatedInputsThanRoundingToNearest) {
  const Matrix w = random_matrix(16, 128, 4), x = random_matrix(1000, 12, 5) * random_matrix(12, 128, 6);
  const Matrix h = x.transpose() * x / 1000;
  const auto loss = [&](const Int8Matrix& r) {
    Matrix restored(16, 128);
    for (Eigen::Index i = 0; i < restored.size(); ++i) {
      restored.data()[i] = r.q[static_cast<size_t>(i)] * static_cast<double>(r.scale[static_cast<size_t>(i / 128)]);
    }
    return (x * (restored - w).transpose()).squaredNorm();
  };
  const double nearest = loss(round_to_nearest(span_of(w), 16, 128));
  const double second_order = loss(gptq(span_of(w), 16, 128, span_of(h)));
  EXPECT_LT(second_order, nearest / 2);
}

TEST(Gptq, SurvivesInputsThatAreAlwaysZero) {
  const Matrix w = random_matrix(4, 64, 8);
  const Matrix zero = Matrix::Zero(64, 64);
  EXPECT_EQ(gptq(span_of(w), 4, 64, span_of(zero)).q, round_to_nearest(span_of(w), 4, 64).q);
}

}  // namespace
}  // namespace linnet
