#include "lab/retrieval.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "lab/ranking.h"
#include "lab/statistics.h"

namespace linnet::lab {

namespace {
constexpr size_t kDeepest = 100;  // no metric looks at later ranks
}  // namespace

Result<Evaluation> evaluate_retrieval(const Embedder& queries, const Embedder& documents, const RetrievalData& data,
                                      size_t batch, const Progress& progress) {
  if (queries.width != documents.width) {
    return Status::error(Code::invalid_argument, "rows of queries have %zu numbers, those of documents %zu",
                         queries.width, documents.width);
  }
  const size_t width = documents.width, total = data.documents.size() + data.queries.size();
  const Result<std::vector<float>> rows = embed_texts(documents, views_of(data.documents), batch, progress, 0, total);
  if (!rows.ok()) return rows.status();
  const Result<std::vector<float>> asked =
      embed_texts(queries, views_of(data.queries), batch, progress, data.documents.size(), total);
  if (!asked.ok()) return asked.status();

  RankingScores scores;
  std::vector<double> cosines(data.documents.size());
  std::vector<uint32_t> order(data.documents.size());
  const size_t depth = std::min(kDeepest, order.size());
  for (size_t q = 0; q < data.queries.size(); ++q) {
    const std::span<const float> query(asked->data() + q * width, width);
    for (size_t d = 0; d < cosines.size(); ++d) {
      cosines[d] = cosine(query, std::span<const float>(rows->data() + d * width, width));
    }
    std::iota(order.begin(), order.end(), 0u);
    std::partial_sort(
        order.begin(), order.begin() + static_cast<ptrdiff_t>(depth), order.end(), [&](uint32_t a, uint32_t b) {
          return cosines[a] != cosines[b] ? cosines[a] > cosines[b] : data.documents[a].id > data.documents[b].id;
        });
    scores.add(std::span(order).first(depth), data.judgements[q]);
  }
  return Evaluation{"queries", data.queries.size(), scores.metrics(true), data.notes};
}

}  // namespace linnet::lab
