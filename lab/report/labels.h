// Where the labels of points go so that they lie on nothing.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace linnet::lab {

struct Box {
  double left = 0, top = 0, width = 0, height = 0;
};

struct LabelledPoint {
  double x = 0, y = 0, radius = 0;
  double width = 0, height = 0;  // of its label
  double short_width = 0;        // of the label that stands in where there is no room, a number
};

struct PlacedLabel {
  enum class Kind { none, whole, shortened } kind = Kind::none;
  Box box;
  bool far = false;  // so far from its point that a line has to lead there
};

// A place for each label: within `frame`, on no other label and no point. Near its point where there is room, else
// further away; else shortened; else none. The same points give the same places everywhere.
std::vector<PlacedLabel> place_labels(std::span<const LabelledPoint> points, const Box& frame);

bool overlap(const Box& a, const Box& b);

}  // namespace linnet::lab
