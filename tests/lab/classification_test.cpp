#include "lab/classification.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/lab/files.h"

namespace linnet::lab {
namespace {

class Labelled : public FolderTest {};

TEST_F(Labelled, ReadsThreeFormats) {
  for (const auto& [name, bytes] : std::vector<std::pair<std::string, std::string>>{
           {"a.tsv", "text\tlabel\na, b\t1 \r\n\nc\t0"},
           {"a.csv", "sentence,label\n\"a, b\",1\nc,0\n"},
           {"a.jsonl", "{\"text\": \"a, b\", \"label\": 1}\n\n{\"label\": \"0\", \"text\": \"c\", \"id\": 7}\n"}}) {
    const auto texts = read_labelled(write(name, bytes));
    ASSERT_TRUE(texts.ok()) << texts.status().message();
    ASSERT_EQ(texts->size(), 2u) << name;
    EXPECT_EQ((*texts)[0].text, "a, b");
    EXPECT_EQ((*texts)[0].label, "1");
    EXPECT_EQ((*texts)[1].text, "c");
    EXPECT_EQ((*texts)[1].label, "0");
  }
}

TEST_F(Labelled, ErrorsNameTheLine) {
  const auto error = [&](const std::string& name, const std::string& bytes) {
    const auto texts = read_labelled(write(name, bytes));
    return texts.ok() ? std::string("none") : std::string(texts.status().message());
  };
  EXPECT_NE(error("a.tsv", "a\t1\nb\n").find("a.tsv line 2: not 2 fields"), std::string::npos);
  EXPECT_NE(error("a.tsv", "a\t1\t2\n").find("line 1: not 2 fields"), std::string::npos);
  EXPECT_NE(error("a.tsv", "a\t \n").find("line 1: the label is missing"), std::string::npos);
  EXPECT_NE(error("a.tsv", "a\t1\n\xff\t1\n").find("line 2"), std::string::npos);
  EXPECT_NE(error("a.csv", "a,1\n\"b").find("line 2"), std::string::npos);
  EXPECT_NE(error("a.jsonl", "{\"text\": \"a\", \"label\": 1}\nx\n").find("line 2: not a JSON object"),
            std::string::npos);
  EXPECT_NE(error("a.jsonl", "{\"text\": 1, \"label\": 1}\n").find("line 1: \"text\""), std::string::npos);
  EXPECT_NE(error("a.jsonl", "{\"text\": \"a\", \"label\": null}\n").find("line 1: \"label\""), std::string::npos);
  EXPECT_NE(error("a.tsv", "text\tlabel\n").find("holds no labelled text"), std::string::npos);
  EXPECT_NE(error("a.txt", "a\t1\n").find("does not end in .tsv, .csv or .jsonl"), std::string::npos);
}

TEST_F(Labelled, LabelsAreSortedNumbersFirst) {
  std::vector<LabelledText> texts;
  for (const char* label : {"b", "10", "9", "-1", "a", "10", "B"}) texts.push_back({"", label});
  EXPECT_EQ(labels_of(texts), (std::vector<std::string>{"-1", "9", "10", "B", "a", "b"}));
}

// tests/oracles/classification_oracle.py made these.
TEST(ClassificationMetrics, CountAsScikitLearn) {
  std::ifstream file(LINNET_TEST_DATA "/classification/metrics.jsonl");
  std::string line;
  size_t cases = 0;
  for (; std::getline(file, line); ++cases) {
    const nlohmann::json expected = nlohmann::json::parse(line);
    const auto predicted = expected["predicted"].get<std::vector<uint32_t>>();
    const auto wanted = expected["wanted"].get<std::vector<uint32_t>>();
    const size_t count = expected["count"].get<size_t>();
    EXPECT_NEAR(accuracy(predicted, wanted), expected["accuracy"].get<double>(), 1e-14);
    EXPECT_NEAR(macro_f1(predicted, wanted, count), expected["macro_f1"].get<double>(), 1e-14) << line;
    EXPECT_NEAR(matthews(predicted, wanted, count), expected["matthews"].get<double>(), 1e-14) << line;
  }
  EXPECT_EQ(cases, 7u);
}

// A text is its own scores: "1 3 2".
const Embedder kScores{3, [](const std::vector<Text>& texts, float* rows) {
                         for (const Text& text : texts) {
                           const char* at = text.data;
                           for (int i = 0; i < 3; ++i) {
                             char* end = nullptr;
                             *rows++ = std::strtof(at, &end);
                             at = end;
                           }
                         }
                         return Status();
                       }};

TEST(Classification, TakesTheLargestScore) {
  const std::vector<std::string> labels = {"red", "green", "blue"};
  const std::vector<LabelledText> texts = {
      {"1 3 2", "green"}, {"1 1 0", "red"}, {"-3 -2 -1", "blue"}, {"5 0 0", "blue"}};
  for (const size_t batch : {1u, 3u, 10u}) {
    const Result<Evaluation> result = evaluate_classification(kScores, labels, texts, batch);
    ASSERT_TRUE(result.ok()) << result.status().message();
    EXPECT_EQ(result->count, 4u);
    EXPECT_EQ(result->metrics[0].name, "accuracy");
    EXPECT_EQ(result->metrics[0].value, 0.75);
    EXPECT_LE(result->metrics[0].interval.low, 0.75);
    EXPECT_GE(result->metrics[0].interval.high, 0.75);
  }
}

TEST(Classification, LabelsAreRankedByTheirProbability) {
  constexpr fbs::HeadKind kOne = fbs::HeadKind::Classification;
  const std::vector<float> scores = {0, std::log(2.0f), 0, std::log(4.0f)};
  const Result<std::vector<RankedLabel>> two = rank_labels(kOne, scores, 2);
  ASSERT_TRUE(two.ok()) << two.status().message();
  ASSERT_EQ(two->size(), 2u);
  EXPECT_EQ((*two)[0].label, 3u);
  EXPECT_NEAR((*two)[0].score, 0.5, 1e-7);
  EXPECT_EQ((*two)[1].label, 1u);
  EXPECT_NEAR((*two)[1].score, 0.25, 1e-7);
  const Result<std::vector<RankedLabel>> all = rank_labels(kOne, scores, 100);
  ASSERT_EQ(all->size(), 4u);
  EXPECT_EQ((*all)[2].label, 0u);  // of equals the first
  EXPECT_EQ((*all)[3].label, 2u);
  // Where each is right or wrong by itself, and where they are numbers.
  const Result<std::vector<RankedLabel>> each = rank_labels(fbs::HeadKind::MultiLabel, scores, 1);
  EXPECT_NEAR((*each)[0].score, 0.8, 1e-7);
  EXPECT_EQ((*rank_labels(fbs::HeadKind::Regression, scores, 1))[0].score, scores[3]);
  // Neither large scores nor far apart ones overflow.
  const Result<std::vector<RankedLabel>> far = rank_labels(kOne, std::vector<float>{-3e38f, 3e38f}, 1);
  ASSERT_TRUE(far.ok()) << far.status().message();
  EXPECT_EQ((*far)[0].label, 1u);
  EXPECT_EQ((*far)[0].score, 1.0);
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {infinity, std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_EQ(rank_labels(kOne, std::vector<float>{1, bad, 2}, 1).status().code(), Code::non_finite);
  }
}

TEST(Classification, UnknownLabelsAndScoresThatAreNoNumbersAreErrors) {
  const std::vector<std::string> labels = {"red", "green", "blue"};
  const auto error = [&](const std::vector<LabelledText>& texts) {
    return std::string(evaluate_classification(kScores, labels, texts, 8).status().message());
  };
  EXPECT_NE(error({{"1 2 3", "pink"}}).find("no label 'pink'"), std::string::npos);
  EXPECT_NE(error({{"1 2 3", "red"}, {"1 nan 2", "red"}}).find("score of text 2 is not a number"), std::string::npos);
  EXPECT_FALSE(evaluate_classification(kScores, {"red"}, {{"1 2 3", "red"}}, 8).ok());
}

}  // namespace
}  // namespace linnet::lab
