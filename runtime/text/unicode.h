// What the tokenizer needs to know of a Unicode scalar value, as Hugging Face tokenizers 0.23.3 sees it.
//
// The tables are observed, not taken from one version of Unicode: that program's character classes, its NFD and its
// regular expressions are of different ages (scripts/unicode_tables.py). About 30 KB.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet::unicode {

enum Flag : uint8_t {
  kControl = 1,      // clean_text removes it (controls, formats, unassigned, private use, U+FFFD)
  kSpace = 2,        // splits words and is dropped; also what lstrip and rstrip take
  kPunctuation = 4,  // a word of its own
  kMark = 8,         // strip_accents removes it
  kNonStarter = 16,  // canonical ordering may move it; it and its decomposition have no starter
  kDecomposes = 32,  // strip() makes something else of it (Hangul syllables, which also do, lack the flag)
  kUppercase = 64,   // lower() makes something else of it
  kWord = 128,       // \w of a single_word added token's surroundings
};

// Three stages: a group of 512 values has 16 blocks of 32.
namespace tables {
inline constexpr uint32_t kBlock = 32;
inline constexpr uint32_t kGroup = 16;
extern const uint8_t kGroupOf[];
extern const uint16_t kBlockOf[];
extern const uint8_t kFlags[];
}  // namespace tables

// The flags of a scalar value; c < 0x110000.
inline uint8_t flags(char32_t c) {
  const uint32_t group = tables::kGroupOf[c / (tables::kBlock * tables::kGroup)];
  const uint32_t block = tables::kBlockOf[group * tables::kGroup + c / tables::kBlock % tables::kGroup];
  return tables::kFlags[block * tables::kBlock + c % tables::kBlock];
}

// Surrounded by spaces when handle_chinese_chars is set.
bool is_chinese(char32_t c);

// The lowercase letter of a kUppercase value other than U+0130, which becomes U+0069 U+0307.
char32_t lower(char32_t c);

constexpr bool is_hangul_syllable(char32_t c) { return c >= 0xac00 && c <= 0xd7a3; }

// The canonical decomposition without what strip_accents removes, for a kDecomposes value or a Hangul syllable: 1 to 3
// values. If there is a starter in it, it begins with one.
size_t strip(char32_t c, char32_t out[3]);

// The place of a kNonStarter value without kMark in canonical order, 1 ... kHighestRank.
inline constexpr uint8_t kHighestRank = 6;
uint8_t rank(char32_t c);

}  // namespace linnet::unicode
