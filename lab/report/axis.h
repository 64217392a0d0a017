// Where the ticks of an axis stand: at round numbers.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace linnet::lab {

struct Axis {
  double low = 0, high = 0;
  bool logarithmic = false;
  std::vector<double> ticks;        // ascending, within low to high
  std::vector<std::string> labels;  // of the ticks: all with as many decimals as they need, no more

  // Where a value stands: 0 at low, 1 at high.
  double place(double value) const;
};

// Linear, over values from `least` to `most` with some room at both ends; steps of 1, 2 or 5 times a power of ten, at
// most `ticks` (2 at least) of them. Equal ends get room around them.
Axis linear_axis(double least, double most, size_t ticks);

// Logarithmic, for values above 0: ticks at 1, 2 and 5, or 1 and 3, or 1 times powers of ten, whichever is the finest
// that fits; where the range has less than two of these, at the linear axis's round numbers.
Axis logarithmic_axis(double least, double most, size_t ticks);

}  // namespace linnet::lab
