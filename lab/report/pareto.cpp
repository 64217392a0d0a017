#include "lab/report/pareto.h"

#include <cmath>
#include <cstddef>

namespace linnet::lab {

std::vector<bool> pareto_front(std::span<const ParetoPoint> points) {
  const auto known = [](const ParetoPoint& choice) { return !std::isnan(choice.cost) && !std::isnan(choice.score); };
  std::vector<bool> front(points.size());
  for (size_t i = 0; i < points.size(); ++i) {
    front[i] = known(points[i]);
    for (const ParetoPoint& other : points) {
      const bool as_good = other.cost <= points[i].cost && other.score >= points[i].score;
      const bool better = other.cost < points[i].cost || other.score > points[i].score;
      if (known(other) && as_good && better) front[i] = false;
    }
  }
  return front;
}

}  // namespace linnet::lab
