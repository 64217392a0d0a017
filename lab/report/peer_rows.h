// Rows of other runtimes, as `bench/peers --save` wrote them: measured another time, maybe on another machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/bench.h"

namespace linnet::lab {

struct PeerRow {
  std::string name;  // "ONNX Runtime INT8"; with the checkpoint's name in front where the file has several
  uint64_t file_bytes = 0;
  double load_ms = 0;  // NaN when it was not measured
  double score = 0;    // Spearman on the file's texts; NaN when it is not known, or says nothing (random weights)
  std::vector<double> median_ms, p95_ms;  // of each shape; NaN where the file has no such case
};

struct PeerRows {
  std::string path;
  std::string processor, isa, commit, texts;
  std::string date;           // empty when the file does not say
  std::vector<PeerRow> rows;  // at least one, each with a time at least
};

// The rows of runtimes other than Linnet that were timed with `threads` threads at any of the shapes. A file without
// any, or of something else, is an error that says so.
Result<PeerRows> read_peer_rows(const std::string& path, const std::vector<Shape>& shapes, size_t threads);

}  // namespace linnet::lab
