// Embedding a file of lines, whatever its size: memory depends on the batch and the longest line alone.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/embedder.h"
#include "lab/lines.h"
#include "lab/progress.h"
#include "lab/rows.h"

namespace linnet::lab {

// Some lines, and the number of the first of them, from 1.
using LineBatch = std::function<Status(std::span<const std::string> lines, uint64_t first)>;

// All lines, at most `batch` at a time. A line that is not UTF-8 is an error that names it; an error of `work` is told
// with its lines. Progress is in bytes read.
Status for_each_batch(LineReader& lines, size_t batch, const LineBatch& work, const Progress& progress = {});

struct EmbedReport {
  uint64_t lines = 0;
  double seconds = 0;
};

// One row per line, in order; an empty line is an empty text. A line that is not UTF-8 is an error that names it. The
// writer is committed at the end. Progress is in bytes read.
Result<EmbedReport> embed_lines(const Embedder& embedder, LineReader& lines, size_t batch, RowWriter& rows,
                                const Progress& progress = {});

}  // namespace linnet::lab
