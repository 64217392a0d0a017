#include "lab/report/compare.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lab/cost.h"
#include "lab/describe.h"
#include "lab/files.h"
#include "lab/machine.h"
#include "lab/report/page.h"
#include "lab/run_ids.h"
#include "lab/tokens.h"

namespace linnet::lab {

namespace {

constexpr size_t kLoads = 5;  // the fastest of these counts
constexpr size_t kTrialTokens = 16;

// "sentiment" of "models/sentiment.linnet"; the whole path where two would be called the same.
void name_models(std::vector<ComparedModel>* models) {
  for (ComparedModel& model : *models) {
    std::string name = model.path.substr(model.path.rfind('/') + 1);  // npos + 1 is 0
    constexpr std::string_view kExtension = ".linnet";
    if (name.size() > kExtension.size() && name.ends_with(kExtension)) name.resize(name.size() - kExtension.size());
    model.label = name;
  }
  std::vector<std::string> labels;
  for (const ComparedModel& model : *models) labels.push_back(model.label);
  for (size_t i = 0; i < labels.size(); ++i) {
    if (std::count(labels.begin(), labels.end(), labels[i]) > 1) (*models)[i].label = (*models)[i].path;
  }
}

// "quantize: scheme int8, rotated"; what is false, empty or nested says nothing here.
std::string step_text(const nlohmann::ordered_json& step) {
  std::string text = step.value("step", "");
  const nlohmann::ordered_json& detail = step["detail"];
  const char* before = ": ";
  const auto add = [&](const std::string& part) {
    text += before + part;
    before = ", ";
  };
  if (detail.is_string() && !detail.get_ref<const std::string&>().empty()) add(detail.get<std::string>());
  if (!detail.is_object()) return text;
  for (const auto& [key, value] : detail.items()) {
    if (value.is_string()) add(key + " " + value.get<std::string>());
    if (value.is_number()) add(key + " " + value.dump());
    if (value.is_boolean() && value.get<bool>()) add(key);
  }
  return text;
}

// Opening and creating a session, as a program does it.
Result<double> load_seconds(const std::string& path, size_t threads) {
  const double begin = steady_seconds();
  const Result<Model> model = open_model(path);
  if (!model.ok()) return model.status();
  SessionOptions options;
  options.threads = threads;
  const Result<Session> session = Session::create(*model, options);
  if (!session.ok()) return session.status().within(path.c_str());
  return steady_seconds() - begin;
}

// Whether a model gives an answer at all, told before anything long.
Status try_run(const Model& model) {
  Result<Session> session = Session::create(model);
  if (!session.ok()) return session.status();
  const Result<uint32_t> output = model.find_value(nullptr);
  if (!output.ok()) return output.status();
  const size_t tokens = std::min(kTrialTokens, model.max_positions());
  const size_t width = model.value(*output).width();
  std::vector<float> out(tokens * width);
  const Tap tap{*output, out.data(), width};
  const std::vector<int32_t> ids = sample_ids(model, tokens);
  return session->run(ids.data(), &tokens, 1, &tap, 1);
}

class Measurement {
 public:
  explicit Measurement(const CompareOptions& options) : options_(options), opened_(options.models.size()) {
    result_.cpu = cpu_name();
    result_.commit = commit();
    result_.date = now_text();
    result_.threads = options.threads;
    result_.shapes = options.shapes;
    result_.task = options.task.task;
    result_.data = options.task.data;
    for (const std::string& path : options.models) result_.models.emplace_back().path = path;
    name_models(&result_.models);
  }

  Status open() {
    for (size_t i = 0; i < opened_.size(); ++i) {
      const Status status = open(i);
      if (!status.ok()) result_.models[i].error = status.message();
    }
    for (const ComparedModel& model : result_.models) {
      if (model.opened) return Status();
    }
    return Status::error(Code::invalid_argument, "no model is left to compare: %s", result_.models[0].error.c_str());
  }

  Status score(const Task& task, const Progress& progress) {
    bool stopped = false;
    for (size_t i = 0; i < opened_.size(); ++i) {
      ComparedModel& model = result_.models[i];
      if (!model.opened) continue;
      const auto within = [&](uint64_t done, uint64_t total) {
        const uint64_t all = std::max<uint64_t>(total, 1);
        stopped = progress && !progress(i * all + done, opened_.size() * all);
        return !stopped;
      };
      Result<Evaluation> evaluation = score(opened_[i], task, within);
      if (stopped) return evaluation.status();
      if (!evaluation.ok()) {
        model.error = evaluation.status().message();
        continue;
      }
      model.evaluation = std::move(*evaluation);
    }
    const Evaluation& base = result_.models.front().evaluation;
    for (size_t i = 1; i < opened_.size() && !base.metrics.empty(); ++i) {
      ComparedModel& model = result_.models[i];
      for (size_t m = 0; m < model.evaluation.metrics.size(); ++m) {
        model.differences.push_back(difference(model.evaluation.metrics[m], base.metrics[m]));
      }
    }
    return Status();
  }

