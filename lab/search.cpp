#include "lab/search.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace linnet::lab {

namespace {

// Refinement ends after so many models in a row that were no better than the best: what is predicted to be better by
// then is so by the noise of the times.
constexpr size_t kPatience = 10;

// A difference between two measurements.
struct Effect {
  bool known = false;
  double loss = 0, ms = 0, bytes = 0;

  double along(Axis axis) const { return axis == Axis::loss ? loss : axis == Axis::ms ? ms : bytes; }
};

double along(const Measurement& m, Axis axis) {
  return axis == Axis::loss ? m.loss : axis == Axis::ms ? m.ms : static_cast<double>(m.bytes);
}

std::optional<double> limit_of(const Limits& limits, Axis axis) {
  return axis == Axis::loss ? limits.loss : axis == Axis::ms ? limits.ms : limits.bytes;
}

constexpr Axis kAxes[] = {Axis::loss, Axis::ms, Axis::bytes};

class Search {
 public:
  Search(const std::vector<Choice>& choices, const Limits& limits, const Look& look)
      : choices_(choices), limits_(limits), look_(look) {}

  Status run() {
    for (End& end : ends_) end.point.assign(choices_.size(), 0);
    for (size_t i = 0; i < choices_.size(); ++i) all().point[i] = choices_[i].settings.size() - 1;
    LINNET_RETURN_IF_ERROR(look(none().point, &none().measurement));
    LINNET_RETURN_IF_ERROR(look(all().point, &all().measurement));
    if (ended_) return Status();
    const bool for_loss = objective(limits_) == Axis::loss;
    // Nothing is more accurate than the model itself.
    if (for_loss && violation(limits_, *none().measurement) == 0) return Status();
    // When everything may be compressed there is no way to walk.
    const bool easy = !for_loss && violation(limits_, *all().measurement) == 0;
    // From the compressed end first: models there are quick to measure, and what is found lasts when the budget ends.
    LINNET_RETURN_IF_ERROR(look_around(&all()));
    if (!easy) {
      LINNET_RETURN_IF_ERROR(walk(all(), for_loss));
      LINNET_RETURN_IF_ERROR(look_around(&none()));
      LINNET_RETURN_IF_ERROR(walk(none(), for_loss));
    }
    return refine();
  }

 private:
  // One of the two ends that the search starts from.
  struct End {
    Point point;
    const Measurement* measurement = nullptr;
    std::vector<std::vector<Effect>> effects;  // of each setting of each choice alone
  };
  End& none() { return ends_[0]; }
  End& all() { return ends_[1]; }

  // Leaves *result alone when the budget is used up.
  Status look(const Point& point, const Measurement** result) {
    if (ended_) return Status();
    const Result<const Measurement*> seen = look_(point);
    if (!seen.ok()) return seen.status();
    ended_ = *seen == nullptr;
    if (ended_) return Status();
    seen_.insert(point);
    if (best_ == nullptr || better(limits_, **seen, *best_)) {
      best_ = *seen;
      best_point_ = point;
    }
    *result = *seen;
    return Status();
  }

  // The effect of every setting alone. Choices of one kind cost the same, so that the noise of their times is averaged.
  Status look_around(End* end) {
    end->effects.resize(choices_.size());
    std::map<std::pair<std::string, size_t>, std::vector<Effect*>> of_kind;
    for (size_t i = 0; i < choices_.size(); ++i) {
      end->effects[i].resize(choices_[i].settings.size());
      for (size_t s = 0; s < choices_[i].settings.size(); ++s) {
        Effect& effect = end->effects[i][s];
        Point point = end->point;
        if (point[i] == s) {
          effect.known = true;
          continue;
        }
        point[i] = s;
        const Measurement* m = nullptr;
        LINNET_RETURN_IF_ERROR(look(point, &m));
        if (m == nullptr) continue;
        effect = {true, m->loss - end->measurement->loss, m->ms - end->measurement->ms,
                  static_cast<double>(m->bytes) - static_cast<double>(end->measurement->bytes)};
        of_kind[{choices_[i].kind, s}].push_back(&effect);
      }
    }
    for (const auto& [kind, effects] : of_kind) {
      double sum = 0;
      for (const Effect* effect : effects) sum += effect->ms;
      for (Effect* effect : effects) effect->ms = sum / static_cast<double>(effects.size());
    }
    return Status();
  }

  // From an end towards the other one, one choice more at each step: those first that give most on one side for the
  // least on the other.
  std::vector<Point> path(const End& end, Axis axis) const {
    struct Move {
      double price;  // of a unit of what is gained
      double gain;
      size_t choice, setting;
    };
    const bool towards_all = &end == &ends_[0];
    const Axis gained = towards_all ? axis : Axis::loss, paid = towards_all ? Axis::loss : axis;
    std::vector<Move> moves;
    for (size_t i = 0; i < end.effects.size(); ++i) {
      for (size_t s = 0; s < end.effects[i].size(); ++s) {
        const Effect& effect = end.effects[i][s];
        const double gain = -effect.along(gained);
        if (effect.known && gain > 0) moves.push_back({effect.along(paid) / gain, gain, i, s});
      }
    }
    std::stable_sort(moves.begin(), moves.end(), [](const Move& a, const Move& b) { return a.price < b.price; });
    std::vector<Point> points = {end.point};
    std::vector<double> gains(choices_.size(), 0);
    for (const Move& move : moves) {
      if (move.gain <= gains[move.choice]) continue;
      gains[move.choice] = move.gain;
      points.push_back(points.back());
      points.back()[move.choice] = move.setting;
    }
    return points;
  }

