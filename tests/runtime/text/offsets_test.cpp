// Where tokens come from in the text, and pairs of texts, against Hugging Face tokenizers
// (tests/oracles/offsets_oracle.py).

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/runtime/text/tokenizer_fixture.h"

namespace linnet {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<int32_t>;

const std::string kData = LINNET_TEST_DATA "/tokenizer";

// The lines of a file of expectations, and for each the small tokenizer with the changes that it asks for.
class OracleLines {
 public:
  explicit OracleLines(const std::string& name)
      : folder_(std::filesystem::path(testing::TempDir()) / ("linnet_" + name)), lines_(kData + "/" + name) {
    std::filesystem::create_directories(folder_);
    std::ifstream(kData + "/small/tokenizer.json", std::ios::binary) >> base_;
  }
  ~OracleLines() { std::filesystem::remove_all(folder_); }

  bool next(Json& line) {
    std::string text;
    if (!std::getline(lines_, text)) return false;
    line = Json::parse(text);
    return true;
  }
  Status load(const Json& changes, TestTokenizer& tokenizer) {
    Json file = base_;
    for (const auto& change : changes.items()) {
      if (change.key() == "model") {
        file["model"].update(change.value());
      } else {
        file[change.key()] = change.value();
      }
    }
    std::ofstream(folder_ / "tokenizer.json", std::ios::binary) << file.dump();
    return tokenizer.load(folder_.string());
  }

 private:
  std::filesystem::path folder_;
  std::ifstream lines_;
  Json base_;
};

size_t characters(const std::string& text, size_t bytes) {
  size_t count = 0;
  for (size_t i = 0; i < bytes; ++i) count += utf8::is_continuation(static_cast<uint8_t>(text[i])) ? 0 : 1;
  return count;
}

TEST(Offsets, AreThoseOfHuggingFace) {
  OracleLines lines("offsets.jsonl");
  Json group;
  size_t count = 0;
  while (lines.next(group)) {
    TestTokenizer tokenizer;
    const Status loaded = lines.load(group["change"], tokenizer);
    ASSERT_TRUE(loaded.ok()) << loaded.message();
    for (const Json& entry : group["cases"]) {
      const auto text = entry[0].get<std::string>();
      Ids traced, plain;
      std::vector<TokenSpan> spans;
      ASSERT_TRUE(tokenizer.encode_traced(text, traced, spans).ok());
      ASSERT_TRUE(tokenizer.encode("", text, 0, plain).ok());
      EXPECT_EQ(traced, plain) << "tracing changes the ids of " << entry[0].dump();
      std::vector<size_t> found;
      for (const TokenSpan& span : spans) {
        ASSERT_LE(span.begin, span.end);
        ASSERT_LE(span.end, text.size());
        found.push_back(characters(text, span.begin));
        found.push_back(characters(text, span.end));
      }
      if (entry[1].is_null()) continue;
      EXPECT_EQ(found, entry[1].get<std::vector<size_t>>()) << group["change"].dump() << "\n" << entry[0].dump();
      ++count;
    }
  }
  EXPECT_GE(count, 400u);
}

TEST(Offsets, OfThePromptAreEmpty) {
  TestTokenizer tokenizer;
  ASSERT_TRUE(tokenizer.load(kData + "/small").ok());
  const std::string prompt = "a quer", text = "y: b";
  Ids ids(32);
  std::vector<TokenSpan> spans(32);
  const Result<size_t> count = tokenizer->encode(prompt.data(), prompt.size(), text.data(), text.size(), 0,
                                                 tokenizer.scratch(), ids.data(), ids.size(), spans.data());
  ASSERT_TRUE(count.ok());
  // The word that goes over the border belongs to the text from its first byte on.
  uint32_t end = 0;
  for (size_t i = 0; i < *count; ++i) {
    EXPECT_LE(spans[i].end, text.size());
    EXPECT_GE(spans[i].begin, spans[i].end == 0 ? 0 : end);
    end = std::max(end, spans[i].end);
  }
  EXPECT_EQ(end, text.size());
}

TEST(Pairs, AreCutAsByHuggingFace) {
  OracleLines lines("pairs.jsonl");
  Json group;
  size_t count = 0;
  while (lines.next(group)) {
    TestTokenizer tokenizer;
    const Status loaded = lines.load({{"post_processor", group["post_processor"]}}, tokenizer);
    ASSERT_TRUE(loaded.ok()) << loaded.message();
    const auto most = group["max"].get<size_t>();
    for (const Json& entry : group["cases"]) {
      const auto first = entry[0].get<std::string>(), second = entry[1].get<std::string>();
      Ids ids(Tokenizer::pair_capacity(most));
      size_t begin = 0;
      const Result<size_t> length =
          tokenizer->encode_pair("", 0, first.data(), first.size(), second.data(), second.size(), most,
                                 tokenizer.scratch(), ids.data(), ids.size(), &begin);
      ASSERT_TRUE(length.ok()) << length.status().message();
      ids.resize(*length);
      EXPECT_EQ(ids, entry[2].get<Ids>()) << group["max"] << entry.dump();
      EXPECT_EQ(begin, entry[3].get<size_t>()) << entry.dump();
      ++count;
    }
  }
  EXPECT_GE(count, 150u);
}

TEST(Pairs, AreRefusedWithoutATemplateAndWithoutRoom) {
  OracleLines lines("pairs.jsonl");
  TestTokenizer alone, tokenizer;
  ASSERT_TRUE(lines.load({{"post_processor", nullptr}}, alone).ok());
  Ids ids(64);
  size_t begin = 0;
  const auto encode = [&](TestTokenizer& t, size_t most, size_t capacity) {
    return t->encode_pair("", 0, "a", 1, "b", 1, most, t.scratch(), ids.data(), capacity, &begin).status();
  };
  EXPECT_EQ(encode(alone, 16, 64).code(), Code::unsupported);
  ASSERT_TRUE(tokenizer.load(kData + "/small").ok());
  EXPECT_EQ(encode(tokenizer, 2, 64).code(), Code::invalid_argument);
  EXPECT_EQ(encode(tokenizer, 16, 31).code(), Code::invalid_argument);
  EXPECT_TRUE(encode(tokenizer, 16, 32).ok());
  const Status bad =
      tokenizer->encode_pair("", 0, "a", 1, "\xff", 1, 16, tokenizer.scratch(), ids.data(), 64, &begin).status();
  EXPECT_EQ(bad.code(), Code::invalid_argument);
}

}  // namespace
}  // namespace linnet
