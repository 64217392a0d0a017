#include "quant/equalization.h"

#include <cmath>
#include <gtest/gtest.h>

namespace linnet {
namespace {

// Four channels, two rows of input and one output: rms(x) = 2^(4 a), rms(w) = 1, so that log2(s) = 2 a.
std::vector<float> factors_of(const std::vector<double>& log2_s) {
  std::vector<float> x, w(log2_s.size(), 1.0f);
  for (int row = 0; row < 2; ++row) {
    for (const double s : log2_s) x.push_back(static_cast<float>((row == 0 ? 1 : -1) * std::exp2(2 * s)));
  }
  return equalization_factors(x, w, log2_s.size(), 1);
}

TEST(Equalization, IsTheInverseRootOfTheSpreadWithGeometricMeanOne) {
  const std::vector<float> factor = factors_of({0.1, -0.3, 0.2, 0.4});  // of mean 0.1
  const double expected[] = {0.0, 0.4, -0.1, -0.3};
  for (size_t j = 0; j < 4; ++j) EXPECT_NEAR(std::log2(factor[j]), expected[j], 1e-6) << j;
}

TEST(Equalization, AChannelThatIsNearlySilentDoesNotDrownTheOthers) {
  const std::vector<float> factor = factors_of({-6, 2, 2, 2});
  EXPECT_NEAR(factor[0], std::sqrt(2.0), 1e-6);
  EXPECT_NEAR(factor[1], std::sqrt(0.5), 1e-6);
}

TEST(Equalization, ChannelsThatAreAlwaysZeroKeepOne) {
  const std::vector<float> x = {0, 1, 1, 0, 4, 1}, w = {1, 1, 0};
  const std::vector<float> factor = equalization_factors(x, w, 3, 1);
  EXPECT_EQ(factor[0], 1.0f);
  EXPECT_EQ(factor[2], 1.0f);
  EXPECT_NEAR(factor[1], 1.0f, 1e-6);  // the only one that counts is the mean
}

}  // namespace
}  // namespace linnet
