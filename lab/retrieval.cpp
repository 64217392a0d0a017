#include "lab/retrieval.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "lab/ranking.h"
#include "lab/statistics.h"

namespace linnet::lab {

namespace {

constexpr size_t kDeepest = 100;  // no metric looks at later ranks

// Embeds in the order of length, so that the texts of a batch are alike; the rows lie in the order of the texts.
Result<std::vector<float>> embed_all(const Embedder& embedder, const std::vector<IdentifiedText>& texts, size_t batch,
                                     const Progress& progress, uint64_t done, uint64_t total) {
  std::vector<uint32_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return texts[a].text.size() < texts[b].text.size(); });
  const size_t width = embedder.width;
  std::vector<float> rows(texts.size() * width), some(batch * width);
  std::vector<Text> part;
  for (size_t begin = 0; begin < texts.size(); begin += batch) {
    const size_t count = std::min(batch, texts.size() - begin);
    part.clear();
    for (size_t i = begin; i < begin + count; ++i) {
      part.push_back({texts[order[i]].text.data(), texts[order[i]].text.size()});
    }
    const Status status = embedder.embed(part, some.data());
    if (!status.ok()) return status;
    for (size_t i = 0; i < count; ++i) {
      std::copy_n(some.begin() + static_cast<ptrdiff_t>(i * width), width,
                  rows.begin() + static_cast<ptrdiff_t>(order[begin + i] * width));
    }
    if (progress && !progress(done + begin + count, total)) return Status::error(Code::io, "interrupted");
  }
  return rows;
}

}  // namespace

Result<Evaluation> evaluate_retrieval(const Embedder& queries, const Embedder& documents, const RetrievalData& data,
                                      size_t batch, const Progress& progress) {
  if (queries.width != documents.width) {
    return Status::error(Code::invalid_argument, "rows of queries have %zu numbers, those of documents %zu",
                         queries.width, documents.width);
  }
  const size_t width = documents.width, total = data.documents.size() + data.queries.size();
  const Result<std::vector<float>> rows = embed_all(documents, data.documents, batch, progress, 0, total);
  if (!rows.ok()) return rows.status();
  const Result<std::vector<float>> asked =
      embed_all(queries, data.queries, batch, progress, data.documents.size(), total);
  if (!asked.ok()) return asked.status();

  std::vector<double> ndcg_10, recall_10, recall_100, mrr_10;
  std::vector<double> cosines(data.documents.size());
  std::vector<uint32_t> order(data.documents.size());
  std::vector<int> grades(data.documents.size(), 0), found, judged;
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
    judged.clear();
    for (const Judgement& judgement : data.judgements[q]) {
      judged.push_back(judgement.grade);
      grades[judgement.document] = judgement.grade;
    }
    found.clear();
    for (size_t i = 0; i < depth; ++i) found.push_back(grades[order[i]]);
    for (const Judgement& judgement : data.judgements[q]) grades[judgement.document] = 0;
    ndcg_10.push_back(ndcg(found, judged, 10));
    recall_10.push_back(recall(found, judged, 10));
    recall_100.push_back(recall(found, judged, kDeepest));
    mrr_10.push_back(reciprocal_rank(found, 10));
  }
  return Evaluation{"queries",
                    data.queries.size(),
                    {mean_metric("ndcg_at_10", ndcg_10), mean_metric("recall_at_10", recall_10),
                     mean_metric("recall_at_100", recall_100), mean_metric("mrr_at_10", mrr_10)},
                    data.notes};
}

}  // namespace linnet::lab
