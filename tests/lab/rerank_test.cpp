#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "lab/rerank_evaluation.h"
#include "tests/lab/evaluations.h"
#include "tests/lab/files.h"

namespace linnet::lab {
namespace {

// Three documents, of which the second and the third answer the query; the search has found them in that order.
RerankData sample() {
  RerankData data;
  data.collection.documents = {{"1", "10"}, {"2", "20"}, {"10", "30"}, {"x", "40"}};
  data.collection.queries = {{"q", "0"}, {"r", "0"}};
  data.collection.judgements = {{{1, 1}, {2, 3}}, {{3, 1}}};
  data.candidates = {{0, 1, 2}, {}};
  return data;
}

TEST(Rerank, OrdersCandidatesByTheScores) {
  const RerankData data = sample();
  std::vector<uint64_t> told;
  const PairScorer scorer = [](uint32_t query, std::span<const uint32_t> documents) -> Result<std::vector<float>> {
    EXPECT_EQ(documents.size(), query == 0 ? 3u : 0u);
    return query == 0 ? std::vector<float>{0.25F, 0.5F, 0.75F} : std::vector<float>();
  };
  const Result<Evaluation> result = evaluate_rerank(scorer, data, [&](uint64_t done, uint64_t total) {
    EXPECT_EQ(total, 2u);
    told.push_back(done);
    return true;
  });
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(told, (std::vector<uint64_t>{0, 1}));
  EXPECT_EQ(result->count, 2u);
  // The first query is answered in the best order there is, the second one, of no candidates, not at all.
  EXPECT_DOUBLE_EQ(metric(*result, "ndcg_at_10"), 0.5);
  EXPECT_DOUBLE_EQ(metric(*result, "recall_at_10"), 0.5);
  EXPECT_DOUBLE_EQ(metric(*result, "mrr_at_10"), 0.5);
  const double before = (1 / std::log2(3.0) + 3 / 2.0) / (3 + 1 / std::log2(3.0)) / 2;
  char note[100];
  std::snprintf(note, sizeof(note),
                "in the order of the candidates: ndcg_at_10 %.4f, recall_at_10 0.5000, mrr_at_10 %.4f", before, 0.25);
  ASSERT_EQ(result->notes.size(), 1u);
  EXPECT_EQ(result->notes[0], note);
}

TEST(Rerank, OrdersEqualScoresByIdentifierDescending) {
  const RerankData data = sample();  // "2" > "10" > "1"
  const PairScorer scorer = [](uint32_t, std::span<const uint32_t> documents) -> Result<std::vector<float>> {
    return std::vector<float>(documents.size(), 1.0F);
  };
  const Result<Evaluation> result = evaluate_rerank(scorer, data);
  ASSERT_TRUE(result.ok());
  const double gain = 1 + 3 / std::log2(3.0), best = 3 + 1 / std::log2(3.0);
  EXPECT_NEAR(metric(*result, "ndcg_at_10"), gain / best / 2, 1e-12);
}

TEST(Rerank, TellsErrorsNansAndInterrupts) {
  const RerankData data = sample();
  const PairScorer nan = [](uint32_t, std::span<const uint32_t> documents) -> Result<std::vector<float>> {
    std::vector<float> scores(documents.size(), 0.0F);
    scores[1] = std::numeric_limits<float>::quiet_NaN();
    return scores;
  };
  EXPECT_EQ(evaluate_rerank(nan, data).status().code(), Code::non_finite);
  EXPECT_STREQ(evaluate_rerank(nan, data).status().message(), "query 'q': the score of document '2' is not a number");
  const PairScorer failing = [](uint32_t, std::span<const uint32_t>) -> Result<std::vector<float>> {
    return Status::error(Code::io, "no power");
  };
  EXPECT_STREQ(evaluate_rerank(failing, data).status().message(), "query 'q': no power");
  EXPECT_FALSE(evaluate_rerank(failing, data, [](uint64_t, uint64_t) { return false; }).ok());
}

TEST(Rerank, ScoresByCosineWhereTextsAreReadApart) {
  RerankData data = sample();
  data.collection.queries[0].text = "31";
  size_t embedded = 0;
  const Embedder counting{2, [&](const std::vector<Text>& texts, float* rows) {
                            embedded += texts.size();
                            return angles().embed(texts, rows);
                          }};
  const Result<PairScorer> scorer = cosine_scorer(counting, counting, data, 2);
  ASSERT_TRUE(scorer.ok()) << scorer.status().message();
  EXPECT_EQ(embedded, 3u + 2u) << "a document that is no candidate is not read";
  const Result<std::vector<float>> scores = (*scorer)(0, data.candidates[0]);
  ASSERT_TRUE(scores.ok());
  const std::vector<double> expected = {21, 11, 1};
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR((*scores)[i], std::cos(expected[i] * 3.14159265358979 / 180), 1e-6);
  Embedder wider = angles();
  wider.width = 3;
  EXPECT_FALSE(cosine_scorer(wider, angles(), data, 2).ok());
}

using CandidatesTest = FolderTest;

TEST_F(CandidatesTest, ReadsARun) {
  const std::string documents = write("d.jsonl",
                                      "{\"_id\": \"1\", \"text\": \"a\"}\n{\"_id\": \"2\", \"text\": \"b\"}\n"
                                      "{\"_id\": \"10\", \"text\": \"c\"}\n");
  const std::string queries = write("q.jsonl",
                                    "{\"_id\": \"q\", \"text\": \"q\"}\n{\"_id\": \"r\", \"text\": \"r\"}\n"
                                    "{\"_id\": \"s\", \"text\": \"s\"}\n");
  const std::string judgements = write("j.txt", "q 0 1 1\nr 0 2 1\ns 0 2 0\n");
  // By score, whatever the rank says; equal scores by identifier, descending. Nothing is relevant to s.
  const std::string run =
      write("x.run", "q Q0 1 1 0.5 bm25\n\nq Q0 10 2 7e-1 bm25\nq Q0 2 3 0.5 bm25\r\ns Q0 1 1 3 bm25\n");
  const Result<RerankData> data = read_rerank(documents, queries, judgements, run, 100);
  ASSERT_TRUE(data.ok()) << data.status().message();
  ASSERT_EQ(data->candidates.size(), 2u);
  EXPECT_EQ(data->candidates[0], (std::vector<uint32_t>{2, 1, 0}));
  EXPECT_TRUE(data->candidates[1].empty());
  ASSERT_EQ(data->collection.notes.size(), 2u);
  EXPECT_NE(data->collection.notes[1].find("1 queries have no candidates"), std::string::npos);
  const Result<RerankData> two = read_rerank(documents, queries, judgements, run, 2);
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(two->candidates[0], (std::vector<uint32_t>{2, 1}));
}

}  // namespace
}  // namespace linnet::lab
