#include "converters/encoder.h"

#include <cmath>
#include <memory>

#include "model/layout.h"

namespace linnet::internal {

namespace {

std::unique_ptr<fbs::LinearT> linear_table(uint64_t in, uint64_t out, uint32_t weight, int32_t bias) {
  auto linear = std::make_unique<fbs::LinearT>();
  linear->in_width = static_cast<uint32_t>(in);
  linear->out_width = static_cast<uint32_t>(out);
  linear->weight = weight;
  linear->bias = bias;
  return linear;
}

class EncoderBuilder {
 public:
  EncoderBuilder(const Family& family, const EncoderConfig& config, TensorSource& tensors, EditableModel* model)
      : family_(family), config_(config), tensors_(tensors), model_(model) {}

  Result<BuiltEncoder> run() {
    LINNET_RETURN_IF_ERROR(embeddings());
    if (family_.relative_bias != nullptr) LINNET_RETURN_IF_ERROR(relative_bias());
    for (uint64_t i = 0; i < config_.layers; ++i) LINNET_RETURN_IF_ERROR(layer(i));
    built_.hidden = current_;
    return built_;
  }

 private:
  // Table `name`.weight [rows, embedding_size] under `as`; returns the tensor and its rows.
  Status table(const std::string& name, uint64_t rows, const std::string& as, int32_t* index, uint64_t* found_rows) {
    const Result<std::vector<float>> values = tensors_.take(name + ".weight", {rows, config_.embedding_size});
    if (!values.ok()) return values.status();
    *found_rows = tensors_.shape(name + ".weight")[0];
    *index = static_cast<int32_t>(model_->add_rows(as, {*found_rows, config_.embedding_size}, *values));
    return Status();
  }

  // A norm of the current value; checkpoints that came from TensorFlow call the parameters gamma and beta.
  Status norm(const std::string& name, uint64_t width, const std::string& as, const std::string& value_name) {
    fbs::NormT body;
    body.epsilon = config_.layer_norm_eps;
    const bool old_names = tensors_.has(name + ".gamma") && !tensors_.has(name + ".weight");
    const Result<std::vector<float>> gamma = tensors_.take(name + (old_names ? ".gamma" : ".weight"), {width});
    if (!gamma.ok()) return gamma.status();
    const Result<std::vector<float>> beta = tensors_.take(name + (old_names ? ".beta" : ".bias"), {width});
    if (!beta.ok()) return beta.status();
    body.gamma = model_->add_rows(as + ".gamma", {width}, *gamma);
    body.beta = static_cast<int32_t>(model_->add_rows(as + ".beta", {width}, *beta));
    step(width, value_name, {current_}, std::move(body));
    return Status();
  }

  // Appends an op whose result becomes the current value.
  template <typename Body>
  void step(uint64_t width, const std::string& value_name, const std::vector<uint32_t>& inputs, Body body) {
    const uint32_t output = model_->add_value(value_name, static_cast<uint32_t>(width), fbs::RowKind::Token);
    model_->add_op(inputs, output, std::move(body));
    current_ = output;
  }

  Status embeddings() {
    const uint64_t width = config_.embedding_size;
    fbs::EmbedT embed;
    int32_t word = -1;
    uint64_t positions = 0;
    LINNET_RETURN_IF_ERROR(
        table("embeddings.word_embeddings", config_.vocabulary, "embeddings.word", &word, &built_.vocabulary));
    embed.word = static_cast<uint32_t>(word);
    LINNET_RETURN_IF_ERROR(
        table("embeddings.position_embeddings", config_.positions, "embeddings.position", &embed.position, &positions));
    embed.position_offset = family_.position_offset;
    embed.position_pad_id = family_.position_pad_id;
    if (positions <= family_.position_offset) {
      return Status::error(Code::corrupt, "a position table of %llu rows leaves none for a token",
                           static_cast<unsigned long long>(positions));
    }
    built_.max_positions = std::min<uint64_t>(positions - family_.position_offset, kMaxSequence);
    if (family_.token_type != nullptr) {
      LINNET_RETURN_IF_ERROR(table(family_.token_type, config_.token_types, "embeddings.token_type", &embed.token_type,
                                   &built_.token_types));
    }
    step(width, "embeddings.sum", {}, std::move(embed));
    const bool project = width != config_.hidden_size;
    LINNET_RETURN_IF_ERROR(
        norm("embeddings.LayerNorm", width, "embeddings.norm", project ? "embeddings.norm" : "embeddings"));
    if (!project) return Status();
    Result<std::unique_ptr<fbs::LinearT>> linear =
        add_linear(tensors_, family_.embedding_project, width, config_.hidden_size, true, "embeddings.project", model_);
    if (!linear.ok()) return linear.status();
    fbs::DenseT dense;
    dense.linear = std::move(*linear);
    dense.activation = fbs::Activation::Identity;
    step(config_.hidden_size, "embeddings", {current_}, std::move(dense));
    return Status();
  }

  // The table [buckets, heads] spread out to one bias a head and distance, key - query from -D to D.
  Status relative_bias() {
    constexpr uint64_t kBuckets = 32;
    const Result<std::vector<float>> buckets =
        tensors_.take(std::string(family_.relative_bias) + ".weight", {kBuckets, config_.heads});
    if (!buckets.ok()) return buckets.status();
    constexpr uint64_t kColumns = 2 * kMpnetFarthest + 1;
    std::vector<float> bias(config_.heads * kColumns);
    for (uint64_t head = 0; head < config_.heads; ++head) {
      for (uint64_t column = 0; column < kColumns; ++column) {
        const uint32_t bucket = mpnet_bucket(static_cast<int64_t>(column) - kMpnetFarthest);
        bias[head * kColumns + column] = (*buckets)[bucket * config_.heads + head];
      }
    }
    position_bias_ = static_cast<int32_t>(model_->add_rows("position_bias", {config_.heads, kColumns}, bias));
    return Status();
  }

