#include "lab/regression.h"

#include <cmath>
#include <limits>

#include "lab/statistics.h"

namespace linnet::lab {

double r2(std::span<const double> predicted, std::span<const double> wanted) {
  const double middle = mean(wanted);
  double errors = 0, spread = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    errors += (predicted[i] - wanted[i]) * (predicted[i] - wanted[i]);
    spread += (wanted[i] - middle) * (wanted[i] - middle);
  }
  return spread > 0 ? 1 - errors / spread : std::numeric_limits<double>::quiet_NaN();
}

double mean_absolute_error(std::span<const double> predicted, std::span<const double> wanted) {
  double sum = 0;
  for (size_t i = 0; i < wanted.size(); ++i) sum += std::fabs(predicted[i] - wanted[i]);
  return sum / static_cast<double>(wanted.size());
}

Result<Evaluation> evaluate_regression(const Embedder& scores, const std::vector<LabelledText>& texts, size_t batch,
                                       const Progress& progress) {
  if (scores.width != 1) {
    return Status::error(Code::unsupported, "the model gives %zu numbers a text, not one", scores.width);
  }
  const Result<std::vector<double>> wanted = numbers_of(texts);
  if (!wanted.ok()) return wanted.status();
  const Result<std::vector<float>> rows = embed_texts(scores, texts_of(texts), batch, progress);
  if (!rows.ok()) return rows.status();
  for (size_t i = 0; i < rows->size(); ++i) {
    if (!std::isfinite((*rows)[i])) {
      return Status::error(Code::non_finite, "the score of text %zu is not a number", i + 1);
    }
  }
  const std::vector<double> predicted(rows->begin(), rows->end());
  Evaluation result{
      "texts",
      texts.size(),
      {paired_metric("pearson", predicted, *wanted, pearson), paired_metric("spearman", predicted, *wanted, spearman),
       paired_metric("r2", predicted, *wanted, r2),
       paired_metric("mean_absolute_error", predicted, *wanted, mean_absolute_error)},
      {}};
  for (const Metric& metric : result.metrics) {
    if (!std::isfinite(metric.value)) {
      return Status::error(Code::invalid_argument, "no correlation: all scores or all labels are equal");
    }
  }
  return result;
}

}  // namespace linnet::lab
