#include "lab/bench.h"

#include <algorithm>
#include <charconv>

#include "lab/run_ids.h"
#include "lab/tokens.h"
#include "runtime/kernels/peak.h"

namespace linnet::lab {

namespace {

constexpr double kPeakSeconds = 0.1;
constexpr size_t kMostNumber = 65536;  // of sequences, and of tokens of a sequence

// The sequences of one call, and what they cost.
struct Batch {
  std::vector<int32_t> ids = {};
  std::vector<size_t> lengths = {};
  double int8_macs = 0, float_macs = 0;
  Traffic traffic = {};
};

void count_cost(const fbs::Model& graph, Batch* batch) {
  for (const size_t length : batch->lengths) {
    const Macs macs = macs_by_type(graph, length);
    batch->int8_macs += static_cast<double>(macs.int8);
    batch->float_macs += static_cast<double>(macs.float32);
  }
  batch->traffic = batch_traffic(graph, batch->lengths);
}

std::vector<Batch> make_batches(const BenchModel& given, const Shape& shape) {
  const Model& model = *given.model;
  std::vector<Batch> batches;
  if (given.lines.empty()) {
    batches.push_back({sample_ids(model, shape.batch * shape.tokens), std::vector<size_t>(shape.batch, shape.tokens)});
  }
  for (size_t line = 0; line < given.lines.size(); ++line) {
    if (line % shape.batch == 0) batches.emplace_back();
    Batch& last = batches.back();
    last.ids.insert(last.ids.end(), given.lines[line].begin(), given.lines[line].end());
    last.lengths.push_back(given.lines[line].size());
  }
  for (Batch& batch : batches) count_cost(model.graph(), &batch);
  return batches;
}

size_t longest(const std::vector<Batch>& batches) {
  size_t most = 0;
  for (const Batch& batch : batches) {
    most = std::max(most, *std::max_element(batch.lengths.begin(), batch.lengths.end()));
  }
  return most;
}

// A model that is ready to be timed at a shape. It stays where it is: `contender` points to it.
class Entrant {
 public:
  Status prepare(const BenchModel& given, const Shape& shape, size_t threads, const BenchOptions& options,
                 BenchReport* report) {
    model_ = given.model;
    batches_ = make_batches(given, shape);
    SessionOptions session_options;
    session_options.threads = threads;
    session_options.max_pass_tokens = pass_tokens(*model_, longest(batches_));
    if (!options.isa.empty()) session_options.isa = options.isa.c_str();
    session_options.backend = options.backend.c_str();
    session_options.strict = options.strict;
    Result<Session> session = Session::create(*model_, session_options);
    if (!session.ok()) return session.status();
    session_ = std::move(*session);
    report->isa = session_.isa();
    report->places = linear_places(*model_, session_);

    const Result<uint32_t> output = model_->find_value(nullptr);
    if (!output.ok()) return output.status();
    const fbs::Value& value = model_->value(*output);
    size_t rows = 0;
    for (const Batch& each : batches_) {
      rows = std::max(rows, value.rows() == fbs::RowKind::Token ? each.ids.size() : each.lengths.size());
    }
    out_.resize(rows * value.width());
    tap_ = {*output, out_.data(), value.width()};
    return Status();
  }

  Contender contender() {
    return {batches_.size(), [this](size_t item) { return run(item); }};
  }

  Result<Profile> profile(const TimingOptions& timing) {
    return profile_items(*model_, &session_, timing, batches_.size(), [this](size_t item) { return run(item); });
  }

  BenchRow row(const Shape& shape, size_t threads, const Timing& timing, const kernels::Peak& peak) const {
    BenchRow row;
    row.batch = shape.batch;
    row.threads = threads;
    row.timing = timing;
    row.memory_bytes = session_.memory_bytes();
    const double batches = static_cast<double>(batches_.size());
    double ids = 0, sequences = 0, peak_seconds = 0;
    for (const Batch& each : batches_) {
      ids += static_cast<double>(each.ids.size());
      sequences += static_cast<double>(each.lengths.size());
      peak_seconds += each.int8_macs / peak.int8_macs + each.float_macs / peak.float_macs;
      row.macs += (each.int8_macs + each.float_macs) / batches;
      row.weight_bytes += static_cast<double>(each.traffic.weights) / batches;
      row.activation_bytes += static_cast<double>(each.traffic.activations) / batches;
    }
    row.tokens = ids / sequences;
    // Of the mean, which is what a long run comes to.
    const double seconds = timing.mean_ms / 1e3;
    row.sequences_per_second = sequences / batches / seconds;
    row.tokens_per_second = ids / batches / seconds;
    row.share_of_peak = peak_seconds / batches / static_cast<double>(threads) / seconds;
    return row;
  }