  // Q, K and V as one layer [3 * hidden, hidden], with the factor of the scores in Q.
  Result<std::unique_ptr<fbs::LinearT>> fused_qkv(const std::string& layer, const std::string& as) {
    const uint64_t width = config_.hidden_size;
    const uint64_t head_width = width / config_.heads;
    const double factor = 1.0 / std::sqrt(static_cast<double>(head_width));
    std::vector<float> weights, biases;
    weights.reserve(3 * width * width);
    for (const char* part : {family_.query, family_.key, family_.value}) {
      Result<std::vector<float>> weight = tensors_.take(layer + part + ".weight", {width, width});
      if (!weight.ok()) return weight.status();
      Result<std::vector<float>> bias = tensors_.take(layer + part + ".bias", {width});
      if (!bias.ok()) return bias.status();
      if (part == family_.query) {
        for (std::vector<float>* values : {&*weight, &*bias}) {
          for (float& value : *values)
            value = without_subnormal(static_cast<float>(value * factor), tensors_.flushed());
        }
      }
      weights.insert(weights.end(), weight->begin(), weight->end());
      biases.insert(biases.end(), bias->begin(), bias->end());
    }
    const uint32_t weight = model_->add_panel16(as + ".weight", 3 * width, width, weights);
    const uint32_t bias = model_->add_rows(as + ".bias", {3 * width}, biases);
    return linear_table(width, 3 * width, weight, static_cast<int32_t>(bias));
  }

  Status layer(uint64_t number) {
    const uint64_t width = config_.hidden_size;
    const std::string from = family_.layer + std::to_string(number) + ".";
    const std::string as = "layer." + std::to_string(number) + ".";

    fbs::AttentionT attention;
    attention.heads = static_cast<uint32_t>(config_.heads);
    attention.head_width = static_cast<uint32_t>(width / config_.heads);
    attention.position_bias = position_bias_;
    Result<std::unique_ptr<fbs::LinearT>> linear = fused_qkv(from, as + "attention.qkv");
    if (!linear.ok()) return linear.status();
    attention.qkv = std::move(*linear);
    linear = add_linear(tensors_, from + family_.attention_output, width, width, true, as + "attention.output", model_);
    if (!linear.ok()) return linear.status();
    attention.output = std::move(*linear);
    step(width, as + "attention", {current_, current_}, std::move(attention));
    LINNET_RETURN_IF_ERROR(norm(from + family_.attention_norm, width, as + "attention.norm", as + "attention.norm"));

    fbs::FeedForwardT feed_forward;
    feed_forward.activation = config_.activation;
    linear =
        add_linear(tensors_, from + family_.up, width, config_.intermediate_size, true, as + "feed_forward.up", model_);
    if (!linear.ok()) return linear.status();
    feed_forward.up = std::move(*linear);
    linear = add_linear(tensors_, from + family_.down, config_.intermediate_size, width, true, as + "feed_forward.down",
                        model_);
    if (!linear.ok()) return linear.status();
    feed_forward.down = std::move(*linear);
    step(width, as + "feed_forward", {current_, current_}, std::move(feed_forward));
    const bool last = number + 1 == config_.layers;
    return norm(from + family_.output_norm, width, as + "feed_forward.norm",
                last ? "hidden" : as + "feed_forward.norm");
  }

  const Family& family_;
  const EncoderConfig& config_;
  TensorSource& tensors_;
  EditableModel* model_;
  BuiltEncoder built_;
  uint32_t current_ = 0;
  int32_t position_bias_ = -1;
};

}  // namespace

uint32_t mpnet_bucket(int64_t distance) {
  // Half of the buckets for keys at or before the query, half for those behind it; in each half 8 single distances,
  // then 8 that grow by a factor of sqrt(2): 8 + floor(8 * log(n / 8) / log(16)) is the count of k with n^2 >= 64 *
  // 2^k.
  const int64_t n = distance < 0 ? -distance : distance;
  const uint32_t side = distance > 0 ? 16 : 0;
  if (n < 8) return side + static_cast<uint32_t>(n);
  if (n >= kMpnetFarthest) return side + 15;
  uint32_t bucket = 8;
  while (n * n >= int64_t{64} << (bucket - 7)) ++bucket;
  return side + bucket;
}

Result<std::unique_ptr<fbs::LinearT>> add_linear(TensorSource& tensors, const std::string& name, uint64_t in,
                                                 uint64_t out, bool bias, const std::string& as, EditableModel* model) {
  const Result<std::vector<float>> weight = tensors.take(name + ".weight", {out, in});
  if (!weight.ok()) return weight.status();
  const uint32_t weight_index = model->add_panel16(as + ".weight", out, in, *weight);
  if (!bias) return linear_table(in, out, weight_index, -1);
  const Result<std::vector<float>> values = tensors.take(name + ".bias", {out});
  if (!values.ok()) return values.status();
  return linear_table(in, out, weight_index, static_cast<int32_t>(model->add_rows(as + ".bias", {out}, *values)));
}

Result<BuiltEncoder> build_encoder(const Family& family, const EncoderConfig& config, TensorSource& tensors,
                                   EditableModel* model) {
  return EncoderBuilder(family, config, tensors, model).run();
}

}  // namespace linnet::internal
