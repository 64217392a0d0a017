#include "lab/ridge.h"

#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

#include "lab/regression.h"

namespace linnet::lab {
namespace {

struct Sample {
  std::vector<float> rows;
  std::vector<double> numbers;
  size_t width = 0;
  NumberedRows view() const { return {rows, width, numbers}; }
};

// Numbers that are a linear function of the rows, and noise.
Sample noisy(size_t n, size_t width, double noise) {
  Sample sample;
  sample.width = width;
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (size_t i = 0; i < n; ++i) {
    double number = 2 + noise * static_cast<double>(normal(random));
    for (size_t k = 0; k < width; ++k) {
      sample.rows.push_back(normal(random));
      number += (k % 2 == 0 ? 1 : -0.5) * static_cast<double>(sample.rows.back());
    }
    sample.numbers.push_back(number);
  }
  return sample;
}

// tests/oracles/classification_oracle.py made these.
TEST(Ridge, AgreesWithScikitLearn) {
  std::ifstream file(LINNET_TEST_DATA "/classification/ridge.jsonl");
  std::string line;
  size_t cases = 0;
  for (; std::getline(file, line); ++cases) {
    const nlohmann::json expected = nlohmann::json::parse(line);
    Sample sample;
    for (const auto& row : expected["rows"]) {
      sample.width = row.size();
      for (const auto& number : row) sample.rows.push_back(number.get<float>());
    }
    sample.numbers = expected["numbers"].get<std::vector<double>>();
    const LinearModel fitted = fit_ridge(sample.view(), expected["penalty"].get<double>());
    std::vector<double> predicted;
    for (size_t i = 0; i < sample.numbers.size(); ++i) {
      predicted.push_back(fitted.predict(sample.rows.data() + i * sample.width));
      // Rows and coefficients are floats here: an error of 2^-24 of each of at most 33 products of a few units.
      EXPECT_NEAR(predicted[i], expected["predictions"][i].get<double>(), 2e-5) << cases << " row " << i;
    }
    // The predictions' error moves these by the same share of them at most.
    EXPECT_NEAR(r2(predicted, sample.numbers), expected["r2"].get<double>(), 2e-5);
    EXPECT_NEAR(mean_absolute_error(predicted, sample.numbers), expected["mean_absolute_error"].get<double>(), 2e-5);
  }
  EXPECT_EQ(cases, 4u);
}

// What cross-validation says must be what fitting without the fold and predicting it gives.
TEST(Ridge, CrossValidationFitsWithoutTheFold) {
  const Sample sample = noisy(50, 6, 1.0);
  constexpr size_t kFolds = 4;
  std::vector<uint64_t> told;
  const Result<RidgeFit> result = cross_validate_ridge(sample.view(), kFolds, {}, [&](uint64_t done, uint64_t total) {
    EXPECT_EQ(total, kFolds);
    told.push_back(done);
    return true;
  });
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(told, (std::vector<uint64_t>{0, 1, 2, 3}));
  EXPECT_EQ(result->folds, kFolds);
  ASSERT_EQ(result->tried.size(), 13u);
  EXPECT_DOUBLE_EQ(result->tried.front().penalty, 1e-3);
  EXPECT_DOUBLE_EQ(result->tried.back().penalty, 1e3);
  for (const PenaltyScore& tried : result->tried) {
    double error = 0;
    for (size_t fold = 0; fold < kFolds; ++fold) {
      Sample kept;
      kept.width = sample.width;
      for (size_t i = 0; i < sample.numbers.size(); ++i) {
        if (i % kFolds == fold) continue;
        kept.numbers.push_back(sample.numbers[i]);
        kept.rows.insert(kept.rows.end(), sample.rows.begin() + static_cast<ptrdiff_t>(i * sample.width),
                         sample.rows.begin() + static_cast<ptrdiff_t>((i + 1) * sample.width));
      }
      const LinearModel fitted = fit_ridge(kept.view(), tried.penalty);
      for (size_t i = fold; i < sample.numbers.size(); i += kFolds) {
        const double off = fitted.predict(sample.rows.data() + i * sample.width) - sample.numbers[i];
        error += off * off / static_cast<double>(sample.numbers.size());
      }
    }
    EXPECT_NEAR(tried.squared_error, error, 1e-5 * (1 + error)) << tried.penalty;  // coefficients of floats
    EXPECT_GE(tried.squared_error, result->tried[result->best].squared_error);
  }
  const LinearModel best = fit_ridge(sample.view(), result->tried[result->best].penalty);
  EXPECT_EQ(best.weight.size(), 6u);
  for (size_t k = 0; k < 6; ++k) EXPECT_NEAR(best.weight[k], result->model.weight[k], 1e-6);
  EXPECT_NEAR(best.bias, result->model.bias, 1e-6);
}

TEST(Ridge, TheBestPenaltyFollowsTheNoise) {
  const auto best = [](double noise) {
    const Sample sample = noisy(60, 20, noise);
    const Result<RidgeFit> result = cross_validate_ridge(sample.view(), 5, {});
    return result.ok() ? result->tried[result->best].penalty : -1;
  };
  EXPECT_DOUBLE_EQ(best(0), 1e-3);
  EXPECT_GT(best(20), 10);
}

TEST(Ridge, ThreadsDoNotChangeIt) {
  const Sample sample = noisy(1000, 33, 1);
  ThreadPool pool;
  ASSERT_TRUE(pool.start(3).ok());
  const Result<RidgeFit> one = cross_validate_ridge(sample.view(), 5, {}),
                         many = cross_validate_ridge(sample.view(), 5, pool.parallel_for());
  ASSERT_TRUE(one.ok() && many.ok());
  EXPECT_EQ(one->model.weight, many->model.weight);
  EXPECT_EQ(one->model.bias, many->model.bias);
}

TEST(Ridge, TellsErrorsAndInterrupts) {
  Sample sample = noisy(10, 3, 1);
  EXPECT_FALSE(cross_validate_ridge(sample.view(), 5, {}, [](uint64_t, uint64_t) { return false; }).ok());
  // Fewer rows than folds: each is a fold.
  EXPECT_EQ(cross_validate_ridge(sample.view(), 100, {})->folds, 10u);
  sample.numbers.assign(10, 4.0);
  EXPECT_EQ(cross_validate_ridge(sample.view(), 5, {}).status().code(), Code::invalid_argument);
  const NumberedRows one{std::span<const float>(sample.rows).first(3), 3,
                         std::span<const double>(sample.numbers).first(1)};
  EXPECT_FALSE(cross_validate_ridge(one, 5, {}).ok());
}

}  // namespace
}  // namespace linnet::lab
