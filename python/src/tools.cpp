// What makes and measures model files: convert, quantize, fit, evaluate, bench.
#include <functional>
#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "converters/convert.h"
#include "lab/bench.h"
#include "lab/cost.h"
#include "lab/embedder.h"
#include "lab/files.h"
#include "lab/fit.h"
#include "lab/task.h"
#include "lab/timing.h"
#include "model/edit.h"
#include "python/src/call_progress.h"
#include "python/src/errors.h"
#include "python/src/model.h"
#include "python/src/texts.h"
#include "quant/quantize.h"

namespace linnet::python {

namespace nb = nanobind;
using namespace nb::literals;

namespace {

nb::list strings(const std::vector<std::string>& list) {
  nb::list result;
  for (const std::string& each : list) result.append(text(each.data(), each.size()));
  return result;
}

nb::dict convert(const nb::bytes& checkpoint, const nb::bytes& output, const std::string& pooling,
                 const std::string& head, const std::string& name, uint32_t max_tokens, const nb::object& progress) {
  const std::string from = path_of(checkpoint), to = path_of(output);
  const ConvertOptions options{.pooling = pooling, .head = head, .name = name, .max_tokens = max_tokens};
  ConvertReport report;
  std::string architecture;
  CallProgress writing(progress);
  check(writing.run([&] {
    LINNET_RETURN_IF_ERROR(lab::check_output(to));
    Result<EditableModel> model = convert_checkpoint(from, options, &report);
    if (!model.ok()) return model.status();
    architecture = model->graph.architecture;
    return save_model(*model, to, std::ref(writing));
  }));
  nb::dict result;
  result["bytes"] = lab::file_bytes(to);
  result["architecture"] = text(architecture.c_str());
  result["notes"] = strings(report.notes);
  return result;
}

nb::dict quantize(const nb::bytes& input, const nb::bytes& output, std::vector<std::string> calibration,
                  const std::string& plan, const nb::object& progress) {
  const std::string from = path_of(input), to = path_of(output);
  CallProgress call(progress), writing;
  QuantizeOptions options;
  options.calibration = std::move(calibration);
  options.progress = std::ref(call);
  QuantizeReport report;
  Result<EditableModel> quantized = call.run([&]() -> Result<EditableModel> {
    LINNET_RETURN_IF_ERROR(lab::check_output(to));
    if (!plan.empty()) {
      Result<QuantizePlan> parsed = parse_plan(plan);
      if (!parsed.ok()) return parsed.status();
      options.plan = std::move(*parsed);
    }
    const Result<EditableModel> model = load_model(from);
    return model.ok() ? quantize_int8(*model, options, &report) : model.status();
  });
  check(quantized.status());
  check(writing.run([&] { return save_model(*quantized, to, std::ref(writing)); }));
  nb::list layers;
  for (const LayerNoise& layer : report.layers) layers.append(nb::make_tuple(text(layer.name.c_str()), layer.snr_db));
  nb::dict result;
  result["bytes"] = lab::file_bytes(to);
  result["input_bytes"] = lab::file_bytes(from);
  result["layers"] = layers;
  result["notes"] = strings(report.notes);
  return result;
}

std::vector<std::string> read_texts(const nb::bytes& path) { return take(lab::read_texts(path_of(path))); }

std::vector<std::pair<std::string, std::string>> read_labelled(const nb::bytes& path) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (lab::LabelledText& each : take(lab::read_labelled(path_of(path)))) {
    pairs.emplace_back(std::move(each.text), std::move(each.label));
  }
  return pairs;
}

// What fit_classifier and fit_regression have in common. `fitter` is one of them; adds what both reports have to
// *result.
template <typename Report, typename Fitter>
Report fitted(const Fitter& fitter, const ModelHandle& handle,
              const std::vector<std::pair<std::string, std::string>>& data, const nb::bytes& output,
              const lab::FitOptions& options, const std::string& prompt, const nb::object& embedding_progress,
              const nb::object& fitting_progress, nb::dict* result) {
  const std::shared_ptr<OpenModel> open = handle.get();
  const std::string to = path_of(output);
  std::vector<lab::LabelledText> texts;
  texts.reserve(data.size());
  for (const auto& [each, label] : data) texts.push_back({each, label});
  EditableModel edited;
  CallProgress embedding(embedding_progress), fitting(fitting_progress), writing;
  Result<Report> report = fitting.run([&]() -> Result<Report> {
    LINNET_RETURN_IF_ERROR(lab::check_output(to));
    Result<EditableModel> loaded = load_model(open->path);
    if (!loaded.ok()) return loaded.status();
    edited = std::move(*loaded);
    Result<Session> session = open->pool->create();
    if (!session.ok()) return session.status();
    const Result<lab::Embedder> embedder = lab::session_embedder(open->model, *session, prompt);
    if (!embedder.ok()) return embedder.status();
    ThreadPool threads;
    LINNET_RETURN_IF_ERROR(threads.start(session->threads()));
    return fitter(&edited, *embedder, texts, options, threads.parallel_for(), std::ref(embedding), std::ref(fitting));
  });
  embedding.raise();
  check(report.status());
  check(writing.run([&] { return save_model(edited, to, std::ref(writing)); }));
  (*result)["texts"] = texts.size();
  (*result)["embed_seconds"] = report->seconds.embed;
  (*result)["fit_seconds"] = report->seconds.fit;
  return std::move(*report);
}

nb::dict fit(const ModelHandle& handle, const std::vector<std::pair<std::string, std::string>>& data,
             const nb::bytes& output, size_t folds, double strength, size_t batch, const std::string& prompt,
             const nb::object& embedding, const nb::object& fitting) {
  nb::dict result;
  const lab::FitOptions options = {.batch = batch, .folds = folds, .strength = strength};
  const auto report =
      fitted<lab::FitReport>(lab::fit_classifier, handle, data, output, options, prompt, embedding, fitting, &result);
  nb::list tried;
  for (const lab::StrengthScore& each : report.validation.tried) {
    tried.append(nb::make_tuple(each.strength, each.accuracy, each.log_loss));
  }
  result["labels"] = strings(report.labels);
  result["strength"] = report.strength;
  result["folds"] = report.validation.folds;
  result["best"] = report.validation.best;
  result["tried"] = tried;
  return result;
}

nb::dict fit_regression(const ModelHandle& handle, const std::vector<std::pair<std::string, std::string>>& data,
                        const nb::bytes& output, size_t folds, size_t batch, const std::string& prompt,
                        const nb::object& embedding, const nb::object& fitting) {
  nb::dict result;
  const auto report = fitted<lab::RegressionReport>(
      lab::fit_regression, handle, data, output, {.batch = batch, .folds = folds}, prompt, embedding, fitting, &result);
  nb::list tried;
  for (const lab::PenaltyScore& each : report.fit.tried) {
    tried.append(nb::make_tuple(each.penalty, each.r2, each.squared_error));
  }
  result["folds"] = report.fit.folds;
  result["best"] = report.fit.best;
  result["tried"] = tried;
  return result;
}

nb::dict evaluate(const ModelHandle& handle, const lab::TaskOptions& task, const nb::object& progress) {
  const std::shared_ptr<OpenModel> open = handle.get();
  double seconds = 0;
  std::string isa;
  CallProgress call(progress);
  const lab::Evaluation evaluation = take(call.run([&]() -> Result<lab::Evaluation> {
    const Result<std::unique_ptr<lab::Task>> read = lab::read_task(task);
    if (!read.ok()) return read.status();
    Result<Session> session = open->pool->create();
    if (!session.ok()) return session.status();
    isa = session->isa();
    const double begin = lab::steady_seconds();
    Result<lab::Evaluation> result = (*read)->evaluate(open->model, *session, std::ref(call));
    seconds = lab::steady_seconds() - begin;
    return result;
  }));
  nb::list metrics;
  for (const lab::Metric& metric : evaluation.metrics) {
    metrics.append(nb::make_tuple(metric.name, metric.value, metric.interval.low, metric.interval.high));
  }
  nb::dict result;
  result["weights"] = lab::weight_type(open->model.graph());
  result["file_bytes"] = open->model.view().size();
  result["isa"] = isa;
  result["counted"] = evaluation.counted;
  result["count"] = evaluation.count;
  result["metrics"] = metrics;
  result["notes"] = strings(evaluation.notes);
  result["seconds"] = seconds;
  return result;
}

nb::dict bench(const ModelHandle& handle, const std::vector<size_t>& batch, const std::vector<size_t>& tokens,
               std::vector<size_t> threads, std::vector<std::vector<int32_t>> lines, double seconds,
               const nb::object& progress) {
  const std::shared_ptr<OpenModel> open = handle.get();
  const SessionSettings& settings = open->pool->settings();
  lab::BenchOptions options;
  options.shapes = lab::all_shapes(batch, lines.empty() ? tokens : std::vector<size_t>{0});
  options.threads = std::move(threads);
  const lab::BenchModel model = {"", &open->model, std::move(lines)};
  options.timing = lab::timing_of(seconds);
  options.isa = settings.isa;
  options.backend = settings.backend;
  options.strict = settings.strict;
  CallProgress call(progress);
  const std::vector<lab::BenchReport> reports = take(call.run([&] {
    return lab::bench_models({&model, 1}, options, std::ref(call));
  }));
  const lab::BenchReport& report = reports[0];
  nb::list rows;
  for (const lab::BenchRow& row : report.rows) {
    nb::dict entry;
    entry["batch"] = row.batch;
    entry["tokens"] = row.tokens;
    entry["threads"] = row.threads;
    entry["runs"] = row.timing.runs;
    entry["min_ms"] = row.timing.min_ms;
    entry["mean_ms"] = row.timing.mean_ms;
    entry["median_ms"] = row.timing.median_ms;
    entry["p95_ms"] = row.timing.p95_ms;
    entry["p99_ms"] = row.timing.p99_ms;
    entry["sequences_per_second"] = row.sequences_per_second;
    entry["tokens_per_second"] = row.tokens_per_second;
    entry["macs"] = row.macs;
    entry["share_of_peak"] = row.share_of_peak;
    entry["session_bytes"] = row.memory_bytes;
    rows.append(entry);
  }
  nb::dict result;
  result["isa"] = report.isa;
  result["weights"] = lab::weight_type(open->model.graph());
  result["file_bytes"] = open->model.view().size();
  result["rows"] = rows;
  return result;
}

}  // namespace

