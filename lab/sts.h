// Semantic textual similarity: how well cosines between embeddings order pairs of sentences as people do.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/embedder.h"
#include "lab/evaluation.h"

namespace linnet::lab {

struct StsPair {
  std::string first, second;
  double score = 0;
};

// Reads `sentence1,sentence2,score`; a first line with these very names is skipped.
Result<std::vector<StsPair>> read_sts(const std::string& path);

// Metrics: spearman, pearson.
Result<Evaluation> evaluate_sts(const Embedder& embedder, const std::vector<StsPair>& pairs, size_t batch,
                                const Progress& progress = {});

}  // namespace linnet::lab
