#include "lab/timing.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "lab/statistics.h"

namespace linnet::lab {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Timing summarize_times(std::span<const double> milliseconds) {
  Timing timing;
  timing.runs = milliseconds.size();
  if (milliseconds.empty()) return timing;
  timing.min_ms = *std::min_element(milliseconds.begin(), milliseconds.end());
  timing.mean_ms = mean(milliseconds);
  timing.median_ms = percentile(milliseconds, 50);
  timing.p95_ms = percentile(milliseconds, 95);
  timing.p99_ms = percentile(milliseconds, 99);
  return timing;
}

Result<Timing> time_items(const TimingOptions& options, size_t items, const std::function<Status(size_t)>& run,
                          const Clock& clock) {
  if (items == 0) return Status::error(Code::invalid_argument, "there is nothing to time");
  const double warm_from = clock();
  for (size_t item = 0;; item = (item + 1) % items) {
    LINNET_RETURN_IF_ERROR(run(item));
    if (clock() - warm_from >= options.warmup_seconds) break;
  }
  std::vector<double> milliseconds;
  double total = 0;  // of the measurements alone, so that what happens between them shortens nothing
  while ((total < options.min_seconds || milliseconds.size() < options.min_runs) &&
         milliseconds.size() < options.max_runs) {
    for (size_t item = 0; item < items; ++item) {
      const double begin = clock();
      LINNET_RETURN_IF_ERROR(run(item));
      const double seconds = clock() - begin;
      total += seconds;
      milliseconds.push_back(seconds * 1e3);
    }
  }
  return summarize_times(milliseconds);
}

Result<Timing> time_runs(const TimingOptions& options, const std::function<Status()>& run, const Clock& clock) {
  return time_items(
      options, 1, [&](size_t) { return run(); }, clock);
}

Result<PairTiming> time_in_turns(const TimingOptions& options, const std::function<Status()>& first,
                                 const std::function<Status()>& second, const Clock& clock) {
  const auto seconds_of = [&](const std::function<Status()>& run) -> Result<double> {
    const double begin = clock();
    LINNET_RETURN_IF_ERROR(run());
    return clock() - begin;
  };
  const double warm_from = clock();
  do {
    LINNET_RETURN_IF_ERROR(first());
    LINNET_RETURN_IF_ERROR(second());
  } while (clock() - warm_from < options.warmup_seconds);
  std::vector<double> first_ms, second_ms, ratios;
  double total = 0;
  while ((total < options.min_seconds || ratios.size() < options.min_runs) && ratios.size() < options.max_runs) {
    const Result<double> a = seconds_of(first);
    if (!a.ok()) return a.status();
    const Result<double> b = seconds_of(second);
    if (!b.ok()) return b.status();
    total += *a + *b;
    first_ms.push_back(*a * 1e3);
    second_ms.push_back(*b * 1e3);
    ratios.push_back(*b / std::max(*a, 1e-12));
  }
  return PairTiming{summarize_times(first_ms), summarize_times(second_ms), ratios.empty() ? 0 : percentile(ratios, 50)};
}

}  // namespace linnet::lab
