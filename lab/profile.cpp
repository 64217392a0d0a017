#include "lab/profile.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <tuple>

#include "runtime/kernels/peak.h"

namespace linnet::lab {

namespace {

uint64_t nanoseconds(void*) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

// The records of one run. Each worker writes to a list of its own, so that nothing is locked.
class Recorder {
 public:
  explicit Recorder(size_t workers) : of_worker_(workers) {}

  StepObserver observer() {
    return {nanoseconds,
            [](void* self, const StepRecord& record) {
              static_cast<Recorder*>(self)->of_worker_[record.worker].push_back(record);
            },
            this};
  }

  std::vector<StepRecord> take() {
    std::vector<StepRecord> all;
    for (std::vector<StepRecord>& records : of_worker_) {
      all.insert(all.end(), records.begin(), records.end());
      records.clear();
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
    return all;
  }

 private:
  std::vector<std::vector<StepRecord>> of_worker_;
};

// The session keeps a pointer to the recorder no longer than this lives.
class Observation {
 public:
  Observation(Session* session, Recorder* recorder) : session_(session) {
    session->set_step_observer(recorder->observer());
  }
  ~Observation() { session_->set_step_observer({}); }
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;

 private:
  Session* session_;
};

const char* step_name(Step step) {
  switch (step) {
    case Step::embed: return "embed";
    case Step::norm: return "norm";
    case Step::quantize: return "quantize";
    case Step::multiply: return "multiply";
    case Step::quantize_heads: return "quantize heads";
    case Step::attention: return "scores and context";
    case Step::pool: return "pool";
    case Step::normalize: return "normalize";
  }
  return "unknown";
}

std::string entry_name(const fbs::Op& op, const StepRecord& record) {
  switch (op.body_type()) {
    case fbs::OpBody::Attention: {
      std::string name = "attention ";
      if (record.step == Step::quantize || record.step == Step::multiply) name += record.part == 0 ? "qkv " : "output ";
      return name + step_name(record.step);
    }
    case fbs::OpBody::FeedForward:
      return std::string("feed-forward ") + (record.part == 0 ? "up " : "down ") + step_name(record.step);
    case fbs::OpBody::Dense: return std::string("dense ") + step_name(record.step);
    default: return step_name(record.step);
  }
}

constexpr size_t kMostRuns = 2000;  // every record of each is kept

struct Run {
  uint64_t nanoseconds;
  std::vector<StepRecord> records;
};

// Whether the products of a step are of int8.
bool is_int8(const ModelView& model, const fbs::Op& op, const StepRecord& record) {
  const auto holds_int8 = [&](const fbs::Linear* linear) {
    return model.tensor(linear->weight())->type() == fbs::ElementType::S8;
  };
  if (const fbs::Attention* attention = op.body_as_Attention()) {
    if (record.step == Step::attention) return attention->int8_core();
    return holds_int8(record.part == 0 ? attention->qkv() : attention->output());
  }
  if (const fbs::FeedForward* feed_forward = op.body_as_FeedForward()) {
    return holds_int8(record.part == 0 ? feed_forward->up() : feed_forward->down());
  }
  return op.body_as_Dense() != nullptr && holds_int8(op.body_as_Dense()->linear());
}

// Adds up the runs, each entry divided by their number.
std::vector<ProfileEntry> mean_entries(const ModelView& model, std::span<const Run> runs, const kernels::Peak& peak) {
  const fbs::Model& graph = *model.graph();
  using Key = std::tuple<uint32_t, uint32_t, Step>;
  std::map<Key, size_t> index;
  std::vector<ProfileEntry> entries;
  for (const Run& run : runs) {
    for (const StepRecord& record : run.records) {
      const auto [found, is_new] = index.try_emplace(Key(record.op, record.part, record.step), entries.size());
      if (is_new) {
        const fbs::Op& op = *graph.ops()->Get(record.op);
        const double of_type = is_int8(model, op, record) ? peak.int8_macs : peak.float_macs;
        entries.push_back({entry_name(op, record), record.op, text_of(graph.values()->Get(op.output())->name()), 0, 0,
                           record.macs > 0 ? of_type : 0});
      }
      ProfileEntry& entry = entries[found->second];
      entry.ms += static_cast<double>(record.end - record.begin) / 1e6;
      entry.macs += static_cast<double>(record.macs);
    }
  }
  for (ProfileEntry& entry : entries) {
    entry.ms /= static_cast<double>(runs.size());
    entry.macs /= static_cast<double>(runs.size());
  }
  return entries;
}

template <typename Key>
std::vector<ProfileEntry> sum_by(const Profile& profile, Key&& key_of, void (*rename)(ProfileEntry*)) {
  std::vector<ProfileEntry> sums;
  std::map<decltype(key_of(profile.entries.front())), size_t> index;
  for (const ProfileEntry& entry : profile.entries) {
    const auto [found, is_new] = index.try_emplace(key_of(entry), sums.size());
    if (is_new) {
      sums.push_back(entry);
      rename(&sums.back());
      continue;
    }
    ProfileEntry& sum = sums[found->second];
    sum.ms += entry.ms;
    sum.macs += entry.macs;
    if (sum.peak < entry.peak) sum.peak = entry.peak;
  }
  return sums;
}

}  // namespace

Result<Profile> profile_items(const Model& model, Session* session, const TimingOptions& options, size_t items,
                              const std::function<Status(size_t)>& run) {
  Recorder recorder(session->threads());
  const Observation observation(session, &recorder);
  std::vector<Run> runs;
  TimingOptions limited = options;
  limited.max_runs = std::min(options.max_runs, kMostRuns);
  const Result<Timing> times = time_runs(limited, [&] {
    const uint64_t begin = nanoseconds(nullptr);
    for (size_t item = 0; item < items; ++item) LINNET_RETURN_IF_ERROR(run(item));
    runs.push_back({nanoseconds(nullptr) - begin, recorder.take()});
    for (StepRecord& record : runs.back().records) {
      record.begin -= begin;
      record.end -= begin;
    }
    return Status();
  });
  if (!times.ok()) return times.status();

  runs.erase(runs.begin(), runs.end() - static_cast<ptrdiff_t>(times->runs));  // the warm-up
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.nanoseconds < b.nanoseconds; });
  runs.resize((runs.size() + 1) / 2);
  Profile profile;
  profile.runs = runs.size();
  profile.workers = session->threads();
  for (const Run& each : runs) profile.run_ms += static_cast<double>(each.nanoseconds) / 1e6;
  profile.run_ms /= static_cast<double>(runs.size());
  const Result<kernels::Peak> peak = kernels::measure_peak(session->isa(), 0.1);
  if (!peak.ok()) return peak.status();
  profile.entries = mean_entries(model.view(), runs, *peak);
  for (const ProfileEntry& entry : profile.entries) profile.busy_ms += entry.ms;
  for (const StepRecord& record : runs.back().records) {
    const fbs::Op& op = *model.graph().ops()->Get(record.op);
    profile.spans.push_back({entry_name(op, record), text_of(model.value(op.output()).name()), record.worker,
                             record.begin, record.end, record.macs});
  }
  return profile;
}

