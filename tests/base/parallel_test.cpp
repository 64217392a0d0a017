#include "base/parallel.h"

#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace linnet {
namespace {

TEST(ThreadPool, RunsEveryTaskOnceWhateverTheNumberOfThreads) {
  for (const size_t threads : {1u, 2u, 3u, 8u}) {
    ThreadPool pool;
    ASSERT_TRUE(pool.start(threads).ok());
    const ParallelFor parallel = pool.parallel_for();
    EXPECT_EQ(parallel.workers, threads);
    for (const size_t count : {0u, 1u, 2u, 7u, 1000u}) {
      std::vector<int> calls(count, 0);  // each element is touched by one task only
      std::vector<std::atomic<int>> busy(threads);
      std::atomic<bool> overlapped{false};
      parallel(count, [&](size_t index, size_t worker) {
        if (busy[worker].fetch_add(1) != 0) overlapped = true;
        ++calls[index];
        busy[worker].fetch_sub(1);
      });
      EXPECT_EQ(calls, std::vector<int>(count, 1)) << threads << " threads, " << count << " tasks";
      EXPECT_FALSE(overlapped);
    }
  }
}

TEST(ThreadPool, WakesThreadsThatHaveGoneToSleep) {
  ThreadPool pool;
  ASSERT_TRUE(pool.start(4).ok());
  const ParallelFor parallel = pool.parallel_for();
  std::atomic<int> sum{0};
  for (int round = 0; round < 2000; ++round) {
    parallel(4, [&](size_t index, size_t) { sum += static_cast<int>(index); });
  }
  EXPECT_EQ(sum, 2000 * 6);
}

// A thread that is slow (or that the system does not wake) does not hold the others up: they take its tasks.
TEST(ThreadPool, FastThreadsHelpSlowOnes) {
  ThreadPool pool;
  ASSERT_TRUE(pool.start(2).ok());
  std::atomic<int> calls[2] = {};
  pool.parallel_for()(100, [&](size_t, size_t worker) {
    if (worker == 1) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ++calls[worker];
  });
  EXPECT_EQ(calls[0] + calls[1], 100);
  EXPECT_GT(calls[0], 50);
}

// Runs that follow each other at once, so that threads come late to one and early to the next.
TEST(ThreadPool, ManyShortRunsLoseNoTaskAndRepeatNone) {
  ThreadPool pool;
  ASSERT_TRUE(pool.start(3).ok());
  const ParallelFor parallel = pool.parallel_for();
  std::vector<int> calls(5, 0);
  for (int round = 1; round <= 70000; ++round) {  // more than the generations of a task word
    const size_t count = 2 + static_cast<size_t>(round) % 4;
    parallel(count, [&](size_t index, size_t) { ++calls[index]; });
    for (size_t i = 0; i < 5; ++i) {
      ASSERT_EQ(calls[i], i < count ? 1 : 0) << "run " << round << ", task " << i;
      calls[i] = 0;
    }
  }
}

}  // namespace
}  // namespace linnet
