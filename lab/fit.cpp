#include "lab/fit.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "lab/timing.h"

namespace linnet::lab {

namespace {

constexpr const char* kScores = "scores";

Status check_headless(const EditableModel& model) {
  if (model.graph.heads.empty()) return Status();
  return Status::error(Code::invalid_argument, "the model has a head already; fit the model that it came from");
}

Status check_labels(const std::vector<LabelledText>& texts, const std::vector<std::string>& labels,
                    const std::vector<uint32_t>& classes) {
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

Result<std::vector<float>> embed(const Embedder& embedder, const std::vector<LabelledText>& texts, size_t batch,
                                 const Progress& progress) {
  Result<std::vector<float>> rows = embed_texts(embedder, texts_of(texts), batch, progress);
  if (!rows.ok()) return rows.status();
  const bool finite = std::all_of(rows->begin(), rows->end(), [](float x) { return std::isfinite(x); });
  if (!finite) return Status::error(Code::non_finite, "the model gives embeddings that are not finite");
  return rows;
}

// `weight` is [labels, width of the default output].
void add_head(EditableModel* model, fbs::HeadKind kind, const std::vector<float>& weight,
              const std::vector<float>& bias, const std::vector<std::string>& labels) {
  const uint32_t input = model->graph.outputs.back(), count = static_cast<uint32_t>(labels.size());
  const size_t width = weight.size() / labels.size();
  const uint32_t scores = model->add_value(kScores, count, fbs::RowKind::Sequence);
  fbs::DenseT dense;
  dense.activation = fbs::Activation::Identity;
  dense.linear = std::make_unique<fbs::LinearT>();
  dense.linear->in_width = static_cast<uint32_t>(width);
  dense.linear->out_width = count;
  dense.linear->weight = model->add_panel16("scores.weight", count, width, weight);
  dense.linear->bias = static_cast<int32_t>(model->add_rows("scores.bias", {count}, bias));
  model->add_op({input}, scores, std::move(dense));
  model->graph.outputs.insert(model->graph.outputs.begin(), scores);
  auto head = std::make_unique<fbs::HeadT>();
  head->kind = kind;
  head->value = scores;
  head->labels = labels;
  model->graph.heads.push_back(std::move(head));
}

}  // namespace

Result<FitReport> fit_classifier(EditableModel* model, const Embedder& embedder, const std::vector<LabelledText>& texts,
                                 const FitOptions& options, const ParallelFor& parallel, const Progress& embedding,
                                 const Progress& fitting) {
  FitReport report;
  report.labels = labels_of(texts);
  const Result<std::vector<uint32_t>> classes = classes_of(texts, report.labels);
  if (!classes.ok()) return classes.status();
  LINNET_RETURN_IF_ERROR(check_headless(*model));
  LINNET_RETURN_IF_ERROR(check_labels(texts, report.labels, *classes));
  const double begin = steady_seconds();
  const Result<std::vector<float>> rows = embed(embedder, texts, options.batch, embedding);
  if (!rows.ok()) return rows.status();
  const double embedded = steady_seconds();

  const LabelledRows data{*rows, embedder.width, *classes, report.labels.size()};
  nlohmann::ordered_json detail = {{"texts", texts.size()}, {"labels", report.labels.size()}};
  report.strength = options.strength;
  if (options.strength == 0) {
    Result<CrossValidation> validation = cross_validate(data, options.folds, parallel, fitting);
    if (!validation.ok()) return validation.status();
    report.validation = std::move(*validation);
    const StrengthScore& best = report.validation.tried[report.validation.best];
    report.strength = best.strength;
    detail.update({{"folds", report.validation.folds}, {"log_loss", best.log_loss}, {"accuracy", best.accuracy}});
  }
  detail["strength"] = report.strength;
  const LinearClassifier fitted = fit_logistic(data, report.strength, parallel);
  report.seconds = {embedded - begin, steady_seconds() - embedded};
  add_head(model, fbs::HeadKind::Classification, fitted.weight, fitted.bias, report.labels);
  model->add_provenance("fit", detail.dump());
  return report;
}

Result<RegressionReport> fit_regression(EditableModel* model, const Embedder& embedder,
                                        const std::vector<LabelledText>& texts, const FitOptions& options,
                                        const ParallelFor& parallel, const Progress& embedding,
                                        const Progress& fitting) {
  const Result<std::vector<double>> numbers = numbers_of(texts);
  if (!numbers.ok()) return numbers.status();
  LINNET_RETURN_IF_ERROR(check_headless(*model));
  const double begin = steady_seconds();
  const Result<std::vector<float>> rows = embed(embedder, texts, options.batch, embedding);
  if (!rows.ok()) return rows.status();
  const double embedded = steady_seconds();

  Result<RidgeFit> fit = cross_validate_ridge({*rows, embedder.width, *numbers}, options.folds, parallel, fitting);
  if (!fit.ok()) return fit.status();
  RegressionReport report{std::move(*fit), {embedded - begin, steady_seconds() - embedded}};
  add_head(model, fbs::HeadKind::Regression, report.fit.model.weight, {report.fit.model.bias}, {"score"});
  const PenaltyScore& best = report.fit.tried[report.fit.best];
  model->add_provenance("fit", nlohmann::ordered_json{{"method", "ridge"},
                                                      {"texts", texts.size()},
                                                      {"penalty", best.penalty},
                                                      {"folds", report.fit.folds},
                                                      {"squared_error", best.squared_error},
                                                      {"r2", best.r2}}
                                   .dump());
  return report;
}

}  // namespace linnet::lab
