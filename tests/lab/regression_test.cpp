#include "lab/regression.h"

#include <cmath>
#include <gtest/gtest.h>

#include "tests/lab/evaluations.h"

namespace linnet::lab {
namespace {

// The number that a text is.
Embedder numbers() {
  return {1, [](const std::vector<Text>& texts, float* rows) {
            for (const Text& text : texts) *rows++ = std::stof(std::string(text.data, text.bytes));
            return Status();
          }};
}

TEST(Regression, ScoresNumbers) {
  const std::vector<LabelledText> texts = {{"1", "1"}, {"2", "2.5"}, {"4", "3e0"}, {"8", "9"}};
  const Result<Evaluation> result = evaluate_regression(numbers(), texts, 3);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->count, 4u);
  EXPECT_DOUBLE_EQ(metric(*result, "spearman"), 1);
  EXPECT_DOUBLE_EQ(metric(*result, "mean_absolute_error"), (0 + 0.5 + 1 + 1) / 4);
  const double mean = 15.5 / 4;
  const double spread = 1 + 6.25 + 9 + 81 - 4 * mean * mean;
  EXPECT_NEAR(metric(*result, "r2"), 1 - (0.25 + 1 + 1) / spread, 1e-12);
  EXPECT_GT(metric(*result, "pearson"), 0.97);
}

TEST(Regression, TellsWhatIsWrong) {
  const auto error = [](const std::vector<LabelledText>& texts) {
    return std::string(evaluate_regression(numbers(), texts, 2).status().message());
  };
  EXPECT_EQ(error({{"1", "1"}, {"2", "two", 7}}), "line 7: the label 'two' is not a number");
  EXPECT_EQ(error({{"1", "1"}, {"2", "nan"}}), "text 1: the label 'nan' is not a number");
  EXPECT_EQ(error({{"1", "1"}, {"nan", "2"}}), "the score of text 2 is not a number");
  EXPECT_EQ(error({{"1", "1"}, {"2", "1"}}), "no correlation: all scores or all labels are equal");
  EXPECT_EQ(error({{"1", "1"}, {"1", "2"}}), "no correlation: all scores or all labels are equal");
  Embedder two = numbers();
  two.width = 2;
  EXPECT_FALSE(evaluate_regression(two, {{"1", "1"}, {"2", "2"}}, 2).ok());
}

}  // namespace
}  // namespace linnet::lab
