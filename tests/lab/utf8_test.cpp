#include "lab/utf8.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>

namespace linnet::lab {
namespace {

constexpr size_t kValid = std::string_view::npos;

std::string encode(uint32_t c) {  // without any check: surrogates and overlong numbers too
  const auto byte = [](uint32_t b) { return static_cast<char>(b); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xc0 | c >> 6), byte(0x80 | (c & 63))};
  if (c < 0x10000) return {byte(0xe0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
  return {byte(0xf0 | c >> 18), byte(0x80 | (c >> 12 & 63)), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
}

TEST(Utf8, EveryCodePointButSurrogatesIsValid) {
  for (uint32_t c = 0; c < 0x120000; ++c) {
    const bool valid = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
    ASSERT_EQ(find_invalid_utf8(encode(c)), valid ? kValid : 0) << std::hex << c;
  }
}

TEST(Utf8, CutSequencesAreInvalidWhereTheyStart) {
  for (const uint32_t c : {0x80u, 0x7ffu, 0x800u, 0xffffu, 0x10000u, 0x10ffffu}) {
    const std::string whole = encode(c);
    for (size_t length = 1; length < whole.size(); ++length) {
      EXPECT_EQ(find_invalid_utf8("ab" + whole.substr(0, length)), 2u) << c;
      EXPECT_EQ(find_invalid_utf8("ab" + whole.substr(0, length) + "c"), 2u) << c;
    }
  }
}

TEST(Utf8, OverlongFormsAndStrayBytesAreInvalid) {
  for (const char* text :
       {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\x80", "\xbf", "\xfe", "\xff"}) {
    EXPECT_EQ(find_invalid_utf8(text), 0u) << text;
  }
  EXPECT_EQ(find_invalid_utf8(std::string("a\0b", 3)), kValid);
  EXPECT_EQ(find_invalid_utf8(""), kValid);
}

}  // namespace
}  // namespace linnet::lab
