#include "converters/head.h"

#include <memory>

#include "model/layout.h"

namespace linnet::internal {

namespace {

struct NamedTask {
  const char* name;     // of ConvertOptions::head
  const char* classes;  // what the name of the class in `architectures` ends with
  HeadTask task;
};
constexpr NamedTask kTasks[] = {
    {"classification", "ForSequenceClassification", HeadTask::classification},
    {"tagging", "ForTokenClassification", HeadTask::tagging},
    {"qa", "ForQuestionAnswering", HeadTask::qa},
    {"fill-mask", "ForMaskedLM", HeadTask::fill_mask},
};

// id2label: {"0": "NEGATIVE", ...}, complete, or nothing.
Result<std::vector<std::string>> read_labels(const JsonFile& config) {
  std::vector<std::string> labels;
  const nlohmann::json* field = config.find("id2label");
  if (field == nullptr) return labels;
  if (!field->is_object() || field->size() > kMaxWidth) {
    return Status::error(Code::corrupt, "%s: 'id2label' is not a list of labels by number", config.path.c_str());
  }
  for (size_t i = 0; i < field->size(); ++i) {
    const auto label = field->find(std::to_string(i));
    if (label == field->end() || !label->is_string()) {
      return Status::error(Code::corrupt, "%s: 'id2label' has %zu labels, but none for %zu", config.path.c_str(),
                           field->size(), i);
    }
    labels.push_back(label->get<std::string>());
  }
  return labels;
}

// How the numbers of a sequence's head are to be understood: as transformers' text-classification pipeline does, and
// where a sentence-transformers cross-encoder names its activation, by that.
Result<fbs::HeadKind> sequence_kind(const JsonFile& config, size_t labels) {
  std::string activation, type;
  LINNET_RETURN_IF_ERROR(config.get("sbert_ce_default_activation_function", &activation));
  if (const nlohmann::json* section = config.find("sentence_transformers"); section != nullptr) {
    if (!section->is_object()) {
      return Status::error(Code::corrupt, "%s: 'sentence_transformers' is no object", config.path.c_str());
    }
    const JsonFile of_section = {config.path, *section};
    LINNET_RETURN_IF_ERROR(of_section.get("activation_fn", &activation));
  }
  if (activation.ends_with(".Identity") && labels == 1) return fbs::HeadKind::Regression;
  if (activation.ends_with(".Sigmoid")) return fbs::HeadKind::MultiLabel;
  LINNET_RETURN_IF_ERROR(config.get("problem_type", &type));
  if (type == "regression") return fbs::HeadKind::Regression;
  if (type == "multi_label_classification") return fbs::HeadKind::MultiLabel;
  if (type == "single_label_classification" && labels > 1) return fbs::HeadKind::Classification;
  if (type.empty() || type == "single_label_classification") {
    return labels == 1 ? fbs::HeadKind::MultiLabel : fbs::HeadKind::Classification;
  }
  return Status::error(Code::unsupported, "%s: the problem_type '%.64s' is not known", config.path.c_str(),
                       type.c_str());
}

class HeadBuilder {
 public:
  HeadBuilder(const Family& family, const EncoderConfig& config, const JsonFile& file, const BuiltEncoder& encoder,
              TensorSource& tensors, EditableModel* model)
      : family_(family), config_(config), file_(file), encoder_(encoder), tensors_(tensors), model_(model) {}

  Status classification() {
    const HeadNames& names = family_.head_names;
    value_ = model_->add_value("head.first", static_cast<uint32_t>(config_.hidden_size), fbs::RowKind::Sequence);
    fbs::PoolT pool;
    pool.mode = fbs::PoolMode::First;
    model_->add_op({encoder_.hidden}, value_, std::move(pool));
    rows_ = fbs::RowKind::Sequence;
    {
      const TensorSource::Beside beside(tensors_, !names.dense_inside);
      LINNET_RETURN_IF_ERROR(
          dense(names.dense, config_.hidden_size, "head.dense", names.dense_activation, config_.hidden_size));
    }
    const TensorSource::Beside beside(tensors_);
    Result<std::vector<std::string>> labels = scores(names.out);
    if (!labels.ok()) return labels.status();
    const Result<fbs::HeadKind> kind = sequence_kind(file_, labels->size());
    if (!kind.ok()) return kind.status();
    finish(*kind, std::move(*labels));
    return Status();
  }

  Status tagging() {
    const TensorSource::Beside beside(tensors_);
    Result<std::vector<std::string>> labels = scores("classifier");
    if (!labels.ok()) return labels.status();
    finish(fbs::HeadKind::TokenClassification, std::move(*labels));
    return Status();
  }

  Status qa() {
    const TensorSource::Beside beside(tensors_);
    LINNET_RETURN_IF_ERROR(dense("qa_outputs", 2, "scores", fbs::Activation::Identity, config_.hidden_size));
    finish(fbs::HeadKind::Span, {});
    return Status();
  }

