#include "base/parallel.h"

#include <atomic>
#include <gtest/gtest.h>
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

}  // namespace
}  // namespace linnet
