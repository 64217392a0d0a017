// Timing models over batch sizes, lengths and threads, in turns. Loading and tokenizing are not in the times.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/cost.h"
#include "lab/places.h"
#include "lab/profile.h"
#include "lab/progress.h"
#include "lab/timing.h"
#include "runtime/session.h"

namespace linnet::lab {

// A batch of sequences of one length.
struct Shape {
  size_t batch = 0, tokens = 0;
  bool operator==(const Shape&) const = default;
};

// "32x128".
std::string shape_name(const Shape& shape);
// "32x128" to a shape; numbers from 1 to 65,536.
Result<Shape> parse_shape(const std::string& text);
// "1x16,32x128" to shapes, no shape twice.
Result<std::vector<Shape>> parse_shapes(const std::string& text);
std::vector<Shape> all_shapes(const std::vector<size_t>& batches, const std::vector<size_t>& tokens);

struct BenchModel {
  std::string name = {};  // for messages: its path
  const Model* model = nullptr;
  // Token ids of real texts: consecutive groups of `batch` of them are run as ragged batches, each group a measurement.
  // `tokens` of the shapes is not used then. All models have lines, or none.
  std::vector<std::vector<int32_t>> lines = {};
};

struct BenchOptions {
  std::vector<Shape> shapes;
  std::vector<size_t> threads = {1};
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
  double macs = 0;  // of one batch; the mean with lines
  // The time that the products of a batch would take at the machine's peak (measured right after, on one thread, times
  // the threads), over the mean time that it took.
  double share_of_peak = 0;
  double weight_bytes = 0, activation_bytes = 0;  // Traffic of one batch; the mean with lines
  size_t memory_bytes = 0;                        // that the session allocated
  Profile profile;  // of one batch, or of all ragged batches together; no runs when it was not asked for
};

struct BenchReport {
  std::string isa;
  std::vector<Place> places;  // of the linear layers
  std::vector<BenchRow> rows;
};

// A report for each model, with the same rows: threads first, then shapes. Every row is timed in turns (time_in_turns),
// all models with their sessions in memory. The lengths are limited by the models' positions alone, not by max_tokens.
// An error of a model names it.
Result<std::vector<BenchReport>> bench_models(std::span<const BenchModel> models, const BenchOptions& options,
                                              const Progress& progress = {});

}  // namespace linnet::lab
