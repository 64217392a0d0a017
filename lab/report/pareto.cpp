#include "lab/report/pareto.h"

#include <cmath>
#include <cstddef>

namespace linnet::lab {

std::vector<bool> pareto_front(std::span<const Choice> choices) {
  const auto known = [](const Choice& choice) { return !std::isnan(choice.cost) && !std::isnan(choice.score); };
  std::vector<bool> front(choices.size());
  for (size_t i = 0; i < choices.size(); ++i) {
    front[i] = known(choices[i]);
    for (const Choice& other : choices) {
      const bool as_good = other.cost <= choices[i].cost && other.score >= choices[i].score;
      const bool better = other.cost < choices[i].cost || other.score > choices[i].score;
      if (known(other) && as_good && better) front[i] = false;
    }
  }
  return front;
}

}  // namespace linnet::lab
