// Elementary functions that give the same bits on every machine: plain double arithmetic, no libm but frexp and ldexp
// (whose results are exact).
#pragma once

#include <cmath>

namespace linnet {

// The base-2 logarithm of x > 0, to about 1e-15.
inline double exact_log2(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);  // 0.5 <= m < 1
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  // ln m = 2 artanh(t), t = (m - 1) / (m + 1), |t| <= 0.172
  const double t = (m - 1) / (m + 1), t2 = t * t;
  double sum = 0;
  for (int k = 21; k >= 1; k -= 2) sum = sum * t2 + 1.0 / k;
  return exponent + 2 * t * sum * 1.4426950408889634;
}

// 2^x for |x| < 1000, to about 1e-15 relative.
inline double exact_exp2(double x) {
  const double whole = std::nearbyint(x);
  const double y = (x - whole) * 0.69314718055994531;  // |y| <= 0.347
  double sum = 1;
  for (int k = 18; k >= 1; --k) sum = 1 + sum * y / k;
  return std::ldexp(sum, static_cast<int>(whole));
}

// To the nearest integer, ties to even, for |x| < 2^51.
inline double round_to_even(double x) {
  constexpr double kMagic = 6755399441055744.0;  // 1.5 * 2^52
  return (x + kMagic) - kMagic;
}

}  // namespace linnet
