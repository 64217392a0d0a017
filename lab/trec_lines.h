// The files of lines that trec_eval reads: judgements and runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/lines.h"

namespace linnet::lab {

struct QrelsLine {
  std::string query, document;
  int grade = 0;
  uint64_t number = 0;  // of the line
};

// "query 0 document grade", or "query document grade" after a line with the names of the columns or none (BEIR).
Result<std::vector<QrelsLine>> read_qrels(LineReader& lines);

struct RunLine {
  std::string query, document;
  double score = 0;
  uint64_t number = 0;
};

// "query Q0 document rank score name": what a search has found. The rank is not read, since trec_eval orders by scores.
Result<std::vector<RunLine>> read_run(LineReader& lines);

}  // namespace linnet::lab
