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
  // Sufficient decrease and curvature: the weak Wolfe conditions, between brackets as Lewis and Overton (2013) keep
  // them. Where they bisect, the next trial is where a parabola through what is known has its lowest point, when that
  // is well within the bracket: on smooth functions most searches end with the first or second trial.
  constexpr double kDecrease = 1e-4, kCurvature = 0.9, kMargin = 0.1, kFurthest = 10;
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
    double t = 1, value = result.value;
    double low = 0, high = 0, value_at_low = result.value, slope_at_low = slope;
    bool found = false;
    const double least = options.noise * std::abs(result.value);
    for (size_t i = 0; i < kMostTrials && -slope * (high > 0 ? high - low : t) > least; ++i) {
      trial = *x;
      add_scaled(trial, t, d);
      value = evaluate(trial, trial_gradient);
      double lowest = 0;  // of the parabola; a number that is not within the bracket when it has none
      if (!(value <= result.value + kDecrease * t * slope)) {  // also when it is not a number
        high = t;
        const double step = t - low;
        lowest = low - slope_at_low * step * step / (2 * (value - value_at_low - slope_at_low * step));
      } else {
        const double slope_at_t = dot(trial_gradient, d);
        found = slope_at_t >= kCurvature * slope;
        if (found) break;
        lowest = t + (t - low) * slope_at_t / (slope_at_low - slope_at_t);
        low = t;
        value_at_low = value;
        slope_at_low = slope_at_t;
      }
      const double margin = kMargin * (high - low);
      if (high == 0) {
        t = lowest > low ? std::clamp(lowest, 2 * low, kFurthest * low) : kFurthest * low;
      } else if (lowest >= low + margin && lowest <= high - margin) {
        t = lowest;
      } else {
        t = (low + high) / 2;
      }
    }
    if (!found && !(value < result.value - least)) return result;
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
