#include "lab/report/labels.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <random>

namespace linnet::lab {

namespace {

constexpr double kGap = 4;  // between a point and its label
constexpr std::array<double, 5> kDistances = {0, 14, 30, 48, 70};
constexpr size_t kOrders = 60;  // in which the labels are placed; the best one counts

// Which way from the point: to the right and up first, where the line of the front does not run through the label.
struct Direction {
  double x, y;
};
constexpr std::array<Direction, 8> kDirections = {
    {{0.8, -0.8}, {1, 0}, {-0.8, -0.8}, {-1, 0}, {0.8, 0.8}, {-0.8, 0.8}, {0, -1}, {0, 1}}};

// A box of that size beside the point, `distance` further away than it need be.
Box beside(const LabelledPoint& point, const Direction& direction, double distance, double width) {
  const double reach = point.radius + kGap + distance;
  const double x = point.x + direction.x * reach, y = point.y + direction.y * reach;
  const double left = direction.x > 0 ? x : direction.x < 0 ? x - width : x - width / 2;
  const double top = direction.y > 0.9 ? y : direction.y < -0.9 ? y - point.height : y - point.height / 2;
  return {left, top, width, point.height};
}

bool inside(const Box& box, const Box& frame) {
  return box.left >= frame.left && box.top >= frame.top && box.left + box.width <= frame.left + frame.width &&
         box.top + box.height <= frame.top + frame.height;
}

Box box_of(const LabelledPoint& point) {
  return {point.x - point.radius, point.y - point.radius, 2 * point.radius, 2 * point.radius};
}

class Attempt {
 public:
  Attempt(std::span<const LabelledPoint> points, const Box& frame)
      : points_(points), frame_(frame), placed_(points.size()) {}

  void place(const std::vector<size_t>& order) {
    for (const size_t at : order) {
      if (!try_width(at, points_[at].width, PlacedLabel::Kind::whole)) {
        try_width(at, points_[at].short_width, PlacedLabel::Kind::shortened);
      }
    }
  }

  double cost() const { return cost_; }
  std::vector<PlacedLabel> take() { return std::move(placed_); }

 private:
  bool try_width(size_t at, double width, PlacedLabel::Kind kind) {
    for (size_t d = 0; d < kDistances.size(); ++d) {
      for (size_t way = 0; way < kDirections.size(); ++way) {
        const Box box = beside(points_[at], kDirections[way], kDistances[d], width);
        if (!inside(box, frame_) || !is_free(at, box)) continue;
        placed_[at] = {kind, box, d > 0};
        cost_ +=
            static_cast<double>(way) + 20 * static_cast<double>(d) + (kind == PlacedLabel::Kind::shortened ? 1000 : 0);
        return true;
      }
    }
    cost_ += kind == PlacedLabel::Kind::shortened ? 100000 : 0;
    return false;
  }

  bool is_free(size_t at, const Box& box) const {
    for (size_t i = 0; i < points_.size(); ++i) {
      if (i != at && overlap(box, box_of(points_[i]))) return false;
      if (placed_[i].kind != PlacedLabel::Kind::none && overlap(box, placed_[i].box)) return false;
    }
    return true;
  }

  std::span<const LabelledPoint> points_;
  Box frame_;
  std::vector<PlacedLabel> placed_;
  double cost_ = 0;
};

}  // namespace

bool overlap(const Box& a, const Box& b) {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;
}

std::vector<PlacedLabel> place_labels(std::span<const LabelledPoint> points, const Box& frame) {
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::mt19937_64 random(1);  // NOLINT(bugprone-random-generator-seed): the same places every time
  std::vector<PlacedLabel> best(points.size());
  double least = 0;
  for (size_t i = 0; i < kOrders; ++i) {
    Attempt attempt(points, frame);
    attempt.place(order);
    if (i == 0 || attempt.cost() < least) {
      least = attempt.cost();
      best = attempt.take();
    }
    for (size_t left = order.size(); left > 1; --left) std::swap(order[left - 1], order[random() % left]);
  }
  return best;
}

}  // namespace linnet::lab