  Status walk(const End& end, bool for_loss) {
    for (const Axis axis : {Axis::ms, Axis::bytes}) {
      if (for_loss ? !limit_of(limits_, axis).has_value() : axis != objective(limits_)) continue;
      LINNET_RETURN_IF_ERROR(walk(end, axis, for_loss));
    }
    return Status();
  }

  // Finds by bisection where on the path from `end` the limit of the loss (or, when the loss is the objective, those of
  // the cost) begins or ends to hold: losses and costs are near enough to monotone on it.
  Status walk(const End& end, Axis axis, bool for_loss) {
    Limits decisive = limits_;
    if (for_loss) {
      decisive.loss.reset();
    } else {
      decisive.ms.reset();
      decisive.bytes.reset();
    }
    const std::vector<Point> points = path(end, axis);
    size_t low = 0, high = points.size() - 1;
    const Measurement *at_low = nullptr, *at_high = nullptr;
    LINNET_RETURN_IF_ERROR(look(points[low], &at_low));
    LINNET_RETURN_IF_ERROR(look(points[high], &at_high));
    if (ended_) return Status();
    const bool holds_low = violation(decisive, *at_low) == 0, holds_high = violation(decisive, *at_high) == 0;
    while (holds_low != holds_high && high - low > 1) {
      const size_t middle = low + (high - low) / 2;
      const Measurement* m = nullptr;
      LINNET_RETURN_IF_ERROR(look(points[middle], &m));
      if (m == nullptr) return Status();
      ((violation(decisive, *m) == 0) == holds_low ? low : high) = middle;
    }
    return Status();
  }

  // What another setting of a choice of the best point should change: the mean of what was seen at both ends.
  Effect change(size_t choice, size_t setting) const {
    Effect sum;
    double count = 0;
    for (const End& end : ends_) {
      if (end.effects.empty()) continue;
      const Effect &before = end.effects[choice][best_point_[choice]], &after = end.effects[choice][setting];
      if (!before.known || !after.known) continue;
      sum = {true, sum.loss + after.loss - before.loss, sum.ms + after.ms - before.ms,
             sum.bytes + after.bytes - before.bytes};
      count += 1;
    }
    return sum.known ? Effect{true, sum.loss / count, sum.ms / count, sum.bytes / count} : sum;
  }

  // What is expected of the best point with some changes.
  Measurement predict(const Effect& a, const Effect& b) const {
    Measurement m = *best_;
    m.loss += a.loss + b.loss;
    m.ms = std::max(0.0, m.ms + a.ms + b.ms);
    m.bytes = static_cast<uint64_t>(std::max(0.0, static_cast<double>(m.bytes) + a.bytes + b.bytes));
    return m;
  }

  // The point one or two changes away from the best one of which most is expected; empty when none should be better.
  Point most_promising() const {
    struct Change {
      size_t choice, setting;
      Effect effect;
    };
    std::vector<Change> changes;
    for (size_t i = 0; i < choices_.size(); ++i) {
      for (size_t s = 0; s < choices_[i].settings.size(); ++s) {
        if (s == best_point_[i]) continue;
        const Effect effect = change(i, s);
        if (effect.known) changes.push_back({i, s, effect});
      }
    }
    Measurement expected = *best_;
    Point promising;
    const auto consider = [&](const Change& a, const Change* b) {
      const Measurement m = predict(a.effect, b != nullptr ? b->effect : Effect());
      if (!better(limits_, m, expected)) return;
      Point point = best_point_;
      point[a.choice] = a.setting;
      if (b != nullptr) point[b->choice] = b->setting;
      if (seen_.count(point) > 0) return;
      expected = m;
      promising = std::move(point);
    };
    for (size_t i = 0; i < changes.size(); ++i) {
      consider(changes[i], nullptr);
      for (size_t k = i + 1; k < changes.size(); ++k) {
        if (changes[k].choice != changes[i].choice) consider(changes[i], &changes[k]);
      }
    }
    return promising;
  }

  Status refine() {
    for (size_t failures = 0; failures < kPatience && !ended_;) {
      const Point point = most_promising();
      if (point.empty()) break;
      const Measurement* before = best_;
      const Measurement* m = nullptr;
      LINNET_RETURN_IF_ERROR(look(point, &m));
      failures = best_ == before ? failures + 1 : 0;
    }
    return Status();
  }

  const std::vector<Choice>& choices_;
  const Limits& limits_;
  const Look& look_;
  End ends_[2];
  std::set<Point> seen_;
  Point best_point_;
  const Measurement* best_ = nullptr;
  bool ended_ = false;
};

}  // namespace

Axis objective(const Limits& limits) {
  for (const Axis axis : kAxes) {
    if (!limit_of(limits, axis)) return axis;
  }
  return Axis::loss;
}

double violation(const Limits& limits, const Measurement& m) {
  double sum = 0;
  for (const Axis axis : kAxes) {
    const std::optional<double> limit = limit_of(limits, axis);
    if (limit && along(m, axis) > *limit) sum += (along(m, axis) - *limit) / std::max(*limit, 1e-6);
  }
  return sum;
}

bool better(const Limits& limits, const Measurement& a, const Measurement& b) {
  const Axis first = objective(limits);
  const auto order = [&](const Measurement& m) {
    return std::tuple(violation(limits, m), along(m, first), m.loss, m.ms, m.bytes);
  };
  return order(a) < order(b);
}

Status search(const std::vector<Choice>& choices, const Limits& limits, const Look& look) {
  return Search(choices, limits, look).run();
}

}  // namespace linnet::lab
