#include "lab/search.h"

#include <gtest/gtest.h>
#include <limits>

namespace linnet::lab {
namespace {

// A world in which losses, times and sizes of choices add up, with exact numbers.
struct World {
  std::vector<Choice> choices;
  std::vector<std::vector<Measurement>> each;  // of each setting of each choice
  size_t budget = std::numeric_limits<size_t>::max();
  std::map<Point, Measurement> seen;

  // A choice between leaving a piece as it is and compressing it.
  void add(double loss, double ms_saved, uint64_t bytes_saved) {
    const std::string name = std::to_string(choices.size());
    choices.push_back({name, name, {"float", "int8"}});
    each.push_back({{0, {}, ms_saved, bytes_saved, 0}, {loss, {}, 0, 0, 0}});
  }

  Measurement measure(const Point& point) const {
    Measurement sum;
    sum.ms = 1;
    sum.bytes = 1000;
    for (size_t i = 0; i < point.size(); ++i) {
      sum.loss += each[i][point[i]].loss;
      sum.ms += each[i][point[i]].ms;
      sum.bytes += each[i][point[i]].bytes;
    }
    return sum;
  }

  Look look() {
    return [this](const Point& point) -> Result<const Measurement*> {
      const auto known = seen.find(point);
      if (known != seen.end()) return &known->second;
      if (seen.size() == budget) return nullptr;
      return &seen.emplace(point, measure(point)).first->second;
    };
  }

  Measurement best_seen(const Limits& limits) const {
    Measurement best = seen.begin()->second;
    for (const auto& [point, m] : seen) {
      if (better(limits, m, best)) best = m;
    }
    return best;
  }

  // Of all points there are.
  Measurement best_of_all(const Limits& limits) const {
    Point point(choices.size(), 0);
    Measurement best = measure(point);
    for (;;) {
      size_t i = 0;
      while (i < point.size() && ++point[i] == choices[i].settings.size()) point[i++] = 0;
      if (i == point.size()) return best;
      const Measurement m = measure(point);
      if (better(limits, m, best)) best = m;
    }
  }
};

World twelve() {
  World world;
  for (size_t i = 0; i < 12; ++i) {
    const double k = static_cast<double>(i);
    world.add(0.001 * (1 + static_cast<double>(i * 7 % 12) * 1.5), 0.5 + 0.1 * static_cast<double>(i * 5 % 12),
              100 + 10 * i);
    world.each.back()[0].ms += 0.001 * k;
  }
  return world;
}

TEST(Search, FindsTheBestOfAllWithinEveryKindOfLimit) {
  const std::vector<Limits> all = {{0.03, {}, {}}, {0.011, {}, {}},    {{}, 6, {}},     {{}, {}, 2000},
                                   {{}, 8, 2300},  {0.04, {}, 1900.0}, {0.05, 7.0, {}}, {0.2, {}, {}}};
  for (const Limits& limits : all) {
    World world = twelve();
    ASSERT_TRUE(search(world.choices, limits, world.look()).ok());
    const Measurement best = world.best_of_all(limits), found = world.best_seen(limits);
    ASSERT_EQ(violation(limits, best), 0);
    EXPECT_EQ(violation(limits, found), 0);
    // Within the last few percent the order of a greedy walk decides; changes of two choices at once close most of it.
    const auto of_objective = [&](const Measurement& m) {
      const Axis axis = objective(limits);
      return axis == Axis::loss ? m.loss : axis == Axis::ms ? m.ms : static_cast<double>(m.bytes);
    };
    EXPECT_LE(of_objective(found), of_objective(best) * 1.02 + 1e-9)
        << of_objective(found) << " " << of_objective(best);
    EXPECT_LE(world.seen.size(), 70u) << "of 4,096";
  }
}

TEST(Search, AnObviousPlanIsFoundExactly) {
  World world;
  for (size_t i = 0; i < 8; ++i) world.add(i == 5 ? 1.0 : 0.001, 1, 100);
  const Limits limits = {0.01, {}, {}};
  ASSERT_TRUE(search(world.choices, limits, world.look()).ok());
  const Measurement found = world.best_seen(limits);
  EXPECT_EQ(found.ms, world.measure({1, 1, 1, 1, 1, 0, 1, 1}).ms);
}

TEST(Search, TakesSettingsBetweenTheEnds) {
  World world;
  for (size_t i = 0; i < 4; ++i) {
    world.add(0.5, 2, 100);
    world.choices.back().settings = {"float", "half", "int8"};
    world.each.back() = {{0, {}, 2, 100, 0}, {0.01, {}, 0.8, 50, 0}, {0.5, {}, 0, 0, 0}};
  }
  const Limits limits = {0.04, {}, {}};
  ASSERT_TRUE(search(world.choices, limits, world.look()).ok());
  EXPECT_EQ(world.best_seen(limits).ms, world.measure({1, 1, 1, 1}).ms);
}

TEST(Search, IsShortWhereNothingHasToBeFound) {
  World world = twelve();
  ASSERT_TRUE(search(world.choices, {{}, 1e6, {}}, world.look()).ok());
  EXPECT_EQ(world.seen.size(), 2u) << "the model itself holds the limit, and nothing is more accurate";
}

TEST(Search, KeepsToItsBudget) {
  for (const size_t budget : {2u, 3u, 9u, 20u, 30u}) {
    World world = twelve();
    world.budget = budget;
    const Limits limits = {0.03, {}, {}};
    ASSERT_TRUE(search(world.choices, limits, world.look()).ok());
    EXPECT_EQ(world.seen.size(), budget);
    EXPECT_EQ(violation(limits, world.best_seen(limits)), 0) << "the model itself is always among them";
  }
}

TEST(Search, AnErrorEndsIt) {
  World world = twelve();
  size_t calls = 0;
  const Look look = [&](const Point& point) -> Result<const Measurement*> {
    if (++calls == 7) return Status::error(Code::internal, "seventh");
    return world.look()(point);
  };
  EXPECT_STREQ(search(world.choices, {0.03, {}, {}}, look).message(), "seventh");
  EXPECT_EQ(calls, 7u);
}

TEST(Limits, TheObjectiveIsTheFirstAxisWithoutALimit) {
  EXPECT_EQ(objective({{}, 5, {}}), Axis::loss);
  EXPECT_EQ(objective({0.1, {}, {}}), Axis::ms);
  EXPECT_EQ(objective({0.1, {}, 1e6}), Axis::ms);
  EXPECT_EQ(objective({0.1, 5, {}}), Axis::bytes);
  EXPECT_EQ(objective({0.1, 5, 1e6}), Axis::loss);
}

TEST(Limits, WhatHoldsThemIsBetterThanWhatDoesNot) {
  const Limits limits = {0.1, {}, 1000.0};
  const Measurement holds = {0.1, {}, 9, 1000, 0}, faster = {0.1, {}, 8, 1000, 0}, lossy = {0.11, {}, 1, 1000, 0},
                    large = {0, {}, 1, 1500, 0};
  EXPECT_TRUE(better(limits, faster, holds));
  EXPECT_TRUE(better(limits, holds, lossy));
  EXPECT_TRUE(better(limits, lossy, large)) << "10% beyond is nearer than 50%";
  EXPECT_FALSE(better(limits, holds, holds));
  EXPECT_NEAR(violation(limits, lossy), 0.1, 1e-12);
}

}  // namespace
}  // namespace linnet::lab
