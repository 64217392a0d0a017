#include "runtime/text/utf8.h"

#include <gtest/gtest.h>
#include <string>

namespace linnet {
namespace {

size_t valid_prefix(const std::string& text) {
  return utf8::valid_prefix(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

TEST(Utf8, EncodesAndDecodesEveryScalarValue) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xd800 && c < 0xe000) continue;
    uint8_t bytes[4];
    const size_t count = utf8::encode(c, bytes);
    ASSERT_EQ(utf8::valid_prefix(bytes, count), count) << static_cast<uint32_t>(c);
    ASSERT_EQ(utf8::sequence_bytes(bytes[0]), count) << static_cast<uint32_t>(c);
    const uint8_t* at = bytes;
    ASSERT_EQ(static_cast<uint32_t>(utf8::decode(at)), static_cast<uint32_t>(c));
    ASSERT_EQ(at, bytes + count);
    for (size_t cut = 1; cut < count; ++cut) ASSERT_EQ(utf8::valid_prefix(bytes, cut), 0u) << static_cast<uint32_t>(c);
  }
}

TEST(Utf8, RefusesWhatIsIllFormed) {
  for (const std::string bad : {"\x80",
                                "\xbf",
                                "\xc0\x80",
                                "\xc1\xbf",
                                "\xc3",
                                "\xc3(",
                                "\xe0\x80\x80",
                                "\xe0\x9f\xbf",
                                "\xed\xa0\x80",
                                "\xed\xbf\xbf",
                                "\xe2\x82",
                                "\xe2(\xa1",
                                "\xf0\x80\x80\x80",
                                "\xf0\x8f\xbf\xbf",
                                "\xf4\x90\x80\x80",
                                "\xf5\x80\x80\x80",
                                "\xfe",
                                "\xff",
                                "\xf0\x9f\x98",
                                "\xf8\x88\x80\x80\x80"}) {
    EXPECT_EQ(valid_prefix(bad), 0u);
    for (const size_t before : {1, 7, 8, 9, 16, 31}) {
      EXPECT_EQ(valid_prefix(std::string(before, 'a') + bad), before);
      EXPECT_EQ(valid_prefix(std::string(before, 'a') + bad + std::string(20, 'b')), before);
      EXPECT_EQ(valid_prefix(std::string(before, 'a') + "\xc3\xa9" + bad), before + 2);
    }
  }
  EXPECT_EQ(valid_prefix(std::string(100, '\0')), 100u);
}

}  // namespace
}  // namespace linnet
