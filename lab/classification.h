// Classification: how often a model gives texts the label that people gave them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/embedder.h"
#include "lab/evaluation.h"
#include "lab/labelled.h"

namespace linnet::lab {

// Metrics of predicted against true classes, 0 to count - 1, as scikit-learn counts them. Lists have one length.

double accuracy(std::span<const uint32_t> predicted, std::span<const uint32_t> wanted);

// The mean over classes of F1 = 2 TP / (2 TP + FP + FN). Classes that neither list has do not count.
double macro_f1(std::span<const uint32_t> predicted, std::span<const uint32_t> wanted, size_t count);

// Matthews' correlation for any number of classes (Gorodkin 2004); 0 when either list has one class only.
double matthews(std::span<const uint32_t> predicted, std::span<const uint32_t> wanted, size_t count);

struct RankedLabel {
  uint32_t label = 0;  // its index
  double probability = 0;
};

// The `top` most probable labels (all when there are fewer), the most probable first and of equals the first, where a
// row of scores says how probable they are: softmax. A score that is not a number is `non_finite`.
Result<std::vector<RankedLabel>> rank_labels(std::span<const float> scores, size_t top);

// `scores` gives a row with one number a label for each text; the largest one wins. Metrics: accuracy, macro_f1,
// matthews. A text whose label is not among `labels`, or a score that is not a number, is an error.
Result<Evaluation> evaluate_classification(const Embedder& scores, const std::vector<std::string>& labels,
                                           const std::vector<LabelledText>& texts, size_t batch,
                                           const Progress& progress = {});

}  // namespace linnet::lab
