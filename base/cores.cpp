#include "base/cores.h"

#if !defined(__wasm__) || defined(_REENTRANT)
#include <thread>
#endif

#if defined(__linux__)
#include <cstdio>
#include <cstring>
#include <sched.h>
#include <unistd.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace linnet {

namespace {

constexpr size_t kMostDefaultThreads = 4;

}  // namespace

size_t Cores::default_threads() const {
  size_t threads = fast < kMostDefaultThreads ? fast : kMostDefaultThreads;
  if (quota > 0 && quota < threads) threads = quota;
  return threads > 0 ? threads : 1;
}

size_t default_threads() { return available_cores().default_threads(); }

size_t hardware_threads() {
#if defined(__wasm__) && !defined(_REENTRANT)
  return 1;
#else
  const unsigned count = std::thread::hardware_concurrency();
  return count > 0 ? count : 1;
#endif
}

#if defined(__linux__)

namespace {

// The first line of a small text file, without its newline; false when there is none.
template <size_t kCapacity>
bool read_line(const char* path, char (&text)[kCapacity]) {
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return false;
  const bool read = std::fgets(text, kCapacity, file) != nullptr;
  std::fclose(file);
  if (read) text[std::strcspn(text, "\n")] = '\0';
  return read;
}

// Reads a decimal number at *text and moves *text behind it; 0 when there is none, or one that no file here holds.
uint64_t take_number(const char** text) {
  uint64_t number = 0;
  size_t digits = 0;
  for (; **text >= '0' && **text <= '9'; ++*text) {
    if (++digits <= 9) number = number * 10 + static_cast<uint64_t>(**text - '0');
  }
  return digits <= 9 ? number : 0;
}

// How fast the CPUs are, in a unit that they share: `name` is a file of each that holds a number.
class Speeds {
 public:
  // False when one of the allowed CPUs has no number.
  bool read(const char* root, const CpuSet& allowed, const char* name) {
    slowest_ = UINT64_MAX;
    fastest_ = 0;
    bool ended = false;
    for (size_t cpu = 0; cpu < CpuSet::kMost; ++cpu) {
      char path[512], text[32];
      const int folder = std::snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%zu", root, cpu);
      // CPUs that this process may not use count for what is slow: one that is held on the little cores of a phone has
      // no fast ones. They are numbered without gaps.
      if (!allowed.contains(cpu)) {
        ended = ended || access(path, F_OK) != 0;
        if (ended) continue;
      }
      std::snprintf(path + folder, sizeof path - static_cast<size_t>(folder), "/%s", name);
      const char* at = text;
      const uint64_t speed = read_line(path, text) ? take_number(&at) : 0;
      speed_[cpu] = speed > 0 && *at == '\0' ? speed : 0;
      if (speed_[cpu] == 0) {
        if (allowed.contains(cpu)) return false;
        continue;  // switched off
      }
      if (speed < slowest_) slowest_ = speed;
      if (speed > fastest_) fastest_ = speed;
    }
    return true;
  }

  // A core is fast when it is nearer to the fastest one than to the slowest, as ratios; all are when they are nearly
  // alike.
  bool is_fast(size_t cpu) const {
    return 3 * slowest_ >= 2 * fastest_ || speed_[cpu] * speed_[cpu] >= slowest_ * fastest_;
  }

 private:
  uint64_t speed_[CpuSet::kMost] = {};
  uint64_t slowest_ = 0, fastest_ = 0;
};

// The limit of one control group (version 2): "max 100000" or "150000 100000". 0: none.
size_t group_quota(const char* root, const char* group) {
  char path[1024], text[64];
  const int length = std::snprintf(path, sizeof path, "%s/sys/fs/cgroup%s/cpu.max", root, group);
  if (length < 0 || static_cast<size_t>(length) >= sizeof path || !read_line(path, text)) return 0;
  const char* at = text;
  const uint64_t time = take_number(&at);
  if (time == 0 || *at++ != ' ') return 0;
  const uint64_t period = take_number(&at);
  if (period == 0) return 0;
  return time < period ? 1 : static_cast<size_t>(time / period);
}

// The least of the group that the process is in and of those above it.
size_t read_quota(const char* root) {
  char path[512], line[512];
  std::snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return 0;
  char* group = nullptr;
  while (group == nullptr && std::fgets(line, sizeof line, file) != nullptr) {
    if (std::strncmp(line, "0::/", 4) == 0) group = line + 3;
  }
  std::fclose(file);
  if (group == nullptr) return 0;
  group[std::strcspn(group, "\n")] = '\0';
  size_t least = 0;
  for (;;) {
    const size_t quota = group_quota(root, group);
    if (quota > 0 && (least == 0 || quota < least)) least = quota;
    char* last = std::strrchr(group, '/');
    if (last == nullptr) return least;
    *last = '\0';
  }
}

}  // namespace

Cores read_linux_cores(const char* root, const CpuSet& allowed) {
  Cores cores;
  cores.all = allowed.count();
  cores.quota = read_quota(root);
  Speeds speeds;
  // The capacity is what the scheduler itself goes by. A frequency says less: it cannot tell a small core from a large
  // one at the same clock.
  const bool known =
      speeds.read(root, allowed, "cpu_capacity") || speeds.read(root, allowed, "cpufreq/cpuinfo_max_freq");
  for (size_t cpu = 0; known && cpu < CpuSet::kMost; ++cpu) {
    if (allowed.contains(cpu) && speeds.is_fast(cpu)) cores.fast_set.add(cpu);
  }
  cores.fast = cores.fast_set.count();
  if (cores.fast == 0) {
    cores.fast_set = allowed;
    cores.fast = cores.all;
  }
  return cores;
}

Cores available_cores() {
  cpu_set_t mask;
  CpuSet allowed;
  static_assert(CPU_SETSIZE <= CpuSet::kMost);
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) {
    for (size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &mask)) allowed.add(cpu);
    }
  }
  if (allowed.count() > 0) return read_linux_cores("", allowed);
  Cores cores;  // more CPUs than a cpu_set_t holds, or a sandbox
  cores.all = cores.fast = hardware_threads();
  return cores;
}

bool place_this_thread(const CpuSet& set) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  for (size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (set.contains(cpu)) CPU_SET(cpu, &mask);
  }
  return sched_setaffinity(0, sizeof mask, &mask) == 0;
}

#else

Cores available_cores() {
  Cores cores;
  cores.all = cores.fast = hardware_threads();
#if defined(__APPLE__)
  int fast = 0;
  size_t size = sizeof fast;
  if (sysctlbyname("hw.perflevel0.logicalcpu", &fast, &size, nullptr, 0) == 0 && fast > 0 &&
      static_cast<size_t>(fast) < cores.all) {
    cores.fast = static_cast<size_t>(fast);
  }
#endif
  return cores;
}

bool place_this_thread(const CpuSet&) { return false; }

#endif

}  // namespace linnet