  Status time(const Progress& progress) {
    for (size_t s = 0; s < options_.shapes.size(); ++s) {
      std::vector<BenchModel> models;
      std::vector<size_t> places;
      for (size_t i = 0; i < opened_.size(); ++i) {
        result_.models[i].timings.resize(options_.shapes.size());
        if (!result_.models[i].opened || options_.shapes[s].tokens > opened_[i].max_positions()) continue;
        models.push_back({result_.models[i].path, &opened_[i], {}});
        places.push_back(i);
      }
      if (models.empty()) continue;
      BenchOptions bench;
      bench.shapes = {options_.shapes[s]};
      bench.threads = {options_.threads};
      bench.timing = options_.timing;
      const auto within = [&](uint64_t done, uint64_t total) {
        return !progress || progress(s * total + done, options_.shapes.size() * total);
      };
      const Result<std::vector<BenchReport>> reports = bench_models(models, bench, within);
      if (!reports.ok()) return reports.status();
      result_.isa = reports->front().isa;
      for (size_t i = 0; i < places.size(); ++i) {
        result_.models[places[i]].timings[s] = (*reports)[i].rows.front().timing;
      }
    }
    return Status();
  }

  Comparison take() { return std::move(result_); }

 private:
  Status open(size_t i) {
    ComparedModel& compared = result_.models[i];
    Result<Model> model = open_model(compared.path);
    if (!model.ok()) return model.status();
    const Status runs = try_run(*model);
    if (!runs.ok()) return runs.within(compared.path.c_str());
    double fastest = 0;
    for (size_t load = 0; load < kLoads; ++load) {
      const Result<double> seconds = load_seconds(compared.path, options_.threads);
      if (!seconds.ok()) return seconds.status();
      fastest = load == 0 ? *seconds : std::min(fastest, *seconds);
    }
    opened_[i] = std::move(*model);
    compared.opened = true;
    compared.load_ms = fastest * 1e3;
    compared.file_bytes = opened_[i].view().size();
    compared.weights = weight_type(opened_[i].graph());
    const nlohmann::ordered_json description = describe(opened_[i].view());
    for (const auto& step : description["provenance"]) compared.steps.push_back(step_text(step));
    return Status();
  }

  Result<Evaluation> score(const Model& model, const Task& task, const Progress& progress) const {
    SessionOptions options;
    options.threads = options_.scoring_threads;
    options.max_pass_sequences = 2 * options_.task.batch;
    Result<Session> session = Session::create(model, options);
    if (!session.ok()) return session.status();
    return task.evaluate(model, *session, progress);
  }

  const CompareOptions& options_;
  std::vector<Model> opened_;
  Comparison result_;
};

}  // namespace

Result<Comparison> compare_models(const CompareOptions& options, const Progress& scoring, const Progress& timing) {
  if (options.models.empty() || options.shapes.empty()) {
    return Status::error(Code::invalid_argument, "there is nothing to compare");
  }
  if (!options.html.empty()) LINNET_RETURN_IF_ERROR(check_output(options.html));
  std::optional<PeerRows> peers;
  if (!options.peers.empty()) {
    Result<PeerRows> read = read_peer_rows(options.peers, options.shapes, options.threads);
    if (!read.ok()) return read.status();
    peers = std::move(*read);
  }
  std::unique_ptr<Task> task;
  if (!options.task.task.empty()) {
    Result<std::unique_ptr<Task>> read = read_task(options.task);
    if (!read.ok()) return read.status();
    task = std::move(*read);
  }
  Measurement measurement(options);
  LINNET_RETURN_IF_ERROR(measurement.open());
  if (task != nullptr) LINNET_RETURN_IF_ERROR(measurement.score(*task, scoring));
  LINNET_RETURN_IF_ERROR(measurement.time(timing));
  Comparison comparison = measurement.take();
  comparison.peers = std::move(peers);
  comparison.sensitivity = options.sensitivity;
  if (!options.html.empty()) LINNET_RETURN_IF_ERROR(write_page(comparison, options.html));
  return comparison;
}

}  // namespace linnet::lab
