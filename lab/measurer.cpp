#include "lab/measurer.h"

#include <nlohmann/json.hpp>

#include "base/file_map.h"
#include "lab/run_ids.h"
#include "lab/tokens.h"
#include "model/layout.h"

namespace linnet::lab {

namespace {

uint64_t hash_text(const std::string& text) {
  return hash_bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

// Of the bytes of the texts, or of the files of a task.
Result<uint64_t> hash_data(const LossOptions& options) {
  std::string all;
  for (const std::string& text : options.texts) {
    all += text;
    all += '\n';
  }
  for (const std::string& path : {options.task.data, options.task.queries, options.task.judgements}) {
    if (path.empty()) continue;
    const Result<FileMap> map = FileMap::open(path.c_str());
    if (!map.ok()) return map.status();
    all += std::to_string(hash_bytes(map->data(), map->size()));
    all += '\n';
  }
  return hash_text(all);
}

}  // namespace

Status ModelMeasurer::Timed::start(EditableModel& model, const MeasurerOptions& options) {
  Result<RunningModel> started = RunningModel::start(model, loss_session_options(options.loss));
  if (!started.ok()) return started.status();
  running = std::move(*started);
  const Model& opened = running.model();
  if (options.tokens > opened.max_positions()) {
    return Status::error(Code::limit, "%zu tokens are more than the model's %zu positions", options.tokens,
                         opened.max_positions());
  }
  SessionOptions session_options;
  session_options.threads = options.threads;
  session_options.max_pass_tokens = pass_tokens(opened, options.tokens);
  Result<Session> created = Session::create(opened, session_options);
  if (!created.ok()) return created.status();
  session = std::move(*created);
  const Result<uint32_t> found = opened.find_value(nullptr);
  if (!found.ok()) return found.status();
  output = *found;
  ids = sample_ids(opened, options.batch * options.tokens);
  lengths.assign(options.batch, options.tokens);
  const fbs::Value& value = opened.value(output);
  rows.resize((value.rows() == fbs::RowKind::Token ? ids.size() : lengths.size()) * value.width());
  return Status();
}

Status ModelMeasurer::Timed::run() {
  const Tap tap{output, rows.data(), running.model().value(output).width()};
  return session.run(ids.data(), lengths.data(), lengths.size(), &tap, 1);
}

Result<std::unique_ptr<ModelMeasurer>> ModelMeasurer::create(EditableModel& source, const MeasurerOptions& options,
                                                             const Progress& progress) {
  auto measurer = std::make_unique<ModelMeasurer>();
  measurer->options_ = options;
  const Result<uint64_t> hash = hash_data(options.loss);
  if (!hash.ok()) return hash.status();
  measurer->data_hash_ = *hash;
  Timed timed;
  LINNET_RETURN_IF_ERROR(timed.start(source, options));
  measurer->isa_ = timed.session.isa();
  Result<LossMeasure> loss = LossMeasure::create(options.loss, timed.running, progress);
  if (!loss.ok()) return loss.status();
  measurer->loss_ = std::move(*loss);
  return measurer;
}

std::string ModelMeasurer::identity() const {
  const TaskOptions& task = options_.loss.task;
  return nlohmann::ordered_json{{"measure", loss_.name()},     {"data", data_hash_},
                                {"prompt", task.prompt},       {"query_prompt", task.query_prompt},
                                {"batch", options_.batch},     {"tokens", options_.tokens},
                                {"threads", options_.threads}, {"isa", isa_}}
      .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<Measurement> ModelMeasurer::measure(EditableModel& model, const Progress& progress) {
  Timed timed;
  LINNET_RETURN_IF_ERROR(timed.start(model, options_));
  const Result<Loss> loss = loss_.measure(timed.running, progress);
  if (!loss.ok()) return loss.status();
  Measurement m;
  m.loss = loss->loss;
  m.worst = loss->worst;
  m.bytes = timed.running.file_bytes();
  const Result<double> ms = time(timed, options_.timing);
  if (!ms.ok()) return ms.status();
  m.ms = *ms;
  return m;
}

Result<double> ModelMeasurer::time(Timed& timed, const TimingOptions& options) {
  const auto run = [&] { return timed.run(); };
  if (reference_ == nullptr) {
    const Result<Timing> timing = time_runs(options, run, options_.clock);
    if (!timing.ok()) return timing.status();
    return timing->median_ms;
  }
  const Result<PairTiming> timing = time_pair(
      options, [&] { return reference_->run(); }, run, options_.clock);
  if (!timing.ok()) return timing.status();
  return reference_ms_ * timing->ratio;
}

Result<double> ModelMeasurer::time_again(EditableModel& model) {
  constexpr double kLonger = 3;
  Timed timed;
  LINNET_RETURN_IF_ERROR(timed.start(model, options_));
  TimingOptions longer = options_.timing;
  longer.min_seconds *= kLonger;
  longer.min_runs *= static_cast<size_t>(kLonger);
  return time(timed, longer);
}

Status ModelMeasurer::compare_with(EditableModel& model, double ms) {
  auto timed = std::make_unique<Timed>();
  LINNET_RETURN_IF_ERROR(timed->start(model, options_));
  reference_ = std::move(timed);
  reference_ms_ = ms;
  return Status();
}

}  // namespace linnet::lab
