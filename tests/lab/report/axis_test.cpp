#include "lab/report/axis.h"

#include <gtest/gtest.h>

namespace linnet::lab {
namespace {

using Labels = std::vector<std::string>;

TEST(LinearAxis, TicksAreRound) {
  const Axis axis = linear_axis(0.843, 0.889, 6);
  EXPECT_EQ(axis.labels, (Labels{"0.85", "0.86", "0.87", "0.88", "0.89"}));
  EXPECT_NEAR(axis.ticks[1], 0.86, 1e-12);
  EXPECT_LT(axis.low, 0.843);
  EXPECT_GT(axis.high, 0.889);
  EXPECT_EQ(linear_axis(0, 100, 6).labels, (Labels{"0", "20", "40", "60", "80", "100"}));
  EXPECT_EQ(linear_axis(-1, 1, 5).labels, (Labels{"-1.0", "-0.5", "0.0", "0.5", "1.0"}));
}

TEST(LinearAxis, EqualEndsGetRoom) {
  const Axis axis = linear_axis(0.5, 0.5, 5);
  EXPECT_LT(axis.low, 0.5);
  EXPECT_GT(axis.high, 0.5);
  EXPECT_GE(axis.ticks.size(), 2u);
  EXPECT_NEAR(axis.place(0.5), 0.5, 1e-9);
  EXPECT_GE(linear_axis(0, 0, 5).ticks.size(), 2u);
}

TEST(LinearAxis, NeverMoreTicksThanAskedFor) {
  for (const double most : {0.00031, 0.5, 1.0, 7.7, 99.9, 12345.0}) {
    for (const size_t ticks : {2u, 3u, 6u, 10u}) {
      const Axis axis = linear_axis(0, most, ticks);
      EXPECT_LE(axis.ticks.size(), ticks) << most;
      EXPECT_GE(axis.ticks.size(), 1u) << most;
      for (const double tick : axis.ticks) {
        EXPECT_GE(tick, axis.low - 1e-9);
        EXPECT_LE(tick, axis.high + 1e-9);
      }
    }
  }
}

TEST(LogarithmicAxis, TicksAreTheFinestThatFit) {
  EXPECT_EQ(logarithmic_axis(0.5, 20, 10).labels, (Labels{"0.5", "1", "2", "5", "10", "20"}));
  EXPECT_EQ(logarithmic_axis(0.5, 20, 4).labels, (Labels{"1", "3", "10"}));
  EXPECT_EQ(logarithmic_axis(0.5, 2000, 5).labels, (Labels{"1", "10", "100", "1000"}));
}

TEST(LogarithmicAxis, AShortRangeHasLinearTicks) {
  const Axis axis = logarithmic_axis(6.1, 6.9, 6);
  EXPECT_GE(axis.ticks.size(), 2u);
  EXPECT_LE(axis.ticks.size(), 6u);
  const Axis one = logarithmic_axis(3, 3, 5);
  EXPECT_LT(one.low, 3);
  EXPECT_GT(one.high, 3);
  EXPECT_GE(one.ticks.size(), 2u);
}

TEST(LogarithmicAxis, EqualRatiosAreEquallyFarApart) {
  const Axis axis = logarithmic_axis(1, 100, 5);
  EXPECT_NEAR(axis.place(10) - axis.place(1), axis.place(100) - axis.place(10), 1e-12);
  EXPECT_NEAR(axis.place(axis.low), 0, 1e-12);
  EXPECT_NEAR(axis.place(axis.high), 1, 1e-12);
}

}  // namespace
}  // namespace linnet::lab
