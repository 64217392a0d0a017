#include "lab/tune_file.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "lab/files.h"
#include "lab/measurer.h"
#include "lab/quantize_pass.h"

namespace linnet::lab {

namespace {

MeasurerOptions measurer_options(const TuneFileOptions& options) {
  MeasurerOptions measuring;
  measuring.loss = options.loss;
  measuring.batch = options.shape.batch;
  measuring.tokens = options.shape.tokens;
  measuring.threads = options.threads;
  // Half of what timing_of gives: here each model is timed beside another one, which warms up as well.
  measuring.timing = timing_of(options.seconds);
  measuring.timing.warmup_seconds /= 2;
  return measuring;
}

nlohmann::ordered_json evaluated_json(const Evaluated& each) {
  nlohmann::ordered_json json = {{"plan", each.plan}, {"loss", each.measurement.loss}, {"worst", nullptr}};
  if (each.measurement.worst) json["worst"] = *each.measurement.worst;
  json["ms"] = each.measurement.ms;
  json["bytes"] = each.measurement.bytes;
  return json;
}

// All that a linear layer may become, from what leaves it alone to what compresses it most.
Result<std::vector<std::string>> all_forms(const TuneFileOptions& options) {
  std::vector<std::string> forms = {"float"};
  for (const std::string& form : options.forms) {
    const Result<PartChoice> choice = parse_choice(form);
    if (!choice.ok()) return choice.status();
    const std::string name = choice_text(*choice);
    if (!choice->gptq && options.calibration.empty()) {
      return Status::error(Code::invalid_argument, "'%s' is the same as without 'nearest' where nothing is calibrated",
                           name.c_str());
    }
    if (name == "int8" || std::find(forms.begin(), forms.end(), name) != forms.end()) {
      return Status::error(Code::invalid_argument, "the form '%s' is there already", name.c_str());
    }
    forms.push_back(name);
  }
  forms.emplace_back("int8");
  return forms;
}

}  // namespace

Result<LossLimit> parse_loss_limit(const std::string& text) {
  char* end = nullptr;
  LossLimit limit;
  limit.value = std::strtod(text.c_str(), &end);
  limit.share = *end == '%';
  const bool whole = end != text.c_str() && *(end + (limit.share ? 1 : 0)) == '\0';
  if (whole && std::isfinite(limit.value) && limit.value >= 0) return limit;
  return Status::error(Code::invalid_argument, "'%s' is not a loss like 0.01 or 1%%", text.c_str());
}

Result<Tuned> tune_file(const TuneFileOptions& options, const TuneFileProgress& progress) {
  if (options.max_loss.empty() && options.max_ms <= 0 && options.max_mb <= 0) {
    return Status::error(Code::invalid_argument,
                         "nothing limits the search: give a largest loss, time or size (max-loss, max-ms, max-mb)");
  }
  LossLimit max_loss;
  if (!options.max_loss.empty()) {
    const Result<LossLimit> parsed = parse_loss_limit(options.max_loss);
    if (!parsed.ok()) return parsed.status();
    max_loss = *parsed;
  }
  const Result<std::vector<std::string>> forms = all_forms(options);
  if (!forms.ok()) return forms.status();
  LINNET_RETURN_IF_ERROR(check_output(options.output));
  if (!options.search.log.empty()) LINNET_RETURN_IF_ERROR(check_output(options.search.log));
  Result<EditableModel> source = load_model(options.model);
  if (!source.ok()) return source.status();
  LINNET_RETURN_IF_ERROR(check_is_float(source->graph));

  const Result<std::unique_ptr<ModelMeasurer>> measurer =
      ModelMeasurer::create(*source, measurer_options(options), progress.measuring);
  if (!measurer.ok()) return measurer.status().within(options.model.c_str());
  const LossMeasure& loss = (*measurer)->loss();
  TuneOptions search = options.search;
  if (!options.max_loss.empty()) {
    search.limits.loss = max_loss.share ? max_loss.value / 100 * std::fabs(loss.whole()) : max_loss.value;
  }
  if (options.max_ms > 0) search.limits.ms = options.max_ms;
  if (options.max_mb > 0) search.limits.bytes = options.max_mb * 1e6;

  Tuned tuned = {options.output, loss.name(), loss.count(), (*measurer)->isa(), search.limits, {}};
  const QuantizePass quantize(source->graph, options.calibration, *forms);
  Result<EditableModel> best = tune(*source, {&quantize}, **measurer, search, &tuned.report, progress.searching);
  if (!best.ok()) return best.status();
  LINNET_RETURN_IF_ERROR(save_model(*best, options.output, progress.writing));
  return tuned;
}

nlohmann::ordered_json tuned_json(const Tuned& tuned) {
  const TuneReport& report = tuned.report;
  nlohmann::ordered_json json = {{"output", tuned.output},
                                 {"measure", tuned.measure},
                                 {"texts", tuned.texts},
                                 {"isa", tuned.isa},
                                 {"best", evaluated_json(report.best)},
                                 {"none", evaluated_json(report.none)},
                                 {"all", evaluated_json(report.all)}};
  json["limits"] = nlohmann::ordered_json::object();
  if (tuned.limits.loss) json["limits"]["loss"] = *tuned.limits.loss;
  if (tuned.limits.ms) json["limits"]["ms"] = *tuned.limits.ms;
  if (tuned.limits.bytes) json["limits"]["bytes"] = *tuned.limits.bytes;
  json["evaluations"] = report.evaluations;
  json["from_log"] = report.from_log;
  json["timed_again"] = report.timed_again;
  json["out_of_budget"] = report.out_of_budget;
  json["seconds"] = report.seconds;
  return json;
}

}  // namespace linnet::lab
