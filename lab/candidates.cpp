#include "lab/candidates.h"

#include <algorithm>
#include <unordered_set>

#include "lab/trec_lines.h"

namespace linnet::lab {

namespace {

struct Candidate {
  uint32_t document;
  double score;
};

Status add(const LineReader& lines, const RunLine& line, uint32_t document, std::vector<Candidate>* found) {
  const bool twice =
      std::any_of(found->begin(), found->end(), [&](const Candidate& other) { return other.document == document; });
  if (twice) {
    return broken_line(lines, line.number,
                       "document '" + line.document + "' is there twice for query '" + line.query + "'");
  }
  found->push_back({document, line.score});
  return Status();
}

}  // namespace

Result<RerankData> read_rerank(const std::string& documents, const std::string& queries, const std::string& judgements,
                               const std::string& run, size_t depth) {
  Result<RetrievalData> collection = read_retrieval(documents, queries, judgements);
  if (!collection.ok()) return collection.status();
  Result<LineReader> lines = LineReader::open(run);
  if (!lines.ok()) return lines.status();
  const Result<std::vector<RunLine>> read = read_run(*lines);
  if (!read.ok()) return read.status();

  RerankData data{std::move(*collection), {}};
  const auto document_of = places_of(data.collection.documents), query_of = places_of(data.collection.queries);
  const std::unordered_set<std::string> unjudged(data.collection.unjudged.begin(), data.collection.unjudged.end());
  std::vector<std::vector<Candidate>> found(data.collection.queries.size());
  for (const RunLine& line : *read) {
    const auto query = query_of.find(line.query);
    if (query == query_of.end()) {
      if (unjudged.count(line.query) > 0) continue;
      return broken_line(*lines, line.number, "there is no query '" + line.query + "'");
    }
    const auto document = document_of.find(line.document);
    if (document == document_of.end()) {
      return broken_line(*lines, line.number, "there is no document '" + line.document + "'");
    }
    LINNET_RETURN_IF_ERROR(add(*lines, line, document->second, &found[query->second]));
  }

  size_t empty = 0;
  for (std::vector<Candidate>& each : found) {
    empty += each.empty() ? 1 : 0;
    std::sort(each.begin(), each.end(), [&](const Candidate& a, const Candidate& b) {
      const std::vector<IdentifiedText>& texts = data.collection.documents;
      return a.score != b.score ? a.score > b.score : texts[a.document].id > texts[b.document].id;
    });
    each.resize(std::min(each.size(), depth));
    std::vector<uint32_t>& kept = data.candidates.emplace_back();
    for (const Candidate& candidate : each) kept.push_back(candidate.document);
  }
  if (empty == found.size()) return Status::error(Code::corrupt, "%s has no line of a judged query", run.c_str());
  if (empty > 0) {
    data.collection.notes.push_back(std::to_string(empty) + " queries have no candidates in " + run +
                                    " and count as unanswered");
  }
  return data;
}

}  // namespace linnet::lab
