// NumPy's .npy files, version 1: float32, C order, two dimensions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/status.h"

namespace linnet::lab {

// Writes rows as they come; how many there are need not be known. The file appears under its name on commit().
class NpyWriter {
 public:
  static Result<NpyWriter> create(const std::string& path, size_t width);

  // `count` rows of `width` floats each, without gaps.
  Status write(const float* rows, size_t count);
  Status commit();

  uint64_t rows() const { return rows_; }

 private:
  AtomicFile file_;
  size_t width_ = 0;
  uint64_t rows_ = 0;
};

struct NpyArray {
  std::vector<uint64_t> shape;
  std::vector<float> data;
};

// Reads a float32 array in C order. Any damage is an error.
Result<NpyArray> read_npy(const std::string& path);

// The 128 bytes before the data of a [rows, width] array.
std::string npy_header(uint64_t rows, uint64_t width);

}  // namespace linnet::lab
