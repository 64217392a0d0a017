// How much a model loses when one part of it alone is quantized.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "lab/loss.h"
#include "lab/progress.h"
#include "lab/sensitivity_file.h"
#include "model/edit.h"

namespace linnet::lab {

// "int8": as linnet quantize does it without calibration. "int4": weights, or a table, rounded to 4 bits with a scale
// for each 64 values of a row, everything else float (quant/int4.h); attention's core has no weights and no such row.
const std::vector<std::string>& sensitivity_formats();

// Quantizes one part after the other, and then all parts of one layer after the other, and measures the loss of each.
// `model` must be float; `formats` are some of sensitivity_formats(), each once. Progress is in rows. The result has no
// name of a model.
Result<Sensitivity> measure_sensitivity(EditableModel& model, const std::vector<std::string>& formats,
                                        const LossOptions& options, const Progress& progress = {});

struct SensitivityOptions {
  std::vector<std::string> formats = {};  // none: all
  LossOptions loss = {};
  std::string csv = {};  // a file that gets the rows (write_sensitivity_csv); empty: none
};

// The same of the model in a file, whose path is the name in the result.
Result<Sensitivity> measure_sensitivity(const std::string& path, const SensitivityOptions& options,
                                        const Progress& progress = {});

}  // namespace linnet::lab
