// Timing something that runs more than once.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "base/status.h"
#include "lab/progress.h"

namespace linnet::lab {

struct TimingOptions {
  double warmup_seconds = 0.2;  // at least one run that is not counted
  double min_seconds = 1.0;     // how long the counted runs take together, at least
  size_t min_runs = 10;
  size_t max_runs = 100000;
};

// For `seconds` at least, after a fifth of that to warm up.
TimingOptions timing_of(double seconds);

// All times in milliseconds.
struct Timing {
  size_t runs = 0;
  double min_ms = 0, mean_ms = 0, median_ms = 0, p95_ms = 0, p99_ms = 0;
};

// A clock in seconds that never goes back.
using Clock = std::function<double()>;
double steady_seconds();

// Runs `run` until it was warm, and then until it was timed long and often enough. The first error ends it.
Result<Timing> time_runs(const TimingOptions& options, const std::function<Status()>& run,
                         const Clock& clock = steady_seconds);

// Runs run(0) ... run(items - 1) again and again in the same way; each call is one measurement and the counted passes
// are whole.
Result<Timing> time_items(const TimingOptions& options, size_t items, const std::function<Status(size_t)>& run,
                          const Clock& clock = steady_seconds);

// Two things timed in turns, so that whatever else the machine does falls on both.
struct PairTiming {
  Timing first, second;
  // Of the fastest runs, second / first: others can only make a run slower. On a busy machine, where some runs took
  // twice the time of others, three medians of 5 s were 23.8, 23.8 and 38.4 ms, and the fastest runs 21.7, 21.7
  // and 21.3.
  double ratio = 0;
};
Result<PairTiming> time_pair(const TimingOptions& options, const std::function<Status()>& first,
                             const std::function<Status()>& second, const Clock& clock = steady_seconds);

// What is timed against others: run(0) ... run(items - 1) are one pass.
struct Contender {
  size_t items = 1;
  std::function<Status(size_t)> run;
};

// Times several in turns, so that whatever slows the machine down for a while slows all of them. There are about
// min_runs rounds; in each, every contender has one turn, in an order drawn anew (the same draws in every call). A turn
// is one pass that is not counted, since the others have filled the caches, and then as many as fit into a round's
// share of min_seconds, one at least. With one contender nothing comes between, and every pass counts. Progress is in
// turns; where it says no, the result is an error.
Result<std::vector<Timing>> time_in_turns(const TimingOptions& options, std::span<const Contender> contenders,
                                          const Progress& progress = {}, const Clock& clock = steady_seconds);

Timing summarize_times(std::span<const double> milliseconds);

}  // namespace linnet::lab
