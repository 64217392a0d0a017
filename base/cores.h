// Which cores of the machine to compute on: on phones and boards with big and little cores, the big ones.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet {

// A set of CPUs by the system's numbers.
class CpuSet {
 public:
  static constexpr size_t kMost = 1024;

  void add(size_t cpu) { words_[cpu / 64] |= uint64_t{1} << cpu % 64; }
  bool contains(size_t cpu) const { return (words_[cpu / 64] >> cpu % 64 & 1) != 0; }
  size_t count() const {
    size_t count = 0;
    for (size_t cpu = 0; cpu < kMost; ++cpu) count += contains(cpu) ? 1 : 0;
    return count;
  }

 private:
  uint64_t words_[kMost / 64] = {};
};

struct Cores {
  size_t all = 1;    // that the calling thread may run on
  size_t fast = 1;   // of these, the ones to compute on; all where they are alike or nothing is known
  size_t quota = 0;  // whole CPUs that the control group of the process grants; 0: no limit
  CpuSet fast_set;   // empty where the system has no such sets

  // Threads when the caller does not say how many: one for each fast core, at most 4 (docs/decisions/0008) and at most
  // the quota.
  size_t default_threads() const;
};

// Of this machine, as the system says now. On Linux it reads a small file for each core.
Cores available_cores();

#if defined(__linux__)
// What Linux says in the files below `root` ("" for its real ones) about the CPUs of `allowed`.
Cores read_linux_cores(const char* root, const CpuSet& allowed);
#endif

// available_cores().default_threads().
size_t default_threads();

// Lets the calling thread run on the CPUs of `set` alone. False when the system refuses or cannot do that.
bool place_this_thread(const CpuSet& set);

// The number of hardware threads, at least 1.
size_t hardware_threads();

}  // namespace linnet
