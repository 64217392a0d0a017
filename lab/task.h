// A task: labelled data, read once, on which any number of models can be scored.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/evaluation.h"
#include "lab/progress.h"
#include "runtime/session.h"

namespace linnet::lab {

struct TaskOptions {
  std::string task;                 // one of task_names()
  std::string data;                 // the file that the task reads
  std::string queries, judgements;  // of retrieval and rerank, which need both
  std::string candidates;           // of rerank: a TREC run
  size_t depth = 100;               // how many candidates of each query are ranked again
  std::string prompt;               // of every text, by its name in the model; empty: the model's default
  std::string query_prompt;         // of queries alone; empty: `prompt`
  size_t batch = 32;                // texts, or pairs of them, in one call
};

class Task {
 public:
  virtual ~Task() = default;
  // Scores a model by a session over it. A model that cannot do the task is an error.
  virtual Result<Evaluation> evaluate(const Model& model, Session& session, const Progress& progress) const = 0;
};

// "sts", "classification", "regression", "tagging", "qa", "retrieval", "rerank".
const std::vector<std::string>& task_names();

// Reads the data of a task. Options that do not fit the task are `invalid_argument`; a bad line is an error that names
// it.
Result<std::unique_ptr<Task>> read_task(const TaskOptions& options);

// The first head of a model that labels texts or gives numbers for them; an error when it has none.
Result<const fbs::Head*> find_classifier(const Model& model);

}  // namespace linnet::lab
