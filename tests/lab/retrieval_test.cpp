#include "lab/retrieval.h"

#include <cmath>
#include <gtest/gtest.h>

#include "tests/lab/evaluations.h"

namespace linnet::lab {
namespace {

TEST(Retrieval, RanksByCosine) {
  RetrievalData data;
  for (int angle = 0; angle < 180; angle += 10) {
    const std::string text = std::to_string(angle);
    data.documents.push_back({"d" + text, text});
  }
  // From 42 degrees: d40, d50, d30, ... From 0: d0, d10, d20, ...
  data.queries = {{"a", "42"}, {"b", "0"}};
  data.judgements = {{{4, 1}, {3, 1}}, {{1, 2}, {0, 1}, {17, 1}, {2, 0}}};
  for (const size_t batch : {1u, 3u, 100u}) {
    const Result<Evaluation> result = evaluate_retrieval(angles(), angles(), data, batch);
    ASSERT_TRUE(result.ok()) << result.status().message();
    EXPECT_EQ(result->count, 2u);
    EXPECT_EQ(result->counted, "queries");
    // a: relevant at ranks 1 and 3. b: grades 1, 2 at ranks 1 and 2, the third not among the first ten (170 degrees).
    const double a = (1 + 1 / std::log2(4)) / (1 + 1 / std::log2(3));
    const double b = (1 + 2 / std::log2(3)) / (2 + 1 / std::log2(3) + 1 / std::log2(4));
    EXPECT_NEAR(metric(*result, "ndcg_at_10"), (a + b) / 2, 1e-12);
    EXPECT_NEAR(metric(*result, "recall_at_10"), (1 + 2.0 / 3) / 2, 1e-12);
    EXPECT_NEAR(metric(*result, "recall_at_100"), 1, 1e-12);
    EXPECT_NEAR(metric(*result, "mrr_at_10"), 1, 1e-12);
  }
}

TEST(Retrieval, OrdersEqualCosinesByIdentifierDescending) {
  RetrievalData data;
  data.documents = {{"1", "10"}, {"2", "10"}, {"10", "10"}};
  data.queries = {{"q", "10"}};
  data.judgements = {{{2, 1}}};  // "2" > "10" > "1"
  const Result<Evaluation> result = evaluate_retrieval(angles(), angles(), data, 2);
  ASSERT_TRUE(result.ok());
  EXPECT_DOUBLE_EQ(metric(*result, "mrr_at_10"), 0.5);
}

TEST(Retrieval, TellsErrorsAndInterrupts) {
  RetrievalData data;
  data.documents = {{"1", "10"}, {"2", "20"}};
  data.queries = {{"q", "10"}};
  data.judgements = {{{0, 1}}};
  Embedder other = angles();
  other.width = 3;
  EXPECT_FALSE(evaluate_retrieval(other, angles(), data, 2).ok());
  const Embedder failing{2, [](const std::vector<Text>&, float*) { return Status::error(Code::io, "no power"); }};
  EXPECT_STREQ(evaluate_retrieval(failing, angles(), data, 2).status().message(), "no power");
  std::vector<uint64_t> told;
  const Result<Evaluation> stopped =
      evaluate_retrieval(angles(), angles(), data, 1, [&](uint64_t done, uint64_t total) {
        EXPECT_EQ(total, 3u);
        told.push_back(done);
        return done < 3;
      });
  EXPECT_FALSE(stopped.ok());
  EXPECT_EQ(told, (std::vector<uint64_t>{1, 2, 3}));
}

}  // namespace
}  // namespace linnet::lab
