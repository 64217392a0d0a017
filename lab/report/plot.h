// A picture of models as dots: how long they take, against how good they are.
#pragma once

#include <string>
#include <vector>

namespace linnet::lab {

struct Dot {
  enum class Kind { on_front, behind, elsewhere } kind = Kind::behind;
  std::string label, number;  // "minilm-int8", "2"
  std::string tip;            // exact numbers, several lines
  double x = 0, y = 0;        // x above 0; both finite
  double low = 0, high = 0;   // of the interval of y; both y when there is none
  double bytes = 0;           // of the file: the area of the dot; 0 is drawn as the smallest
};

struct Plot {
  std::string id;  // of the elements in the page
  std::string title, description, x_title, y_title;
  std::vector<Dot> dots;  // at least one
};

// A complete <svg> that is `narrow` (for phones) or not. Dots on the front are joined by a step line: what accuracy
// there is for how much time. Labels lie on no dot and no other label; where there is no room for a name stands its
// number. Everything in it is escaped.
std::string plot_svg(const Plot& plot, bool narrow);

}  // namespace linnet::lab
