#include "lab/bench.h"

#include "base/atomic_file.h"
#include "cli/common.h"
#include "cli/progress.h"
#include "lab/cost.h"
#include "lab/describe.h"
#include "lab/embed_file.h"
#include "lab/machine.h"
#include "lab/tokens.h"

namespace linnet::cli {

namespace {

struct Options {
  std::vector<std::string> models;
  std::vector<size_t> batch = {1, 32}, tokens = {16, 128};
  std::string text;
  size_t text_lines = 1000;
  double seconds = 1;
  lab::BenchOptions bench;
  std::string trace;
  BackendOptions backend;
  bool json = false;
};

Status read_lines(const Model& model, const Options& options, std::vector<std::vector<int32_t>>* result) {
  Result<lab::TextEncoder> encoder = lab::TextEncoder::create(model, nullptr);
  if (!encoder.ok()) return encoder.status();
  Result<lab::LineReader> lines = lab::LineReader::open(options.text);
  if (!lines.ok()) return lines.status();
  std::string line;
  while (result->size() < options.text_lines) {
    const Result<bool> more = lines->next(&line);
    if (!more.ok()) return more.status();
    if (!*more) break;
    LINNET_RETURN_IF_ERROR(lab::check_line(*lines, line));
    std::vector<int32_t> ids;
    const Status status = encoder->encode(line, true, &ids);
    if (!status.ok()) return status.within(lab::line_name(*lines, lines->number()).c_str());
    if (!ids.empty()) result->push_back(std::move(ids));
  }
  if (result->empty()) return Status::error(Code::invalid_argument, "%s has no lines", lines->name().c_str());
  return Status();
}

Json profile_json(const lab::Profile& profile) {
  Json steps = Json::array();
  for (const lab::ProfileEntry& entry : profile.entries) {
    steps.push_back({{"name", entry.name},
                     {"op", entry.op},
                     {"output", entry.output},
                     {"ms", entry.ms},
                     {"macs", entry.macs},
                     {"share_of_peak", entry.peak > 0 ? Json(lab::share_of_peak(entry)) : Json()}});
  }
  return {{"runs", profile.runs},
          {"workers", profile.workers},
          {"run_ms", profile.run_ms},
          {"busy_ms", profile.busy_ms},
          {"steps", steps}};
}

Json row_json(const lab::BenchRow& row, bool ragged) {
  Json tokens = static_cast<uint64_t>(row.tokens);
  if (ragged) tokens = row.tokens;
  Json json = {{"batch", row.batch},
               {"tokens", tokens},
               {"threads", row.threads},
               {"min_ms", row.timing.min_ms},
               {"median_ms", row.timing.median_ms},
               {"p95_ms", row.timing.p95_ms},
               {"p99_ms", row.timing.p99_ms},
               {"mean_ms", row.timing.mean_ms},
               {"runs", row.timing.runs},
               {"sequences_per_second", row.sequences_per_second},
               {"tokens_per_second", row.tokens_per_second},
               {"macs", row.macs},
               {"macs_per_second", row.macs / row.timing.mean_ms * 1e3},
               {"share_of_peak", row.share_of_peak},
               {"weight_bytes", row.weight_bytes},
               {"activation_bytes", row.activation_bytes},
               {"session_bytes", row.memory_bytes}};
  if (row.profile.runs > 0) json["profile"] = profile_json(row.profile);
  return json;
}

void print_entries(const lab::Profile& profile, const std::vector<lab::ProfileEntry>& entries,
                   std::string lab::ProfileEntry::*name) {
  const double total = profile.run_ms * static_cast<double>(profile.workers);
  for (const lab::ProfileEntry& entry : entries) {
    print("  %-32s %9.3f %6.1f%%", lab::printable(entry.*name).c_str(), entry.ms, 100 * entry.ms / total);
    if (entry.macs > 0) print(" %9.1f %6.1f%%", entry.macs / entry.ms / 1e6, 100 * lab::share_of_peak(entry));
    print("\n");
  }
}

void print_profile(const lab::BenchRow& row) {
  const lab::Profile& profile = row.profile;
  print("\n%zu x %.4g tokens, %zu %s: %.3f ms a run with the time of every step taken (mean of %zu runs)\n", row.batch,
        row.tokens, row.threads, row.threads == 1 ? "thread" : "threads", profile.run_ms, profile.runs);
  print("  %-32s %9s %7s %9s %7s\n", "step", "ms", "share", "GMAC/s", "of peak");
  print_entries(profile, lab::sum_by_name(profile), &lab::ProfileEntry::name);
  const double total = profile.run_ms * static_cast<double>(profile.workers);
  print("  %-32s %9.3f %6.1f%%\n", "waiting, hand-over", total - profile.busy_ms,
        100 * (total - profile.busy_ms) / total);
  print("\n  %-32s %9s %7s %9s %7s\n", "op, by its output", "ms", "share", "GMAC/s", "of peak");
  print_entries(profile, lab::sum_by_op(profile), &lab::ProfileEntry::output);
}

struct Opened {
  std::vector<Model> models;
  std::vector<lab::BenchModel> benched;
};

Result<Opened> open_models(const Options& options) {
  Opened opened;
  for (const std::string& path : options.models) {
    Result<Model> model = open_model(path);
    if (!model.ok()) return model.status();
    opened.models.push_back(std::move(*model));
  }
  for (size_t i = 0; i < options.models.size(); ++i) {
    lab::BenchModel& benched = opened.benched.emplace_back();
    benched.name = options.models[i];
    benched.model = &opened.models[i];
    if (!options.text.empty()) LINNET_RETURN_IF_ERROR(read_lines(opened.models[i], options, &benched.lines));
  }
  return opened;
}

Json model_json(const Options& options, const lab::BenchModel& model, const lab::BenchReport& report) {
  Json rows = Json::array();
  for (const lab::BenchRow& row : report.rows) rows.push_back(row_json(row, !options.text.empty()));
  Json json = {{"model", model.name},
               {"weights", lab::weight_type(model.model->graph())},
               {"file_bytes", model.model->view().size()},
               {"rows", rows}};
  if (!model.lines.empty()) json["lines"] = model.lines.size();
  add_places(options.backend, report.places, &json);
  return json;
}

void print_json(const Options& options, const Opened& opened, const std::vector<lab::BenchReport>& reports) {
  Json json = {{"isa", reports.front().isa},
               {"cpu", lab::cpu_name()},
               {"commit", lab::commit()},
               {"peak_resident_bytes", lab::peak_resident_bytes()}};
  if (reports.size() == 1) {
    json.update(model_json(options, opened.benched.front(), reports.front()));
  } else {
    for (size_t i = 0; i < reports.size(); ++i) {
      json["models"].push_back(model_json(options, opened.benched[i], reports[i]));
    }
  }
  print(json);
}

void print_row(const lab::BenchRow& row) {
  print("%6zu %7.4g %7zu %9.3f %9.3f %9.3f %9.3f %9.0f %8.1f %6.1f%% %9s %9s %9s", row.batch, row.tokens, row.threads,
        row.timing.min_ms, row.timing.median_ms, row.timing.p95_ms, row.timing.p99_ms, row.tokens_per_second,
        row.macs / row.timing.mean_ms / 1e6, 100 * row.share_of_peak,
        lab::human_bytes(static_cast<uint64_t>(row.weight_bytes)).c_str(),
        lab::human_bytes(static_cast<uint64_t>(row.activation_bytes)).c_str(),
        lab::human_bytes(row.memory_bytes).c_str());
}

// One model: a table. Several: the models of each row below one another, since they were timed in turns.
void print_table(const Options& options, const Opened& opened, const std::vector<lab::BenchReport>& reports) {
  const bool several = reports.size() > 1;
  for (size_t i = 0; i < reports.size(); ++i) {
    const lab::BenchModel& model = opened.benched[i];
    if (several) print("[%zu] ", i + 1);
    print("%s: %s, %s\n", lab::printable(model.name).c_str(), lab::human_bytes(model.model->view().size()).c_str(),
          lab::weight_type(model.model->graph()));
  }
  print("%s, on %s; commit %s\n", reports.front().isa.c_str(), lab::printable(lab::cpu_name()).c_str(), lab::commit());
  if (!options.text.empty()) {
    print("%zu lines of %s in ragged batches; tokens are the mean of a line\n", opened.benched.front().lines.size(),
          options.text.c_str());
  }
  if (several) print("%5s ", "model");
  print("%6s %7s %7s %9s %9s %9s %9s %9s %8s %7s %9s %9s %9s\n", "batch", "tokens", "threads", "min ms", "median ms",
        "p95 ms", "p99 ms", "tokens/s", "GMAC/s", "of peak", "weights", "between", "session");
  for (size_t row = 0; row < reports.front().rows.size(); ++row) {
    for (size_t i = 0; i < reports.size(); ++i) {
      if (several) print("%4s[%zu] ", "", i + 1);
      print_row(reports[i].rows[row]);
      print("\n");
    }
  }
  print("peak memory of the process: %s\n", lab::human_bytes(lab::peak_resident_bytes()).c_str());
}

Status run(const Options& options) {
  lab::BenchOptions bench = options.bench;
  bench.shapes = lab::all_shapes(options.batch, options.text.empty() ? options.tokens : std::vector<size_t>{0});
  bench.timing = lab::timing_of(options.seconds);
  bench.backend = options.backend.name;
  bench.strict = options.backend.strict;
  if (!options.trace.empty()) {
    if (options.models.size() * bench.shapes.size() * bench.threads.size() != 1) {
      return Status::error(Code::invalid_argument,
                           "--trace is of one row of one model: give --batch, --tokens and --threads one number each");
    }
    LINNET_RETURN_IF_ERROR(check_output(options.trace));
    bench.profile = true;
  }
  const Result<Opened> opened = open_models(options);
  if (!opened.ok()) return opened.status();
  Result<std::vector<lab::BenchReport>> reports = Status();
  {
    Progress progress("timing");
    reports = lab::bench_models(opened->benched, bench, std::ref(progress));
  }
  if (!reports.ok()) return reports.status();
  for (const lab::BenchReport& report : *reports) say_places(options.backend, report.places);
  if (!options.trace.empty()) {
    LINNET_RETURN_IF_ERROR(write_atomically(options.trace, lab::chrome_trace(reports->front().rows.front().profile)));
  }
  if (options.json) {
    print_json(options, *opened, *reports);
    return Status();
  }
  print_table(options, *opened, *reports);
  for (size_t i = 0; i < reports->size(); ++i) {
    for (const lab::BenchRow& row : (*reports)[i].rows) {
      if (row.profile.runs == 0) continue;
      if (reports->size() > 1) print("\n[%zu]", i + 1);
      print_profile(row);
    }
  }
  return Status();
}

}  // namespace

void add_bench(CommandLine& line) {
  Command& command = line.add(
      "bench", "Time models, several in turns; loading them and tokenizing are not in the times",
      {"linnet bench minilm.linnet", "linnet bench minilm.linnet --tokens 16,128 --batch 1,32 --threads 1,4 --json",
       "linnet bench minilm.linnet minilm-int8.linnet --tokens 128 --batch 1",
       "linnet bench minilm.linnet --text sentences.txt --batch 32",
       "linnet bench minilm.linnet --tokens 128 --batch 1 --profile --trace trace.json"});
  auto options = std::make_shared<Options>();
  command.add_arguments("MODEL", &options->models, "Model files (*.linnet)");
  const Option& tokens = command.add_numbers("--tokens", &options->tokens, 1, 65536,
                                             "Tokens of every sequence, up to the model's positions");
  command.add_numbers("--batch", &options->batch, 1, 65536, "Sequences in a batch");
  command.add_numbers("--threads", &options->bench.threads, 1, 256, "Threads");
  Option& text =
      command.add_text("--text", "FILE", &options->text, "Time the lines of this file in ragged batches instead");
  text.excludes = &tokens;
  command.add_number("--lines", &options->text_lines, 1, 1000000, "At most so many lines of --text").needs = &text;
  command.add_real("--seconds", &options->seconds, 0.001, 3600,
                   "The least time each row of each model is measured for");
  command.add_flag("--profile", &options->bench.profile, "Then run as long again, and tell where the time goes");
  command
      .add_text("--trace", "OUT.json", &options->trace,
                "Profile, and write one run as a Chrome trace (JSON, for Perfetto or chrome://tracing)")
      .check = has_extension({".json"}, false);
  add_backend(command, &options->backend);
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
