#include "model/vocabulary.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "model/vocabulary_build.h"

namespace linnet {
namespace {

std::vector<uint8_t> section_of(const std::vector<VocabularyToken>& tokens) {
  Result<std::vector<uint8_t>> section = build_vocabulary(tokens);
  EXPECT_TRUE(section.ok()) << section.status().message();
  return *section;
}

std::vector<VocabularyToken> many(size_t count) {
  std::vector<VocabularyToken> tokens;
  for (size_t i = 0; i < count; ++i) tokens.push_back({"token" + std::to_string(i * 7919)});
  return tokens;
}

int32_t find(const Vocabulary& vocabulary, const std::string& token) {
  return vocabulary.find(token.data(), token.size());
}

TEST(Vocabulary, FindsEveryTokenAndNoOther) {
  const std::vector<VocabularyToken> tokens = many(5000);
  const std::vector<uint8_t> section = section_of(tokens);
  const Result<Vocabulary> vocabulary = Vocabulary::open(section.data(), section.size());
  ASSERT_TRUE(vocabulary.ok()) << vocabulary.status().message();
  EXPECT_EQ(vocabulary->size(), 5000u);
  for (size_t i = 0; i < tokens.size(); ++i) {
    EXPECT_EQ(find(*vocabulary, tokens[i].bytes), static_cast<int32_t>(i));
    size_t bytes;
    const char* text = vocabulary->token(static_cast<uint32_t>(i), &bytes);
    EXPECT_EQ(std::string(text, bytes), tokens[i].bytes);
    EXPECT_EQ(find(*vocabulary, tokens[i].bytes + "x"), -1);
  }
  EXPECT_EQ(find(*vocabulary, ""), -1);
  EXPECT_EQ(find(*vocabulary, std::string(1000, 'a')), -1);
}

TEST(Vocabulary, KeepsHolesAndTokensThatAreNotSearched) {
  const std::vector<uint8_t> section = section_of({{"a"}, {""}, {"added", false}, {std::string("n\0l", 3)}});
  const Result<Vocabulary> vocabulary = Vocabulary::open(section.data(), section.size());
  ASSERT_TRUE(vocabulary.ok());
  size_t bytes = 1;
  EXPECT_EQ(vocabulary->token(1, &bytes), nullptr);
  EXPECT_EQ(bytes, 0u);
  EXPECT_EQ(vocabulary->token(4, &bytes), nullptr);
  EXPECT_EQ(std::string(vocabulary->token(2, &bytes), 5), "added");
  EXPECT_EQ(find(*vocabulary, "added"), -1);
  EXPECT_EQ(find(*vocabulary, std::string("n\0l", 3)), 3);
  EXPECT_EQ(vocabulary->longest(), 3u);
}

TEST(Vocabulary, CanBeEmpty) {
  const std::vector<uint8_t> section = section_of({});
  const Result<Vocabulary> vocabulary = Vocabulary::open(section.data(), section.size());
  ASSERT_TRUE(vocabulary.ok()) << vocabulary.status().message();
  EXPECT_EQ(find(*vocabulary, "a"), -1);
}

TEST(Vocabulary, ReadsTheBytesThatTheHeaderDraws) {
  const std::vector<uint8_t> section = section_of({{"a"}, {"bc"}});
  // Header, three offsets, four slots, three bytes of text.
  ASSERT_EQ(section.size(), 32u + 12 + 16 + 3);
  const uint8_t header[44] = {1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0,
                              0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0};
  EXPECT_EQ(std::vector<uint8_t>(section.begin(), section.begin() + 44), std::vector<uint8_t>(header, header + 44));
  EXPECT_EQ(std::string(section.end() - 3, section.end()), "abc");
  // The hash is part of the format.
  EXPECT_EQ(vocabulary_hash_finish(vocabulary_hash_add(kVocabularyHashStart, 'a')), 0x6c4e37ebu);
}

TEST(Vocabulary, RefusesEqualTokens) {
  EXPECT_EQ(build_vocabulary({{"a"}, {"b"}, {"a"}}).status().code(), Code::invalid_argument);
}

TEST(Vocabulary, RefusesEveryTruncation) {
  const std::vector<uint8_t> section = section_of(many(20));
  for (size_t bytes = 0; bytes < section.size(); ++bytes) {
    const std::vector<uint8_t> part(section.begin(), section.begin() + static_cast<ptrdiff_t>(bytes));
    EXPECT_FALSE(Vocabulary::open(part.data(), part.size()).ok()) << bytes;
  }
  std::vector<uint8_t> longer = section;
  longer.push_back(0);
  EXPECT_FALSE(Vocabulary::open(longer.data(), longer.size()).ok());
  EXPECT_FALSE(Vocabulary::open(nullptr, 0).ok());
}

// Whatever a damaged byte leads to, an open section can be searched without leaving it (run this under the sanitizers).
TEST(Vocabulary, SurvivesEveryDamagedByte) {
  const std::vector<VocabularyToken> tokens = many(20);
  const std::vector<uint8_t> section = section_of(tokens);
  for (size_t at = 0; at < section.size(); ++at) {
    for (const uint8_t damage : {0x01, 0x80, 0xff}) {
      std::vector<uint8_t> damaged = section;
      damaged[at] ^= damage;
      const Result<Vocabulary> vocabulary = Vocabulary::open(damaged.data(), damaged.size());
      if (!vocabulary.ok()) continue;
      for (const VocabularyToken& token : tokens) {
        EXPECT_LT(find(*vocabulary, token.bytes), static_cast<int32_t>(vocabulary->size()));
      }
      size_t bytes;
      for (uint32_t id = 0; id < vocabulary->size(); ++id) vocabulary->token(id, &bytes);
    }
  }
}

TEST(Vocabulary, RefusesATableWithoutAnEmptySlot) {
  std::vector<uint8_t> section = section_of({{"a"}, {"b"}, {"c"}});
  const size_t slots_at = 32 + 4 * 4;
  for (size_t slot = 0; slot < 5; ++slot) {
    for (size_t i = 0; i < 4; ++i) section[slots_at + 4 * slot + i] = 0;  // token 0
  }
  EXPECT_EQ(Vocabulary::open(section.data(), section.size()).status().code(), Code::corrupt);
}

TEST(Vocabulary, RefusesALongRunOfFilledSlots) {
  std::vector<uint8_t> section = section_of(many(2000));
  // All but the last slot hold token 0: a search could take 3,000 steps.
  const size_t slots_at = 32 + 4 * 2001;
  for (size_t i = 0; i < 4 * 3000; ++i) section[slots_at + i] = 0;
  for (size_t i = 0; i < 4; ++i) section[slots_at + 4 * 3000 + i] = 0xff;
  EXPECT_EQ(Vocabulary::open(section.data(), section.size()).status().code(), Code::corrupt);
}

TEST(Vocabulary, RefusesAnotherVersion) {
  std::vector<uint8_t> section = section_of({{"a"}});
  section[0] = 2;
  EXPECT_EQ(Vocabulary::open(section.data(), section.size()).status().code(), Code::unsupported);
}

}  // namespace
}  // namespace linnet
