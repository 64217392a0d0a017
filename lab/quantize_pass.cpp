#include "lab/quantize_pass.h"

#include <algorithm>

#include "model/layout.h"

namespace linnet::lab {

namespace {

std::string shape_text(const std::vector<uint64_t>& shape) {
  return std::to_string(shape[0]) + "x" + std::to_string(shape[1]);
}

// What the time and the bytes of a part depend on.
std::string kind_of(const fbs::ModelT& model, const ModelPart& part) {
  const fbs::OpT& op = *model.ops[part.op];
  if (part.kind == PartKind::core) {
    const fbs::AttentionT& a = *op.body.AsAttention();
    return "core " + std::to_string(a.heads) + "x" + std::to_string(a.head_width);
  }
  if (part.kind == PartKind::table) return part.name;
  const uint32_t weight = op.body.AsAttention() != nullptr
                              ? (part.part == 0 ? *op.body.AsAttention()->qkv : *op.body.AsAttention()->output).weight
                          : op.body.AsFeedForward() != nullptr
                              ? (part.part == 0 ? *op.body.AsFeedForward()->up : *op.body.AsFeedForward()->down).weight
                              : op.body.AsDense()->linear->weight;
  const std::string layer = part.in_file.substr(part.in_file.rfind('.') + 1);
  return layer + " " + shape_text(model.tensors[weight]->shape);
}

}  // namespace

QuantizePass::QuantizePass(const fbs::ModelT& model, std::vector<std::string> calibration,
                           const std::vector<std::string>& choices)
    : parts_(quantizable_parts(model)), calibration_(std::move(calibration)) {
  for (const ModelPart& part : parts_) {
    Choice choice = {part.name, kind_of(model, part), {}};
    for (const std::string& setting : choices) {
      if (part.kind == PartKind::linear || setting == "float" || setting == "int8") choice.settings.push_back(setting);
    }
    choices_.push_back(std::move(choice));
  }
}

std::string QuantizePass::identity() const {
  std::string text = "quantize";
  for (const std::string& each : calibration_) {
    text += '\n';
    text += each;
  }
  return text;
}

Result<EditableModel> QuantizePass::apply(const EditableModel& model, const Settings& settings,
                                          const Progress& progress) const {
  QuantizeOptions options;
  options.progress = progress;
  options.calibration = calibration_;
  options.plan = plan_of(settings);
  return quantize_int8(model, options, nullptr);
}

QuantizePlan QuantizePass::plan_of(const Settings& settings) const {
  QuantizePlan plan;
  std::map<std::string, size_t> counts;
  for (const Choice& choice : choices_) {
    const auto given = settings.find(choice.name);
    const std::string& setting = given != settings.end() ? given->second : choice.settings.front();
    ++counts[setting];
    plan.parts[choice.name] = *parse_choice(setting);
  }
  // "int8" is behind "float" in the map, so that it wins a tie.
  std::string most;
  for (const auto& [setting, count] : counts) {
    if (most.empty() || count >= counts[most]) most = setting;
  }
  if (!most.empty()) plan.rest = *parse_choice(most);
  std::erase_if(plan.parts, [&](const auto& part) { return part.second == plan.rest; });
  return plan;
}

std::string QuantizePass::text(const Settings& settings) const { return plan_text(plan_of(settings)); }

Result<Settings> QuantizePass::parse(const std::string& text) const {
  const Result<QuantizePlan> plan = parse_plan(text);
  if (!plan.ok()) return plan.status();
  LINNET_RETURN_IF_ERROR(check_plan(*plan, parts_));
  Settings settings;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const std::string setting = choice_text(plan->of(parts_[i]));
    const std::vector<std::string>& known = choices_[i].settings;
    if (std::find(known.begin(), known.end(), setting) == known.end()) {
      return Status::error(Code::invalid_argument, "'%s' is not searched with the setting '%s'", parts_[i].name.c_str(),
                           setting.c_str());
    }
    settings[parts_[i].name] = setting;
  }
  return settings;
}

}  // namespace linnet::lab
