#include "lab/report/pareto.h"

#include <gtest/gtest.h>
#include <limits>

namespace linnet::lab {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<bool> front(const std::vector<ParetoPoint>& choices) { return pareto_front(choices); }

TEST(Pareto, WhatIsBeatenInBothIsBehind) {
  // Cheap and bad, dear and good, and one that the first beats in both.
  EXPECT_EQ(front({{1, 0.5}, {5, 0.9}, {2, 0.4}}), (std::vector<bool>{true, true, false}));
}

TEST(Pareto, OneThatIsNoBetterAndNoWorseInOneIsBeatenByTheOther) {
  EXPECT_EQ(front({{1, 0.5}, {1, 0.6}}), (std::vector<bool>{false, true}));
  EXPECT_EQ(front({{1, 0.5}, {2, 0.5}}), (std::vector<bool>{true, false}));
}

TEST(Pareto, EqualChoicesAreOnItTogether) {
  EXPECT_EQ(front({{1, 0.5}, {1, 0.5}, {2, 0.5}}), (std::vector<bool>{true, true, false}));
}

TEST(Pareto, UnknownNumbersAreNeverOnItAndBeatNothing) {
  EXPECT_EQ(front({{1, kNan}, {kNan, 0.9}, {kNan, kNan}, {3, 0.5}}), (std::vector<bool>{false, false, false, true}));
  EXPECT_EQ(front({}), std::vector<bool>());
}

}  // namespace
}  // namespace linnet::lab
