#include "lab/qa.h"

#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace linnet::lab {
namespace {

using Json = nlohmann::json;

TEST(Squad, MeasuresAreThoseOfItsScript) {
  std::ifstream file(LINNET_TEST_DATA "/heads/squad.jsonl");
  std::string line;
  size_t count = 0;
  for (; std::getline(file, line); ++count) {
    const Json given = Json::parse(line);
    const auto found = given["found"].get<std::string>();
    const auto answers = given["answers"].get<std::vector<std::string>>();
    EXPECT_EQ(normalize_answer(found), given["normalized"].get<std::string>()) << line;
    EXPECT_NEAR(answer_f1(found, answers), given["f1"].get<double>(), 1e-12) << line;
    EXPECT_EQ(exact_match(found, answers), given["exact_match"].get<double>()) << line;
  }
  EXPECT_GE(count, 80u);
}

class SquadFile : public ::testing::Test {
 protected:
  Result<SquadData> read(const std::string& text) {
    const std::string path = testing::TempDir() + "linnet_squad_test.json";
    std::ofstream(path, std::ios::binary) << text;
    return read_squad(path);
  }
  void fails(const std::string& text, const char* says) {
    const Result<SquadData> data = read(text);
    ASSERT_FALSE(data.ok()) << text;
    EXPECT_NE(std::string(data.status().message()).find(says), std::string::npos) << data.status().message();
  }
};

TEST_F(SquadFile, GivesParagraphsAndQuestions) {
  const Result<SquadData> data = read(R"({"data": [{"paragraphs": [
      {"context": "Ada wrote.", "qas": [{"question": "Who?", "answers": [{"text": "Ada", "answer_start": 0}]},
                                        {"question": "Why?", "answers": []}]},
      {"context": "It rains.", "qas": [{"question": "What?", "answers": [{"text": "rain"}, {"text": "rains"}]}]}]}]})");
  ASSERT_TRUE(data.ok()) << data.status().message();
  ASSERT_EQ(data->questions.size(), 2u);
  EXPECT_EQ(data->questions[1].paragraph, 1u);
  EXPECT_EQ(data->questions[1].answers, (std::vector<std::string>{"rain", "rains"}));
  EXPECT_EQ(data->paragraphs[1], "It rains.");
  ASSERT_EQ(data->notes.size(), 1u);
  EXPECT_NE(data->notes[0].find("1 questions without an answer"), std::string::npos);
}

TEST_F(SquadFile, ErrorsNameThePlace) {
  fails("{", "not JSON");
  fails("[]", "no list 'data'");
  fails(R"({"data": [{}]})", "article 1: no list 'paragraphs'");
  fails(R"({"data": [{"paragraphs": [{"qas": []}]}]})", "article 1, paragraph 1: no text 'context'");
  fails(R"({"data": [{"paragraphs": [{"context": "x", "qas": [{"answers": []}]}]}]})",
        "question 1: no text 'question'");
  fails(R"({"data": [{"paragraphs": [{"context": "x", "qas": []}]}]})", "no question with an answer");
}

}  // namespace
}  // namespace linnet::lab
