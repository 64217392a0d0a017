#include "lab/report/axis.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <initializer_list>

namespace linnet::lab {

namespace {

constexpr double kRoom = 0.06;  // of the range, at both ends

// 2.0000000001 steps are two.
constexpr double kSlack = 1e-9;

std::vector<double> round_ticks(double low, double high, size_t most) {
  const double raw = (high - low) / static_cast<double>(std::max<size_t>(most, 2));
  double power = std::pow(10, std::floor(std::log10(raw)));
  for (;; power *= 10) {
    for (const double times : {1.0, 2.0, 5.0}) {
      const double step = times * power;
      const double first = std::ceil(low / step - kSlack), last = std::floor(high / step + kSlack);
      if (last - first + 1 > static_cast<double>(std::max<size_t>(most, 2))) continue;
      const auto count = static_cast<size_t>(last - first + 1);
      std::vector<double> ticks(count);
      for (size_t i = 0; i < count; ++i) ticks[i] = (first + static_cast<double>(i)) * step;
      return ticks;
    }
  }
}

std::vector<double> decade_ticks(double low, double high, std::initializer_list<double> times) {
  std::vector<double> ticks;
  const int first = static_cast<int>(std::floor(std::log10(low))),
            last = static_cast<int>(std::floor(std::log10(high)));
  for (int exponent = first; exponent <= last; ++exponent) {
    const double power = std::pow(10, exponent);
    for (const double each : times) {
      const double tick = each * power;
      if (tick >= low * (1 - kSlack) && tick <= high * (1 + kSlack)) ticks.push_back(tick);
    }
  }
  return ticks;
}

// The fewest decimals that tell `number` from its rounded form no more.
int decimals_of(double number) {
  for (int count = 0; count < 12; ++count) {
    const double scale = std::pow(10, count);
    if (std::fabs(std::round(number * scale) / scale - number) <= std::fabs(number) * kSlack) return count;
  }
  return 12;
}

std::string fixed(double number, int count) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", count, number == 0 ? 0.0 : number);
  return text;
}

}  // namespace

double Axis::place(double value) const {
  if (logarithmic) return (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
  return (value - low) / (high - low);
}

Axis linear_axis(double least, double most, size_t ticks) {
  Axis axis;
  const double range = most > least ? most - least : std::max(std::fabs(most) * 0.1, 1e-6);
  axis.low = least - range * kRoom;
  axis.high = most + range * kRoom;
  axis.ticks = round_ticks(axis.low, axis.high, ticks);
  int count = 0;
  for (const double tick : axis.ticks) {
    // Of multiples of the step, computed in floating point: noise of 1e-17 around zero is no digit.
    count = std::max(count, std::fabs(tick) < range * kSlack ? 0 : decimals_of(tick));
  }
  for (const double tick : axis.ticks) axis.labels.push_back(fixed(tick, count));
  return axis;
}

Axis logarithmic_axis(double least, double most, size_t ticks) {
  Axis axis;
  axis.logarithmic = true;
  const double room = std::max(std::pow(most / least, kRoom), 1.1);
  axis.low = least / room;
  axis.high = most * room;
  for (const auto& times : {std::initializer_list<double>{1, 2, 5}, {1, 3}, {1}}) {
    axis.ticks = decade_ticks(axis.low, axis.high, times);
    if (axis.ticks.size() <= ticks) break;
  }
  if (axis.ticks.size() < 2) axis.ticks = round_ticks(axis.low, axis.high, ticks);
  // Each with its own decimals: 0.5, 1, 20.
  for (const double tick : axis.ticks) axis.labels.push_back(fixed(tick, decimals_of(tick)));
  return axis;
}

}  // namespace linnet::lab
