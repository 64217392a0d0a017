#include "lab/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>

namespace linnet::lab {

namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void add_scaled(std::span<double> a, double factor, std::span<const double> b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] += factor * b[i];
}

double largest(std::span<const double> a) {
  double result = 0;
  for (const double element : a) result = std::max(result, std::abs(element));
  return result;
}

struct Curvature {
  std::vector<double> step, change;  // of x and of the gradient
  double inverse;                    // 1 / (step . change)
};

// The two-loop recursion: the inverse Hessian that the remembered steps suggest, times the gradient, negated.
std::vector<double> direction(const std::deque<Curvature>& past, std::span<const double> gradient) {
  std::vector<double> d(gradient.begin(), gradient.end()), factors(past.size());
  for (size_t i = past.size(); i-- > 0;) {
    factors[i] = past[i].inverse * dot(past[i].step, d);
    add_scaled(d, -factors[i], past[i].change);
  }
  const double scale = past.empty() ? 1 / std::max(1.0, std::sqrt(dot(gradient, gradient)))
                                    : 1 / (past.back().inverse * dot(past.back().change, past.back().change));
  for (double& element : d) element *= scale;
  for (size_t i = 0; i < past.size(); ++i) {
    add_scaled(d, factors[i] - past[i].inverse * dot(past[i].change, d), past[i].step);
  }
  for (double& element : d) element = -element;
  return d;
}

}  // namespace

LbfgsResult minimize_lbfgs(std::vector<double>* x,
                           const std::function<double(std::span<const double> x, std::span<double> gradient)>& function,
                           const LbfgsOptions& options) {
  // Sufficient decrease and curvature: the weak Wolfe conditions, by bisection (Lewis and Overton 2013).
  constexpr double kDecrease = 1e-4, kCurvature = 0.9;
  constexpr size_t kMostTrials = 40;
  LbfgsResult result;
  std::vector<double> gradient(x->size()), trial, trial_gradient(x->size());
  const auto evaluate = [&](std::span<const double> at, std::span<double> slope) {
    ++result.evaluations;
    return function(at, slope);
  };
  result.value = evaluate(*x, gradient);
  std::deque<Curvature> past;
  for (;; ++result.iterations) {
    result.converged = largest(gradient) <= options.gradient_tolerance;
    if (result.converged || result.iterations == options.max_iterations) return result;
    const std::vector<double> d = direction(past, gradient);
    const double slope = dot(gradient, d);
    double t = 1, low = 0, high = 0, value = 0;
    bool found = false;
    for (size_t i = 0; i < kMostTrials && !found; ++i) {
      trial = *x;
      add_scaled(trial, t, d);
      value = evaluate(trial, trial_gradient);
      if (!(value <= result.value + kDecrease * t * slope)) {  // also when it is not a number
        high = t;
      } else if (dot(trial_gradient, d) < kCurvature * slope) {
        low = t;
      } else {
        found = true;
        break;
      }
      t = high > 0 ? (low + high) / 2 : 2 * t;
    }
    if (!found && !(value < result.value)) return result;
    Curvature curvature{trial, trial_gradient, 0};
    add_scaled(curvature.step, -1, *x);
    add_scaled(curvature.change, -1, gradient);
    const double product = dot(curvature.step, curvature.change);
    *x = trial;
    gradient = trial_gradient;
    result.value = value;
    if (product <= 0) continue;  // says nothing of the curvature
    curvature.inverse = 1 / product;
    past.push_back(std::move(curvature));
    if (past.size() > options.memory) past.pop_front();
  }
}

}  // namespace linnet::lab
