#include "base/cores.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sched.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/parallel.h"

namespace linnet {
namespace {

// A copy of the system's files that a test makes up.
class LinuxCores : public testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "/cores_test." + std::to_string(getpid());
    std::filesystem::remove_all(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = root_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  // One CPU a figure; those without a text have a folder and no file.
  void cpus(const std::vector<std::string>& figures, const std::string& name = "cpu_capacity") const {
    for (size_t cpu = 0; cpu < figures.size(); ++cpu) {
      const std::string folder = "sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/";
      std::filesystem::create_directories(root_ + "/" + folder);
      if (!figures[cpu].empty()) write(folder + name, figures[cpu] + "\n");
    }
  }
  Cores read(const std::vector<size_t>& allowed) const {
    CpuSet set;
    for (const size_t cpu : allowed) set.add(cpu);
    return read_linux_cores(root_.c_str(), set);
  }
  static std::vector<size_t> numbers(const CpuSet& set) {
    std::vector<size_t> cpus;
    for (size_t cpu = 0; cpu < CpuSet::kMost; ++cpu) {
      if (set.contains(cpu)) cpus.push_back(cpu);
    }
    return cpus;
  }
  using List = std::vector<size_t>;
  const List eight_ = {0, 1, 2, 3, 4, 5, 6, 7};
  std::string root_;
};

TEST_F(LinuxCores, FourBigAndFourLittle) {  // RK3588
  cpus({"397", "397", "397", "397", "1024", "1024", "1024", "1024"});
  const Cores cores = read(eight_);
  EXPECT_EQ(cores.all, 8u);
  EXPECT_EQ(cores.fast, 4u);
  EXPECT_EQ(numbers(cores.fast_set), (List{4, 5, 6, 7}));
  EXPECT_EQ(cores.default_threads(), 4u);
}

TEST_F(LinuxCores, TwoBigAndSixLittle) {
  cpus({"340", "340", "340", "340", "340", "340", "1024", "1024"});
  EXPECT_EQ(numbers(read(eight_).fast_set), (List{6, 7}));
  EXPECT_EQ(read(eight_).default_threads(), 2u);
}

TEST_F(LinuxCores, OnePrimeThreeBigAndFourLittle) {  // Snapdragon 855
  cpus({"306", "306", "306", "306", "871", "871", "871", "1024"});
  EXPECT_EQ(numbers(read(eight_).fast_set), (List{4, 5, 6, 7}));
}

TEST_F(LinuxCores, MiddleCoresCountEvenAtLessThanHalf) {  // the first Google Tensor: 2 X1, 2 A76, 4 A55
  cpus({"161", "161", "161", "161", "498", "498", "1024", "1024"});
  EXPECT_EQ(numbers(read(eight_).fast_set), (List{4, 5, 6, 7}));
}

TEST_F(LinuxCores, MiddleCoresThatAreNearlyLittleDoNotCount) {  // ten cores: 2 A72, 4 A53 and 4 slower A53
  cpus({"358", "358", "358", "358", "512", "512", "512", "512", "1024", "1024"});
  EXPECT_EQ(numbers(read({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}).fast_set), (List{8, 9}));
}

TEST_F(LinuxCores, CoresThatAreNearlyAlikeAllCount) {
  cpus({"1024", "1024", "1024", "1024", "780", "780"});
  const Cores cores = read({0, 1, 2, 3, 4, 5});
  EXPECT_EQ(cores.fast, 6u);
  EXPECT_EQ(cores.default_threads(), 4u) << "never more than four";
}

TEST_F(LinuxCores, AllEqual) {
  cpus({"1024", "1024", "1024", "1024"});
  EXPECT_EQ(read({0, 1, 2, 3}).fast, 4u);
  EXPECT_EQ(read({1, 2}).fast, 2u);
  EXPECT_EQ(read({1, 2}).default_threads(), 2u);
}

TEST_F(LinuxCores, FrequenciesStandInForCapacities) {
  cpus({"1785600", "1785600", "1785600", "1785600", "2419200", "2419200", "2419200", "2841600"},
       "cpufreq/cpuinfo_max_freq");
  EXPECT_EQ(numbers(read(eight_).fast_set), (List{4, 5, 6, 7}));
}

// What a process may not use still says what is slow.
TEST_F(LinuxCores, AProcessHeldOnSomeCores) {
  cpus({"306", "306", "306", "306", "871", "871", "871", "1024"});
  EXPECT_EQ(numbers(read({2, 3, 4, 5}).fast_set), (List{4, 5}));
  const Cores little = read({0, 1, 2, 3});
  EXPECT_EQ(little.fast, 4u) << "the little ones are all that there is";
  EXPECT_EQ(numbers(little.fast_set), (List{0, 1, 2, 3}));
}

TEST_F(LinuxCores, CoresThatAreSwitchedOffDoNotMatter) {
  cpus({"1800000", "", "1800000", "1800000", "", "2800000", "2800000", ""}, "cpufreq/cpuinfo_max_freq");
  const Cores cores = read({0, 2, 3, 5, 6});
  EXPECT_EQ(cores.all, 5u);
  EXPECT_EQ(numbers(cores.fast_set), (List{5, 6}));
}

TEST_F(LinuxCores, WithoutFilesOrWithGarbageAllCoresAreAlike) {
  EXPECT_EQ(read(eight_).fast, 8u);
  EXPECT_EQ(numbers(read(eight_).fast_set), eight_);
  for (const char* garbage : {"", "big", "-5", "12x", "0", "99999999999999999999", " 7"}) {
    cpus({"1024", "1024", "300", garbage});
    if (*garbage == '\0') std::filesystem::remove(root_ + "/sys/devices/system/cpu/cpu3/cpu_capacity");
    EXPECT_EQ(read({0, 1, 2, 3}).fast, 4u) << garbage;
    EXPECT_EQ(read({0, 1, 2}).fast, 2u) << garbage;
  }
  EXPECT_EQ(read({0, 1023}).fast, 2u) << "a CPU that the files do not know";
}

TEST_F(LinuxCores, TheControlGroupLimitsThreads) {
  const std::string limit = "sys/fs/cgroup/app.slice/one.scope/cpu.max";
  write("proc/self/cgroup", "3:cpuset:/elsewhere\n0::/app.slice/one.scope\n");
  EXPECT_EQ(read(eight_).quota, 0u);
  for (const auto& [text, quota, threads] :
       {std::tuple("max 100000", 0u, 4u), std::tuple("250000 100000", 2u, 2u), std::tuple("50000 100000", 1u, 1u),
        std::tuple("900000 100000", 9u, 4u), std::tuple("250000", 0u, 4u), std::tuple("250000 0", 0u, 4u)}) {
    write(limit, text + std::string("\n"));
    EXPECT_EQ(read(eight_).quota, quota) << text;
    EXPECT_EQ(read(eight_).default_threads(), threads) << text;
  }
  write(limit, "max 100000\n");
  write("sys/fs/cgroup/cpu.max", "300000 100000\n");
  EXPECT_EQ(read(eight_).quota, 3u) << "of a group above it";
  write("sys/fs/cgroup/app.slice/cpu.max", "200000 100000\n");
  EXPECT_EQ(read(eight_).quota, 2u);
}

TEST(Cores, OfThisMachine) {
  const Cores cores = available_cores();
  EXPECT_GE(cores.fast, 1u);
  EXPECT_GE(cores.all, cores.fast);
  EXPECT_EQ(cores.fast_set.count(), cores.fast);
  EXPECT_GE(default_threads(), 1u);
  EXPECT_LE(default_threads(), 4u);
  EXPECT_GE(hardware_threads(), cores.all);
}

TEST(Cores, AThreadIsPlacedAndARefusalIsNoCrash) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  const Cores cores = available_cores();
  CpuSet one;
  for (size_t cpu = 0; one.count() == 0; ++cpu) {
    if (cores.fast_set.contains(cpu)) one.add(cpu);
  }
  ASSERT_TRUE(place_this_thread(one));
  EXPECT_EQ(available_cores().all, 1u);
  EXPECT_EQ(default_threads(), 1u);
  EXPECT_FALSE(place_this_thread(CpuSet())) << "no CPU at all";
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(available_cores().all, cores.all);
}

// The CPUs that a pool's own thread may run on.
CpuSet worker_set(ThreadPool* pool) {
  CpuSet set;
  std::atomic<bool> found{false};
  pool->parallel_for()(2, [&](size_t, size_t worker) {
    if (worker == 0) {
      while (!found) std::this_thread::yield();  // so that the other task is the worker's
      return;
    }
    set = available_cores().fast_set;
    found = true;
  });
  return set;
}

// The machine that runs this test may have equal cores only: the pool is told of others.
TEST(Cores, APoolKeepsItsThreadsOnFastCoresAndLeavesItsCaller) {
  const Cores real = available_cores();
  CpuSet one;
  for (size_t cpu = 0; one.count() == 0; ++cpu) {
    if (real.fast_set.contains(cpu)) one.add(cpu);
  }
  Cores unequal;
  unequal.all = 8;
  unequal.fast = 2;
  unequal.fast_set = one;
  cpu_set_t before, after;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  {
    ThreadPool pool;
    ASSERT_TRUE(pool.start(2, unequal).ok());
    EXPECT_EQ(worker_set(&pool).count(), 1u);
  }
  ASSERT_EQ(sched_getaffinity(0, sizeof after, &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
  {
    ThreadPool pool;
    ASSERT_TRUE(pool.start(2).ok());
    EXPECT_EQ(worker_set(&pool).count(), real.fast);
  }
  unequal.fast = 1;
  {
    ThreadPool pool;
    ASSERT_TRUE(pool.start(2, unequal).ok());
    EXPECT_EQ(worker_set(&pool).count(), real.fast) << "more threads than fast cores: not placed";
  }
  unequal.fast = 2;
  unequal.fast_set = CpuSet();  // which the system refuses
  ThreadPool pool;
  ASSERT_TRUE(pool.start(2, unequal).ok());
  EXPECT_EQ(worker_set(&pool).count(), real.fast);
}

}  // namespace
}  // namespace linnet
