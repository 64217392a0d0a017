#include "lab/timing.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace linnet::lab {
namespace {

// A clock that stands still unless it is told to move: times are exact.
struct FakeTime {
  double now = 0;
  Clock clock() {
    return [this] { return now; };
  }
};

TEST(Timing, SummaryIsOfTheTimes) {
  std::vector<double> times;
  for (int i = 101; i >= 1; --i) times.push_back(i);
  const Timing timing = summarize_times(times);
  EXPECT_EQ(timing.runs, 101u);
  EXPECT_EQ(timing.min_ms, 1);
  EXPECT_EQ(timing.median_ms, 51);
  EXPECT_EQ(timing.mean_ms, 51);
  EXPECT_EQ(timing.p95_ms, 96);
  EXPECT_EQ(timing.p99_ms, 100);
}

TEST(Timing, WarmUpIsNotCounted) {
  FakeTime time;
  int calls = 0;
  const Result<Timing> timing = time_runs(
      {.warmup_seconds = 1.0, .min_seconds = 0, .min_runs = 3},
      [&] {
        time.now += calls++ == 0 ? 2.0 : 0.5;  // the first run is slow, and long enough to be all of the warm-up
        return Status();
      },
      time.clock());
  ASSERT_TRUE(timing.ok());
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(timing->runs, 3u);
  EXPECT_EQ(timing->min_ms, 500);
  EXPECT_EQ(timing->p99_ms, 500);
}

TEST(Timing, RunsUntilTheTimeIsUpAndAtLeastOften) {
  FakeTime time;
  const auto run = [&] {
    time.now += 0.125;
    return Status();
  };
  EXPECT_EQ(time_runs({.warmup_seconds = 0, .min_seconds = 2, .min_runs = 3}, run, time.clock())->runs, 16u);
  EXPECT_EQ(time_runs({.warmup_seconds = 0, .min_seconds = 2, .min_runs = 20}, run, time.clock())->runs, 20u);
  EXPECT_EQ(time_runs({.warmup_seconds = 0, .min_seconds = 2, .min_runs = 3, .max_runs = 5}, run, time.clock())->runs,
            5u);
}

TEST(Timing, PassesOverItemsAreWhole) {
  FakeTime time;
  std::vector<int> calls(3, 0);
  const Result<Timing> timing = time_items(
      {.warmup_seconds = 0, .min_seconds = 0, .min_runs = 4}, 3,
      [&](size_t item) {
        ++calls[item];
        time.now += 1;
        return Status();
      },
      time.clock());
  ASSERT_TRUE(timing.ok());
  EXPECT_EQ(timing->runs, 6u);
  EXPECT_EQ(calls, (std::vector<int>{3, 2, 2}));  // one more for the warm-up
}

TEST(Timing, AnErrorEndsIt) {
  int calls = 0;
  const Result<Timing> timing = time_runs({.warmup_seconds = 0, .min_runs = 10}, [&] {
    return ++calls < 3 ? Status() : Status::error(Code::internal, "third");
  });
  ASSERT_FALSE(timing.ok());
  EXPECT_STREQ(timing.status().message(), "third");
  EXPECT_EQ(calls, 3);
  EXPECT_FALSE(time_items({}, 0, [](size_t) { return Status(); }).ok());
}

TEST(Timing, OfAPairTheRatioIsOfNeighbours) {
  FakeTime time;
  // The machine becomes slower all the time; each pair still tells that the second takes twice as long.
  double slow = 1;
  int first = 0, second = 0;
  const auto run = [&](int* calls, double seconds) {
    return [&time, &slow, calls, seconds] {
      ++*calls;
      time.now += slow * seconds;
      return Status();
    };
  };
  const auto slower = [&, inner = run(&second, 2)] {
    const Status status = inner();
    slow *= 2;
    return status;
  };
  const Result<PairTiming> timing =
      time_pair({.warmup_seconds = 3, .min_seconds = 0, .min_runs = 5}, run(&first, 1), slower, time.clock());
  ASSERT_TRUE(timing.ok());
  EXPECT_EQ(timing->ratio, 2);
  EXPECT_EQ(timing->first.runs, 5u);
  EXPECT_EQ(first, 6);  // one more for the warm-up
  EXPECT_EQ(second, 6);
  EXPECT_FALSE(time_pair({}, run(&first, 1), [] { return Status::error(Code::internal, "second"); }).ok());
}

// Two contenders on a clock of their own: the slow one takes 0.5 s, the quick one 0.125 s.
struct Race {
  FakeTime time;
  std::string log;
  std::vector<Contender> contenders = {{1,
                                        [this](size_t) {
                                          log += 's';
                                          time.now += 0.5;
                                          return Status();
                                        }},
                                       {1, [this](size_t) {
                                          log += 'q';
                                          time.now += 0.125;
                                          return Status();
                                        }}};
};

TEST(Turns, EveryRoundHasATurnOfEachThatBeginsWithARunThatDoesNotCount) {
  Race race;
  // A share of 0.25 s: one run of the slow one, two of the quick one.
  const Result<std::vector<Timing>> times =
      time_in_turns({.warmup_seconds = 0, .min_seconds = 5, .min_runs = 20}, race.contenders, {}, race.time.clock());
  ASSERT_TRUE(times.ok());
  EXPECT_EQ((*times)[0].runs, 20u);
  EXPECT_EQ((*times)[1].runs, 40u);
  EXPECT_EQ((*times)[0].median_ms, 500);
  EXPECT_EQ((*times)[1].p99_ms, 125);
  ASSERT_EQ(race.log.substr(0, 2), "sq");  // warm-up
  size_t slow_first = 0;
  for (size_t round = 0; round < 20; ++round) {
    const std::string turns = race.log.substr(2 + 5 * round, 5);
    EXPECT_TRUE(turns == "ssqqq" || turns == "qqqss") << turns;
    slow_first += turns == "ssqqq" ? 1 : 0;
  }
  // Fair coins: both orders come up, but for one time in half a million.
  EXPECT_GT(slow_first, 0u);
  EXPECT_LT(slow_first, 20u);
  const std::string first = race.log;
  race.log.clear();
  ASSERT_TRUE(
      time_in_turns({.warmup_seconds = 0, .min_seconds = 5, .min_runs = 20}, race.contenders, {}, race.time.clock())
          .ok());
  EXPECT_EQ(race.log, first);  // the same orders again
}

TEST(Turns, PassesAreWholeAndProgressEndsThem) {
  Race race;
  race.contenders[1].items = 3;
  uint64_t turns = 0;
  const Result<std::vector<Timing>> times = time_in_turns(
      {.warmup_seconds = 0, .min_seconds = 0, .min_runs = 4}, race.contenders,
      [&](uint64_t done, uint64_t total) {
        EXPECT_EQ(done, turns++);
        EXPECT_LT(done, total);
        return true;
      },
      race.time.clock());
  ASSERT_TRUE(times.ok());
  EXPECT_EQ((*times)[0].runs, 4u);
  EXPECT_EQ((*times)[1].runs, 6u);
  EXPECT_EQ(turns, 6u);
  const Result<std::vector<Timing>> ended = time_in_turns(
      {.min_runs = 4}, race.contenders, [](uint64_t done, uint64_t) { return done < 2; }, race.time.clock());
  EXPECT_STREQ(ended.status().message(), "interrupted");
  EXPECT_FALSE(time_in_turns({}, {}).ok());
}

TEST(Timing, SteadyClockGoesForward) {
  const double before = steady_seconds();
  EXPECT_GE(steady_seconds(), before);
}

}  // namespace
}  // namespace linnet::lab
