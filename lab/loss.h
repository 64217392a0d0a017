// How much worse a model is than the one that it was made from: what sensitivities and the search go by.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/progress.h"
#include "lab/task.h"
#include "quant/running_model.h"

namespace linnet::lab {

struct Loss {
  double loss = 0;
  std::optional<double> worst;  // of one text; a task has none
};

struct LossOptions {
  TaskOptions task;                // without a name (`task.task`) the loss is measured on texts
  std::vector<std::string> texts;  // of any kind, without labels; their prompt and batch are those of `task`
};

// For the sessions of models that are going to be measured.
SessionOptions loss_session_options(const LossOptions& options);

class LossMeasure {
 public:
  LossMeasure() = default;

  // On texts: 1 - the cosine between the default outputs of the model and of `source`; the mean over the texts, and the
  // largest one. On a task: how much its first metric drops from `source` to the model; below 0 when it rises. `source`
  // is run once, here.
  static Result<LossMeasure> create(const LossOptions& options, RunningModel& source, const Progress& progress = {});

  Result<Loss> measure(RunningModel& model, const Progress& progress = {}) const;

  const std::string& name() const { return name_; }  // "1 - cosine", "drop of spearman"
  size_t count() const { return count_; }            // texts, or what the task counts
  // What a loss of 100% would be: 1, or the metric of `source`.
  double whole() const { return whole_; }

 private:
  Result<std::vector<float>> embed(RunningModel& model, const Progress& progress, size_t* width) const;
  Result<Evaluation> evaluate(RunningModel& model, const Progress& progress) const;

  std::shared_ptr<const LossOptions> options_;
  std::shared_ptr<const Task> task_;
  std::vector<float> rows_;  // of the source, one a text
  std::string name_;
  size_t count_ = 0;
  double whole_ = 1;
};

}  // namespace linnet::lab
