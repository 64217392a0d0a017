// What an evaluation found: metrics, each with an interval that says how far another sample of the same size might move
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace linnet::lab {

struct Interval {
  double low = 0, high = 0;
};

struct Metric {
  std::string name;  // "spearman", "ndcg_at_10"
  double value = 0;
  Interval interval;
  // Its value in each draw of the bootstrap. Draws of as many items are the same draws, so that the values of two
  // models scored on the same items stand in pairs.
  std::vector<double> resampled = {};
};

struct Evaluation {
  std::string counted;  // what there are `count` of: "pairs", "queries"
  size_t count = 0;
  std::vector<Metric> metrics;     // the most important one first
  std::vector<std::string> notes;  // what people should know about how the data was read
};

// The values of a metric over `count` items in the draws of the bootstrap (Efron 1979): `metric` is told which items
// were drawn, `count` of them with replacement, `resamples` times. The draws are the same on every machine and in every
// call.
std::vector<double> resample(size_t count, const std::function<double(std::span<const uint32_t> drawn)>& metric,
                             size_t resamples = 1000);

// The 95% interval by the percentile bootstrap. Values that are not finite are left out; both ends are NaN when there
// is no other.
Interval percentile_interval(std::span<const double> resampled);

// A metric with that interval from its value and its draws.
Metric with_interval(std::string name, double value, std::vector<double> resampled);

// How much larger a metric is than `base`, both of the same items: the interval is that of the difference in each draw
// (the paired bootstrap), which is much narrower than those of both alone. No draws in common: NaN at both ends.
Metric difference(const Metric& metric, const Metric& base);

// A metric of two lists of one length, whose items are drawn in pairs: metric(span, span).
template <typename T, typename Function>
Metric paired_metric(const std::string& name, const std::vector<T>& a, const std::vector<T>& b,
                     const Function& metric) {
  using Items = std::span<const T>;
  std::vector<T> drawn_a(a.size()), drawn_b(b.size());
  const auto of_drawn = [&](std::span<const uint32_t> drawn) {
    for (size_t i = 0; i < drawn.size(); ++i) {
      drawn_a[i] = a[drawn[i]];
      drawn_b[i] = b[drawn[i]];
    }
    return metric(Items(drawn_a), Items(drawn_b));
  };
  return with_interval(name, metric(Items(a), Items(b)), resample(a.size(), of_drawn));
}

// The mean of a value of each item, with that interval. `values` must not be empty.
Metric mean_metric(const std::string& name, std::span<const double> values);

}  // namespace linnet::lab
