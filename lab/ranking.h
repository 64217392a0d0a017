// How good a ranking is, by judgements of relevance; as trec_eval counts.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "lab/evaluation.h"
#include "lab/retrieval_data.h"

namespace linnet::lab {

// `found[i]` is the grade of the document at rank i + 1 (0 or less: not relevant), `judged` the grades of all documents
// that were judged for the query, in any order.

// Normalized discounted cumulated gain of the first k (Järvelin and Kekäläinen 2002): the sum of grade / log2(rank +
// 1), divided by that of the best ranking there could be. trec_eval's ndcg_cut_k. 0 when nothing is relevant.
double ndcg(std::span<const int> found, std::span<const int> judged, size_t k);

// The share of the relevant documents that is among the first k. trec_eval's recall_k. 0 when nothing is relevant.
double recall(std::span<const int> found, std::span<const int> judged, size_t k);

// 1 / the rank of the first relevant document, 0 when there is none among the first k.
double reciprocal_rank(std::span<const int> found, size_t k);

// These metrics of many queries, each the mean over the queries: ndcg_at_10, recall_at_10, recall_at_100 (where
// rankings may be that long), mrr_at_10.
class RankingScores {
 public:
  // One query: documents by their indices, the best first, and what people said of them.
  void add(std::span<const uint32_t> ranking, std::span<const Judgement> judgements);
  std::vector<Metric> metrics(bool to_100) const;  // of one query at least

 private:
  std::vector<double> ndcg_10_, recall_10_, recall_100_, mrr_10_;
};

}  // namespace linnet::lab
