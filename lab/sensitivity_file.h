// What a model loses when one part of it alone is compressed: as `linnet sensitivity --json` writes it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

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

// {"model", "measure", "texts", "rows": [{"layer", "name", "format", "loss", "worst"}]}; `worst` is null on a task.
nlohmann::ordered_json sensitivity_json(const Sensitivity& sensitivity);

// Reads that: at least one row, each part and format once. Errors name the file, or give the `name` of the text, and
// the row.
Result<Sensitivity> read_sensitivity(const std::string& path);
Result<Sensitivity> parse_sensitivity(const std::string& text, const std::string& name);

// Writes the rows as CSV: layer,name,format,loss,worst.
Status write_sensitivity_csv(const Sensitivity& sensitivity, const std::string& path);

}  // namespace linnet::lab
