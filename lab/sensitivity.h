// How much a model loses when one part of it alone is quantized.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/loss.h"
#include "lab/progress.h"
#include "model/edit.h"

namespace linnet::lab {

struct SensitivityRow {
  int layer = -1;      // the block of the encoder, from 0; -1: not in one
  std::string name;    // a part as quant/plan.h names it, "attention 3 qkv", or a whole layer, "layer 3"
  std::string format;  // "int8" or "int4"
  double loss = 0;
  std::optional<double> worst;  // of one text; a task has none
};

struct Sensitivity {
  std::string model;    // the name of its file
  std::string measure;  // "1 - cosine" or "drop of spearman"
  size_t texts = 0;     // that the loss was measured on, or what the task counts
  // Parts in the order in which they run, each format of one beside the other; then whole layers.
  std::vector<SensitivityRow> rows;

  static bool is_whole_layer(const SensitivityRow& row) { return row.name.starts_with("layer "); }
};

// "int8": as linnet quantize does it without calibration. "int4": weights, or a table, rounded to 4 bits with a scale
// for each 64 values of a row, everything else float (quant/int4.h); attention's core has no weights and no such row.
const std::vector<std::string>& sensitivity_formats();

// Quantizes one part after the other, and then all parts of one layer after the other, and measures the loss of each.
// `model` must be float; `formats` are some of sensitivity_formats(). Progress is in rows. The result has no name of a
// model.
Result<Sensitivity> measure_sensitivity(EditableModel& model, const std::vector<std::string>& formats,
                                        const LossOptions& options, const Progress& progress = {});

// {"model", "measure", "texts", "rows": [{"layer", "name", "format", "loss", "worst"}]}; `worst` is null on a task.
std::string sensitivity_json(const Sensitivity& sensitivity);
// Reads that. Errors name `path` and what is wrong.
Result<Sensitivity> read_sensitivity(const std::string& path);

// Writes the rows as CSV: layer,name,format,loss,worst.
Status write_sensitivity_csv(const Sensitivity& sensitivity, const std::string& path);

}  // namespace linnet::lab
