#include "lab/logistic.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

namespace linnet::lab {
namespace {

struct Sample {
  std::vector<float> rows;
  std::vector<uint32_t> classes;
  size_t width, count;
  LabelledRows view() const { return {rows, width, classes, count}; }
};

// Clouds around points that are `apart` from each other.
Sample clouds(size_t n, size_t width, size_t count, float apart) {
  Sample sample{{}, {}, width, count};
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  for (size_t i = 0; i < n; ++i) {
    const uint32_t c = static_cast<uint32_t>(i % count);
    sample.classes.push_back(c);
    for (size_t k = 0; k < width; ++k) sample.rows.push_back(normal(random) + (k == c ? apart : 0.0f));
  }
  return sample;
}

// tests/oracles/classification_oracle.py made these.
TEST(Logistic, AgreesWithScikitLearn) {
  std::ifstream file(LINNET_TEST_DATA "/classification/logistic.jsonl");
  std::string line;
  size_t cases = 0;
  for (; std::getline(file, line); ++cases) {
    const nlohmann::json expected = nlohmann::json::parse(line);
    Sample sample;
    for (const auto& row : expected["rows"]) {
      sample.width = row.size();
      for (const auto& number : row) sample.rows.push_back(number.get<float>());
    }
    sample.classes = expected["classes"].get<std::vector<uint32_t>>();
    sample.count = *std::max_element(sample.classes.begin(), sample.classes.end()) + 1;
    const LinearClassifier fitted = fit_logistic(sample.view(), expected["strength"].get<double>());
    for (size_t r = 0; r < sample.classes.size(); ++r) {
      std::vector<double> scores(sample.count);
      double sum = 0;
      for (size_t c = 0; c < sample.count; ++c) {
        double score = fitted.bias[c];
        for (size_t k = 0; k < sample.width; ++k) {
          score += static_cast<double>(fitted.weight[c * sample.width + k]) * sample.rows[r * sample.width + k];
        }
        sum += scores[c] = std::exp(score);
      }
      // In the directions that rows have, the loss is curved by the data (0.1 and more), so that a gradient of 1e-5
      // moves scores by less than 4e-4 here, and probabilities by a quarter of that at most.
      for (size_t c = 0; c < sample.count; ++c) {
        EXPECT_NEAR(scores[c] / sum, expected["probabilities"][r][c].get<double>(), 1e-4) << cases << " row " << r;
      }
    }
  }
  EXPECT_EQ(cases, 4u);
}

TEST(Logistic, ThreadsDoNotChangeIt) {
  const Sample sample = clouds(1000, 20, 3, 1.0f);
  ThreadPool pool;
  ASSERT_TRUE(pool.start(3).ok());
  const LinearClassifier one = fit_logistic(sample.view(), 1),
                         many = fit_logistic(sample.view(), 1, pool.parallel_for());
  EXPECT_EQ(one.weight, many.weight);
  EXPECT_EQ(one.bias, many.bias);
}

TEST(Logistic, WhatRowsHaveInCommonDoesNotMatter) {
  for (const size_t count : {2, 3}) {
    Sample sample = clouds(400, 12, count, 1.0f);
    const LinearClassifier fitted = fit_logistic(sample.view(), 1);
    const Sample before = sample;
    for (float& element : sample.rows) element += 4;
    const LinearClassifier shifted = fit_logistic(sample.view(), 1);
    std::vector<double> scores, scores_shifted;
    for (size_t r = 0; r < 400; ++r) {
      fitted.score(before.rows.data() + r * 12, &scores);
      shifted.score(sample.rows.data() + r * 12, &scores_shifted);
      // The loss is curved by 0.1 and more, so that gradients of 1e-5 move the 12 weights and the bias by 1e-4 at most
      // each, and rows are at most 4 from the mean; the sums in float of numbers around 4 add less than that.
      for (size_t c = 0; c < count; ++c)
        EXPECT_NEAR(scores[c] - scores[0], scores_shifted[c] - scores_shifted[0], 0.01);
    }
  }
}

TEST(Logistic, ClassifiesWhatItWasFittedOn) {
  const Sample sample = clouds(300, 8, 3, 6.0f);
  const LinearClassifier fitted = fit_logistic(sample.view(), 10);
  for (size_t i = 0; i < sample.classes.size(); ++i) {
    EXPECT_EQ(fitted.classify(sample.rows.data() + i * sample.width), sample.classes[i]);
  }
}

TEST(CrossValidation, ScoresRowsThatWereHeldOut) {
  // Noise alone, more features than rows: fitted rows would all be right, held-out ones are right as often as chance.
  Sample noise = clouds(200, 300, 2, 0.0f);
  const Result<CrossValidation> result = cross_validate(noise.view(), 5, {});
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->folds, 5u);
  for (const StrengthScore& tried : result->tried) {
    // Standard deviation of a share of 200 guesses: 0.035.
    EXPECT_NEAR(tried.accuracy, 0.5, 4 * 0.036) << tried.strength;
  }
  const Result<CrossValidation> easy = cross_validate(clouds(200, 10, 2, 8.0f).view(), 5, {});
  ASSERT_TRUE(easy.ok());
  EXPECT_EQ(easy->tried[easy->best].accuracy, 1);
  EXPECT_LT(easy->tried.size(), 13u);  // nothing left to gain
}

TEST(CrossValidation, NeedsTwoRowsOfEachClassAndHasNoMoreFoldsThanThat) {
  Sample sample = clouds(7, 4, 2, 3.0f);  // four and three rows
  const Result<CrossValidation> few = cross_validate(sample.view(), 5, {});
  ASSERT_TRUE(few.ok());
  EXPECT_EQ(few->folds, 3u);
  sample.classes = {0, 0, 0, 0, 0, 0, 1};
  EXPECT_FALSE(cross_validate(sample.view(), 5, {}).ok());
  sample.classes = {0, 0, 0, 0, 0, 0, 0};
  EXPECT_FALSE(cross_validate(sample.view(), 5, {}).ok());
}

TEST(CrossValidation, EndsWhenItIsTold) {
  size_t calls = 0;
  const Result<CrossValidation> stopped =
      cross_validate(clouds(40, 4, 2, 1.0f).view(), 5, {}, [&](uint64_t, uint64_t) { return ++calls < 4; });
  EXPECT_FALSE(stopped.ok());
  EXPECT_EQ(calls, 4u);
}

}  // namespace
}  // namespace linnet::lab
