// Several models side by side: what is shown as text, as JSON and on a page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lab/bench.h"
#include "lab/evaluation.h"
#include "lab/report/peer_rows.h"
#include "lab/sensitivity_file.h"
#include "lab/timing.h"

namespace linnet::lab {

struct ComparedModel {
  std::string path;   // as it was given
  std::string label;  // short, and no other model's
  std::string error;  // why it could not be compared, or only in part; empty when nothing failed
  bool opened = false;

  std::string weights;             // weight_type()
  std::vector<std::string> steps;  // how the file was made, from its provenance: "quantize: scheme int8, rotated"
  uint64_t file_bytes = 0;
  double load_ms =
      0;  // opening the file, which is in the page cache, and creating a session: the fastest of some times
  std::vector<Timing> timings;      // of each shape; no runs where the model has too few positions
  Evaluation evaluation;            // no metrics without a task, or where the model cannot do it
  std::vector<Metric> differences;  // of each metric to the first model's; none where either is not scored
};

struct Comparison {
  std::string cpu, isa, commit, date;  // date: "2026-01-31T12:00:00Z"
  size_t threads = 1;
  std::vector<Shape> shapes;
  std::string task, data;  // empty without a task
  std::vector<ComparedModel> models;
  std::optional<PeerRows> peers;
  std::optional<Sensitivity> sensitivity;

  // Null when no model was scored.
  const ComparedModel* first_scored() const;
  // The metric that models are ranked by: the task's first. Empty when no model was scored.
  std::string metric() const;
  // Of what the models were scored on: "1,500 pairs". Empty likewise.
  std::string scored_on() const;
  bool any_failed() const;
};

// The value of the metric of a model; NaN when it was not scored.
double score_of(const ComparedModel& model);
// The median latency at a shape; NaN when it was not timed.
double median_ms(const ComparedModel& model, size_t shape);

// Which models are on the Pareto front at a shape: no other is at least as fast and as accurate and better in one of
// both. Without a metric none is. Rows of other runtimes, which were measured elsewhere, do not take part.
std::vector<bool> front_of(const Comparison& comparison, size_t shape);
// The same for every shape.
std::vector<std::vector<bool>> fronts_of(const Comparison& comparison);

}  // namespace linnet::lab
