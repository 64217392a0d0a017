// Retrieval: how well cosines between embeddings put the documents that answer a query first.
#pragma once

#include "base/status.h"
#include "lab/embedder.h"
#include "lab/evaluation.h"
#include "lab/retrieval_data.h"

namespace linnet::lab {

// Embeds every document by `documents` and every query by `queries` (one model may want a prompt for each), ranks all
// documents for each query by cosine and averages over queries: ndcg_at_10, recall_at_10, recall_at_100, mrr_at_10.
// Equal cosines are ordered by identifier, descending, as in trec_eval. Memory: a row of floats for each document.
Result<Evaluation> evaluate_retrieval(const Embedder& queries, const Embedder& documents, const RetrievalData& data,
                                      size_t batch, const Progress& progress = {});

}  // namespace linnet::lab
