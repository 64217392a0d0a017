// What each layer of a model loses when it alone is compressed, as `linnet sensitivity --json` writes it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"

namespace linnet::lab {

struct SensitivityRow {
  uint64_t layer = 0;  // the number of the linear layer
  std::string name;    // "attention 3 qkv"
  std::string format;  // "int8", "int4"
  double loss = 0;     // in the file's measure
  double worst = 0;    // of a single text; NaN when the file does not say
};

struct SensitivityFile {
  std::string model, measure;
  uint64_t texts = 0;
  std::vector<SensitivityRow> rows;  // at least one; each layer and format once
};

// Errors name the file and the row.
Result<SensitivityFile> read_sensitivity(const std::string& path);

}  // namespace linnet::lab
