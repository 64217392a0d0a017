#include "lab/sensitivity.h"

#include <algorithm>
#include <cinttypes>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "lab/lines.h"
#include "quant/int4.h"
#include "quant/quantize.h"

namespace linnet::lab {

namespace {

constexpr const char* kInt8 = "int8";
constexpr const char* kInt4 = "int4";

// What is quantized together: a part, or the parts of a layer.
struct Group {
  int layer;
  std::string name;
  std::vector<const ModelPart*> parts;

  bool has(const std::string& format) const {
    const auto has_weights = [](const ModelPart* part) { return part->kind != PartKind::core; };
    return format == kInt8 || std::any_of(parts.begin(), parts.end(), has_weights);
  }
};

std::vector<Group> groups_of(const std::vector<ModelPart>& parts) {
  std::vector<Group> groups, layers;
  for (const ModelPart& part : parts) {
    groups.push_back({part.layer, part.name, {&part}});
    if (part.layer < 0) continue;
    if (layers.empty() || layers.back().layer != part.layer) {
      layers.push_back({part.layer, "layer " + std::to_string(part.layer), {}});
    }
    layers.back().parts.push_back(&part);
  }
  groups.insert(groups.end(), layers.begin(), layers.end());
  return groups;
}

Result<EditableModel> quantize_group(const EditableModel& model, const Group& group, const std::string& format) {
  if (format == kInt8) {
    QuantizeOptions options;
    options.plan.rest.int8 = false;
    for (const ModelPart* part : group.parts) options.plan.parts[part->name] = PartChoice();
    return quantize_int8(model, options, nullptr);
  }
  EditableModel changed = model;
  for (const ModelPart* part : group.parts) {
    if (part->kind != PartKind::core) LINNET_RETURN_IF_ERROR(simulate_int4(&changed, *part));
  }
  return changed;
}

}  // namespace

const std::vector<std::string>& sensitivity_formats() {
  static const std::vector<std::string> formats = {kInt8, kInt4};
  return formats;
}

Result<Sensitivity> measure_sensitivity(EditableModel& model, const std::vector<std::string>& formats,
                                        const LossOptions& options, const Progress& progress) {
  LINNET_RETURN_IF_ERROR(check_is_float(model.graph));
  Sensitivity result;
  LossMeasure measure;
  uint64_t done = 0, total = 0;
  // Long inputs take a while: the work can be ended inside a row as well.
  bool stopped = false;
  const Progress inside = [&](uint64_t, uint64_t) {
    stopped = progress && !progress(done, total);
    return !stopped;
  };
  {
    Result<RunningModel> source = RunningModel::start(model, loss_session_options(options));
    if (!source.ok()) return source.status();
    Result<LossMeasure> created = LossMeasure::create(options, *source, inside);
    if (!created.ok()) return created.status();
    measure = std::move(*created);
  }
  result.measure = measure.name();
  result.texts = measure.count();
  const std::vector<ModelPart> parts = quantizable_parts(model.graph);
  const std::vector<Group> groups = groups_of(parts);
  for (const Group& group : groups) {
    for (const std::string& format : formats) total += group.has(format) ? 1 : 0;
  }
  for (const Group& group : groups) {
    for (const std::string& format : formats) {
      if (!group.has(format)) continue;
      if (!inside(0, 0)) return Status::error(Code::io, "interrupted");
      Result<EditableModel> changed = quantize_group(model, group, format);
      if (!changed.ok()) return changed.status().within(group.name.c_str());
      Result<RunningModel> running = RunningModel::start(*changed, loss_session_options(options));
      if (!running.ok()) return running.status().within(group.name.c_str());
      const Result<Loss> loss = measure.measure(*running, inside);
      if (!loss.ok()) return stopped ? loss.status() : loss.status().within(group.name.c_str());
      result.rows.push_back({group.layer, group.name, format, loss->loss, loss->worst});
      ++done;
    }
  }
  return result;
}

std::string sensitivity_json(const Sensitivity& sensitivity) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const SensitivityRow& row : sensitivity.rows) {
    nlohmann::ordered_json worst;
    if (row.worst) worst = *row.worst;
    rows.push_back(
        {{"layer", row.layer}, {"name", row.name}, {"format", row.format}, {"loss", row.loss}, {"worst", worst}});
  }
  const nlohmann::ordered_json json = {
      {"model", sensitivity.model}, {"measure", sensitivity.measure}, {"texts", sensitivity.texts}, {"rows", rows}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<Sensitivity> read_sensitivity(const std::string& path) {
  Result<LineReader> lines = LineReader::open(path);
  if (!lines.ok()) return lines.status();
  std::string text, line;
  for (;;) {
    const Result<bool> more = lines->next(&line);
    if (!more.ok()) return more.status();
    if (!*more) break;
    text += line;
    text += '\n';
  }
  Sensitivity result;
  size_t at = 0;
  try {
    const auto json = nlohmann::json::parse(text);
    result.model = json.at("model").get<std::string>();
    result.measure = json.at("measure").get<std::string>();
    result.texts = json.at("texts").get<size_t>();
    for (const auto& each : json.at("rows")) {
      ++at;
      SensitivityRow row;
      row.layer = each.at("layer").get<int>();
      row.name = each.at("name").get<std::string>();
      row.format = each.at("format").get<std::string>();
      row.loss = each.at("loss").get<double>();
      if (!each.at("worst").is_null()) row.worst = each.at("worst").get<double>();
      result.rows.push_back(std::move(row));
    }
  } catch (const nlohmann::json::exception& error) {
    const std::string place = at > 0 ? ", row " + std::to_string(at) : std::string();
    return Status::error(Code::corrupt, "%s%s: not what linnet sensitivity --json prints: %s", lines->name().c_str(),
                         place.c_str(), error.what());
  }
  return result;
}

Status write_sensitivity_csv(const Sensitivity& sensitivity, const std::string& path) {
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file.ok()) return file.status();
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
  LINNET_RETURN_IF_ERROR(file->write(text.data(), text.size()));
  return file->commit();
}

}  // namespace linnet::lab
