// Where the time of a run goes: every step of every op as the workers measured it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/timing.h"
#include "runtime/session.h"

namespace linnet::lab {

// One kind of step of one linear layer of one op, or the sum of several such.
struct ProfileEntry {
  std::string name;    // "attention qkv multiply"
  uint32_t op = 0;     // the index in the graph
  std::string output;  // what the op computes
  double ms = 0;       // of one run, of all workers together
  double macs = 0;     // of one run
  double peak = 0;     // multiply-accumulates a second that one worker could do at most; 0 without products
};

struct Profile {
  size_t runs = 0;  // that were counted
  size_t workers = 0;
  double run_ms = 0;   // of one run, by the clock on the wall
  double busy_ms = 0;  // of all steps and workers; what is missing to run_ms * workers is waiting and hand-over
  std::vector<ProfileEntry> entries;  // in the order of execution

  // A single run, for a picture of it: times in nanoseconds from the start of the run.
  struct Span {
    std::string name;
    std::string output;
    uint32_t worker;
    uint64_t begin, end;
    uint64_t macs;
  };
  std::vector<Span> spans;
};

// The share of the machine's measured peak that an entry reached.
inline double share_of_peak(const ProfileEntry& entry) { return entry.macs / (entry.ms / 1e3) / entry.peak; }

// Profiles run(0) ... run(items - 1), which must use `session` and count as one run together, again and again until
// `options` is satisfied. Reading the clock costs about 50 ns a step. The slower half of the runs is left out: on a
// machine that others use too, it says more about them.
Result<Profile> profile_items(const Model& model, Session* session, const TimingOptions& options, size_t items,
                              const std::function<Status(size_t)>& run);

// The entries with equal names added up, in the order of their first.
std::vector<ProfileEntry> sum_by_name(const Profile& profile);
// The entries of each op added up.
std::vector<ProfileEntry> sum_by_op(const Profile& profile);

// The spans as Chrome's trace events (for chrome://tracing, Perfetto, Speedscope), a thread per worker.
std::string chrome_trace(const Profile& profile);

}  // namespace linnet::lab
