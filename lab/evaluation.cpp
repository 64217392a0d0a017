#include "lab/evaluation.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <random>

#include "lab/statistics.h"

namespace linnet::lab {

std::vector<double> resample(size_t count, const std::function<double(std::span<const uint32_t> drawn)>& metric,
                             size_t resamples) {
  // The same draws in every call are what is wanted.
  std::mt19937_64 random(20190612);  // NOLINT(bugprone-random-generator-seed)
  std::vector<uint32_t> drawn(count);
  std::vector<double> results;
  results.reserve(resamples);
  for (size_t i = 0; i < resamples; ++i) {
    // The high half of a product: std::uniform_int_distribution differs between standard libraries.
    for (uint32_t& item : drawn) item = static_cast<uint32_t>((random() >> 32) * count >> 32);
    results.push_back(metric(drawn));
  }
  return results;
}

Interval percentile_interval(std::span<const double> resampled) {
  std::vector<double> finite;
  finite.reserve(resampled.size());
  std::copy_if(resampled.begin(), resampled.end(), std::back_inserter(finite),
               [](double x) { return std::isfinite(x); });
  if (finite.empty()) {
    const double none = std::numeric_limits<double>::quiet_NaN();
    return {none, none};
  }
  return {percentile(finite, 2.5), percentile(finite, 97.5)};
}

Metric with_interval(std::string name, double value, std::vector<double> resampled) {
  const Interval interval = percentile_interval(resampled);
  return {std::move(name), value, interval, std::move(resampled)};
}

Metric difference(const Metric& metric, const Metric& base) {
  std::vector<double> differences;
  if (metric.resampled.size() == base.resampled.size()) {
    differences.resize(metric.resampled.size());
    std::transform(metric.resampled.begin(), metric.resampled.end(), base.resampled.begin(), differences.begin(),
                   std::minus<>());
  }
  return with_interval(metric.name, metric.value - base.value, std::move(differences));
}

Metric mean_metric(const std::string& name, std::span<const double> values) {
  const auto of_drawn = [&](std::span<const uint32_t> drawn) {
    double sum = 0;
    for (const uint32_t item : drawn) sum += values[item];
    return sum / static_cast<double>(drawn.size());
  };
  return with_interval(name, mean(values), resample(values.size(), of_drawn));
}

}  // namespace linnet::lab
