// The best compressed form of a model within limits: passes, a measurer and a search put together.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "lab/measurer.h"
#include "lab/pass.h"
#include "lab/progress.h"
#include "lab/search.h"
#include "model/edit.h"

namespace linnet::lab {

struct TuneOptions {
  Limits limits;             // one at least
  size_t evaluations = 200;  // models that are looked at, those in the log included; at least 2
  double minutes = 15;       // after which no other model is made
  std::string log;           // a file (lab/tune_log.h); empty: none
  Clock clock = steady_seconds;
};

// A model that was looked at.
struct Evaluated {
  std::string plan;  // the texts of all passes, " | " between them
  Measurement measurement;
};

struct TuneReport {
  Evaluated none, all;         // nothing and everything compressed
  Evaluated best;              // the nearest one when none holds the limits
  size_t evaluations = 0;      // models that were looked at
  size_t from_log = 0;         // of these, those that the log had
  size_t timed_again = 0;      // finalists, those that the log had included
  bool out_of_budget = false;  // whether it was the budget that ended the search
  double seconds = 0;
};

// Searches, and returns the best model that holds the limits; its provenance has the plan. `passes` are applied in
// their order and were made for `source`; a pass that changes the names of what others choose from must come behind
// them. When nothing that was looked at holds the limits, the error says what came nearest. Every new evaluation is in
// the log before the next one begins, so that ended work can be taken up. When
// times count, the best ones are timed again in the end, and the best by those times is the result: the quickest of
// many is that partly by luck. Progress is in evaluations.
Result<EditableModel> tune(EditableModel& source, const std::vector<const Pass*>& passes, Measurer& measurer,
                           const TuneOptions& options, TuneReport* report, const Progress& progress = {});

// "loss 0.00123, 2.31 ms, 34.1 MB".
std::string measurement_text(const Measurement& m);

}  // namespace linnet::lab
