// A classifier trained on a model's embeddings: a linear head, added to the model.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "base/status.h"
#include "lab/embedder.h"
#include "lab/labelled.h"
#include "lab/logistic.h"
#include "model/edit.h"

namespace linnet::lab {

struct FitReport {
  std::vector<std::string> labels;
  CrossValidation validation;
  double embed_seconds = 0, fit_seconds = 0;
};

// Embeds `texts`, chooses the strength of the penalty by cross-validation in `folds` folds, fits multinomial logistic
// regression with it and adds the result to *model as a head: a linear layer on the default output, in a value named
// "scores" that is offered in front of the others, so that the default stays what it was. `embedder` gives the default
// output of that very model. A model that has a head, one label only, or a label of one text is an error. Progress is
// first in texts, then in fits.
Result<FitReport> fit_classifier(EditableModel* model, const Embedder& embedder, const std::vector<LabelledText>& texts,
                                 size_t batch, size_t folds, const ParallelFor& parallel,
                                 const Progress& embedding = {}, const Progress& fitting = {});

}  // namespace linnet::lab
