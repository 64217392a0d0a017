#include "lab/statistics.h"

#include <cmath>
#include <gtest/gtest.h>

namespace linnet::lab {
namespace {

const std::vector<double> kA = {1.5, 2.0, 2.0, -3.25, 7.0, 0.0, 2.0, 9.5, -1.0, 4.0};
const std::vector<double> kB = {2.0, 1.0, 3.5, -2.0, 6.0, 1.0, 3.5, 3.5, 0.5, 8.0};
// Sums of ten terms of size 1: some units in the last place of a double.
constexpr double kRounding = 1e-14;

// Expected values: scipy.stats.rankdata, spearmanr and pearsonr, numpy.percentile.
TEST(Statistics, RanksShareTies) {
  EXPECT_EQ(ranks(kA), (std::vector<double>{4, 6, 6, 1, 9, 3, 6, 10, 2, 8}));
  EXPECT_EQ(ranks(kB), (std::vector<double>{5, 3.5, 7, 1, 9, 3.5, 7, 7, 2, 10}));
}

TEST(Statistics, Correlations) {
  EXPECT_NEAR(spearman(kA, kB), 0.8598172563316663, kRounding);
  EXPECT_NEAR(pearson(kA, kB), 0.7088272127512848, kRounding);
}

TEST(Statistics, CorrelationOfOppositeOrdersIsMinusOne) {
  const std::vector<double> up = {1, 2, 3, 4}, down = {8, 4, 2, 1};
  EXPECT_NEAR(spearman(up, down), -1, kRounding);
  EXPECT_GT(pearson(up, down), -1 + 1e-3);
}

TEST(Statistics, CorrelationWithAConstantIsNotANumber) {
  EXPECT_TRUE(std::isnan(pearson(kA, std::vector<double>(kA.size(), 2.0))));
  EXPECT_TRUE(std::isnan(spearman(std::vector<double>{1}, std::vector<double>{1})));
}

TEST(Statistics, PercentilesInterpolate) {
  const double expected[][2] = {{0, -3.25}, {5, -2.2375}, {50, 2.0}, {95, 8.374999999999996}, {99, 9.275}, {100, 9.5}};
  for (const auto& [percent, value] : expected) EXPECT_NEAR(percentile(kA, percent), value, kRounding) << percent;
  EXPECT_EQ(percentile(std::vector<double>{3}, 99), 3);
}

TEST(Statistics, Cosine) {
  EXPECT_NEAR(cosine(std::vector<float>{1, 2, 2}, std::vector<float>{2, 1, 2}), 8.0 / 9, kRounding);
  EXPECT_NEAR(cosine(std::vector<float>{1, 0}, std::vector<float>{-3, 0}), -1, kRounding);
  EXPECT_EQ(cosine(std::vector<float>{0, 0}, std::vector<float>{1, 2}), 0);
}

}  // namespace
}  // namespace linnet::lab
