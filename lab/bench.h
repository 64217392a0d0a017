// Timing a model over batch sizes, lengths and threads. Loading the model and tokenizing are not in the times.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/places.h"
#include "lab/profile.h"
#include "lab/progress.h"
#include "lab/timing.h"
#include "runtime/session.h"

namespace linnet::lab {

struct BenchOptions {
  std::vector<size_t> batch = {1, 32};
  std::vector<size_t> tokens = {16, 128};  // of every sequence; not used with `lines`
  std::vector<size_t> threads = {1};
  // Token ids of real texts: consecutive groups of `batch` of them are run as ragged batches, each group a measurement.
  std::vector<std::vector<int32_t>> lines;
  TimingOptions timing;
  std::string isa;      // SessionOptions::isa; empty: LINNET_ISA, else the best
  std::string backend;  // SessionOptions::backend; empty: none
  bool strict = false;
  bool profile = false;  // run as long again, with the time of every step taken
};

struct BenchRow {
  size_t batch = 0;
  double tokens = 0;  // in a sequence; the mean with lines
  size_t threads = 0;
  Timing timing;  // of one batch
  double sequences_per_second = 0;
  double tokens_per_second = 0;
  double macs = 0;          // of one batch; the mean with lines
  size_t memory_bytes = 0;  // that the session allocated
  Profile profile;          // of one batch, or of all ragged batches together; no runs when it was not asked for
};

struct BenchReport {
  std::string isa;
  std::vector<Place> places;  // of the linear layers
  std::vector<BenchRow> rows;
};

// The lengths are limited by the model's positions alone, not by its max_tokens. Progress is in rows.
Result<BenchReport> bench_model(const Model& model, const BenchOptions& options, const Progress& progress = {});

}  // namespace linnet::lab
