// What each step makes of all 1,112,064 scalar values, against checksums of what Hugging Face makes of them
// (tests/data/tokenizer/unicode.txt, by tests/oracles/tokenizer_oracle.py).
#include "runtime/text/unicode.h"

#include <array>
#include <cstdio>
#include <gtest/gtest.h>
#include <sstream>
#include <string>

#include "runtime/text/normalizer.h"

namespace linnet {
namespace {

constexpr uint32_t crc_entry(uint32_t index) {
  for (int bit = 0; bit < 8; ++bit) index = (index >> 1) ^ ((index & 1) != 0 ? 0xedb88320u : 0u);
  return index;
}

// The CRC-32 of zlib.
uint32_t crc32(const std::string& text) {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> entries{};
    for (uint32_t i = 0; i < 256; ++i) entries[i] = crc_entry(i);
    return entries;
  }();
  uint32_t crc = 0xffffffffu;
  for (const char c : text) crc = (crc >> 8) ^ table[(crc ^ static_cast<uint8_t>(c)) & 0xff];
  return ~crc;
}

struct Collect {
  std::string text;
  void character(char32_t c) {
    uint8_t bytes[4];
    text.append(reinterpret_cast<const char*>(bytes), utf8::encode(c, bytes));
  }
  bool done() const { return false; }
};

void append_normalized(const NormalizerSettings& settings, char32_t c, std::string& out) {
  Collect sink;
  char32_t pending[8];
  Normalizer<Collect> normalizer(settings, sink, pending, 8);
  uint8_t bytes[4];
  const size_t count = utf8::encode(c, bytes);
  normalizer.run(bytes, bytes + count);
  normalizer.finish();
  out += sink.text;
}

// With the C library: WebAssembly's C++ library has no file streams.
std::string read_text(const char* path) {
  std::string text;
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

TEST(Unicode, EveryScalarValueIsWhatHuggingFaceMakesOfIt) {
  std::istringstream file(read_text(LINNET_TEST_DATA "/tokenizer/unicode.txt"));
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  ASSERT_EQ(line, "first clean chinese strip lower all pieces word");
  const NormalizerSettings settings[5] = {{true, false, false, false},
                                          {false, true, false, false},
                                          {false, false, true, false},
                                          {false, false, false, true},
                                          {true, true, true, true}};
  size_t blocks = 0;
  for (; std::getline(file, line); ++blocks) {
    std::istringstream fields(line);
    fields >> std::hex;
    char32_t first = 0;
    uint32_t number = 0;
    fields >> number;
    first = number;
    std::array<std::string, 7> made;
    for (char32_t c = first; c < first + 4096; ++c) {
      if (c >= 0xd800 && c < 0xe000) continue;
      for (size_t i = 0; i < 5; ++i) append_normalized(settings[i], c, made[i]);
      const uint8_t flags = unicode::flags(c);
      made[5] += (flags & unicode::kSpace) != 0 ? '2' : (flags & unicode::kPunctuation) != 0 ? '3' : '1';
      made[6] += (flags & unicode::kWord) != 0 ? '1' : '0';
      for (std::string& text : made) text += '\n';
    }
    for (size_t i = 0; i < made.size(); ++i) {
      uint32_t wanted = 0;
      fields >> wanted;
      EXPECT_EQ(crc32(made[i]), wanted) << "column " << i << " of " << line;
    }
  }
  EXPECT_EQ(blocks, 272u);
}

TEST(Unicode, PutsNonStartersInOrder) {
  // A musical stem (216), a tone mark (224) and a virama (9) in all orders; a mark between them is dropped, a letter
  // or a mark of class 0 ends the run.
  const auto normalized = [](const std::u32string& text) {
    Collect sink;
    char32_t pending[4];
    Normalizer<Collect> normalizer(NormalizerSettings{}, sink, pending, 4);
    for (const char32_t c : text) {
      uint8_t bytes[4];
      const size_t count = utf8::encode(c, bytes);
      normalizer.run(bytes, bytes + count);
    }
    normalizer.finish();
    return sink.text;
  };
  const std::string ordered = normalized(U"a\u1b44\U0001d165\u302e");
  EXPECT_EQ(normalized(U"a\u302e\u1b44\U0001d165"), ordered);
  EXPECT_EQ(normalized(U"a\U0001d165\u0301\u302e\u0327\u1b44"), ordered);
  EXPECT_NE(normalized(U"a\u302e\U0001d165b\u1b44"), ordered);
  EXPECT_NE(normalized(U"a\u302e\U0001d165\u0902\u1b44"), ordered);
  EXPECT_EQ(normalized(U"\U0001d15e\u1b44"), normalized(U"\U0001d157\u1b44\U0001d165"));
}

}  // namespace
}  // namespace linnet
