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
  bootstrap(7, count(&first), 1000);
  // 7,000 draws of seven items: 1,000 each, with a standard deviation of sqrt(7000 / 7 * 6 / 7) = 29.
  for (const size_t times : counts) EXPECT_NEAR(static_cast<double>(times), 1000, 5 * 29.3);
  EXPECT_TRUE(repeated);
  bootstrap(7, count(&again), 1000);
  EXPECT_EQ(first, again);
}

TEST(Bootstrap, LeavesOutWhatIsNotFinite) {
  size_t calls = 0;
  const Interval some = bootstrap(
      3, [&](std::span<const uint32_t>) { return ++calls % 2 == 0 ? std::numeric_limits<double>::quiet_NaN() : 5.0; });
  EXPECT_EQ(some.low, 5);
  EXPECT_EQ(some.high, 5);
  const Interval none = bootstrap(3, [](std::span<const uint32_t>) { return std::numeric_limits<double>::infinity(); });
  EXPECT_TRUE(std::isnan(none.low));
  EXPECT_TRUE(std::isnan(none.high));
}

}  // namespace
}  // namespace linnet::lab
