#include "lab/tune.h"

#include <algorithm>
#include <cinttypes>
#include <map>
#include <nlohmann/json.hpp>

#include "lab/tune_log.h"
#include "model/layout.h"

namespace linnet::lab {

namespace {

constexpr std::string_view kBetweenPasses = " | ";

class Tuner {
 public:
  Tuner(EditableModel& source, const std::vector<const Pass*>& passes, Measurer& measurer, const TuneOptions& options,
        TuneReport* report, const Progress& progress)
      : source_(source),
        passes_(passes),
        measurer_(measurer),
        options_(options),
        report_(*report),
        progress_(progress),
        begin_(options.clock()) {
    for (const Pass* pass : passes) choices_.insert(choices_.end(), pass->choices().begin(), pass->choices().end());
  }

  Result<EditableModel> run() {
    const Limits& limits = options_.limits;
    if (!limits.loss && !limits.ms && !limits.bytes) {
      return Status::error(Code::invalid_argument, "there is no limit to search within");
    }
    if (choices_.empty()) return Status::error(Code::invalid_argument, "the model has nothing to compress");
    LINNET_RETURN_IF_ERROR(open_log());
    LINNET_RETURN_IF_ERROR(search(choices_, limits, [&](const Point& point) { return look(point); }));
    if (by_time()) LINNET_RETURN_IF_ERROR(confirm());
    report_.seconds = options_.clock() - begin_;
    if (best_ == nullptr) return Status::error(Code::limit, "the budget ended before anything was measured");
    report_.best = *best_;
    const Measurement& m = best_->measurement;
    if (violation(limits, m) > 0) {
      return Status::error(Code::limit, "none of the %zu models that were tried holds %s; the nearest: %s (%s)",
                           report_.evaluations, limits_text().c_str(), measurement_text(m).c_str(),
                           best_->plan.c_str());
    }
    Result<EditableModel> model = make(*best_);
    if (!model.ok()) return model.status();
    nlohmann::ordered_json detail = {{"plan", best_->plan}, {"loss", m.loss}};
    if (m.worst) detail["worst"] = *m.worst;
    detail["measured"] = nlohmann::ordered_json::parse(measurer_.identity(), nullptr, false);
    detail["limits"] = limits_text();
    model->add_provenance("tune", detail.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return model;
  }

 private:
  struct Known : Evaluated {
    Settings settings;
  };

  Status open_log() {
    if (options_.log.empty()) return Status();
    const Result<std::vector<uint8_t>> bytes = serialize_model(source_);
    if (!bytes.ok()) return bytes.status();
    std::string identity = measurer_.identity();
    for (const Pass* pass : passes_) {
      identity += '\n';
      identity += pass->identity();
    }
    const TuneIdentity rows_of = {hash_bytes(bytes->data(), bytes->size()),
                                  hash_bytes(reinterpret_cast<const uint8_t*>(identity.data()), identity.size())};
    Result<TuneLog> log =
        TuneLog::open(options_.log, rows_of, [&](const std::string& plan) { return check_text(plan); });
    if (!log.ok()) return log.status();
    log_ = std::move(*log);
    return Status();
  }

  // An error for a text that no settings of the passes have.
  Status check_text(std::string_view text) const {
    for (size_t i = 0; i < passes_.size(); ++i) {
      const size_t end = std::min(text.find(kBetweenPasses), text.size());
      const Result<Settings> settings = passes_[i]->parse(std::string(text.substr(0, end)));
      if (!settings.ok()) return settings.status();
      const bool last = end == text.size();
      if (last != (i + 1 == passes_.size())) {
        return Status::error(Code::invalid_argument, "not a plan of %zu passes", passes_.size());
      }
      text.remove_prefix(last ? end : end + kBetweenPasses.size());
    }
    return Status();
  }

  Settings settings_of(const Point& point) const {
    Settings settings;
    for (size_t i = 0; i < choices_.size(); ++i) settings[choices_[i].name] = choices_[i].settings[point[i]];
    return settings;
  }

  std::string text_of(const Settings& settings) const {
    std::string text;
    for (const Pass* pass : passes_) {
      if (!text.empty()) text += kBetweenPasses;
      text += pass->text(settings);
    }
    return text;
  }

  Result<EditableModel> make(const Known& known) {
    EditableModel model = source_;
    for (const Pass* pass : passes_) {
      Result<EditableModel> next = pass->apply(model, known.settings, [&](uint64_t, uint64_t) { return go_on(); });
      if (!next.ok()) return error_of(next.status(), known.plan);
      model = std::move(*next);
    }
    return model;
  }

  Result<const Measurement*> look(const Point& point) {
    const Settings settings = settings_of(point);
    std::string plan = text_of(settings);
    const auto known = evaluated_.find(plan);
    if (known != evaluated_.end()) return &known->second.measurement;

    const Measurement* logged = log_.find(plan);
    const bool late = logged == nullptr && options_.clock() - begin_ >= options_.minutes * 60;
    if (report_.evaluations >= options_.evaluations || late) {
      report_.out_of_budget = true;
      return nullptr;
    }
    if (!go_on()) return Status::error(Code::io, "interrupted");
    Known looked;
    looked.plan = std::move(plan);
    looked.settings = settings;
    if (logged != nullptr) {
      looked.measurement = *logged;
      ++report_.from_log;
    } else {
      const Result<Measurement> m = measure(looked);
      if (!m.ok()) return m.status();
      looked.measurement = *m;
    }
    ++report_.evaluations;
    const Known& kept = evaluated_.emplace(looked.plan, looked).first->second;
    if (report_.evaluations == 1) report_.none = *(none_ = &kept);
    if (report_.evaluations == 2) report_.all = *(all_ = &kept);
    if (best_ == nullptr || better(options_.limits, kept.measurement, best_->measurement)) best_ = &kept;
    return &kept.measurement;
  }

  Result<Measurement> measure(const Known& looked) {
    const double begin = options_.clock();
    LINNET_RETURN_IF_ERROR(compare_with(all_ != nullptr ? all_ : none_));
    Result<EditableModel> model = make(looked);
    if (!model.ok()) return model.status();
    Result<Measurement> m = measurer_.measure(*model, [&](uint64_t, uint64_t) { return go_on(); });
    if (!m.ok()) return error_of(m.status(), looked.plan);
    m->seconds = options_.clock() - begin;
    LINNET_RETURN_IF_ERROR(log_.add(looked.plan, *m));
    return m;
  }

  // Models are timed against one that stays the same: were it the best one so far, which is that partly by luck, every
  // change of it would make all later times shorter. The compressed one runs in a part of the other one's time.
  Status compare_with(const Known* reference) {
    if (reference == reference_) return Status();
    Result<EditableModel> model = make(*reference);
    if (!model.ok()) return model.status();
    LINNET_RETURN_IF_ERROR(measurer_.compare_with(*model, reference->measurement.ms));
    reference_ = reference;
    return Status();
  }

  // Whether times decide anything.
  bool by_time() const { return options_.limits.ms.has_value() || objective(options_.limits) == Axis::ms; }

  // The quickest of many models is that partly by luck. So the best ones are timed anew, and the best by these times is
  // the result; when none of them holds the limits any longer, the next ones are.
  Status confirm() {
    constexpr size_t kFinalists = 5, kGroups = 3;
    if (all_ == nullptr) return Status();
    const auto first = [&](const Known* a, const Known* b) {
      return better(options_.limits, a->measurement, b->measurement);
    };
    std::vector<Known*> order;
    order.reserve(evaluated_.size());
    for (auto& [plan, known] : evaluated_) order.push_back(&known);
    std::stable_sort(order.begin(), order.end(), first);
    const Known* best = all_;  // what the others are timed against
    for (size_t i = 0; i < std::min(order.size(), kFinalists * kGroups); ++i) {
      if (i > 0 && i % kFinalists == 0 && violation(options_.limits, best->measurement) == 0) break;
      Known& known = *order[i];
      if (&known != all_) LINNET_RETURN_IF_ERROR(time_again(&known));
      if (first(&known, best)) best = &known;
    }
    best_ = best;
    return Status();
  }

  Status time_again(Known* known) {
    Measurement& m = known->measurement;
    if (!m.again_ms) {
      if (!go_on()) return Status::error(Code::io, "interrupted");
      LINNET_RETURN_IF_ERROR(compare_with(all_));
      Result<EditableModel> model = make(*known);
      if (!model.ok()) return model.status();
      const Result<double> ms = measurer_.time_again(*model);
      if (!ms.ok()) return error_of(ms.status(), known->plan);
      m.again_ms = *ms;
      LINNET_RETURN_IF_ERROR(log_.add(known->plan, m));
    }
    m.ms = *m.again_ms;
    ++report_.timed_again;
    return Status();
  }

  // An interrupt is not an error of a plan.
  Status error_of(const Status& status, const std::string& plan) const {
    return stopped_ ? status : status.within(plan.c_str());
  }

  bool go_on() {
    stopped_ = progress_ && !progress_(report_.evaluations, options_.evaluations);
    return !stopped_;
  }

  std::string limits_text() const {
    char text[96];
    std::string all;
    const auto add = [&] {
      if (!all.empty()) all += ", ";
      all += text;
    };
    if (options_.limits.loss) {
      std::snprintf(text, sizeof text, "loss <= %.4g", *options_.limits.loss);
      add();
    }
    if (options_.limits.ms) {
      std::snprintf(text, sizeof text, "<= %.4g ms", *options_.limits.ms);
      add();
    }
    if (options_.limits.bytes) {
      std::snprintf(text, sizeof text, "<= %.4g MB", *options_.limits.bytes / 1e6);
      add();
    }
    return all;
  }

  EditableModel& source_;
  const std::vector<const Pass*>& passes_;
  Measurer& measurer_;
  const TuneOptions& options_;
  TuneReport& report_;
  const Progress& progress_;
  const double begin_;
  std::vector<Choice> choices_;
  TuneLog log_;
  std::map<std::string, Known> evaluated_;  // by plan; what is in a map stays where it is
  const Known *best_ = nullptr, *none_ = nullptr, *all_ = nullptr;
  const Known* reference_ = nullptr;  // the measurer's
  bool stopped_ = false;              // by the progress
};

}  // namespace

Result<EditableModel> tune(EditableModel& source, const std::vector<const Pass*>& passes, Measurer& measurer,
                           const TuneOptions& options, TuneReport* report, const Progress& progress) {
  *report = {};
  return Tuner(source, passes, measurer, options, report, progress).run();
}

std::string measurement_text(const Measurement& m) {
  char text[96];
  std::snprintf(text, sizeof text, "loss %.5g, %.4g ms, %.4g MB", m.loss, m.ms, static_cast<double>(m.bytes) / 1e6);
  return text;
}

}  // namespace linnet::lab
