// Multinomial logistic regression on rows of floats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/parallel.h"
#include "base/status.h"
#include "lab/progress.h"

namespace linnet::lab {

// Rows of `width` floats without gaps, and the class of each, 0 to classes - 1.
struct LabelledRows {
  std::span<const float> rows;
  size_t width = 0;
  std::span<const uint32_t> classes;
  size_t class_count = 0;
};

// scores = weight row + bias, one a class.
struct LinearClassifier {
  size_t width = 0, classes = 0;
  std::vector<float> weight;  // [classes, width]
  std::vector<float> bias;    // [classes]

  // Of each class; *scores is resized.
  void score(const float* row, std::vector<double>* scores) const;
  uint32_t classify(const float* row) const;  // the class with the largest score, the first of equals
};

// Minimizes the mean of -log softmax(scores)[class] + |weight|^2 / (2 strength n); biases are free. With two classes
// the penalty counts twice, which makes it that of the one difference that decides between them. `strength` is what
// scikit-learn's LogisticRegression calls C: the larger, the weaker the penalty.
LinearClassifier fit_logistic(const LabelledRows& data, double strength, const ParallelFor& parallel = {});

// One strength, scored on rows that it was not fitted on.
struct StrengthScore {
  double strength = 0;
  double log_loss = 0;
  double accuracy = 0;
};

struct CrossValidation {
  std::vector<StrengthScore> tried;  // weakest first, as far as it was worth trying
  size_t best = 0;                   // the one with the most right answers, of equals the first
  size_t folds = 0;
};

// Tries strengths from 0.01 to 10,000, two a decade, with `folds` stratified folds (fewer when a class has fewer rows),
// and ends early when three in a row have been no better than the best. A class of one row is an error. The folds are
// the same in every call.
Result<CrossValidation> cross_validate(const LabelledRows& data, size_t folds, const ParallelFor& parallel,
                                       const Progress& progress = {});

}  // namespace linnet::lab
