#include "lab/report/numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace linnet::lab {

std::string decimals(double number, int count) {
  if (std::isnan(number)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", count, number);
  return text;
}

std::string three_digits(double number) {
  if (std::isnan(number)) return "-";
  if (number == 0) return "0";
  if (!std::isfinite(number)) return decimals(number, 0);
  // The exponent after rounding to three digits: 9.999 is 10.0, not 10.00.
  char text[32];
  std::snprintf(text, sizeof text, "%.2e", std::fabs(number));
  const int exponent = static_cast<int>(std::strtol(std::strchr(text, 'e') + 1, nullptr, 10));
  return decimals(number, std::clamp(2 - exponent, 0, 12));
}

std::string with_sign(double number, int count) {
  if (std::isnan(number)) return "-";
  std::string size = decimals(std::fabs(number), count);
  if (size.find_first_not_of("0.") == std::string::npos) return size;
  return (number < 0 ? "\u2212" : "+") + size;
}

std::string grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

}  // namespace linnet::lab