  Status fill_mask() {
    const HeadNames& names = family_.head_names;
    const uint64_t width = config_.embedding_size, words = encoder_.vocabulary;
    if (words > kMaxWidth) {
      return Status::error(Code::limit, "a language-model head over %llu tokens is wider than %llu",
                           static_cast<unsigned long long>(words), static_cast<unsigned long long>(kMaxWidth));
    }
    bool tied = true;
    LINNET_RETURN_IF_ERROR(file_.get("tie_word_embeddings", &tied));
    Result<std::vector<float>> weight = Status();
    if (tied) weight = tensors_.take("embeddings.word_embeddings.weight", {words, width});
    const TensorSource::Beside beside(tensors_);
    if (!tied) weight = tensors_.take(std::string(names.decoder) + ".weight", {words, width});
    if (!weight.ok()) return weight.status();
    const fbs::Activation activation = names.mask_activation_is_gelu ? fbs::Activation::Gelu : config_.activation;
    LINNET_RETURN_IF_ERROR(dense(names.mask_dense, width, "head.dense", activation, config_.hidden_size));
    fbs::NormT norm;
    norm.epsilon = config_.layer_norm_eps;
    const std::string from = names.mask_norm;
    const bool old_names = tensors_.has(from + ".gamma") && !tensors_.has(from + ".weight");
    const Result<std::vector<float>> gamma = tensors_.take(from + (old_names ? ".gamma" : ".weight"), {width});
    if (!gamma.ok()) return gamma.status();
    const Result<std::vector<float>> beta = tensors_.take(from + (old_names ? ".beta" : ".bias"), {width});
    if (!beta.ok()) return beta.status();
    norm.gamma = model_->add_rows("head.norm.gamma", {width}, *gamma);
    norm.beta = static_cast<int32_t>(model_->add_rows("head.norm.beta", {width}, *beta));
    const uint32_t normalized = model_->add_value("head.norm", static_cast<uint32_t>(width), rows_);
    model_->add_op({value_}, normalized, std::move(norm));
    value_ = normalized;
    const std::string bias = tensors_.has(names.mask_bias) ? names.mask_bias : std::string(names.decoder) + ".bias";
    const Result<std::vector<float>> biases = tensors_.take(bias, {words});
    if (!biases.ok()) return biases.status();
    fbs::DenseT dense;
    dense.linear = std::make_unique<fbs::LinearT>();
    dense.linear->in_width = static_cast<uint32_t>(width);
    dense.linear->out_width = static_cast<uint32_t>(words);
    dense.linear->weight = model_->add_panel16("scores.weight", words, width, *weight);
    dense.linear->bias = static_cast<int32_t>(model_->add_rows("scores.bias", {words}, *biases));
    const uint32_t output = model_->add_value("scores", static_cast<uint32_t>(words), rows_);
    model_->add_op({value_}, output, std::move(dense));
    value_ = output;
    finish(fbs::HeadKind::MaskedToken, {});
    return Status();
  }

 private:
  // A linear layer behind the current value, which its result becomes.
  Status dense(const std::string& name, uint64_t out, const std::string& as, fbs::Activation activation, uint64_t in) {
    Result<std::unique_ptr<fbs::LinearT>> linear = add_linear(tensors_, name, in, out, true, as, model_);
    if (!linear.ok()) return linear.status();
    fbs::DenseT dense;
    dense.activation = activation;
    dense.linear = std::move(*linear);
    const uint32_t output = model_->add_value(as, static_cast<uint32_t>(out), rows_);
    model_->add_op({value_}, output, std::move(dense));
    value_ = output;
    return Status();
  }

  // The last layer of a head with labels: as many as its weights have rows.
  Result<std::vector<std::string>> scores(const std::string& name) {
    Result<std::vector<std::string>> labels = read_labels(file_);
    if (!labels.ok()) return labels.status();
    const Result<uint64_t> rows = tensors_.rows(name + ".weight");
    if (!rows.ok()) return rows.status();
    if (labels->empty()) {
      for (uint64_t i = 0; i < *rows; ++i) labels->push_back("LABEL_" + std::to_string(i));
    }
    if (labels->size() != *rows) {
      return Status::error(Code::corrupt, "%s: %zu labels in 'id2label', but the head has %llu", file_.path.c_str(),
                           labels->size(), static_cast<unsigned long long>(*rows));
    }
    LINNET_RETURN_IF_ERROR(dense(name, *rows, "scores", fbs::Activation::Identity, config_.hidden_size));
    return labels;
  }

  void finish(fbs::HeadKind kind, std::vector<std::string> labels) {
    auto head = std::make_unique<fbs::HeadT>();
    head->kind = kind;
    head->value = value_;
    head->labels = std::move(labels);
    model_->graph.heads.push_back(std::move(head));
  }

  const Family& family_;
  const EncoderConfig& config_;
  const JsonFile& file_;
  const BuiltEncoder& encoder_;
  TensorSource& tensors_;
  EditableModel* model_;
  uint32_t value_ = encoder_.hidden;
  fbs::RowKind rows_ = fbs::RowKind::Token;
};

}  // namespace

Result<HeadTask> choose_head(const std::string& asked, const JsonFile& config) {
  if (asked == "none") return HeadTask::none;
  std::string known;
  for (const NamedTask& task : kTasks) {
    if (asked == task.name) return task.task;
    known += std::string(task.name) + ", ";
  }
  if (!asked.empty()) {
    return Status::error(Code::invalid_argument, "there is no head '%.64s'; there are %snone", asked.c_str(),
                         known.c_str());
  }
  const nlohmann::json* classes = config.find("architectures");
  if (classes == nullptr || !classes->is_array() || classes->empty() || !(*classes)[0].is_string()) {
    return HeadTask::none;
  }
  const std::string name = (*classes)[0].get<std::string>();
  for (const NamedTask& task : kTasks) {
    if (name.ends_with(task.classes)) return task.task == HeadTask::fill_mask ? HeadTask::none : task.task;
  }
  return HeadTask::none;
}

Status add_head(HeadTask task, const Family& family, const EncoderConfig& config, const JsonFile& file,
                const BuiltEncoder& encoder, TensorSource& tensors, EditableModel* model) {
  HeadBuilder builder(family, config, file, encoder, tensors, model);
  switch (task) {
    case HeadTask::none: return Status();
    case HeadTask::classification: return builder.classification();
    case HeadTask::tagging: return builder.tagging();
    case HeadTask::qa: return builder.qa();
    case HeadTask::fill_mask: return builder.fill_mask();
  }
  return Status();
}

}  // namespace linnet::internal
