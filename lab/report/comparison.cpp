#include "lab/report/comparison.h"

#include <algorithm>
#include <limits>

#include "lab/report/numbers.h"
#include "lab/report/pareto.h"

namespace linnet::lab {

const ComparedModel* Comparison::first_scored() const {
  const auto scored = [](const ComparedModel& model) { return !model.evaluation.metrics.empty(); };
  const auto found = std::find_if(models.begin(), models.end(), scored);
  return found == models.end() ? nullptr : &*found;
}

std::string Comparison::metric() const {
  const ComparedModel* scored = first_scored();
  return scored == nullptr ? "" : scored->evaluation.metrics.front().name;
}

std::string Comparison::scored_on() const {
  const ComparedModel* scored = first_scored();
  if (scored == nullptr) return "";
  return grouped(scored->evaluation.count) + " " + scored->evaluation.counted;
}

bool Comparison::any_failed() const {
  return std::any_of(models.begin(), models.end(), [](const ComparedModel& model) { return !model.error.empty(); });
}

double score_of(const ComparedModel& model) {
  if (model.evaluation.metrics.empty()) return std::numeric_limits<double>::quiet_NaN();
  return model.evaluation.metrics.front().value;
}

double median_ms(const ComparedModel& model, size_t shape) {
  const bool timed = shape < model.timings.size() && model.timings[shape].runs > 0;
  return timed ? model.timings[shape].median_ms : std::numeric_limits<double>::quiet_NaN();
}

std::vector<bool> front_of(const Comparison& comparison, size_t shape) {
  std::vector<ParetoPoint> points;
  points.reserve(comparison.models.size());
  for (const ComparedModel& model : comparison.models) points.push_back({median_ms(model, shape), score_of(model)});
  return pareto_front(points);
}

std::vector<std::vector<bool>> fronts_of(const Comparison& comparison) {
  std::vector<std::vector<bool>> fronts;
  fronts.reserve(comparison.shapes.size());
  for (size_t s = 0; s < comparison.shapes.size(); ++s) fronts.push_back(front_of(comparison, s));
  return fronts;
}

}  // namespace linnet::lab
