// What the linear layers of a model see when it runs on calibration texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/edit.h"

namespace linnet {

// Token ids of the calibration texts, ready to be run.
struct CalibrationSet {
  std::vector<int32_t> ids;
  std::vector<size_t> lengths;
};

// Tokenizes texts with the model's own tokenizer, until `max_tokens` tokens are reached (0: no bound).
Result<CalibrationSet> tokenize_calibration(EditableModel& model, const std::vector<std::string>& texts,
                                            size_t max_tokens);

// Runs the model up to op `op` and returns the rows that linear layer `part` of it multiplies: [tokens, width],
// row-major.
Result<std::vector<float>> observe_linear_input(EditableModel& model, const CalibrationSet& set, uint32_t op,
                                                uint32_t part, size_t width);

}  // namespace linnet
