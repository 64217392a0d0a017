#include "lab/lbfgs.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace linnet::lab {
namespace {

TEST(Lbfgs, FindsTheMinimumOfAQuadratic) {
  // sum of i (x_i - i)^2 over 30 variables: condition number 30.
  const auto function = [](std::span<const double> x, std::span<double> gradient) {
    double value = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double weight = static_cast<double>(i + 1), d = x[i] - weight;
      value += weight * d * d;
      gradient[i] = 2 * weight * d;
    }
    return value;
  };
  std::vector<double> x(30, 0.0);
  const LbfgsResult result = minimize_lbfgs(&x, function, {.gradient_tolerance = 1e-9});
  EXPECT_TRUE(result.converged);
  EXPECT_LE(result.iterations, 60u);
  // A gradient of at most 1e-9 is 2 weight d.
  for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], static_cast<double>(i + 1), 1e-9);
}

TEST(Lbfgs, FollowsRosenbrocksValley) {
  const auto function = [](std::span<const double> x, std::span<double> gradient) {
    const double a = 1 - x[0], b = x[1] - x[0] * x[0];
    gradient[0] = -2 * a - 400 * x[0] * b;
    gradient[1] = 200 * b;
    return a * a + 100 * b * b;
  };
  std::vector<double> x = {-1.2, 1};
  const LbfgsResult result = minimize_lbfgs(&x, function, {.gradient_tolerance = 1e-8});
  EXPECT_TRUE(result.converged);
  EXPECT_LE(result.evaluations, 100u);
  EXPECT_NEAR(x[0], 1, 1e-6);
  EXPECT_NEAR(x[1], 1, 1e-6);
}

TEST(Lbfgs, EndsAtItsLimitAndWhereNothingIsFinite) {
  const auto slow = [](std::span<const double> x, std::span<double> gradient) {
    gradient[0] = 1;
    return x[0];  // no minimum
  };
  std::vector<double> x = {0};
  const LbfgsResult limited = minimize_lbfgs(&x, slow, {.max_iterations = 5});
  EXPECT_FALSE(limited.converged);
  const auto broken = [](std::span<const double>, std::span<double> gradient) {
    gradient[0] = 1;
    return std::numeric_limits<double>::quiet_NaN();
  };
  EXPECT_FALSE(minimize_lbfgs(&x, broken).converged);
}

}  // namespace
}  // namespace linnet::lab
