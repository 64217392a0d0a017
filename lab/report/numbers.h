// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace linnet::lab {

// Three significant digits, without an exponent: "0.512", "20.9", "647". "-" for NaN.
std::string three_digits(double number);
// A fixed number of decimals. "-" for NaN.
std::string decimals(double number, int count);
// With its sign, a real minus and no "-0.0000": "+0.0012", "\u22120.0004", "0.0000".
std::string with_sign(double number, int count);
// "1,379".
std::string grouped(uint64_t number);

}  // namespace linnet::lab
