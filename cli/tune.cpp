#include "lab/tune.h"

#include <cmath>
#include <cstdlib>
#include <functional>

#include "cli/common.h"
#include "cli/loss_options.h"
#include "cli/progress.h"
#include "lab/describe.h"
#include "lab/files.h"
#include "lab/quantize_pass.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  std::string output;
  std::string max_loss;
  double max_ms = 0, max_mb = 0;  // 0: no limit
  LossArguments loss;
  std::string calibration;
  std::string shape = "1x128";
  size_t threads = 1;
  double seconds = 1;
  lab::TuneOptions tune;
  bool json = false;
};

// "1%" or "0.01"; false for anything else.
bool parse_loss(const std::string& text, double* value, bool* relative) {
  char* end = nullptr;
  *value = std::strtod(text.c_str(), &end);
  *relative = *end == '%';
  return end != text.c_str() && *(end + (*relative ? 1 : 0)) == '\0' && std::isfinite(*value) && *value >= 0;
}

// "1x128": sequences and their tokens; false for anything else.
bool parse_shape(std::string_view text, size_t* batch, size_t* tokens) {
  const auto number = [](std::string_view digits, size_t* value) {
    *value = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9' || *value > 65536) return false;
      *value = *value * 10 + static_cast<size_t>(c - '0');
    }
    return *value >= 1 && *value <= 65536;
  };
  const size_t x = text.find('x');
  return x != std::string_view::npos && number(text.substr(0, x), batch) && number(text.substr(x + 1), tokens);
}

Json to_json(const lab::Evaluated& each) {
  Json json = {{"plan", each.plan}, {"loss", each.measurement.loss}, {"worst", nullptr}};
  if (each.measurement.worst) json["worst"] = *each.measurement.worst;
  json["ms"] = each.measurement.ms;
  json["bytes"] = each.measurement.bytes;
  return json;
}

void print_row(const char* name, const lab::Evaluated& each) {
  print("%-10s %10.2e", name, each.measurement.loss);
  if (each.measurement.worst) print(" %10.2e", *each.measurement.worst);
  print(" %9.3f %8.2f\n", each.measurement.ms, static_cast<double>(each.measurement.bytes) / 1e6);
}

Status run(const Options& options) {
  LINNET_RETURN_IF_ERROR(check_output(options.output));
  if (!options.tune.log.empty()) LINNET_RETURN_IF_ERROR(check_output(options.tune.log));
  const Result<lab::LossOptions> loss = read_loss(options.loss);
  if (!loss.ok()) return loss.status();
  std::vector<std::string> calibration;
  if (!options.calibration.empty()) {
    Result<std::vector<std::string>> texts = lab::read_texts(options.calibration);
    if (!texts.ok()) return texts.status();
    calibration = std::move(*texts);
  }
  Result<EditableModel> source = load_model(options.model);
  if (!source.ok()) return source.status();
  LINNET_RETURN_IF_ERROR(check_is_float(source->graph));

  lab::MeasurerOptions measuring;
  measuring.loss = *loss;
  parse_shape(options.shape, &measuring.batch, &measuring.tokens);
  measuring.threads = options.threads;
  measuring.timing.min_seconds = options.seconds;
  measuring.timing.warmup_seconds = options.seconds / 10;
  Result<std::unique_ptr<lab::ModelMeasurer>> measurer = std::unique_ptr<lab::ModelMeasurer>();
  {
    Progress progress("measuring the source");
    measurer = lab::ModelMeasurer::create(*source, measuring, std::ref(progress));
  }
  if (!measurer.ok()) return measurer.status().within(options.model.c_str());

  lab::TuneOptions tuning = options.tune;
  if (!options.max_loss.empty()) {
    double value = 0;
    bool relative = false;
    parse_loss(options.max_loss, &value, &relative);
    tuning.limits.loss = relative ? value / 100 * std::fabs((*measurer)->loss().whole()) : value;
  }
  if (options.max_ms > 0) tuning.limits.ms = options.max_ms;
  if (options.max_mb > 0) tuning.limits.bytes = options.max_mb * 1e6;
  const lab::QuantizePass quantize(source->graph, std::move(calibration));
  lab::TuneReport report;
  Result<EditableModel> best = Status();
  {
    Progress progress("searching");
    best = lab::tune(*source, {&quantize}, **measurer, tuning, &report, std::ref(progress));
  }
  if (!best.ok()) return best.status();
  LINNET_RETURN_IF_ERROR(save(*best, options.output));

  if (options.json) {
    Json json = {
        {"output", options.output},  {"measure", (*measurer)->loss().name()}, {"texts", (*measurer)->loss().count()},
        {"isa", (*measurer)->isa()}, {"best", to_json(report.best)},          {"none", to_json(report.none)},
        {"all", to_json(report.all)}};
    json["limits"] = Json::object();
    if (tuning.limits.loss) json["limits"]["loss"] = *tuning.limits.loss;
    if (tuning.limits.ms) json["limits"]["ms"] = *tuning.limits.ms;
    if (tuning.limits.bytes) json["limits"]["bytes"] = *tuning.limits.bytes;
    json["evaluations"] = report.evaluations;
    json["from_log"] = report.from_log;
    json["out_of_budget"] = report.out_of_budget;
    json["seconds"] = report.seconds;
    print(json);
    return Status();
  }
  const bool any_worst = report.best.measurement.worst.has_value();
  print("loss: %s, on %zu; times: %s, %zu thread%s, on %s\n", (*measurer)->loss().name().c_str(),
        (*measurer)->loss().count(), options.shape.c_str(), options.threads, options.threads == 1 ? "" : "s",
        (*measurer)->isa().c_str());
  print("%-10s %10s%s %9s %8s\n", "", "loss", any_worst ? "      worst" : "", "ms", "MB");
  print_row("float", report.none);
  print_row("int8", report.all);
  print_row("best", report.best);
  print("plan: %s\n", report.best.plan.c_str());
  print("%s: %s, the best of %zu models (%zu from the log) in %.0f s\n", options.output.c_str(),
        lab::human_bytes(report.best.measurement.bytes).c_str(), report.evaluations, report.from_log, report.seconds);
  if (report.out_of_budget) print("note: the budget (--evaluations, --minutes) ended the search\n");
  return Status();
}

}  // namespace

