// Collections for reranking: what a first search has found for each query, to be put into a better order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/retrieval_data.h"

namespace linnet::lab {

struct RerankData {
  RetrievalData collection;
  // The documents found for each query, by their indices, as the search ordered them: by score, and equal scores by
  // identifier, descending, as in trec_eval.
  std::vector<std::vector<uint32_t>> candidates;
};

// A collection (read_retrieval) and a TREC run over it, of which the best `depth` documents of each query count. Lines
// of queries without a relevant document are left out. Queries of which the run knows nothing keep an empty list, and a
// note says how many these are.
Result<RerankData> read_rerank(const std::string& documents, const std::string& queries, const std::string& judgements,
                               const std::string& run, size_t depth);

}  // namespace linnet::lab
