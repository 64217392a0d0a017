#include "converters/tokenizer_import.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/runtime/text/tokenizer_fixture.h"

namespace linnet {
namespace {

using Json = nlohmann::json;

class TokenizerImport : public testing::Test {
 protected:
  void SetUp() override {
    folder = std::filesystem::path(testing::TempDir()) /
             (std::string("linnet_import_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    clear();
    std::ifstream stream(LINNET_TEST_DATA "/tokenizer/small/tokenizer.json", std::ios::binary);
    file = Json::parse(stream);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  void clear() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  Result<ImportedTokenizer> import() {
    write("tokenizer.json", file.dump());
    return import_tokenizer(folder.string());
  }
  // The import fails with `code` and its message has `part`.
  void refuses(Code code, const std::string& part) {
    const Result<ImportedTokenizer> result = import();
    EXPECT_EQ(result.status().code(), code) << part << ": " << result.status().message();
    EXPECT_NE(std::string(result.status().message()).find(part), std::string::npos) << result.status().message();
  }
  Json token(const std::string& content, bool normalized, bool lstrip = false, bool rstrip = false) {
    return {{"id", 9000},       {"content", content},       {"single_word", false}, {"lstrip", lstrip},
            {"rstrip", rstrip}, {"normalized", normalized}, {"special", false}};
  }
  std::filesystem::path folder;
  Json file;
};

TEST_F(TokenizerImport, ReadsTokenizerJson) {
  file["truncation"] = {{"direction", "Right"}, {"max_length", 128}, {"strategy", "LongestFirst"}, {"stride", 0}};
  write("tokenizer_config.json", R"({"model_max_length": 512, "do_lower_case": true})");
  const Result<ImportedTokenizer> result = import();
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->truncation, 128u);
  EXPECT_EQ(result->model_max_length, 512u);
  EXPECT_EQ(result->graph.vocabulary_size, file["model"]["vocab"].size());
  EXPECT_EQ(result->graph.prefix_ids, std::vector<uint32_t>{2});
  EXPECT_EQ(result->graph.suffix_ids, std::vector<uint32_t>{3});
  EXPECT_EQ(result->graph.added_tokens.size(), 5u);
  EXPECT_TRUE(result->graph.strip_accents);
  EXPECT_TRUE(result->warnings.empty());
}

TEST_F(TokenizerImport, StoresNormalizedTokensAsTheyAreLookedFor) {
  file["added_tokens"].push_back(token("\xc3\x89t\xc3\xa9 X", true));
  const Result<ImportedTokenizer> result = import();
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->graph.added_tokens.back()->content, "ete x");
  EXPECT_EQ(result->graph.added_tokens.back()->id, file["model"]["vocab"].size());
  ASSERT_EQ(result->warnings.size(), 1u);  // the file says 9000
  TestTokenizer tokenizer;
  ASSERT_TRUE(tokenizer.load(folder.string()).ok());
  EXPECT_EQ(tokenizer->id("\xc3\x89t\xc3\xa9 X", 7), static_cast<int32_t>(file["model"]["vocab"].size()));
}

TEST_F(TokenizerImport, AcceptsAModelWithoutType) {
  file["model"].erase("type");
  EXPECT_TRUE(import().ok());
}

TEST_F(TokenizerImport, AcceptsSequencesOfOneStep) {
  file["normalizer"] = {{"type", "Sequence"}, {"normalizers", {file["normalizer"]}}};
  file["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {file["pre_tokenizer"]}}};
  EXPECT_TRUE(import().ok());
  file["normalizer"]["normalizers"].push_back({{"type", "NFC"}});
  refuses(Code::unsupported, "Sequence of several");
}

TEST_F(TokenizerImport, NamesWhatIsNotUnderstood) {
  const Json good = file;
  const auto with = [&](const char* field, Json value) {
    file = good;
    file[field] = std::move(value);
  };
  with("normalizer", {{"type", "NFC"}});
  refuses(Code::unsupported, "NFC");
  with("pre_tokenizer", {{"type", "Whitespace"}});
  refuses(Code::unsupported, "Whitespace");
  with("pre_tokenizer", nullptr);
  refuses(Code::unsupported, "pre_tokenizer");
  with("post_processor", {{"type", "ByteLevel"}});
  refuses(Code::unsupported, "ByteLevel");
  with("model", {{"type", "BPE"}, {"vocab", Json::object()}, {"merges", Json::array()}});
  refuses(Code::unsupported, "BPE");
  with("model", {{"type", "Unigram"}});
  refuses(Code::unsupported, "Unigram");
  with("something", 1);
  refuses(Code::unsupported, "something");
  with("version", "2.0");
  refuses(Code::unsupported, "2.0");
  with("truncation", {{"direction", "Left"}, {"max_length", 8}, {"strategy", "LongestFirst"}, {"stride", 0}});
  refuses(Code::unsupported, "Left");
  with("truncation", {{"direction", "Right"}, {"max_length", 8}, {"strategy", "OnlySecond"}, {"stride", 0}});
  refuses(Code::unsupported, "OnlySecond");
  file = good;
  file["normalizer"]["case"] = true;
  refuses(Code::unsupported, "'case'");
  file = good;
  file["model"]["dropout"] = 0.1;
  refuses(Code::unsupported, "'dropout'");
  file = good;
  file["model"]["unk_token"] = "[NONE]";
  refuses(Code::unsupported, "[NONE]");
  file = good;
  file["model"]["max_input_chars_per_word"] = 100000;
  refuses(Code::unsupported, "100000");
  file = good;
  file["post_processor"]["single"].push_back({{"Sequence", {{"id", "B"}, {"type_id", 0}}}});
  refuses(Code::unsupported, "sequence A once");
  file = good;
  write("tokenizer_config.json", R"({"truncation_side": "left"})");
  refuses(Code::unsupported, "left");
}

TEST_F(TokenizerImport, RefusesAddedTokensThatHuggingFaceTreatsAtRandom) {
  const Json good = file;
  file["added_tokens"].push_back(token("Foo", true));
  file["added_tokens"].push_back(token("foo", true));
  refuses(Code::unsupported, "random");
  file = good;
  file["added_tokens"].push_back(token("\xcc\x81", true));
  refuses(Code::unsupported, "nothing is left");
  file = good;
  file["added_tokens"].push_back(token("  ", false, true));
  EXPECT_TRUE(import().ok());
  file["added_tokens"].push_back(token("x", false, false, true));
  refuses(Code::unsupported, "white space");
}

TEST_F(TokenizerImport, RefusesDamagedFiles) {
  const Json good = file;
  file["model"]["vocab"]["a"] = -1;
  refuses(Code::corrupt, "id of 'a'");
  file = good;
  file["model"]["vocab"]["a"] = 4000000000u;
  refuses(Code::limit, "4000000000");
  file = good;
  file["model"]["vocab"]["a"] = file["model"]["vocab"]["b"];
  refuses(Code::unsupported, "both have id");
  file = good;
  file["post_processor"]["special_tokens"]["[CLS]"]["ids"] = {99999};
  refuses(Code::corrupt, "99999");
  file = good;
  file["post_processor"]["special_tokens"].erase("[SEP]");
  refuses(Code::corrupt, "[SEP]");
  file = good;
  file["added_tokens"][0].erase("lstrip");
  refuses(Code::corrupt, "lstrip");
  file = good;
  file["model"].erase("vocab");
  refuses(Code::corrupt, "vocab");
  for (const char* text : {"", "{", "[]", "{\"model\": \"\xff\"}"}) {
    write("tokenizer.json", text);
    EXPECT_EQ(import_tokenizer(folder.string()).status().code(), Code::corrupt) << text;
  }
  clear();
  EXPECT_EQ(import_tokenizer(folder.string()).status().code(), Code::not_found);
}

TEST_F(TokenizerImport, TellsWhereTheConfigurationDisagrees) {
  write("tokenizer_config.json", R"({"do_lower_case": false, "mask_token": "<mask>", "never_split": ["a"],
                                     "model_max_length": 1e30, "pad_token": {"content": "[PAD]"}})");
  const Result<ImportedTokenizer> result = import();
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->warnings.size(), 3u);
  EXPECT_EQ(result->model_max_length, 0u);
  EXPECT_EQ(result->graph.pad_id, 0);
}

TEST_F(TokenizerImport, ReadsVocabularyFilesAsTransformersDoes) {
  std::ifstream cases(LINNET_TEST_DATA "/tokenizer/vocab_cases.jsonl", std::ios::binary);
  std::string line;
  size_t folders = 0;
  for (; std::getline(cases, line); ++folders) {
    const Json entry = Json::parse(line);
    clear();
    for (const auto& item : entry["files"].items()) write(item.key(), item.value().get<std::string>());
    TestTokenizer tokenizer;
    const Status loaded = tokenizer.load(folder.string());
    ASSERT_TRUE(loaded.ok()) << loaded.message() << entry["files"].dump();
    EXPECT_EQ(tokenizer.model_max_length(), entry["model_max_length"].get<uint32_t>());
    for (const auto& item : entry["tokens"].items()) {
      if (item.key().empty()) continue;
      EXPECT_EQ(tokenizer->id(item.key().data(), item.key().size()), item.value().get<int32_t>()) << item.key();
    }
    for (const Json& pair : entry["cases"]) {
      std::vector<int32_t> ids;
      ASSERT_TRUE(tokenizer.encode("", pair[0].get<std::string>(), 0, ids).ok());
      EXPECT_EQ(ids, pair[1].get<std::vector<int32_t>>()) << pair[0].dump() << entry["files"].dump();
    }
  }
  EXPECT_GE(folders, 13u);
}

TEST_F(TokenizerImport, NamesTheClassThatVocabularyFilesAreNotUnderstoodFor) {
  write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n");
  write("tokenizer_config.json", R"({"tokenizer_class": "BertJapaneseTokenizer"})");
  const Result<ImportedTokenizer> result = import_tokenizer(folder.string());
  EXPECT_EQ(result.status().code(), Code::unsupported);
  EXPECT_NE(std::string(result.status().message()).find("BertJapaneseTokenizer"), std::string::npos);
  write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", "image_token": "<img>"})");
  EXPECT_EQ(import_tokenizer(folder.string()).status().code(), Code::unsupported);
  write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", "unk_token": "<unk>"})");
  EXPECT_EQ(import_tokenizer(folder.string()).status().code(), Code::unsupported);
}

}  // namespace
}  // namespace linnet
