#include "lab/classification.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "runtime/heads/scores.h"

namespace linnet::lab {

namespace {

struct Counts {
  std::vector<double> predicted, wanted, both;  // of each class; both: predicted and rightly so
};

Counts counts_of(std::span<const uint32_t> predicted, std::span<const uint32_t> wanted, size_t count) {
  Counts counts{std::vector<double>(count), std::vector<double>(count), std::vector<double>(count)};
  for (size_t i = 0; i < predicted.size(); ++i) {
    counts.predicted[predicted[i]] += 1;
    counts.wanted[wanted[i]] += 1;
    if (predicted[i] == wanted[i]) counts.both[wanted[i]] += 1;
  }
  return counts;
}

// The labels as numbers below the number of `labels`, of which none is one of them; nothing where that is not so.
std::vector<uint32_t> places_of(const std::vector<LabelledText>& texts, const std::vector<std::string>& labels) {
  std::vector<uint32_t> places;
  for (const LabelledText& text : texts) {
    uint32_t place = 0;
    const char* const end = text.label.data() + text.label.size();
    const auto [stop, error] = std::from_chars(text.label.data(), end, place);
    const bool known = std::find(labels.begin(), labels.end(), text.label) != labels.end();
    if (error != std::errc() || stop != end || place >= labels.size() || known) return {};
    places.push_back(place);
  }
  return places;
}

}  // namespace

double accuracy(std::span<const uint32_t> predicted, std::span<const uint32_t> wanted) {
  size_t right = 0;
  for (size_t i = 0; i < predicted.size(); ++i) right += predicted[i] == wanted[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(predicted.size());
}

double macro_f1(std::span<const uint32_t> predicted, std::span<const uint32_t> wanted, size_t count) {
  const Counts counts = counts_of(predicted, wanted, count);
  double sum = 0, classes = 0;
  for (size_t c = 0; c < count; ++c) {
    const double there_are = counts.predicted[c] + counts.wanted[c];
    if (there_are == 0) continue;
    sum += 2 * counts.both[c] / there_are;
    classes += 1;
  }
  return classes > 0 ? sum / classes : 0;
}

double matthews(std::span<const uint32_t> predicted, std::span<const uint32_t> wanted, size_t count) {
  const Counts counts = counts_of(predicted, wanted, count);
  const double n = static_cast<double>(predicted.size());
  double right = 0, products = 0, predicted_squares = 0, wanted_squares = 0;
  for (size_t c = 0; c < count; ++c) {
    right += counts.both[c];
    products += counts.predicted[c] * counts.wanted[c];
    predicted_squares += counts.predicted[c] * counts.predicted[c];
    wanted_squares += counts.wanted[c] * counts.wanted[c];
  }
  const double variances = (n * n - predicted_squares) * (n * n - wanted_squares);
  return variances > 0 ? (n * right - products) / std::sqrt(variances) : 0;
}

Result<std::vector<RankedLabel>> rank_labels(fbs::HeadKind kind, std::span<const float> scores, size_t top) {
  std::vector<float> finished(scores.begin(), scores.end());
  LINNET_RETURN_IF_ERROR(finish_scores(kind, finished.data(), finished.size()));
  std::vector<RankedLabel> ranked;
  ranked.reserve(finished.size());
  for (const float score : finished) ranked.push_back({static_cast<uint32_t>(ranked.size()), score});
  top = std::min(top, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<ptrdiff_t>(top), ranked.end(),
                    [](const RankedLabel& a, const RankedLabel& b) {
                      return a.score != b.score ? a.score > b.score : a.label < b.label;
                    });
  ranked.resize(top);
  return ranked;
}

Result<Evaluation> evaluate_classification(const Embedder& scores, const std::vector<std::string>& labels,
                                           const std::vector<LabelledText>& texts, size_t batch,
                                           const Progress& progress) {
  if (scores.width != labels.size()) {
    return Status::error(Code::invalid_argument, "%zu scores a text, but %zu labels", scores.width, labels.size());
  }
  std::vector<std::string> notes;
  Result<std::vector<uint32_t>> wanted = classes_of(texts, labels);
  if (!wanted.ok()) {
    const std::vector<uint32_t> places = places_of(texts, labels);
    if (places.empty()) return wanted.status();
    wanted = places;
    notes.push_back("the labels of the data are taken as places in the model's list of labels, the first one 0");
  }
  std::vector<uint32_t> predicted;

  const Result<std::vector<float>> rows = embed_texts(scores, texts_of(texts), batch, progress);
  if (!rows.ok()) return rows.status();
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::span<const float> row(rows->data() + i * scores.width, scores.width);
    if (!std::all_of(row.begin(), row.end(), [](float score) { return std::isfinite(score); })) {
      return Status::error(Code::non_finite, "a score of text %zu is not a number", i + 1);
    }
    predicted.push_back(static_cast<uint32_t>(std::max_element(row.begin(), row.end()) - row.begin()));
  }

  const size_t count = labels.size();
  using Classes = std::span<const uint32_t>;
  return Evaluation{
      "texts",
      texts.size(),
      {paired_metric("accuracy", predicted, *wanted, accuracy),
       paired_metric("macro_f1", predicted, *wanted, [&](Classes p, Classes w) { return macro_f1(p, w, count); }),
       paired_metric("matthews", predicted, *wanted, [&](Classes p, Classes w) { return matthews(p, w, count); })},
      notes};
}

}  // namespace linnet::lab
