#include "lab/report/sensitivity_file.h"

#include <cmath>
#include <set>

#include "lab/report/json_file.h"

namespace linnet::lab {

namespace {

using Json = nlohmann::json;

Result<SensitivityRow> read_row(const Json& json) {
  const auto wrong = [](const char* what) { return Status::error(Code::corrupt, "%s", what); };
  if (!json.is_object()) return wrong("not an object");
  SensitivityRow row;
  if (!member(json, "layer").is_number_unsigned()) return wrong("'layer' is not a whole number");
  row.layer = member(json, "layer").get<uint64_t>();
  row.name = text_at(json, "name");
  if (row.name.empty()) return wrong("'name' is not a text");
  row.format = text_at(json, "format");
  if (row.format.empty()) return wrong("'format' is not a text");
  row.loss = number_at(json, "loss");
  if (!std::isfinite(row.loss)) return wrong("'loss' is not a number");
  row.worst = number_at(json, "worst");
  if (!std::isfinite(row.worst) && !member(json, "worst").is_null()) return wrong("'worst' is not a number");
  return row;
}

}  // namespace

Result<SensitivityFile> read_sensitivity(const std::string& path) {
  const Result<Json> json = read_json(path);
  if (!json.ok()) return json.status();
  const auto wrong = [&](const char* what) {
    return Status::error(Code::corrupt, "%s: %s; is it what linnet sensitivity --json wrote?", path.c_str(), what);
  };
  SensitivityFile file;
  file.model = text_at(*json, "model");
  file.measure = text_at(*json, "measure");
  if (file.measure.empty()) return wrong("there is no 'measure'");
  if (!member(*json, "texts").is_number_unsigned()) return wrong("'texts' is not a whole number");
  file.texts = member(*json, "texts").get<uint64_t>();
  const Json& rows = member(*json, "rows");
  if (!rows.is_array() || rows.empty()) return wrong("there are no 'rows'");
  std::set<std::pair<uint64_t, std::string>> seen;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string where = "row " + std::to_string(i + 1);
    Result<SensitivityRow> row = read_row(rows[i]);
    if (!row.ok()) return row.status().within(where.c_str()).within(path.c_str());
    if (!seen.emplace(row->layer, row->format).second) {
      return Status::error(Code::corrupt, "%s: %s: layer %llu is there twice as %s", path.c_str(), where.c_str(),
                           static_cast<unsigned long long>(row->layer), row->format.c_str());
    }
    file.rows.push_back(std::move(*row));
  }
  return file;
}

}  // namespace linnet::lab
