// Where rows of floats go: a .npy file, a file of JSON lines, or standard output.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/status.h"

namespace linnet::lab {

class RowWriter {
 public:
  virtual ~RowWriter() = default;

  // `count` rows without gaps.
  virtual Status write(const float* rows, size_t count) = 0;
  // The end: a file appears under its name now, complete.
  virtual Status commit() = 0;

  // By the name: "*.npy" is a float32 array [rows, width]; "*.jsonl" one JSON object a row,
  // {"row": 1, "embedding": [...]}, numbers in the shortest form that reads back as the same float; "-" the same on
  // standard output. Anything else is an error.
  static Result<std::unique_ptr<RowWriter>> create(const std::string& path, size_t width);
};

}  // namespace linnet::lab
