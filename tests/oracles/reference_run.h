// The meaning of a float model, as plainly as it can be written: every op of the schema in double precision, one
// sequence at a time. Slow on purpose; tests compare the converters and the runtime with it.
#pragma once

#include <cstdint>
#include <vector>

#include "model/edit.h"

namespace linnet::oracle {

// What an op wrote: rows x width, row-major.
struct Rows {
  size_t rows = 0;
  size_t width = 0;
  std::vector<double> data;

  double& at(size_t row, size_t column) { return data[row * width + column]; }
  double at(size_t row, size_t column) const { return data[row * width + column]; }
};

// Runs one sequence of token ids through all ops and returns every value by its index. The model must be valid (it
// serializes), without quantized weights, and the ids must have rows in its tables.
std::vector<Rows> reference_run(const EditableModel& model, const std::vector<int32_t>& ids);

}  // namespace linnet::oracle
