#include "lab/rerank_evaluation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>

#include "lab/ranking.h"
#include "lab/statistics.h"

namespace linnet::lab {

namespace {

std::string as_note(const std::vector<Metric>& metrics) {
  std::string note = "in the order of the candidates:";
  for (const Metric& metric : metrics) {
    char value[32];
    std::snprintf(value, sizeof(value), " %.4f", metric.value);
    note += (&metric == metrics.data() ? " " : ", ") + metric.name + value;
  }
  return note;
}

}  // namespace

Result<Evaluation> evaluate_rerank(const PairScorer& scorer, const RerankData& data, const Progress& progress) {
  const RetrievalData& collection = data.collection;
  RankingScores before, after;
  for (uint32_t q = 0; q < collection.queries.size(); ++q) {
    if (progress && !progress(q, collection.queries.size())) return Status::error(Code::io, "interrupted");
    const std::vector<uint32_t>& candidates = data.candidates[q];
    const Result<std::vector<float>> scores = scorer(q, candidates);
    if (!scores.ok()) return scores.status().within(("query '" + collection.queries[q].id + "'").c_str());
    const auto bad = std::find_if_not(scores->begin(), scores->end(), [](float score) { return std::isfinite(score); });
    if (bad != scores->end()) {
      return Status::error(Code::non_finite, "query '%s': the score of document '%s' is not a number",
                           collection.queries[q].id.c_str(),
                           collection.documents[candidates[static_cast<size_t>(bad - scores->begin())]].id.c_str());
    }
    std::vector<size_t> order(candidates.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      if ((*scores)[a] != (*scores)[b]) return (*scores)[a] > (*scores)[b];
      return collection.documents[candidates[a]].id > collection.documents[candidates[b]].id;
    });
    std::vector<uint32_t> reordered;
    reordered.reserve(order.size());
    for (const size_t place : order) reordered.push_back(candidates[place]);
    before.add(candidates, collection.judgements[q]);
    after.add(reordered, collection.judgements[q]);
  }
  Evaluation result{"queries", collection.queries.size(), after.metrics(false), collection.notes};
  result.notes.push_back(as_note(before.metrics(false)));
  return result;
}

Result<PairScorer> cosine_scorer(const Embedder& queries, const Embedder& documents, const RerankData& data,
                                 size_t batch, const Progress& progress) {
  if (queries.width != documents.width) {
    return Status::error(Code::invalid_argument, "rows of queries have %zu numbers, those of documents %zu",
                         queries.width, documents.width);
  }
  const RetrievalData& collection = data.collection;
  struct Rows {
    size_t width = 0;
    std::vector<float> queries, documents;
    std::vector<uint32_t> row_of;  // of each document of the collection

    std::span<const float> query(uint32_t index) const { return {queries.data() + index * width, width}; }
    std::span<const float> document(uint32_t index) const { return {documents.data() + row_of[index] * width, width}; }
  };
  const auto rows = std::make_shared<Rows>();
  rows->width = documents.width;
  rows->row_of.resize(collection.documents.size());
  std::vector<bool> wanted(collection.documents.size(), false);
  for (const std::vector<uint32_t>& candidates : data.candidates) {
    for (const uint32_t document : candidates) wanted[document] = true;
  }
  std::vector<Text> texts;
  for (uint32_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i]) continue;
    const std::string& text = collection.documents[i].text;
    rows->row_of[i] = static_cast<uint32_t>(texts.size());
    texts.push_back({text.data(), text.size()});
  }
  const size_t total = texts.size() + collection.queries.size();
  Result<std::vector<float>> of_documents = embed_texts(documents, texts, batch, progress, 0, total);
  if (!of_documents.ok()) return of_documents.status();
  rows->documents = std::move(*of_documents);
  Result<std::vector<float>> of_queries =
      embed_texts(queries, views_of(collection.queries), batch, progress, texts.size(), total);
  if (!of_queries.ok()) return of_queries.status();
  rows->queries = std::move(*of_queries);
  return PairScorer([rows](uint32_t query, std::span<const uint32_t> candidates) -> Result<std::vector<float>> {
    std::vector<float> scores;
    for (const uint32_t document : candidates) {
      scores.push_back(static_cast<float>(cosine(rows->query(query), rows->document(document))));
    }
    return scores;
  });
}

}  // namespace linnet::lab