void bind_tools(nb::module_& module) {
  nb::class_<lab::TaskOptions>(module, "Task",
                               "A task with its files and prompts; without a name prompt and batch alone.")
      .def(
          "__init__",
          [](lab::TaskOptions* task, const std::string& name, const nb::bytes& data, const nb::bytes& queries,
             const nb::bytes& judgements, const std::string& prompt, const std::string& query_prompt, size_t batch,
             const nb::bytes& candidates, size_t depth) {
            new (task) lab::TaskOptions;
            task->task = name;
            task->data = path_of(data);
            task->queries = path_of(queries);
            task->judgements = path_of(judgements);
            task->prompt = prompt;
            task->query_prompt = query_prompt;
            task->batch = batch;
            task->candidates = path_of(candidates);
            task->depth = depth;
          },
          "task"_a, "data"_a, "queries"_a, "judgements"_a, "prompt"_a, "query_prompt"_a, "batch"_a, "candidates"_a,
          "depth"_a);
  module.def("convert", &convert, "checkpoint"_a, "output"_a, "pooling"_a, "head"_a, "name"_a, "max_tokens"_a,
             "progress"_a.none(),
             nb::sig("def convert(checkpoint: bytes, output: bytes, pooling: str, head: str, name: str, "
                     "max_tokens: int, progress: object | None) -> dict[str, typing.Any]"));
  module.def("quantize", &quantize, "input"_a, "output"_a, "calibration"_a, "plan"_a, "progress"_a.none(),
             nb::sig("def quantize(input: bytes, output: bytes, calibration: collections.abc.Sequence[str], "
                     "plan: str, progress: object | None) -> dict[str, typing.Any]"));
  module.def("read_texts", &read_texts, "path"_a, "The lines of a file that are not empty.");
  module.def("read_labelled", &read_labelled, "path"_a, "Texts and labels of a .tsv, .csv or .jsonl file.");
  module.def("fit", &fit, "model"_a, "data"_a, "output"_a, "folds"_a, "strength"_a, "batch"_a, "prompt"_a,
             "embedding_progress"_a.none(), "fitting_progress"_a.none(),
             nb::sig("def fit(model: Model, data: collections.abc.Sequence[tuple[str, str]], output: bytes, "
                     "folds: int, strength: float, batch: int, prompt: str, embedding_progress: object | None, "
                     "fitting_progress: object | None) -> dict[str, typing.Any]"));
  module.def("fit_regression", &fit_regression, "model"_a, "data"_a, "output"_a, "folds"_a, "batch"_a, "prompt"_a,
             "embedding_progress"_a.none(), "fitting_progress"_a.none(),
             nb::sig("def fit_regression(model: Model, data: collections.abc.Sequence[tuple[str, str]], output: bytes, "
                     "folds: int, batch: int, prompt: str, embedding_progress: object | None, "
                     "fitting_progress: object | None) -> dict[str, typing.Any]"));
  module.def("evaluate", &evaluate, "model"_a, "task"_a, "progress"_a.none(),
             nb::sig("def evaluate(model: Model, task: Task, progress: object | None) -> dict[str, typing.Any]"));
  module.def("bench", &bench, "model"_a, "batch"_a, "tokens"_a, "threads"_a, "lines"_a, "seconds"_a,
             "progress"_a.none(),
             nb::sig("def bench(model: Model, batch: collections.abc.Sequence[int], tokens: "
                     "collections.abc.Sequence[int], threads: collections.abc.Sequence[int], lines: "
                     "collections.abc.Sequence[collections.abc.Sequence[int]], seconds: float, progress: object | "
                     "None) -> dict[str, typing.Any]"));
}

}  // namespace linnet::python
