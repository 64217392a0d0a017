#include "lab/sensitivity.h"

#include <algorithm>

#include "lab/files.h"
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

Status check_formats(const std::vector<std::string>& formats) {
  const std::vector<std::string>& known = sensitivity_formats();
  for (auto each = formats.begin(); each != formats.end(); ++each) {
    if (std::find(known.begin(), known.end(), *each) == known.end()) {
      return Status::error(Code::invalid_argument, "unknown format '%s': int8 or int4", each->c_str());
    }
    if (std::find(formats.begin(), each, *each) != each) {
      return Status::error(Code::invalid_argument, "the format '%s' is given twice", each->c_str());
    }
  }
  return Status();
}

}  // namespace

const std::vector<std::string>& sensitivity_formats() {
  static const std::vector<std::string> formats = {kInt8, kInt4};
  return formats;
}

Result<Sensitivity> measure_sensitivity(EditableModel& model, const std::vector<std::string>& formats,
                                        const LossOptions& options, const Progress& progress) {
  LINNET_RETURN_IF_ERROR(check_formats(formats));
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

Result<Sensitivity> measure_sensitivity(const std::string& path, const SensitivityOptions& options,
                                        const Progress& progress) {
  if (!options.csv.empty()) LINNET_RETURN_IF_ERROR(check_output(options.csv));
  Result<EditableModel> model = load_model(path);
  if (!model.ok()) return model.status();
  Result<Sensitivity> result = measure_sensitivity(
      *model, options.formats.empty() ? sensitivity_formats() : options.formats, options.loss, progress);
  if (!result.ok()) return result.status().within(path.c_str());
  result->model = path;
  if (!options.csv.empty()) LINNET_RETURN_IF_ERROR(write_sensitivity_csv(*result, options.csv));
  return result;
}

}  // namespace linnet::lab