std::vector<ProfileEntry> sum_by_name(const Profile& profile) {
  return sum_by(
      profile, [](const ProfileEntry& entry) { return entry.name; }, [](ProfileEntry* entry) { entry->output = ""; });
}

std::vector<ProfileEntry> sum_by_op(const Profile& profile) {
  return sum_by(
      profile, [](const ProfileEntry& entry) { return entry.op; }, [](ProfileEntry* entry) { entry->name = ""; });
}

std::string chrome_trace(const Profile& profile) {
  using Json = nlohmann::ordered_json;
  Json events = Json::array();
  const auto microseconds = [](uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e3; };
  for (const Profile::Span& span : profile.spans) {
    Json arguments = {{"output", span.output}};
    if (span.macs > 0) {
      arguments["macs"] = span.macs;
      arguments["gmacs_per_second"] = static_cast<double>(span.macs) / static_cast<double>(span.end - span.begin);
    }
    events.push_back({{"name", span.name},
                      {"ph", "X"},
                      {"ts", microseconds(span.begin)},
                      {"dur", microseconds(span.end - span.begin)},
                      {"pid", 1},
                      {"tid", span.worker},
                      {"args", arguments}});
  }
  const Json trace = {{"traceEvents", events}, {"displayTimeUnit", "ms"}};
  return trace.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace linnet::lab
