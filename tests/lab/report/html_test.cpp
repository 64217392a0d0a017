#include "lab/report/html.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "lab/report/numbers.h"

namespace linnet::lab {
namespace {

TEST(Escaped, NothingBecomesMarkup) {
  EXPECT_EQ(escaped("<script>alert(\"1\") & 'x'</script>"),
            "&lt;script&gt;alert(&quot;1&quot;) &amp; &#39;x&#39;&lt;/script&gt;");
  EXPECT_EQ(escaped("caf\u00e9 \u00d7 2"), "caf\u00e9 \u00d7 2");
  EXPECT_EQ(escaped(""), "");
}

TEST(Escaped, WhatIsNoTextIsSeen) {
  EXPECT_EQ(escaped("a\xff\xc3(b"), "a\uFFFD\uFFFD(b");
  EXPECT_EQ(escaped(std::string("a\0\x1b[31m", 7)), "a\uFFFD\uFFFD[31m");
  EXPECT_EQ(escaped("two\nlines"), "two\nlines");
}

TEST(Shortened, CutsCharactersNotBytes) {
  EXPECT_EQ(shortened("minilm", 6), "minilm");
  EXPECT_EQ(shortened("minilm-int8", 7), "minilm\u2026");
  EXPECT_EQ(shortened("\u00e9\u00e9\u00e9\u00e9", 3), "\u00e9\u00e9\u2026");
  EXPECT_EQ(characters("\u00e9\u2026a"), 3u);
}

TEST(Numbers, HaveThreeDigits) {
  EXPECT_EQ(three_digits(0.5123), "0.512");
  EXPECT_EQ(three_digits(9.999), "10.0");
  EXPECT_EQ(three_digits(20.94), "20.9");
  EXPECT_EQ(three_digits(646.66), "647");
  EXPECT_EQ(three_digits(12345), "12345");
  EXPECT_EQ(three_digits(0.0000123456), "0.0000123");
  EXPECT_EQ(three_digits(-0.5123), "-0.512");
  EXPECT_EQ(three_digits(0), "0");
  EXPECT_EQ(three_digits(std::nan("")), "-");
}

TEST(Numbers, HaveSigns) {
  EXPECT_EQ(with_sign(0.00123, 4), "+0.0012");
  EXPECT_EQ(with_sign(-0.00123, 4), "\u22120.0012");
  EXPECT_EQ(with_sign(-0.00001, 4), "0.0000");
  EXPECT_EQ(with_sign(std::nan(""), 4), "-");
  EXPECT_EQ(grouped(1379), "1,379");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1234567), "1,234,567");
}

}  // namespace
}  // namespace linnet::lab
