#include "lab/ranking.h"

#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace linnet::lab {
namespace {

TEST(Ranking, OfOneQueryByHand) {
  const std::vector<int> found = {0, 2, 0, 1}, judged = {1, 2, 3, 0};
  EXPECT_DOUBLE_EQ(ndcg(found, judged, 10),
                   (2 / std::log2(3) + 1 / std::log2(5)) / (3 + 2 / std::log2(3) + 1 / std::log2(4)));
  EXPECT_DOUBLE_EQ(ndcg(found, judged, 2), (2 / std::log2(3)) / (3 + 2 / std::log2(3)));
  EXPECT_DOUBLE_EQ(recall(found, judged, 10), 2.0 / 3);
  EXPECT_DOUBLE_EQ(recall(found, judged, 3), 1.0 / 3);
  EXPECT_DOUBLE_EQ(reciprocal_rank(found, 10), 0.5);
  EXPECT_EQ(reciprocal_rank(found, 1), 0);
}

TEST(Ranking, NothingRelevantAndNothingFound) {
  const std::vector<int> none = {0, -1, 0}, one = {1};
  EXPECT_EQ(ndcg(none, none, 10), 0);
  EXPECT_EQ(recall(none, none, 10), 0);
  EXPECT_EQ(reciprocal_rank(none, 10), 0);
  EXPECT_EQ(ndcg({}, one, 10), 0);
  EXPECT_EQ(recall({}, one, 10), 0);
}

// tests/oracles/ranking_oracle.py made these.
TEST(Ranking, CountsAsTrecEval) {
  std::ifstream file(LINNET_TEST_DATA "/ranking/cases.jsonl");
  std::string line;
  size_t cases = 0;
  for (; std::getline(file, line); ++cases) {
    const nlohmann::json expected = nlohmann::json::parse(line);
    const auto found = expected["found"].get<std::vector<int>>(), judged = expected["judged"].get<std::vector<int>>();
    // Sums of at most 100 terms in double.
    EXPECT_NEAR(ndcg(found, judged, 10), expected["ndcg_cut_10"].get<double>(), 1e-13) << line;
    EXPECT_NEAR(recall(found, judged, 10), expected["recall_10"].get<double>(), 1e-13) << line;
    EXPECT_NEAR(recall(found, judged, 100), expected["recall_100"].get<double>(), 1e-13) << line;
    EXPECT_NEAR(reciprocal_rank(found, found.size()), expected["recip_rank"].get<double>(), 1e-13) << line;
  }
  EXPECT_EQ(cases, 60u);
}

}  // namespace
}  // namespace linnet::lab
