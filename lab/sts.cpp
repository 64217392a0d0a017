#include "lab/sts.h"

#include <charconv>
#include <cinttypes>
#include <cmath>
#include <span>

#include "lab/csv.h"
#include "lab/statistics.h"
#include "lab/utf8.h"

namespace linnet::lab {

Result<std::vector<StsPair>> read_sts(const std::string& path) {
  Result<CsvReader> csv = CsvReader::open(path);
  if (!csv.ok()) return csv.status();
  const auto broken = [&](const char* what) {
    return Status::error(Code::corrupt, "%s line %" PRIu64 ": %s", csv->name().c_str(), csv->line(), what);
  };
  std::vector<StsPair> pairs;
  std::vector<std::string> fields;
  for (bool first = true;; first = false) {
    const Result<bool> more = csv->next(&fields);
    if (!more.ok()) return more.status();
    if (!*more) break;
    if (first && fields == std::vector<std::string>{"sentence1", "sentence2", "score"}) continue;
    if (fields.size() != 3) return broken("not 3 fields (sentence1,sentence2,score)");
    StsPair pair{fields[0], fields[1], 0};
    const std::string& score = fields[2];
    const auto [end, error] = std::from_chars(score.data(), score.data() + score.size(), pair.score);
    if (error != std::errc() || end != score.data() + score.size() || !std::isfinite(pair.score)) {
      return broken("the score is not a number");
    }
    if (find_invalid_utf8(pair.first) != std::string::npos || find_invalid_utf8(pair.second) != std::string::npos) {
      return broken("not valid UTF-8; convert the file first");
    }
    pairs.push_back(std::move(pair));
  }
  if (pairs.size() < 2) return Status::error(Code::corrupt, "%s: a correlation needs two pairs at least", path.c_str());
  return pairs;
}

Result<Evaluation> evaluate_sts(const Embedder& embedder, const std::vector<StsPair>& pairs, size_t batch,
                                const Progress& progress) {
  const size_t width = embedder.width;
  std::vector<Text> texts;
  for (const StsPair& pair : pairs) {
    texts.push_back({pair.first.data(), pair.first.size()});
    texts.push_back({pair.second.data(), pair.second.size()});
  }
  const Result<std::vector<float>> rows = embed_texts(embedder, texts, 2 * batch, progress);
  if (!rows.ok()) return rows.status();
  std::vector<double> cosines, scores;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const std::span<const float> both(rows->data() + 2 * i * width, 2 * width);
    cosines.push_back(cosine(both.first(width), both.last(width)));
    scores.push_back(pairs[i].score);
  }
  Evaluation result{
      "pairs",
      pairs.size(),
      {paired_metric("spearman", cosines, scores, spearman), paired_metric("pearson", cosines, scores, pearson)},
      {}};
  for (const Metric& metric : result.metrics) {
    if (!std::isfinite(metric.value)) {
      return Status::error(Code::invalid_argument, "no correlation: all similarities or all scores are equal");
    }
  }
  return result;
}

}  // namespace linnet::lab
