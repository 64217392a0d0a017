#include "runtime/text/tokenizer.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/vocabulary_build.h"
#include "tests/runtime/text/tokenizer_fixture.h"

namespace {
size_t allocations = 0;
}

// Every allocation of this program is counted; the linker sends malloc here (--wrap), the language the rest.
extern "C" void* __real_malloc(size_t bytes);
extern "C" void* __wrap_malloc(size_t bytes);
extern "C" void* __wrap_malloc(size_t bytes) {
  ++allocations;
  return __real_malloc(bytes);
}
// Not inlined: g++ would take the free() inside for a mismatch with the operator new that it does not see.
[[gnu::noinline]] void* operator new(size_t bytes) {
  void* memory = std::malloc(bytes);
  if (memory == nullptr) std::abort();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace linnet {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<int32_t>;

const std::string kSmall = LINNET_TEST_DATA "/tokenizer/small";

Json read_json(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return Json::parse(file);
}

TEST(Tokenizer, GivesTheIdsOfHuggingFace) {
  const Json base = read_json(kSmall + "/tokenizer.json");
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "linnet_tokenizer_cases";
  std::filesystem::create_directories(folder);
  std::ifstream cases(LINNET_TEST_DATA "/tokenizer/cases.jsonl", std::ios::binary);
  std::string line;
  size_t count = 0;
  while (std::getline(cases, line)) {
    const Json group = Json::parse(line);
    Json file = base;
    for (const auto& change : group["change"].items()) {
      if (change.key() == "model") {
        file["model"].update(change.value());
      } else {
        file[change.key()] = change.value();
      }
    }
    std::ofstream(folder / "tokenizer.json", std::ios::binary) << file.dump();
    TestTokenizer tokenizer;
    const Status loaded = tokenizer.load(folder.string());
    ASSERT_TRUE(loaded.ok()) << loaded.message() << "\n" << group["change"].dump();
    const auto prefix = group["prefix"].get<std::string>();
    for (const Json& entry : group["cases"]) {
      Ids ids;
      const Status encoded = tokenizer.encode(prefix, entry[0].get<std::string>(), group["max"].get<size_t>(), ids);
      ASSERT_TRUE(encoded.ok()) << encoded.message();
      EXPECT_EQ(ids, entry[1].get<Ids>()) << group["change"].dump() << "\n" << prefix << entry[0].dump();
      ++count;
    }
  }
  EXPECT_GE(count, 3000u);
  std::filesystem::remove_all(folder);
}

class SmallTokenizer : public testing::Test {
 protected:
  void SetUp() override {
    const Status loaded = tokenizer.load(kSmall);
    ASSERT_TRUE(loaded.ok()) << loaded.message();
  }
  Ids encode(const std::string& text, size_t max_tokens = 0) {
    Ids ids;
    const Status status = tokenizer.encode("", text, max_tokens, ids);
    EXPECT_TRUE(status.ok()) << status.message();
    return ids;
  }
  Code code(const std::string& text, size_t max_tokens, size_t capacity) {
    Ids ids(capacity + 1, -7);
    const Result<size_t> count =
        tokenizer->encode(nullptr, 0, text.data(), text.size(), max_tokens, tokenizer.scratch(), ids.data(), capacity);
    EXPECT_EQ(ids[capacity], -7) << "wrote behind the capacity";
    return count.status().code();
  }
  TestTokenizer tokenizer;
};

TEST_F(SmallTokenizer, NamesTheByteThatIsNotUtf8) {
  Ids ids;
  const Status text = tokenizer.encode("query: ", "abc\xc3(", 0, ids);
  EXPECT_EQ(text.code(), Code::invalid_argument);
  EXPECT_STREQ(text.message(), "the text is not valid UTF-8 at byte 3 (0xc3); convert it to UTF-8");
  const Status prompt = tokenizer.encode("\xff", "abc", 0, ids);
  EXPECT_EQ(prompt.code(), Code::invalid_argument);
  EXPECT_NE(std::string(prompt.message()).find("prompt"), std::string::npos);
  // Also behind the place where truncation stops reading, and when a sequence is split between the two parts.
  EXPECT_EQ(tokenizer.encode("", std::string(10000, 'a') + " b c d e\x80", 4, ids).code(), Code::invalid_argument);
  EXPECT_EQ(tokenizer.encode("\xc3", "\xa9", 0, ids).code(), Code::invalid_argument);
}

TEST_F(SmallTokenizer, KeepsToTheCapacity) {
  const std::string text = "a b c d e";
  ASSERT_EQ(encode(text).size(), 7u);
  for (size_t capacity = 0; capacity < 7; ++capacity) {
    EXPECT_EQ(code(text, 0, capacity), Code::limit) << capacity;
    EXPECT_EQ(code(text, 7, capacity), Code::limit) << capacity;
    EXPECT_EQ(code(text, 100, capacity), Code::limit) << capacity;
    EXPECT_EQ(code(text, capacity, capacity), capacity == 0  ? Code::limit
                                              : capacity < 2 ? Code::invalid_argument
                                                             : Code::ok);
  }
  EXPECT_EQ(code(text, 0, 7), Code::ok);
  EXPECT_EQ(code(text, 100, 7), Code::ok);
  EXPECT_EQ(code(text, 1, 100), Code::invalid_argument);
  // A word that is unknown after pieces were found takes one place.
  EXPECT_EQ(code("aaaaaaaaaaaa\xf3\xa0\x84\x80\xe2\x82\xbf", 0, 3), Code::ok);
}

TEST_F(SmallTokenizer, TruncatesTheTextAndKeepsTheEnd) {
  const Ids all = encode("a b c d e");
  for (size_t most = 2; most < 9; ++most) {
    Ids wanted = all;
    if (most < all.size()) {
      wanted.resize(most);
      wanted.back() = all.back();
    }
    EXPECT_EQ(encode("a b c d e", most), wanted) << most;
  }
}

TEST_F(SmallTokenizer, TakesNoMemory) {
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += "The na\xc3\xafve [MASK] unaffable! \xe4\xbd\xa0\xe5\xa5\xbd \xed\x95\x9c \xf0\x9d\x85\xa5 ";
  Ids ids(text.size());
  const size_t before = allocations;
  const Result<size_t> count =
      tokenizer->encode("query: ", 7, text.data(), text.size(), 0, tokenizer.scratch(), ids.data(), ids.size());
  const size_t behind = allocations;
  EXPECT_TRUE(count.ok());
  EXPECT_GT(*count, 1000u);
  EXPECT_EQ(before, behind);
  const std::string counts(1000, 'x');  // the counter counts
  EXPECT_GT(allocations, behind);
}

TEST_F(SmallTokenizer, GivesTokensAndIds) {
  size_t bytes;
  const int32_t mask = tokenizer->id("[MASK]", 6);
  ASSERT_GE(mask, 0);
  EXPECT_EQ(std::string(tokenizer->token(static_cast<uint32_t>(mask), &bytes), 6), "[MASK]");
  EXPECT_EQ(tokenizer->id("no such token", 13), -1);
  EXPECT_EQ(tokenizer->token(tokenizer->vocabulary_size(), &bytes), nullptr);
}

// A pass over 2 MB of each of these takes milliseconds; work that grows with the square would take hours.
TEST_F(SmallTokenizer, TakesTimeInProportionToHostileText) {
  const auto repeat = [](const char* unit, size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += unit;
    return text;
  };
  for (const char* unit : {"a", "\xcc\x81", "\xf0\x9d\x85\xa5", "\xf0\x9d\x85\xa5\xe3\x80\xae", "[MASK", "[", " ", "\t",
                           "\xc2\xad", "\xc4\xb0", "\xe4\xbd\xa0", "\xea\xb0\x81", "[CLS]", ".", "\xe2\x80\x82"}) {
    const std::string text = repeat(unit, 2000000);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_GE(encode(text).size(), 2u);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    EXPECT_LT(seconds.count(), 30.0) << unit;
  }
}

// Tables made by hand.
class HandMade : public testing::Test {
 protected:
  void SetUp() override {
    graph.vocabulary_size = 5;
    graph.unknown_id = 0;
    graph.continuing_prefix = "##";
    tokens = {{"[UNK]"}, {"ab"}, {"##c"}, {"[X]", false}, {""}};
    add("[X]", 3, false);
  }
  void add(const std::string& content, uint32_t id, bool normalized) {
    auto token = std::make_unique<fbs::AddedTokenT>();
    token->content = content;
    token->id = id;
    token->normalized = normalized;
    graph.added_tokens.push_back(std::move(token));
  }
  Code load() {
    Result<std::vector<uint8_t>> section = build_vocabulary(tokens);
    EXPECT_TRUE(section.ok());
    return tokenizer.load(graph, *section).code();
  }
  fbs::TokenizerT graph;
  std::vector<VocabularyToken> tokens;
  TestTokenizer tokenizer;
};

TEST_F(HandMade, WordPieceDoesNotFindAddedTokens) {
  ASSERT_EQ(load(), Code::ok);
  Ids ids;
  ASSERT_TRUE(tokenizer.encode("", "abc [X] [x]", 0, ids).ok());
  EXPECT_EQ(ids, (Ids{1, 2, 3, 0, 0, 0}));
  EXPECT_EQ(tokenizer->id("[X]", 3), 3);
}

TEST_F(HandMade, RefusesIdsOutsideTheVocabulary) {
  graph.unknown_id = 5;
  EXPECT_EQ(load(), Code::corrupt);
  graph.unknown_id = 4;
  EXPECT_EQ(load(), Code::ok);
  graph.pad_id = 5;
  EXPECT_EQ(load(), Code::corrupt);
  graph.pad_id = -2;
  EXPECT_EQ(load(), Code::corrupt);
  graph.pad_id = -1;
  graph.suffix_ids = {1, 5};
  EXPECT_EQ(load(), Code::corrupt);
  graph.suffix_ids = {1, 4};
  EXPECT_EQ(load(), Code::ok);
  graph.added_tokens[0]->id = 5;
  EXPECT_EQ(load(), Code::corrupt);
}

TEST_F(HandMade, RefusesAddedTokensOutOfOrder) {
  add("[Y]", 3, false);
  EXPECT_EQ(load(), Code::ok);
  add("[Y]", 3, true);
  EXPECT_EQ(load(), Code::ok);
  add("[Z]", 3, false);
  EXPECT_EQ(load(), Code::corrupt);
  graph.added_tokens.pop_back();
  add("[Y]", 3, true);
  EXPECT_EQ(load(), Code::corrupt);
  graph.added_tokens.back()->content = "";
  EXPECT_EQ(load(), Code::corrupt);
  graph.added_tokens.back()->content = "\xff";
  EXPECT_EQ(load(), Code::corrupt);
}

TEST_F(HandMade, RefusesWhatIsAboveTheLimits) {
  graph.max_word_characters = kTokenizerMaxWordCharacters + 1;
  EXPECT_EQ(load(), Code::limit);
  graph.max_word_characters = kTokenizerMaxWordCharacters;
  EXPECT_EQ(load(), Code::ok);
  graph.continuing_prefix = std::string(kTokenizerMaxPrefixBytes + 1, '#');
  EXPECT_EQ(load(), Code::limit);
  graph.continuing_prefix.clear();
  EXPECT_EQ(load(), Code::ok);
  add(std::string(kTokenizerMaxAddedTokenBytes + 1, 'a'), 3, true);
  EXPECT_EQ(load(), Code::limit);
}

TEST_F(HandMade, RefusesAVocabularyOfAnotherSize) {
  graph.vocabulary_size = 4;
  EXPECT_EQ(load(), Code::corrupt);
  EXPECT_EQ(Tokenizer::create(nullptr, nullptr, 0).status().code(), Code::not_found);
}

TEST_F(HandMade, TakesTimeInProportionToHostileTokens) {
  for (const bool normalized : {false, true}) {
    for (const char* content : {" ", "  ", "aaaaaaaaaaaaaaaaaaaaaaaab", "a", "a ", "\xe2\x80\x82"}) {
      graph.added_tokens.clear();
      add(content, 3, normalized);
      for (const int flags : {0, 1, 2, 3, 7}) {
        graph.added_tokens[0]->lstrip = (flags & 1) != 0;
        graph.added_tokens[0]->rstrip = (flags & 2) != 0;
        graph.added_tokens[0]->single_word = (flags & 4) != 0;
        ASSERT_EQ(load(), Code::ok);
        for (const char* unit : {" ", "a", "a ", "\xe2\x80\x82"}) {
          std::string text;
          while (text.size() < 300000) text += unit;
          Ids ids;
          const auto start = std::chrono::steady_clock::now();
          EXPECT_TRUE(tokenizer.encode("", text, 0, ids).ok());
          const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
          EXPECT_LT(seconds.count(), 10.0) << content << unit;
        }
      }
    }
  }
}

TEST_F(HandMade, LongestNormalizedTokensFillTheWindow) {
  const std::string longest(kTokenizerMaxAddedTokenBytes, 'z');
  add(longest, 4, true);
  ASSERT_EQ(load(), Code::ok);
  Ids ids;
  ASSERT_TRUE(tokenizer.encode("", "ab" + longest + "abc" + longest + longest.substr(1), 0, ids).ok());
  EXPECT_EQ(ids, (Ids{1, 4, 1, 2, 4, 0}));
}

}  // namespace
}  // namespace linnet
