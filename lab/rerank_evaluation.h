// Reranking: how well a model orders the documents that a search has found.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/status.h"
#include "lab/candidates.h"
#include "lab/embedder.h"
#include "lab/evaluation.h"
#include "lab/progress.h"

namespace linnet::lab {

// A score for each of some documents, the larger the better they go with the query; both by their indices in the
// collection.
using PairScorer = std::function<Result<std::vector<float>>(uint32_t query, std::span<const uint32_t> documents)>;

// Orders the candidates of each query by `scorer` and averages over queries: ndcg_at_10, recall_at_10, mrr_at_10. Equal
// scores are ordered by identifier, descending, as in trec_eval. Relevant documents that are no candidates count as not
// found. A note gives the metrics of the candidates' own order. A score that is not a number is `non_finite`. Progress
// is in queries.
Result<Evaluation> evaluate_rerank(const PairScorer& scorer, const RerankData& data, const Progress& progress = {});

// Cosines between embeddings, for models that read a query and a document apart. Embeds every query and every candidate
// once; progress is in texts. Memory: a row of floats for each.
Result<PairScorer> cosine_scorer(const Embedder& queries, const Embedder& documents, const RerankData& data,
                                 size_t batch, const Progress& progress = {});

}  // namespace linnet::lab
