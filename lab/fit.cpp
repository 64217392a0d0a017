#include "lab/fit.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "lab/timing.h"

namespace linnet::lab {

namespace {

constexpr const char* kScores = "scores";

Status check(const EditableModel& model, const std::vector<LabelledText>& texts, const std::vector<std::string>& labels,
             const std::vector<uint32_t>& classes) {
  if (!model.graph.heads.empty()) {
    return Status::error(Code::invalid_argument, "the model has a head already; fit the model that it came from");
  }
  if (labels.size() < 2) {
    return Status::error(Code::invalid_argument, "all %zu texts have the label '%s': there is nothing to tell apart",
                         texts.size(), labels.empty() ? "" : labels[0].c_str());
  }
  std::vector<size_t> counts(labels.size(), 0);
  for (const uint32_t c : classes) ++counts[c];
  const auto once = std::find(counts.begin(), counts.end(), size_t{1});
  if (once != counts.end()) {
    return Status::error(Code::invalid_argument, "the label '%s' has one text only; give it more, or leave it out",
                         labels[static_cast<size_t>(once - counts.begin())].c_str());
  }
  return Status();
}

void add_head(EditableModel* model, const LinearClassifier& classifier, const std::vector<std::string>& labels) {
  const uint32_t input = model->graph.outputs.back(), classes = static_cast<uint32_t>(classifier.classes);
  const uint32_t scores = model->add_value(kScores, classes, fbs::RowKind::Sequence);
  fbs::DenseT dense;
  dense.activation = fbs::Activation::Identity;
  dense.linear = std::make_unique<fbs::LinearT>();
  dense.linear->in_width = static_cast<uint32_t>(classifier.width);
  dense.linear->out_width = classes;
  dense.linear->weight = model->add_panel16("scores.weight", classes, classifier.width, classifier.weight);
  dense.linear->bias = static_cast<int32_t>(model->add_rows("scores.bias", {classes}, classifier.bias));
  model->add_op({input}, scores, std::move(dense));
  model->graph.outputs.insert(model->graph.outputs.begin(), scores);
  auto head = std::make_unique<fbs::HeadT>();
  head->kind = fbs::HeadKind::Classification;
  head->value = scores;
  head->labels = labels;
  model->graph.heads.push_back(std::move(head));
}

}  // namespace

Result<FitReport> fit_classifier(EditableModel* model, const Embedder& embedder, const std::vector<LabelledText>& texts,
                                 size_t batch, size_t folds, const ParallelFor& parallel, const Progress& embedding,
                                 const Progress& fitting) {
  FitReport report;
  report.labels = labels_of(texts);
  const Result<std::vector<uint32_t>> classes = classes_of(texts, report.labels);
  if (!classes.ok()) return classes.status();
  LINNET_RETURN_IF_ERROR(check(*model, texts, report.labels, *classes));
  const double begin = steady_seconds();
  const Result<std::vector<float>> rows = embed_texts(embedder, texts_of(texts), batch, embedding);
  if (!rows.ok()) return rows.status();
  const bool finite = std::all_of(rows->begin(), rows->end(), [](float x) { return std::isfinite(x); });
  if (!finite) return Status::error(Code::non_finite, "the model gives embeddings that are not finite");
  const double embedded = steady_seconds();
  report.embed_seconds = embedded - begin;

  const LabelledRows data{*rows, embedder.width, *classes, report.labels.size()};
  Result<CrossValidation> validation = cross_validate(data, folds, parallel, fitting);
  if (!validation.ok()) return validation.status();
  report.validation = std::move(*validation);
  const StrengthScore& best = report.validation.tried[report.validation.best];
  add_head(model, fit_logistic(data, best.strength, parallel), report.labels);
  report.fit_seconds = steady_seconds() - embedded;
  model->add_provenance("fit", nlohmann::ordered_json{{"texts", texts.size()},
                                                      {"labels", report.labels.size()},
                                                      {"strength", best.strength},
                                                      {"folds", report.validation.folds},
                                                      {"log_loss", best.log_loss},
                                                      {"accuracy", best.accuracy}}
                                   .dump());
  return report;
}

}  // namespace linnet::lab
