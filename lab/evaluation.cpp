#include "lab/evaluation.h"

#include <cmath>
#include <limits>
#include <random>

#include "lab/statistics.h"

namespace linnet::lab {

Interval bootstrap(size_t count, const std::function<double(std::span<const uint32_t> drawn)>& metric,
                   size_t resamples) {
  // The same draws in every call are what is wanted.
  std::mt19937_64 random(20190612);  // NOLINT(bugprone-random-generator-seed)
  std::vector<uint32_t> drawn(count);
  std::vector<double> results;
  for (size_t i = 0; i < resamples; ++i) {
    // The high half of a product: std::uniform_int_distribution differs between standard libraries.
    for (uint32_t& item : drawn) item = static_cast<uint32_t>((random() >> 32) * count >> 32);
    const double result = metric(drawn);
    if (std::isfinite(result)) results.push_back(result);
  }
  if (results.empty()) {
    const double none = std::numeric_limits<double>::quiet_NaN();
    return {none, none};
  }
  return {percentile(results, 2.5), percentile(results, 97.5)};
}

Metric mean_metric(const std::string& name, std::span<const double> values) {
  const auto of_drawn = [&](std::span<const uint32_t> drawn) {
    double sum = 0;
    for (const uint32_t item : drawn) sum += values[item];
    return sum / static_cast<double>(drawn.size());
  };
  return {name, mean(values), bootstrap(values.size(), of_drawn)};
}

}  // namespace linnet::lab
