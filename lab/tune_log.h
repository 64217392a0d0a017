// The log of a search: a CSV file with a row for each model that was made and measured, from which a later search goes
// on.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/status.h"
#include "lab/search.h"

namespace linnet::lab {

// What the rows of a log are of. Rows of another model or other options are not comparable.
struct TuneIdentity {
  uint64_t model = 0;    // a hash of the source's bytes
  uint64_t options = 0;  // a hash of what else a measurement depends on: data, shape, threads, instruction set, passes
};

class TuneLog {
 public:
  TuneLog() = default;

  // Reads a log, or starts one when there is no file or an empty one. Columns: model, options, plan, loss, worst (empty
  // when there is none), ms, mb, seconds, again_ms (empty but in a second row for a plan, which replaces the first). A
  // last line without its newline is one that was not written to the end: it is dropped. Everything else that is no row
  // of this search is an error that names the line; `check_plan` tells what is wrong with a plan.
  static Result<TuneLog> open(const std::string& path, const TuneIdentity& identity,
                              const std::function<Status(const std::string& plan)>& check_plan);

  const Measurement* find(const std::string& plan) const;
  size_t size() const { return rows_.size(); }

  // Adds a row, and puts the longer file in the place of the old one.
  Status add(const std::string& plan, const Measurement& m);

 private:
  std::string path_;
  TuneIdentity identity_;
  std::string text_;  // of the file
  std::map<std::string, Measurement> rows_;
};

}  // namespace linnet::lab
