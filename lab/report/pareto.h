// Which of several points are worth taking when two things count.
#pragma once

#include <span>
#include <vector>

namespace linnet::lab {

// Less cost and more score are better.
struct ParetoPoint {
  double cost = 0, score = 0;
};

// Whether a choice is on the Pareto front: no other costs at most as much and scores at least as much, and is better in
// one of both. Equal points are on it together. One with a NaN is never on it, and keeps no other from it.
std::vector<bool> pareto_front(std::span<const ParetoPoint> points);

}  // namespace linnet::lab
