#include "lab/loss.h"

#include <algorithm>
#include <cmath>

#include "lab/embedder.h"
#include "lab/statistics.h"

namespace linnet::lab {

SessionOptions loss_session_options(const LossOptions& options) {
  SessionOptions session;
  session.threads = default_threads();
  session.max_pass_sequences = 2 * options.task.batch;
  return session;
}

Result<LossMeasure> LossMeasure::create(const LossOptions& options, RunningModel& source, const Progress& progress) {
  LossMeasure measure;
  measure.options_ = std::make_shared<const LossOptions>(options);
  if (options.task.task.empty()) {
    if (options.texts.empty()) return Status::error(Code::invalid_argument, "there are no texts to measure a loss on");
    size_t width = 0;
    Result<std::vector<float>> rows = measure.embed(source, progress, &width);
    if (!rows.ok()) return rows.status();
    measure.rows_ = std::move(*rows);
    measure.name_ = "1 - cosine";
    measure.count_ = options.texts.size();
    return measure;
  }
  Result<std::unique_ptr<Task>> task = read_task(options.task);
  if (!task.ok()) return task.status();
  measure.task_ = std::move(*task);
  const Result<Evaluation> evaluation = measure.evaluate(source, progress);
  if (!evaluation.ok()) return evaluation.status();
  measure.name_ = "drop of ";
  measure.name_ += evaluation->metrics.front().name;
  measure.count_ = evaluation->count;
  measure.whole_ = evaluation->metrics.front().value;
  return measure;
}

Result<Loss> LossMeasure::measure(RunningModel& model, const Progress& progress) const {
  Loss result;
  if (task_ != nullptr) {
    const Result<Evaluation> evaluation = evaluate(model, progress);
    if (!evaluation.ok()) return evaluation.status();
    result.loss = whole_ - evaluation->metrics.front().value;
    return result;
  }
  size_t width = 0;
  const Result<std::vector<float>> rows = embed(model, progress, &width);
  if (!rows.ok()) return rows.status();
  if (rows->size() != rows_.size()) {
    return Status::error(Code::invalid_argument, "the outputs have %zu numbers a text instead of %zu: no cosine", width,
                         rows_.size() / count_);
  }
  std::vector<double> losses(count_);
  for (size_t i = 0; i < count_; ++i) {
    const std::span<const float> row(rows->data() + i * width, width), wanted(rows_.data() + i * width, width);
    // Equal rows have a cosine that rounding may put beside 1.
    losses[i] = std::equal(row.begin(), row.end(), wanted.begin()) ? 0 : 1 - cosine(row, wanted);
  }
  result.loss = mean(losses);
  result.worst = *std::max_element(losses.begin(), losses.end());
  if (!std::isfinite(result.loss))
    return Status::error(Code::non_finite, "the model gives outputs that are not finite");
  return result;
}

Result<std::vector<float>> LossMeasure::embed(RunningModel& model, const Progress& progress, size_t* width) const {
  const std::string& name = options_->task.prompt;
  const Result<const char*> prompt = model.model().find_prompt(name.empty() ? nullptr : name.c_str());
  if (!prompt.ok()) return prompt.status();
  const Result<Embedder> embedder = session_embedder(model.model(), model.session(), *prompt);
  if (!embedder.ok()) return embedder.status();
  *width = embedder->width;
  std::vector<Text> texts;
  texts.reserve(options_->texts.size());
  for (const std::string& text : options_->texts) texts.push_back({text.data(), text.size()});
  return embed_texts(*embedder, texts, options_->task.batch, progress);
}

Result<Evaluation> LossMeasure::evaluate(RunningModel& model, const Progress& progress) const {
  Result<Evaluation> evaluation = task_->evaluate(model.model(), model.session(), progress);
  if (evaluation.ok() && !std::isfinite(evaluation->metrics.front().value)) {
    return Status::error(Code::invalid_argument, "%s cannot be computed on this data, so that no loss can be measured",
                         evaluation->metrics.front().name.c_str());
  }
  return evaluation;
}

}  // namespace linnet::lab
