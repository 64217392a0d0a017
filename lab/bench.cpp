#include "lab/bench.h"

#include <algorithm>

#include "lab/cost.h"
#include "lab/run_ids.h"
#include "lab/tokens.h"

namespace linnet::lab {

namespace {

// The sequences of one call, and where their rows go.
struct Batch {
  std::vector<int32_t> ids;
  std::vector<size_t> lengths;
  uint64_t macs = 0;
};

std::vector<Batch> sampled_batch(const Model& model, size_t batch, size_t tokens) {
  const uint64_t macs = batch * multiply_accumulates(model.graph(), tokens);
  return {Batch{sample_ids(model, batch * tokens), std::vector<size_t>(batch, tokens), macs}};
}

std::vector<Batch> ragged_batches(const Model& model, const std::vector<std::vector<int32_t>>& lines, size_t batch) {
  std::vector<Batch> batches;
  for (size_t line = 0; line < lines.size(); ++line) {
    if (line % batch == 0) batches.emplace_back();
    Batch& last = batches.back();
    last.ids.insert(last.ids.end(), lines[line].begin(), lines[line].end());
    last.lengths.push_back(lines[line].size());
    last.macs += multiply_accumulates(model.graph(), lines[line].size());
  }
  return batches;
}

size_t longest(const std::vector<Batch>& batches) {
  size_t most = 0;
  for (const Batch& batch : batches) {
    most = std::max(most, *std::max_element(batch.lengths.begin(), batch.lengths.end()));
  }
  return most;
}

Result<BenchRow> bench_batches(const Model& model, const std::vector<Batch>& batches, size_t batch, size_t threads,
                               const BenchOptions& options, BenchReport* report) {
  SessionOptions session_options;
  session_options.threads = threads;
  session_options.max_pass_tokens = pass_tokens(model, longest(batches));
  if (!options.isa.empty()) session_options.isa = options.isa.c_str();
  session_options.backend = options.backend.c_str();
  session_options.strict = options.strict;
  Result<Session> session = Session::create(model, session_options);
  if (!session.ok()) return session.status();
  report->isa = session->isa();
  report->places = linear_places(model, *session);

  const Result<uint32_t> output = model.find_value(nullptr);
  if (!output.ok()) return output.status();
  const fbs::Value& value = model.value(*output);
  size_t rows = 0, ids = 0, sequences = 0;
  double macs = 0;
  for (const Batch& each : batches) {
    rows = std::max(rows, value.rows() == fbs::RowKind::Token ? each.ids.size() : each.lengths.size());
    ids += each.ids.size();
    sequences += each.lengths.size();
    macs += static_cast<double>(each.macs);
  }
  std::vector<float> out(rows * value.width());
  const Tap tap{*output, out.data(), value.width()};
  const auto run = [&](size_t item) {
    const Batch& each = batches[item];
    return session->run(each.ids.data(), each.lengths.data(), each.lengths.size(), &tap, 1);
  };
  const Result<Timing> times = time_items(options.timing, batches.size(), run);
  if (!times.ok()) return times.status();

  BenchRow row;
  row.batch = batch;
  row.tokens = static_cast<double>(ids) / static_cast<double>(sequences);
  row.threads = threads;
  row.timing = *times;
  // Of the mean, which is what a long run comes to.
  const double batches_per_second = 1e3 / times->mean_ms;
  row.sequences_per_second = batches_per_second * static_cast<double>(sequences) / static_cast<double>(batches.size());
  row.tokens_per_second = batches_per_second * static_cast<double>(ids) / static_cast<double>(batches.size());
  row.macs = macs / static_cast<double>(batches.size());
  row.memory_bytes = session->memory_bytes();
  if (options.profile) {
    Result<Profile> profile = profile_items(model, &*session, options.timing, batches.size(), run);
    if (!profile.ok()) return profile.status();
    row.profile = std::move(*profile);
  }
  return row;
}

}  // namespace

Result<BenchReport> bench_model(const Model& model, const BenchOptions& options, const Progress& progress) {
  const bool ragged = !options.lines.empty();
  const std::vector<size_t> lengths = ragged ? std::vector<size_t>{0} : options.tokens;
  for (const size_t tokens : lengths) {
    if (tokens > model.max_positions()) {
      return Status::error(Code::limit, "%zu tokens are more than the model's %zu positions", tokens,
                           model.max_positions());
    }
  }
  BenchReport report;
  const uint64_t total = options.threads.size() * options.batch.size() * lengths.size();
  for (const size_t threads : options.threads) {
    for (const size_t batch : options.batch) {
      for (const size_t tokens : lengths) {
        if (progress && !progress(report.rows.size(), total)) return Status::error(Code::io, "interrupted");
        const std::vector<Batch> batches =
            ragged ? ragged_batches(model, options.lines, batch) : sampled_batch(model, batch, tokens);
        const Result<BenchRow> row = bench_batches(model, batches, batch, threads, options, &report);
        if (!row.ok()) return row.status();
        report.rows.push_back(*row);
      }
    }
  }
  return report;
}

}  // namespace linnet::lab
