#include "lab/timing.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <random>
#include <vector>

#include "lab/statistics.h"

namespace linnet::lab {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

TimingOptions timing_of(double seconds) {
  TimingOptions options;
  options.min_seconds = seconds;
  options.warmup_seconds = seconds / 5;
  return options;
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

namespace {

// What was measured of one contender.
struct Measured {
  std::vector<double> milliseconds;
  double total = 0;  // seconds of the measurements alone, so that what happens between them shortens nothing

  bool done(const TimingOptions& options) const {
    return milliseconds.size() >= options.max_runs ||
           (total >= options.min_seconds && milliseconds.size() >= options.min_runs);
  }
};

Status warm_up(const Contender& contender, double seconds, const Clock& clock) {
  const double from = clock();
  for (size_t item = 0;; item = (item + 1) % contender.items) {
    LINNET_RETURN_IF_ERROR(contender.run(item));
    if (clock() - from >= seconds) return Status();
  }
}

// Passes that count, for `share` seconds or until there are enough.
Status take_turn(const Contender& contender, const TimingOptions& options, double share, const Clock& clock,
                 Measured* measured) {
  const double before = measured->total;
  do {
    for (size_t item = 0; item < contender.items; ++item) {
      const double begin = clock();
      LINNET_RETURN_IF_ERROR(contender.run(item));
      const double seconds = clock() - begin;
      measured->total += seconds;
      measured->milliseconds.push_back(seconds * 1e3);
    }
  } while (measured->total - before < share && !measured->done(options));
  return Status();
}

}  // namespace

Result<std::vector<Timing>> time_in_turns(const TimingOptions& options, std::span<const Contender> contenders,
                                          const Progress& progress, const Clock& clock) {
  if (contenders.empty()) return Status::error(Code::invalid_argument, "there is nothing to time");
  for (const Contender& contender : contenders) {
    if (contender.items == 0) return Status::error(Code::invalid_argument, "there is nothing to time");
    LINNET_RETURN_IF_ERROR(warm_up(contender, options.warmup_seconds, clock));
  }
  const size_t rounds = std::max<size_t>(options.min_runs, 1);
  const double share = options.min_seconds / static_cast<double>(rounds);
  std::vector<Measured> measured(contenders.size());
  std::vector<size_t> order(contenders.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::mt19937_64 random(20190612);  // NOLINT(bugprone-random-generator-seed): the same orders in every call
  for (uint64_t turns = 0;;) {
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    bool any = false;
    for (const size_t at : order) {
      if (measured[at].done(options)) continue;
      any = true;
      const uint64_t total = std::max<uint64_t>(rounds * contenders.size(), turns + 1);
      if (progress && !progress(turns++, total)) return Status::error(Code::io, "interrupted");
      const Contender& contender = contenders[at];
      for (size_t item = 0; contenders.size() > 1 && item < contender.items; ++item) {
        LINNET_RETURN_IF_ERROR(contender.run(item));
      }
      LINNET_RETURN_IF_ERROR(take_turn(contender, options, share, clock, &measured[at]));
    }
    if (!any) break;
  }
  std::vector<Timing> timings;
  timings.reserve(measured.size());
  for (const Measured& each : measured) timings.push_back(summarize_times(each.milliseconds));
  return timings;
}

Result<Timing> time_items(const TimingOptions& options, size_t items, const std::function<Status(size_t)>& run,
                          const Clock& clock) {
  const Contender contender{items, run};
  const Result<std::vector<Timing>> timings = time_in_turns(options, {&contender, 1}, {}, clock);
  if (!timings.ok()) return timings.status();
  return timings->front();
}

Result<Timing> time_runs(const TimingOptions& options, const std::function<Status()>& run, const Clock& clock) {
  return time_items(
      options, 1, [&](size_t) { return run(); }, clock);
}

Result<PairTiming> time_pair(const TimingOptions& options, const std::function<Status()>& first,
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
  std::vector<double> first_ms, second_ms;
  double total = 0;
  while ((total < options.min_seconds || first_ms.size() < options.min_runs) && first_ms.size() < options.max_runs) {
    const Result<double> a = seconds_of(first);
    if (!a.ok()) return a.status();
    const Result<double> b = seconds_of(second);
    if (!b.ok()) return b.status();
    total += *a + *b;
    first_ms.push_back(*a * 1e3);
    second_ms.push_back(*b * 1e3);
  }
  PairTiming timing{summarize_times(first_ms), summarize_times(second_ms)};
  timing.ratio = timing.second.min_ms / std::max(timing.first.min_ms, 1e-9);
  return timing;
}

}  // namespace linnet::lab
