#include "bindings/android/src/main/cpp/utf16.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "runtime/text/utf8.h"

namespace linnet {
namespace {

std::vector<uint16_t> encode_utf16(uint32_t c) {
  if (c < 0x10000) return {static_cast<uint16_t>(c)};
  return {static_cast<uint16_t>(0xd800 + ((c - 0x10000) >> 10)),
          static_cast<uint16_t>(0xdc00 + ((c - 0x10000) & 0x3ff))};
}

struct Converted {
  std::string bytes;
  size_t surrogate;
};

Converted convert(const std::vector<uint16_t>& text) {
  Converted result{std::string(utf8_capacity(text.size()), '\0'), 0};
  const Utf8Length length = utf16_to_utf8(text.data(), text.size(), result.bytes.data());
  EXPECT_LE(length.bytes, utf8_capacity(text.size()));
  result.bytes.resize(length.bytes);
  result.surrogate = length.surrogate;
  return result;
}

TEST(Utf16, EveryScalarValueReadsBackAsItself) {
  for (uint32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xd800 && c < 0xe000) continue;
    std::vector<uint16_t> text = encode_utf16(c);
    text.push_back('!');
    const Converted converted = convert(text);
    ASSERT_EQ(converted.surrogate, text.size());
    const uint8_t* at = reinterpret_cast<const uint8_t*>(converted.bytes.data());
    ASSERT_EQ(utf8::valid_prefix(at, converted.bytes.size()), converted.bytes.size()) << c;
    ASSERT_EQ(utf8::decode(at), c);
    ASSERT_EQ(utf8::decode(at), U'!');
    ASSERT_EQ(reinterpret_cast<const char*>(at), converted.bytes.data() + converted.bytes.size());
  }
}

TEST(Utf16, ASurrogateWithoutItsOtherHalfIsFound) {
  EXPECT_EQ(convert({'a', 0xd83d}).surrogate, 1u) << "at the end";
  EXPECT_EQ(convert({'a', 'b', 0xdc00, 'c'}).surrogate, 2u) << "the second half alone";
  EXPECT_EQ(convert({0xd83d, 'a'}).surrogate, 0u);
  EXPECT_EQ(convert({0xd83d, 0xd83d, 0xdc26}).surrogate, 0u) << "two first halves";
  EXPECT_EQ(convert({0xd83d, 0xdc26, 0xdc26}).surrogate, 2u);
  EXPECT_EQ(convert({'a', 0xd83d}).bytes, "a");
  EXPECT_EQ(convert({}).surrogate, 0u);
}

}  // namespace
}  // namespace linnet
