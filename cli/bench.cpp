#include "lab/bench.h"

#include "base/atomic_file.h"
#include "cli/common.h"
#include "cli/progress.h"
#include "lab/cost.h"
#include "lab/describe.h"
#include "lab/embed_file.h"
#include "lab/tokens.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
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

Status write_trace(const lab::Profile& profile, const std::string& path) {
  const std::string trace = lab::chrome_trace(profile);
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file.ok()) return file.status();
  LINNET_RETURN_IF_ERROR(file->write(trace.data(), trace.size()));
  return file->commit();
}

Status run(const Options& options) {
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  lab::BenchOptions bench = options.bench;
  bench.timing.min_seconds = options.seconds;
  bench.timing.warmup_seconds = options.seconds / 5;
  bench.backend = options.backend.name;
  bench.strict = options.backend.strict;
  if (!options.trace.empty()) {
    const size_t lengths = options.text.empty() ? bench.tokens.size() : 1;
    if (bench.batch.size() * lengths * bench.threads.size() != 1) {
      return Status::error(Code::invalid_argument,
                           "--trace is of one row: give --batch, --tokens and --threads one number each");
    }
    LINNET_RETURN_IF_ERROR(check_output(options.trace));
    bench.profile = true;
  }
  if (!options.text.empty()) LINNET_RETURN_IF_ERROR(read_lines(*model, options, &bench.lines));
  const bool ragged = !bench.lines.empty();

  Result<lab::BenchReport> report = Status();
  {
    Progress progress("timing");
    report = lab::bench_model(*model, bench, std::ref(progress));
  }
  if (!report.ok()) return report.status();
  say_places(options.backend, report->places);
  if (!options.trace.empty()) LINNET_RETURN_IF_ERROR(write_trace(report->rows.front().profile, options.trace));
  if (options.json) {
    Json rows = Json::array();
    for (const lab::BenchRow& row : report->rows) rows.push_back(row_json(row, ragged));
    Json json = {{"isa", report->isa},
                 {"model", options.model},
                 {"weights", lab::weight_type(model->graph())},
                 {"file_bytes", model->view().size()},
                 {"rows", rows}};
    if (ragged) json["lines"] = bench.lines.size();
    add_places(options.backend, report->places, &json);
    print(json);
    return Status();
  }
  print("%s: %s, %s, on %s\n", options.model.c_str(), lab::human_bytes(model->view().size()).c_str(),
        lab::weight_type(model->graph()), report->isa.c_str());
  if (ragged) {
    print("%zu lines of %s in ragged batches; tokens are the mean of a line\n", bench.lines.size(),
          options.text.c_str());
  }
  print("%6s %7s %8s %10s %10s %10s %10s %12s %11s %9s\n", "batch", "tokens", "threads", "min ms", "median ms",
        "p95 ms", "p99 ms", "sequences/s", "GMAC/s", "memory");
  for (const lab::BenchRow& row : report->rows) {
    print("%6zu %7.4g %8zu %10.3f %10.3f %10.3f %10.3f %12.1f %11.1f %9s\n", row.batch, row.tokens, row.threads,
          row.timing.min_ms, row.timing.median_ms, row.timing.p95_ms, row.timing.p99_ms, row.sequences_per_second,
          row.macs / row.timing.mean_ms / 1e6, lab::human_bytes(row.memory_bytes).c_str());
  }
  for (const lab::BenchRow& row : report->rows) {
    if (row.profile.runs > 0) print_profile(row);
  }
  return Status();
}

}  // namespace

void add_bench(CommandLine& line) {
  Command& command = line.add(
      "bench", "Time a model; loading it and tokenizing are not in the times",
      {"linnet bench minilm.linnet", "linnet bench minilm.linnet --tokens 16,128 --batch 1,32 --threads 1,4 --json",
       "linnet bench minilm.linnet --text sentences.txt --batch 32",
       "linnet bench minilm.linnet --tokens 128 --batch 1 --profile --trace trace.json"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  const Option& tokens = command.add_numbers("--tokens", &options->bench.tokens, 1, 65536,
                                             "Tokens of every sequence, up to the model's positions");
  command.add_numbers("--batch", &options->bench.batch, 1, 65536, "Sequences in a batch");
  command.add_numbers("--threads", &options->bench.threads, 1, 256, "Threads");
  Option& text =
      command.add_text("--text", "FILE", &options->text, "Time the lines of this file in ragged batches instead");
  text.excludes = &tokens;
  command.add_number("--lines", &options->text_lines, 1, 1000000, "At most so many lines of --text").needs = &text;
  command.add_real("--seconds", &options->seconds, 0.001, 3600, "The least time each row is measured for");
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
