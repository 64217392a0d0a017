// A linear head trained on a model's embeddings and added to the model: a classifier, or one that gives numbers.
#pragma once

#include <string>
#include <vector>

#include "base/parallel.h"
#include "base/status.h"
#include "lab/embedder.h"
#include "lab/labelled.h"
#include "lab/logistic.h"
#include "lab/ridge.h"
#include "model/edit.h"

namespace linnet::lab {

struct FitOptions {
  size_t batch = 32;    // texts in one call
  size_t folds = 5;     // of the cross-validation
  double strength = 0;  // of a classifier's penalty; 0: what cross-validation chooses
};

struct FitSeconds {
  double embed = 0, fit = 0;
};

struct FitReport {
  std::vector<std::string> labels;
  double strength = 0;
  CrossValidation validation;  // nothing was tried when the strength was given
  FitSeconds seconds;
};

struct RegressionReport {
  RidgeFit fit;
  FitSeconds seconds;
};

// Embeds `texts`, chooses the strength of the penalty by cross-validation unless it is given, fits multinomial logistic
// regression with it and adds the result to *model as a head: a linear layer on the default output, in a value named
// "scores" that is offered in front of the others, so that the default stays what it was. `embedder` gives the default
// output of that very model. A model that has a head, one label only, or a label of one text is an error. Progress is
// first in texts, then in fits.
Result<FitReport> fit_classifier(EditableModel* model, const Embedder& embedder, const std::vector<LabelledText>& texts,
                                 const FitOptions& options, const ParallelFor& parallel, const Progress& embedding = {},
                                 const Progress& fitting = {});

// The same by ridge regression on labels that are numbers; the head has one label, "score".
Result<RegressionReport> fit_regression(EditableModel* model, const Embedder& embedder,
                                        const std::vector<LabelledText>& texts, const FitOptions& options,
                                        const ParallelFor& parallel, const Progress& embedding = {},
                                        const Progress& fitting = {});

}  // namespace linnet::lab
