// Ridge regression on rows of floats.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/parallel.h"
#include "base/status.h"
#include "lab/progress.h"

namespace linnet::lab {

// Rows of `width` floats without gaps, and a number for each.
struct NumberedRows {
  std::span<const float> rows;
  size_t width = 0;
  std::span<const double> numbers;
};

struct LinearModel {
  std::vector<float> weight;  // [width]
  float bias = 0;

  double predict(const float* row) const;
};

// One penalty, scored on rows that it was not fitted on.
struct PenaltyScore {
  double penalty = 0;
  double squared_error = 0;  // the mean
  double r2 = 0;             // the share of the numbers' variance that is explained
};

struct RidgeFit {
  LinearModel model;                // fitted with the best penalty on all rows
  std::vector<PenaltyScore> tried;  // from the weakest penalty on
  size_t best = 0;                  // the one with the least error, of equals the first
  size_t folds = 0;
};

// The coefficients that minimize |rows weight + bias - numbers|^2 + penalty |weight|^2 (Hoerl and Kennard 1970); the
// bias is free. `penalty`, above 0, is what scikit-learn's Ridge calls alpha.
LinearModel fit_ridge(const NumberedRows& data, double penalty);

// The same with the best of the penalties from 0.001 to 1,000, two a decade, by cross-validation in `folds` folds
// (fewer when there are fewer rows), which are the same in every call; row i is held out in fold i mod folds. Fewer
// than two rows, or numbers that are all equal, are an error. Progress is in folds. Memory: a matrix of width x width
// doubles a fold.
Result<RidgeFit> cross_validate_ridge(const NumberedRows& data, size_t folds, const ParallelFor& parallel,
                                      const Progress& progress = {});

}  // namespace linnet::lab
