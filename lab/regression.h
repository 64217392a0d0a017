// Regression: how near the numbers of a model come to those that people gave.
#pragma once

#include <span>
#include <vector>

#include "base/status.h"
#include "lab/embedder.h"
#include "lab/evaluation.h"
#include "lab/labelled.h"

namespace linnet::lab {

// The share of the variance of `wanted` that is explained, as scikit-learn's r2_score; NaN when `wanted` is constant.
double r2(std::span<const double> predicted, std::span<const double> wanted);

double mean_absolute_error(std::span<const double> predicted, std::span<const double> wanted);

// `scores` gives one number a text; the labels of the texts are numbers. Metrics: pearson, spearman, r2,
// mean_absolute_error. A score that is not a number, or a correlation that is none because all numbers are equal, is an
// error.
Result<Evaluation> evaluate_regression(const Embedder& scores, const std::vector<LabelledText>& texts, size_t batch,
                                       const Progress& progress = {});

}  // namespace linnet::lab