 private:
  Status run(size_t item) {
    const Batch& each = batches_[item];
    return session_.run(each.ids.data(), each.lengths.data(), each.lengths.size(), &tap_, 1);
  }

  const Model* model_ = nullptr;
  std::vector<Batch> batches_;
  Session session_;
  std::vector<float> out_;
  Tap tap_{};
};

Status check_lengths(std::span<const BenchModel> models, const BenchOptions& options) {
  for (const BenchModel& model : models) {
    if (!model.lines.empty()) continue;
    const size_t positions = model.model->max_positions();
    for (const Shape& shape : options.shapes) {
      if (shape.tokens <= positions) continue;
      return Status::error(Code::limit, "%s: %zu tokens are more than the model's %zu positions", model.name.c_str(),
                           shape.tokens, positions);
    }
  }
  return Status();
}

// One row of every report.
Status bench_row(std::span<const BenchModel> models, const Shape& shape, size_t threads, const BenchOptions& options,
                 const Progress& progress, std::vector<BenchReport>* reports) {
  std::vector<Entrant> entrants(models.size());
  std::vector<Contender> contenders;
  for (size_t i = 0; i < models.size(); ++i) {
    const Status status = entrants[i].prepare(models[i], shape, threads, options, &(*reports)[i]);
    if (!status.ok()) return status.within(models[i].name.c_str());
    contenders.push_back(entrants[i].contender());
  }
  const Result<std::vector<Timing>> times = time_in_turns(options.timing, contenders, progress);
  if (!times.ok()) return times.status();
  // On one thread, right after what it is compared with.
  const Result<kernels::Peak> peak = kernels::measure_peak(reports->front().isa.c_str(), kPeakSeconds);
  if (!peak.ok()) return peak.status();
  for (size_t i = 0; i < models.size(); ++i) {
    BenchRow row = entrants[i].row(shape, threads, (*times)[i], *peak);
    if (options.profile) {
      Result<Profile> profile = entrants[i].profile(options.timing);
      if (!profile.ok()) return profile.status();
      row.profile = std::move(*profile);
    }
    (*reports)[i].rows.push_back(std::move(row));
  }
  return Status();
}

}  // namespace

std::string shape_name(const Shape& shape) { return std::to_string(shape.batch) + "x" + std::to_string(shape.tokens); }

Result<Shape> parse_shape(const std::string& text) {
  const char *at = text.data(), *last = text.data() + text.size();
  Shape shape;
  const auto batch = std::from_chars(at, last, shape.batch);
  const bool crossed = batch.ec == std::errc() && batch.ptr != last && *batch.ptr == 'x';
  const auto tokens = std::from_chars(crossed ? batch.ptr + 1 : last, last, shape.tokens);
  if (!crossed || tokens.ec != std::errc() || tokens.ptr != last || shape.batch < 1 || shape.batch > kMostNumber ||
      shape.tokens < 1 || shape.tokens > kMostNumber) {
    return Status::error(Code::invalid_argument,
                         "'%s' is not a shape: sequences x tokens, each from 1 to %zu, as 32x128", text.c_str(),
                         kMostNumber);
  }
  return shape;
}

Result<std::vector<Shape>> parse_shapes(const std::string& text) {
  std::vector<Shape> shapes;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    const Result<Shape> shape = parse_shape(part);
    if (!shape.ok()) return shape.status();
    if (std::count(shapes.begin(), shapes.end(), *shape) > 0) {
      return Status::error(Code::invalid_argument, "'%s' is given twice", part.c_str());
    }
    shapes.push_back(*shape);
    begin = end + 1;
  }
  return shapes;
}

std::vector<Shape> all_shapes(const std::vector<size_t>& batches, const std::vector<size_t>& tokens) {
  std::vector<Shape> shapes;
  for (const size_t batch : batches) {
    for (const size_t length : tokens) shapes.push_back({batch, length});
  }
  return shapes;
}

Result<std::vector<BenchReport>> bench_models(std::span<const BenchModel> models, const BenchOptions& options,
                                              const Progress& progress) {
  if (models.empty()) return Status::error(Code::invalid_argument, "there is no model to time");
  LINNET_RETURN_IF_ERROR(check_lengths(models, options));
  std::vector<BenchReport> reports(models.size());
  const uint64_t rows = options.threads.size() * options.shapes.size();
  constexpr uint64_t kRow = 1000;  // of the progress
  for (const size_t threads : options.threads) {
    for (const Shape& shape : options.shapes) {
      const uint64_t before = reports.front().rows.size() * kRow;
      const auto within = [&](uint64_t done, uint64_t total) {
        return !progress || progress(before + done * kRow / total, rows * kRow);
      };
      LINNET_RETURN_IF_ERROR(bench_row(models, shape, threads, options, within, &reports));
    }
  }
  return reports;
}

}  // namespace linnet::lab
