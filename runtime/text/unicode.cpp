#include "runtime/text/unicode.h"

#include <iterator>

namespace linnet::unicode {
namespace tables {

#include "runtime/text/unicode_tables.inc"

}  // namespace tables

namespace {

using namespace tables;

static_assert(kControl == kFlagValues[0] && kSpace == kFlagValues[1] && kPunctuation == kFlagValues[2] &&
              kMark == kFlagValues[3] && kNonStarter == kFlagValues[4] && kDecomposes == kFlagValues[5] &&
              kUppercase == kFlagValues[6] && kWord == kFlagValues[7]);
static_assert(kRanks == kHighestRank && kBlockSize == kBlock && kGroupSize == kGroup);

// Index of the last element of an ascending table that is not above `value`; the first one if all are.
template <typename T, size_t kCount>
size_t last_not_above(const T (&table)[kCount], uint32_t value) {
  size_t low = 0;
  size_t count = kCount;
  while (count > 1) {
    const size_t half = count / 2;
    if (table[low + half] <= value) low += half;
    count -= half;
  }
  return low;
}

}  // namespace

bool is_chinese(char32_t c) {
  for (size_t i = 0; i < std::size(kChinese); i += 2) {
    if (c >= kChinese[i] && c <= kChinese[i + 1]) return true;
  }
  return false;
}

char32_t lower(char32_t c) {
  const size_t run = last_not_above(kLowerFirst, c);
  if (c < kLowerFirst[run] || c > kLowerLast[run]) return c;
  return static_cast<char32_t>(static_cast<int32_t>(c) + kLowerDelta[run]);
}

size_t strip(char32_t c, char32_t out[3]) {
  if (is_hangul_syllable(c)) {
    const uint32_t i = c - 0xac00;
    out[0] = 0x1100 + i / 588;
    out[1] = 0x1161 + i / 28 % 21;
    out[2] = 0x11a7 + i % 28;
    return i % 28 == 0 ? 2 : 3;
  }
  size_t ideograph = std::size(kIdeographTo);
  if (c >= kIdeographFirst2) {
    ideograph = c - kIdeographFirst2 + (kIdeographLast - kIdeographFirst + 1);
  } else if (c >= kIdeographFirst && c <= kIdeographLast) {
    ideograph = c - kIdeographFirst;
  }
  if (ideograph < std::size(kIdeographTo) && kIdeographTo[ideograph] != 0) {
    const bool plane2 = (kIdeographPlane2[ideograph / 8] >> ideograph % 8 & 1) != 0;
    out[0] = kIdeographTo[ideograph] | (plane2 ? 0x20000u : 0u);
    return 1;
  }
  const size_t single = last_not_above(kStripFrom, c);
  if (kStripFrom[single] == c) {
    out[0] = kStripTo[single];
    return 1;
  }
  const size_t many = last_not_above(kStripManyFrom, c);
  if (kStripManyFrom[many] == c) {
    size_t count = 0;
    while (count < 3 && kStripManyTo[3 * many + count] != 0) {
      out[count] = kStripManyTo[3 * many + count];
      ++count;
    }
    return count;
  }
  out[0] = c;
  return 1;
}

uint8_t rank(char32_t c) {
  const size_t run = last_not_above(kRankFirst, c);
  return c >= kRankFirst[run] && c <= kRankLast[run] ? kRank[run] : kRanks;
}

}  // namespace linnet::unicode
