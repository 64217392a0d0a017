// Post-training INT8: a pass from a float model to an INT8 model (docs/quantization.md).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/edit.h"
#include "quant/plan.h"

namespace linnet {

struct QuantizeOptions {
  // Texts that look like what the model will see, a few hundred of them. With texts, GEMM inputs are equalized and
  // weights rounded by GPTQ; without, weights are rounded to nearest and the file is the same bytes on every machine.
  std::vector<std::string> calibration;
  // All of the model, unless it says otherwise.
  QuantizePlan plan;
  // Calibration stops after this many tokens.
  size_t max_calibration_tokens = 8192;
  // Called as linear layers are finished. Returning false ends the work with an error.
  std::function<bool(size_t done, size_t total)> progress;
};

// The signal-to-noise ratio of one linear layer in decibels: of its outputs on the calibration texts, or of its weights
// when there are none.
struct LayerNoise {
  std::string name;
  double snr_db = 0;
};

struct QuantizeReport {
  std::vector<LayerNoise> layers;
  std::vector<std::string> notes;
};

// An `invalid_argument` error for a model that is quantized, in whole or in part.
Status check_is_float(const fbs::ModelT& graph);

// The linear layers, embedding tables and attention of a float model in INT8, as far as the plan wants it. A model that
// is quantized already, and a plan that does not fit the model, are `invalid_argument` errors.
Result<EditableModel> quantize_int8(const EditableModel& model, const QuantizeOptions& options, QuantizeReport* report);

}  // namespace linnet
