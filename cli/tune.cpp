#include <algorithm>
#include <functional>

#include "cli/common.h"
#include "cli/loss_options.h"
#include "cli/progress.h"
#include "lab/describe.h"
#include "lab/files.h"
#include "lab/tune_file.h"

namespace linnet::cli {

namespace {

struct Options {
  lab::TuneFileOptions tune;
  LossArguments loss;
  std::string forms;
  std::string calibration;
  std::string shape = "1x128";
  bool json = false;
};

void print_row(const char* name, const lab::Evaluated& each) {
  print("%-10s %10.2e", name, each.measurement.loss);
  if (each.measurement.worst) print(" %10.2e", *each.measurement.worst);
  print(" %9.3f %8.2f\n", each.measurement.ms, static_cast<double>(each.measurement.bytes) / 1e6);
}

Status run(const Options& options) {
  lab::TuneFileOptions tune = options.tune;
  Result<lab::LossOptions> loss = read_loss(options.loss);
  if (!loss.ok()) return loss.status();
  tune.loss = std::move(*loss);
  for (size_t begin = 0; begin < options.forms.size();) {
    const size_t end = std::min(options.forms.find(',', begin), options.forms.size());
    tune.forms.push_back(options.forms.substr(begin, end - begin));
    begin = end + 1;
  }
  if (!options.calibration.empty()) {
    Result<std::vector<std::string>> texts = lab::read_texts(options.calibration);
    if (!texts.ok()) return texts.status();
    tune.calibration = std::move(*texts);
  }
  const Result<lab::Shape> shape = lab::parse_shape(options.shape);
  if (!shape.ok()) return shape.status();
  tune.shape = *shape;

  Result<lab::Tuned> tuned = Status();
  {
    Progress measuring("measuring the source"), searching("searching"), writing("writing");
    tuned = lab::tune_file(tune, {std::ref(measuring), std::ref(searching), std::ref(writing)});
  }
  if (!tuned.ok()) return tuned.status();
  if (options.json) {
    print(lab::tuned_json(*tuned));
    return Status();
  }
  const lab::TuneReport& report = tuned->report;
  const bool any_worst = report.best.measurement.worst.has_value();
  print("loss: %s, on %zu; times: %s, %zu thread%s, on %s\n", tuned->measure.c_str(), tuned->texts,
        options.shape.c_str(), tune.threads, tune.threads == 1 ? "" : "s", tuned->isa.c_str());
  print("%-10s %10s%s %9s %8s\n", "", "loss", any_worst ? "      worst" : "", "ms", "MB");
  print_row("float", report.none);
  print_row("int8", report.all);
  print_row("best", report.best);
  print("plan: %s\n", report.best.plan.c_str());
  print("%s: %s, the best of %zu models (%zu from the log, %zu timed again) in %.0f s\n", tuned->output.c_str(),
        lab::human_bytes(report.best.measurement.bytes).c_str(), report.evaluations, report.from_log,
        report.timed_again, report.seconds);
  if (report.out_of_budget) print("note: the budget (--evaluations, --minutes) ended the search\n");
  return Status();
}

}  // namespace

void add_tune(CommandLine& line) {
  Command& command =
      line.add("tune", "Search the best mixture of float and INT8 within limits of loss, time and size",
               {"linnet tune minilm.linnet --in sentences.txt --max-loss 0.02% -o best.linnet",
                "linnet tune minilm.linnet --task sts --data stsb/dev.csv --max-loss 1% --max-mb 40 -o best.linnet",
                "linnet tune minilm.linnet --in sentences.txt --max-ms 5 --shape 1x64 --log search.csv -o best.linnet",
                "linnet tune minilm.linnet --in sentences.txt --max-mb 30 --forms 'int8 unrotated,int8 rotated-64' -o "
                "best.linnet"});
  auto options = std::make_shared<Options>();
  command.add_argument("MODEL", &options->tune.model, "A float model file");
  add_model_output(command, &options->tune.output);
  Option& max_loss = command.add_text("--max-loss", "X", &options->tune.max_loss,
                                      "The largest loss, in its own unit, or with % as a share: of 1 for --in, of the "
                                      "float model's metric for --task");
  max_loss.check = [](std::string_view given) {
    return std::string(lab::parse_loss_limit(std::string(given)).status().message());
  };
  Option& max_ms =
      command.add_real("--max-ms", &options->tune.max_ms, 1e-6, 1e9, "The longest time of a batch of --shape");
  max_ms.shown_default.clear();
  Option& max_mb =
      command.add_real("--max-mb", &options->tune.max_mb, 1e-6, 1e9, "The largest file, in millions of bytes");
  max_mb.shown_default.clear();
  add_loss(command, &options->loss);
  command.add_text("--forms", "FORM,FORM,...", &options->forms,
                   "What linear layers may become beside float and int8: 'int8 unrotated', 'int8 rotated-64', and with "
                   "--calibrate 'int8 nearest'");
  command.add_text("--calibrate", "FILE", &options->calibration,
                   "Texts, one a line: calibrates every model that is tried, as linnet quantize does; slow");
  Option& shape =
      command.add_text("--shape", "NxM", &options->shape, "The batch that is timed: N sequences of M tokens");
  shape.check = [](std::string_view given) {
    return std::string(lab::parse_shape(std::string(given)).status().message());
  };
  command.add_number("--threads", &options->tune.threads, 1, 256, "Threads that are timed");
  command.add_real("--seconds", &options->tune.seconds, 1e-3, 1e6, "How long a model is timed, at least");
  command.add_number("--evaluations", &options->tune.search.evaluations, 2, 1000000,
                     "The most models to try, those in the log included");
  command.add_real("--minutes", &options->tune.search.minutes, 0, 1e6, "After this no other model is tried");
  command
      .add_text("--log", "FILE", &options->tune.search.log,
                "A CSV file with a row for each model that was tried; when it is there already, the search goes on "
                "from it")
      .check = has_extension({".csv"}, false);
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
