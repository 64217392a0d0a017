#include "lab/sensitivity_file.h"

#include <cmath>
#include <set>

#include "base/atomic_file.h"
#include "lab/json_file.h"

namespace linnet::lab {

namespace {

using Json = nlohmann::json;

Result<SensitivityRow> read_row(const Json& json) {
  const auto wrong = [](const char* what) { return Status::error(Code::corrupt, "%s", what); };
  if (!json.is_object()) return wrong("not an object");
  SensitivityRow row;
  const Json& layer = member(json, "layer");
  const bool small = layer.is_number_integer() && layer.get<int64_t>() >= -1 && layer.get<int64_t>() < 1 << 20;
  if (!small) return wrong("'layer' is not the number of a layer, or -1");
  row.layer = layer.get<int>();
  row.name = text_at(json, "name");
  if (row.name.empty()) return wrong("'name' is not a text");
  row.format = text_at(json, "format");
  if (row.format.empty()) return wrong("'format' is not a text");
  row.loss = number_at(json, "loss");
  if (!std::isfinite(row.loss)) return wrong("'loss' is not a number");
  const double worst = number_at(json, "worst");
  if (std::isfinite(worst)) {
    row.worst = worst;
  } else if (!member(json, "worst").is_null()) {
    return wrong("'worst' is not a number");
  }
  return row;
}

Result<Sensitivity> sensitivity_of(const Result<Json>& json, const std::string& name) {
  if (!json.ok()) return json.status();
  const auto wrong = [&](const char* what) {
    return Status::error(Code::corrupt, "%s: %s; is it what linnet sensitivity --json wrote?", name.c_str(), what);
  };
  Sensitivity file;
  file.model = text_at(*json, "model");
  file.measure = text_at(*json, "measure");
  if (file.measure.empty()) return wrong("there is no 'measure'");
  if (!member(*json, "texts").is_number_unsigned()) return wrong("'texts' is not a whole number");
  file.texts = member(*json, "texts").get<size_t>();
  const Json& rows = member(*json, "rows");
  if (!rows.is_array() || rows.empty()) return wrong("there are no 'rows'");
  std::set<std::pair<std::string, std::string>> seen;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string where = "row " + std::to_string(i + 1);
    Result<SensitivityRow> row = read_row(rows[i]);
    if (!row.ok()) return row.status().within(where.c_str()).within(name.c_str());
    if (!seen.emplace(row->name, row->format).second) {
      return Status::error(Code::corrupt, "%s: %s: '%.64s' is there twice as %.64s", name.c_str(), where.c_str(),
                           row->name.c_str(), row->format.c_str());
    }
    file.rows.push_back(std::move(*row));
  }
  return file;
}

}  // namespace

nlohmann::ordered_json sensitivity_json(const Sensitivity& sensitivity) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const SensitivityRow& row : sensitivity.rows) {
    nlohmann::ordered_json worst;
    if (row.worst) worst = *row.worst;
    rows.push_back(
        {{"layer", row.layer}, {"name", row.name}, {"format", row.format}, {"loss", row.loss}, {"worst", worst}});
  }
  return {{"model", sensitivity.model}, {"measure", sensitivity.measure}, {"texts", sensitivity.texts}, {"rows", rows}};
}

Result<Sensitivity> read_sensitivity(const std::string& path) { return sensitivity_of(read_json(path), path); }

Result<Sensitivity> parse_sensitivity(const std::string& text, const std::string& name) {
  return sensitivity_of(parse_json(text, name), name);
}

Status write_sensitivity_csv(const Sensitivity& sensitivity, const std::string& path) {
  std::string text = "layer,name,format,loss,worst\n";
  const auto number = [&](double value) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.9g", value);
    text += digits;
  };
  for (const SensitivityRow& row : sensitivity.rows) {
    text += std::to_string(row.layer);
    text += ',';
    text += row.name;  // names hold no comma and no quote
    text += ',';
    text += row.format;
    text += ',';
    number(row.loss);
    text += ',';
    if (row.worst) number(*row.worst);
    text += '\n';
  }
  return write_atomically(path, text);
}

}  // namespace linnet::lab
