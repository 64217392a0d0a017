// Comma-separated values as RFC 4180 has them: fields may be quoted, a quoted field may hold commas, line breaks and
// doubled quotes. Records end at "\n" or "\r\n".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/lines.h"

namespace linnet::lab {

class CsvReader {
 public:
  static Result<CsvReader> open(const std::string& path);

  // Reads the next record; false at the end of the file. Errors name the line.
  Result<bool> next(std::vector<std::string>* fields);

  // The line on which the record read last starts, from 1.
  uint64_t line() const { return line_; }
  const std::string& name() const { return lines_.name(); }

 private:
  LineReader lines_;
  std::string text_;
  uint64_t line_ = 0;
};

}  // namespace linnet::lab
