// What the scores of a head mean (fbs::HeadKind): probabilities, or the numbers themselves.
#pragma once

#include <cstddef>

#include "base/status.h"
#include "runtime/session.h"

namespace linnet {

// e^x, the same bits on every machine (docs/numerics.md); relative error below 1e-15.
double exp_of(double x);

// The probabilities of scores of which one is right: a row of `width` (at least 1) finite numbers.
struct Softmax {
  Softmax(const float* row, size_t width);
  float of(float score) const { return static_cast<float>(exp_of(double{score} - most) / sum); }

  float most;
  double sum;
};

// Turns a row of scores into what they mean, in place: softmax where one label is right, the logistic function where
// each is right or wrong by itself, nothing for numbers. A score that is not finite is `non_finite`.
Status finish_scores(fbs::HeadKind kind, float* row, size_t width);

// Session::read of the scores of a head, finished.
Status read_scores(Session& session, const fbs::Head& head, const Text* texts, size_t count, const char* prompt,
                   float* out, size_t stride, const Text* seconds, bool one_first);

// The first head of a model that is of one of the kinds from `first` to `last`, or null.
const fbs::Head* find_head(const Model& model, fbs::HeadKind first, fbs::HeadKind last);

}  // namespace linnet