void add_tune(CommandLine& line) {
  Command& command = line.add(
      "tune", "Search the best mixture of float and INT8 within limits of loss, time and size",
      {"linnet tune minilm.linnet --in sentences.txt --max-loss 0.02% -o best.linnet",
       "linnet tune minilm.linnet --task sts --data stsb/dev.csv --max-loss 1% --max-mb 40 -o best.linnet",
       "linnet tune minilm.linnet --in sentences.txt --max-ms 5 --shape 1x64 --log search.csv -o best.linnet"});
  auto options = std::make_shared<Options>();
  command.add_argument("MODEL", &options->model, "A float model file");
  add_model_output(command, &options->output);
  Option& max_loss = command.add_text("--max-loss", "X", &options->max_loss,
                                      "The largest loss, in its own unit, or with % as a share: of 1 for --in, of the "
                                      "float model's metric for --task");
  max_loss.check = [](std::string_view given) {
    double value = 0;
    bool relative = false;
    return parse_loss(std::string(given), &value, &relative) ? std::string()
                                                             : quoted(given) + " is not a loss like 0.01 or 1%";
  };
  Option& max_ms = command.add_real("--max-ms", &options->max_ms, 1e-6, 1e9, "The longest time of a batch of --shape");
  max_ms.shown_default.clear();
  Option& max_mb = command.add_real("--max-mb", &options->max_mb, 1e-6, 1e9, "The largest file, in millions of bytes");
  max_mb.shown_default.clear();
  add_loss(command, &options->loss);
  command.add_text("--calibrate", "FILE", &options->calibration,
                   "Texts, one a line: calibrates every model that is tried, as linnet quantize does; slow");
  Option& shape =
      command.add_text("--shape", "NxM", &options->shape, "The batch that is timed: N sequences of M tokens");
  shape.check = [](std::string_view given) {
    size_t batch = 0, tokens = 0;
    return parse_shape(given, &batch, &tokens) ? std::string() : quoted(given) + " is not a shape like 1x128";
  };
  command.add_number("--threads", &options->threads, 1, 256, "Threads that are timed");
  command.add_real("--seconds", &options->seconds, 1e-3, 1e6, "How long a model is timed, at least");
  command.add_number("--evaluations", &options->tune.evaluations, 2, 1000000,
                     "The most models to try, those in the log included");
  command.add_real("--minutes", &options->tune.minutes, 0, 1e6, "After this no other model is tried");
  command
      .add_text("--log", "FILE", &options->tune.log,
                "A CSV file with a row for each model that was tried; when it is there already, the search goes on "
                "from it")
      .check = has_extension({".csv"}, false);
  add_json(command, &options->json);
  command.action = [=] {
    const bool limited = !options->max_loss.empty() || options->max_ms > 0 || options->max_mb > 0;
    if (!limited) {
      return Status::error(Code::invalid_argument, "nothing limits the search: give --max-loss, --max-ms or --max-mb");
    }
    return run(*options);
  };
}

}  // namespace linnet::cli
