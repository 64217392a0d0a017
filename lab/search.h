// The search for the best settings of compression passes within limits (docs/quantization.md, "The search").
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/pass.h"

namespace linnet::lab {

// What is known about a model that was made and measured.
struct Measurement {
  double loss = 0;
  std::optional<double> worst;                    // of one text
  double ms = 0;                                  // of one batch
  uint64_t bytes = 0;                             // of its file
  double seconds = 0;                             // that making and measuring it took
  std::optional<double> again_ms = std::nullopt;  // timed anew, which the search knows nothing of
};

// What the result must hold.
struct Limits {
  std::optional<double> loss, ms, bytes;
};

enum class Axis : uint8_t { loss, ms, bytes };

// What is made as small as possible: the first of loss, ms and bytes that has no limit; the loss when all have.
Axis objective(const Limits& limits);

// By how much a model is beyond the limits, as shares of them added up; 0 when it holds them all.
double violation(const Limits& limits, const Measurement& m);

// Whether `a` is better than `b`: less beyond the limits; then by the objective, then by the other axes.
bool better(const Limits& limits, const Measurement& a, const Measurement& b);

// The number of a setting for each choice.
using Point = std::vector<size_t>;

// Makes and measures the model of a point, or remembers it; null when the budget is used up. The measurement stays
// where it is.
using Look = std::function<Result<const Measurement*>(const Point&)>;

// Looks at the models with nothing and with everything compressed. Then, from the compressed one and after it from the
// other: looks at those that differ from it in one choice, and walks by the least loss for the time (or bytes) it
// saves, to where the limits begin or end to hold. At last it improves the best model by changing one or two choices,
// as long as that helps and the budget lasts. The best point is the best one it looked at.
Status search(const std::vector<Choice>& choices, const Limits& limits, const Look& look);

}  // namespace linnet::lab
