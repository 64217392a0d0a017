// Smooth functions of many variables minimized by L-BFGS (Liu and Nocedal 1989).
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace linnet::lab {

struct LbfgsOptions {
  size_t memory = 10;  // how many steps the curvature is remembered for
  size_t max_iterations = 1000;
  double gradient_tolerance = 1e-6;  // ends when no element of the gradient is larger
  double noise = 1e-15;              // of the function's value, as a share of it: ends when less can be won
};

struct LbfgsResult {
  double value = 0;
  size_t iterations = 0;
  size_t evaluations = 0;  // calls of the function
  bool converged = false;  // false: max_iterations, or no progress in double precision
};

// From *x, which becomes the best point. `function` returns the value at x and writes the gradient.
LbfgsResult minimize_lbfgs(std::vector<double>* x,
                           const std::function<double(std::span<const double> x, std::span<double> gradient)>& function,
                           const LbfgsOptions& options = {});

}  // namespace linnet::lab
