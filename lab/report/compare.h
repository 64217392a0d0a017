// Measuring several models side by side.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/cores.h"
#include "base/status.h"
#include "lab/progress.h"
#include "lab/report/comparison.h"
#include "lab/sensitivity_file.h"
#include "lab/task.h"
#include "lab/timing.h"

namespace linnet::lab {

struct CompareOptions {
  std::vector<std::string> models;  // paths; the first one is what the others are compared with
  std::vector<Shape> shapes;
  size_t threads = 1;                          // of the times
  size_t scoring_threads = default_threads();  // of the task, whose result does not depend on it
  TimingOptions timing;
  TaskOptions task;                        // no task where its name is empty
  std::string peers;                       // a file of rows of other runtimes (peer_rows.h); empty: none
  std::optional<Sensitivity> sensitivity;  // shown beside the models
  std::string html;                        // a page to write (page.h); empty: none
};

// Opens all models, scores those that can be opened on the task, and times them in turns at each shape. What fails for
// one model is told in its row, and the others go on: a file that cannot be opened or does not run has nothing but its
// error, a model that cannot do the task has times and no accuracy, and one with too few positions for a shape has no
// time there (which is no error). Bad task data, a bad file of peers, a page that cannot be written, and no model left
// to compare, are errors of the whole, told before the long work; a page that was there stays. Progress: texts scored,
// then turns.
Result<Comparison> compare_models(const CompareOptions& options, const Progress& scoring = {},
                                  const Progress& timing = {});

}  // namespace linnet::lab
