#include "lab/ridge.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

namespace linnet::lab {

namespace {

constexpr size_t kPenalties = 13;
constexpr Eigen::Index kBlock = 256;  // rows that are turned to doubles at a time

// What the solution depends on: sums over rows. Those of disjoint rows add up, so that each fold is read once and no
// row is copied.
struct Sums {
  double count = 0, numbers = 0, squares = 0;  // squares: of the numbers
  Eigen::VectorXd rows, products;              // products: row times number
  Eigen::MatrixXd gram;                        // row times row; the lower half counts

  explicit Sums(size_t width) {
    const auto size = static_cast<Eigen::Index>(width);
    rows = products = Eigen::VectorXd::Zero(size);
    gram = Eigen::MatrixXd::Zero(size, size);
  }

  // Rows first, first + step, ...
  void add(const NumberedRows& data, size_t first, size_t step) {
    const auto width = static_cast<Eigen::Index>(data.width);
    Eigen::MatrixXd block(width, kBlock);  // a row of the data a column
    Eigen::VectorXd wanted(kBlock);
    Eigen::Index held = 0;
    const auto flush = [&] {
      const auto filled = block.leftCols(held);
      gram.selfadjointView<Eigen::Lower>().rankUpdate(filled);
      rows += filled.rowwise().sum();
      products += filled * wanted.head(held);
      held = 0;
    };
    for (size_t i = first; i < data.numbers.size(); i += step) {
      block.col(held) = Eigen::Map<const Eigen::VectorXf>(data.rows.data() + i * data.width, width).cast<double>();
      wanted[held++] = data.numbers[i];
      count += 1;
      numbers += data.numbers[i];
      squares += data.numbers[i] * data.numbers[i];
      if (held == kBlock) flush();
    }
    flush();
  }

  Sums& operator+=(const Sums& other) { return combine(other, 1); }
  Sums& operator-=(const Sums& other) { return combine(other, -1); }

 private:
  Sums& combine(const Sums& other, double sign) {
    count += sign * other.count;
    numbers += sign * other.numbers;
    squares += sign * other.squares;
    rows += sign * other.rows;
    products += sign * other.products;
    gram += sign * other.gram;
    return *this;
  }
};

struct Solution {
  Eigen::VectorXd weight;
  double bias = 0;
};

// Of centred rows and numbers, so that the bias is free.
Solution solve(const Sums& sums, double penalty) {
  const Eigen::VectorXd mean = sums.rows / sums.count;
  Eigen::MatrixXd gram = sums.gram;
  gram.selfadjointView<Eigen::Lower>().rankUpdate(sums.rows, -1 / sums.count);
  gram.diagonal().array() += penalty;
  Solution solution;
  solution.weight = Eigen::LLT<Eigen::MatrixXd, Eigen::Lower>(gram).solve(sums.products - mean * sums.numbers);
  solution.bias = sums.numbers / sums.count - solution.weight.dot(mean);
  return solution;
}

// The sum of squared errors on the rows of `sums`: no row is read again.
double squared_error(const Solution& solution, const Sums& sums) {
  const Eigen::VectorXd& w = solution.weight;
  const double quadratic = w.dot(sums.gram.selfadjointView<Eigen::Lower>() * w);
  const double b = solution.bias;
  return std::max(0.0, quadratic + 2 * b * w.dot(sums.rows) + b * b * sums.count - 2 * w.dot(sums.products) -
                           2 * b * sums.numbers + sums.squares);
}

LinearModel in_floats(const Solution& solution) {
  LinearModel model;
  for (const double weight : solution.weight) model.weight.push_back(static_cast<float>(weight));
  model.bias = static_cast<float>(solution.bias);
  return model;
}

}  // namespace

double LinearModel::predict(const float* row) const {
  double sum = static_cast<double>(bias);
  for (size_t i = 0; i < weight.size(); ++i) sum += static_cast<double>(weight[i]) * static_cast<double>(row[i]);
  return sum;
}

LinearModel fit_ridge(const NumberedRows& data, double penalty) {
  Sums sums(data.width);
  sums.add(data, 0, 1);
  return in_floats(solve(sums, penalty));
}

Result<RidgeFit> cross_validate_ridge(const NumberedRows& data, size_t folds, const ParallelFor& parallel,
                                      const Progress& progress) {
  const auto [least, most] = std::minmax_element(data.numbers.begin(), data.numbers.end());
  if (data.numbers.size() < 2 || *least == *most) {
    return Status::error(Code::invalid_argument, "a regression needs two texts with different numbers at least");
  }
  RidgeFit result;
  result.folds = std::min(folds, data.numbers.size());
  std::vector<Sums> held_out(result.folds, Sums(data.width));
  parallel(result.folds, [&](size_t fold, size_t) { held_out[fold].add(data, fold, result.folds); });
  Sums all(data.width);
  for (const Sums& fold : held_out) all += fold;

  for (size_t i = 0; i < kPenalties; ++i) {
    result.tried.push_back({std::pow(10.0, -3 + static_cast<double>(i) / 2)});
  }
  std::vector<std::vector<double>> errors(result.folds, std::vector<double>(kPenalties));
  for (size_t fold = 0; fold < result.folds; ++fold) {
    if (progress && !progress(fold, result.folds)) return Status::error(Code::io, "interrupted");
    Sums kept = all;
    kept -= held_out[fold];
    parallel(kPenalties, [&](size_t i, size_t) {
      errors[fold][i] = squared_error(solve(kept, result.tried[i].penalty), held_out[fold]);
    });
  }
  const double variance = all.squares / all.count - (all.numbers / all.count) * (all.numbers / all.count);
  for (size_t i = 0; i < kPenalties; ++i) {
    PenaltyScore& score = result.tried[i];
    for (const std::vector<double>& fold : errors) score.squared_error += fold[i] / all.count;
    score.r2 = 1 - score.squared_error / variance;
    if (score.squared_error < result.tried[result.best].squared_error) result.best = i;
  }
  result.model = in_floats(solve(all, result.tried[result.best].penalty));
  return result;
}

}  // namespace linnet::lab
