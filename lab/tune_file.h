// `linnet tune`, and linnet.tune in Python: from the file of a model to the file of its best form.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/bench.h"
#include "lab/loss.h"
#include "lab/progress.h"
#include "lab/tune.h"

namespace linnet::lab {

// The largest loss: "0.01" in its own unit, or "1%" as a share of what a loss of 100% would be (LossMeasure::whole).
struct LossLimit {
  double value = 0;
  bool share = false;
};
Result<LossLimit> parse_loss_limit(const std::string& text);

struct TuneFileOptions {
  std::string model;              // a float model
  std::string output;             // the file to write
  std::string max_loss;           // as parse_loss_limit reads it; empty: no limit
  double max_ms = 0, max_mb = 0;  // of a batch of `shape`; of the file, in millions of bytes; 0: no limit
  LossOptions loss;
  // What linear layers may become beside "float" and "int8", as quant/plan.h writes it: "int8 unrotated", "int8
  // rotated-64", with calibration also "int8 nearest".
  std::vector<std::string> forms;
  std::vector<std::string> calibration;  // texts; with any, every model that is tried is calibrated
  Shape shape = {1, 128};                // that is timed
  size_t threads = 1;                    // that it is timed with
  double seconds = 1;                    // how long a model is timed, at least
  TuneOptions search;                    // all but its limits
};

struct Tuned {
  std::string output;   // the file that was written
  std::string measure;  // LossMeasure::name
  size_t texts = 0;     // LossMeasure::count
  std::string isa;      // that was timed
  Limits limits;        // as numbers in the units of measurements
  TuneReport report;
};

struct TuneFileProgress {
  Progress measuring, searching, writing;  // of the source; in evaluations; in bytes
};

// Searches (lab/tune.h) and writes the best model that holds the limits. What is wrong with an option is told before
// anything long, and nothing is written when the work does not come to its end.
Result<Tuned> tune_file(const TuneFileOptions& options, const TuneFileProgress& progress = {});

// {"output", "measure", "texts", "isa", "best", "none", "all": {"plan", "loss", "worst", "ms", "bytes"}, "limits":
// {"loss", "ms", "bytes"}, "evaluations", "from_log", "timed_again", "out_of_budget", "seconds"}; `worst` is null on a
// task, and limits that were not given are left out.
nlohmann::ordered_json tuned_json(const Tuned& tuned);

}  // namespace linnet::lab
