// What compares and searches models: sensitivity, tune, compare. Results are JSON, as the commands print it.
#include <functional>
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <nlohmann/json.hpp>

#include "lab/report/compare.h"
#include "lab/report/text.h"
#include "lab/sensitivity.h"
#include "lab/tune_file.h"
#include "python/src/call_progress.h"
#include "python/src/errors.h"
#include "python/src/model.h"
#include "python/src/texts.h"

namespace linnet::python {

namespace nb = nanobind;
using namespace nb::literals;

namespace {

nb::str sensitivity(const nb::bytes& model, std::vector<std::string> texts, const lab::TaskOptions& task,
                    std::vector<std::string> formats, const nb::bytes& csv, const nb::object& progress) {
  const std::string path = path_of(model);
  const lab::SensitivityOptions options{std::move(formats), {task, std::move(texts)}, path_of(csv)};
  CallProgress call(progress);
  const lab::Sensitivity found =
      take(call.run([&] { return lab::measure_sensitivity(path, options, std::ref(call)); }));
  return json_text(lab::sensitivity_json(found));
}

nb::str tune(const nb::bytes& model, const nb::bytes& output, std::vector<std::string> texts,
             const lab::TaskOptions& task, const std::string& max_loss, double max_ms, double max_mb,
             std::vector<std::string> forms, std::vector<std::string> calibration, const std::string& shape,
             size_t threads, double seconds, size_t evaluations, double minutes, const nb::bytes& log,
             const nb::object& measuring_progress, const nb::object& searching_progress) {
  lab::TuneFileOptions options;
  options.model = path_of(model);
  options.output = path_of(output);
  options.max_loss = max_loss;
  options.max_ms = max_ms;
  options.max_mb = max_mb;
  options.loss = {task, std::move(texts)};
  options.forms = std::move(forms);
  options.calibration = std::move(calibration);
  options.shape = take(lab::parse_shape(shape));
  options.threads = threads;
  options.seconds = seconds;
  options.search.evaluations = evaluations;
  options.search.minutes = minutes;
  options.search.log = path_of(log);
  CallProgress measuring(measuring_progress), searching(searching_progress), writing;
  const Result<lab::Tuned> tuned = searching.run([&] {
    return lab::tune_file(options, {std::ref(measuring), std::ref(searching), std::ref(writing)});
  });
  measuring.raise();
  writing.raise();
  check(tuned.status());
  return json_text(lab::tuned_json(*tuned));
}

nb::dict compare(const std::vector<nb::bytes>& models, const std::string& shapes, size_t threads, double seconds,
                 const lab::TaskOptions& task, const nb::bytes& peers, const nb::bytes& sensitivity,
                 const nb::bytes& sensitivity_json, const nb::bytes& html, const nb::object& scoring_progress,
                 const nb::object& timing_progress) {
  lab::CompareOptions options;
  for (const nb::bytes& model : models) options.models.push_back(path_of(model));
  options.shapes = take(lab::parse_shapes(shapes));
  options.threads = threads;
  options.timing = lab::timing_of(seconds);
  options.task = task;
  options.peers = path_of(peers);
  options.html = path_of(html);
  const std::string file = path_of(sensitivity), json = path_of(sensitivity_json);
  std::string table;
  CallProgress scoring(scoring_progress), timing(timing_progress);
  const Result<lab::Comparison> comparison = timing.run([&]() -> Result<lab::Comparison> {
    if (!file.empty() || !json.empty()) {
      Result<lab::Sensitivity> read =
          file.empty() ? lab::parse_sensitivity(json, "sensitivity") : lab::read_sensitivity(file);
      if (!read.ok()) return read.status();
      options.sensitivity = std::move(*read);
    }
    Result<lab::Comparison> made = lab::compare_models(options, std::ref(scoring), std::ref(timing));
    if (made.ok()) table = lab::comparison_text(*made);
    return made;
  });
  scoring.raise();
  check(comparison.status());
  const lab::ComparedModel* scored = comparison->first_scored();
  nb::dict result;
  result["json"] = json_text(lab::comparison_json(*comparison));
  result["text"] = text(table.data(), table.size());
  result["counted"] = scored != nullptr ? scored->evaluation.counted : std::string();
  result["count"] = scored != nullptr ? scored->evaluation.count : 0;
  return result;
}

}  // namespace

void bind_search(nb::module_& module) {
  module.def("sensitivity", &sensitivity, "model"_a, "texts"_a, "task"_a, "formats"_a, "csv"_a, "progress"_a.none(),
             nb::sig("def sensitivity(model: bytes, texts: collections.abc.Sequence[str], task: Task, formats: "
                     "collections.abc.Sequence[str], csv: bytes, progress: object | None) -> str"),
             "What `linnet sensitivity --json` prints; on a task when it has a name, else on texts.");
  module.def("tune", &tune, "model"_a, "output"_a, "texts"_a, "task"_a, "max_loss"_a, "max_ms"_a, "max_mb"_a, "forms"_a,
             "calibration"_a, "shape"_a, "threads"_a, "seconds"_a, "evaluations"_a, "minutes"_a, "log"_a,
             "measuring_progress"_a.none(), "searching_progress"_a.none(),
             nb::sig("def tune(model: bytes, output: bytes, texts: collections.abc.Sequence[str], task: Task, "
                     "max_loss: str, max_ms: float, max_mb: float, forms: collections.abc.Sequence[str], calibration: "
                     "collections.abc.Sequence[str], "
                     "shape: str, threads: int, seconds: float, evaluations: int, minutes: float, log: bytes, "
                     "measuring_progress: object | None, searching_progress: object | None) -> str"),
             "What `linnet tune --json` prints; '' and 0 are no limits.");
  module.def("compare", &compare, "models"_a, "shapes"_a, "threads"_a, "seconds"_a, "task"_a, "peers"_a,
             "sensitivity"_a, "sensitivity_json"_a, "html"_a, "scoring_progress"_a.none(), "timing_progress"_a.none(),
             nb::sig("def compare(models: collections.abc.Sequence[bytes], shapes: str, threads: int, seconds: float, "
                     "task: Task, peers: bytes, sensitivity: bytes, sensitivity_json: bytes, html: bytes, "
                     "scoring_progress: object | None, timing_progress: object | None) -> dict[str, typing.Any]"),
             "What `linnet compare` prints as `json` and `text`, and on how many (`count`) of what (`counted`). "
             "Sensitivities are those of a file or the JSON itself.");
}

}  // namespace linnet::python
