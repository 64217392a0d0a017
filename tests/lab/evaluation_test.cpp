#include "lab/evaluation.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "lab/statistics.h"

namespace linnet::lab {
namespace {

TEST(Bootstrap, OfAMeanIsAsWideAsItsStandardErrorSays) {
  // 400 numbers 0 and 1, a quarter of them 1: the mean of a resample has a standard deviation of
  // sqrt(0.25 * 0.75 / 400) = 0.02165, and is nearly normal.
  std::vector<double> values(400, 0);
  for (size_t i = 0; i < values.size(); i += 4) values[i] = 1;
  const Metric metric = mean_metric("share", values);
  EXPECT_EQ(metric.name, "share");
  EXPECT_DOUBLE_EQ(metric.value, 0.25);
  // The ends are quantiles of 1,000 draws: their own standard error is sqrt(0.025 * 0.975 / 1000) / density(-1.96)
  // = 0.0845 deviations; four of these, and a step of 1 / 400 that the means lie on.
  const double deviation = std::sqrt(0.25 * 0.75 / 400), tolerance = 4 * 0.0845 * deviation + 1.0 / 400;
  EXPECT_NEAR(metric.interval.low, 0.25 - 1.96 * deviation, tolerance);
  EXPECT_NEAR(metric.interval.high, 0.25 + 1.96 * deviation, tolerance);
}

TEST(Bootstrap, DrawsEveryItemWithReplacementAndTheSameEachTime) {
  std::vector<size_t> counts(7, 0);
  std::vector<uint32_t> first, again;
  bool repeated = false;
  const auto count = [&](std::vector<uint32_t>* all) {
    return [&, all](std::span<const uint32_t> drawn) {
      EXPECT_EQ(drawn.size(), 7u);
      std::vector<bool> seen(7, false);
      for (const uint32_t item : drawn) {
        ++counts.at(item);
        repeated = repeated || seen[item];
        seen[item] = true;
        all->push_back(item);
      }
      return 0.0;
    };
  };
  resample(7, count(&first), 1000);
  // 7,000 draws of seven items: 1,000 each, with a standard deviation of sqrt(7000 / 7 * 6 / 7) = 29.
  for (const size_t times : counts) EXPECT_NEAR(static_cast<double>(times), 1000, 5 * 29.3);
  EXPECT_TRUE(repeated);
  resample(7, count(&again), 1000);
  EXPECT_EQ(first, again);
}

TEST(Bootstrap, LeavesOutWhatIsNotFinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Interval some = percentile_interval(std::vector<double>{5, nan, 5, nan});
  EXPECT_EQ(some.low, 5);
  EXPECT_EQ(some.high, 5);
  const Interval none = percentile_interval(std::vector<double>{std::numeric_limits<double>::infinity(), nan});
  EXPECT_TRUE(std::isnan(none.low));
  EXPECT_TRUE(std::isnan(none.high));
}

TEST(Difference, IsNarrowWhereTwoModelsAgree) {
  // Both are right in the same half of 400 items, and the second one in 4 more: alone, each mean is known to 0.05.
  std::vector<double> a(400, 0), b;
  for (size_t i = 0; i < 200; ++i) a[i] = 1;
  b = a;
  for (size_t i = 200; i < 204; ++i) b[i] = 1;
  const Metric base = mean_metric("accuracy", a), other = mean_metric("accuracy", b);
  EXPECT_GT(other.interval.high - other.interval.low, 0.08);
  const Metric gained = difference(other, base);
  EXPECT_EQ(gained.name, "accuracy");
  EXPECT_NEAR(gained.value, 0.01, 1e-12);
  // The number of the four that is drawn is Poisson(4): 95% of it lies within 1 to 8, of 400.
  EXPECT_NEAR(gained.interval.low, 1.0 / 400, 1.01 / 400);
  EXPECT_NEAR(gained.interval.high, 8.0 / 400, 1.01 / 400);
  const Metric none = difference(base, base);
  EXPECT_EQ(none.value, 0);
  EXPECT_EQ(none.interval.low, 0);
  EXPECT_EQ(none.interval.high, 0);
}

TEST(Difference, OfOtherDrawsHasNoInterval) {
  Metric base = mean_metric("accuracy", std::vector<double>{0, 1});
  base.resampled.pop_back();
  const Metric other = difference(mean_metric("accuracy", std::vector<double>{1, 1}), base);
  EXPECT_EQ(other.value, 0.5);
  EXPECT_TRUE(std::isnan(other.interval.low));
  EXPECT_TRUE(std::isnan(other.interval.high));
}

}  // namespace
}  // namespace linnet::lab
