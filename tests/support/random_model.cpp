#include "tests/support/random_model.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

#include "base/checked.h"

namespace linnet::testing_support {

namespace {

class Builder {
 public:
  explicit Builder(const RandomModelOptions& options) : o_(options), random_(options.seed) {}

  EditableModel build() {
    const uint32_t embedding_width = o_.project_embeddings ? o_.width / 2 : o_.width;
    model_.graph.architecture = "random";
    model_.graph.name = "random";
    model_.graph.producer = "tests";
    model_.graph.max_tokens = o_.positions - 2;
    fbs::EmbedT embed;
    embed.word = model_.add_rows("word", {o_.vocabulary, embedding_width}, normal(o_.vocabulary * embedding_width, 1));
    embed.position = static_cast<int32_t>(
        model_.add_rows("position", {o_.positions, embedding_width}, normal(o_.positions * embedding_width, 0.3f)));
    embed.position_offset = 2;
    embed.position_pad_id = 1;
    embed.token_type =
        static_cast<int32_t>(model_.add_rows("type", {2, embedding_width}, normal(2 * embedding_width, 0.1f)));
    uint32_t x = model_.add_value("embeddings.sum", embedding_width, fbs::RowKind::Token);
    model_.add_op({}, x, std::move(embed));
    x = norm(x, "embeddings", embedding_width);
    if (o_.project_embeddings) {
      fbs::DenseT dense;
      dense.linear = linear("project", embedding_width, o_.width);
      const uint32_t y = model_.add_value("embeddings.projected", o_.width, fbs::RowKind::Token);
      model_.add_op({x}, y, std::move(dense));
      x = y;
    }
    const int32_t bias =
        o_.position_bias ? static_cast<int32_t>(model_.add_rows("bias", {o_.heads, 15}, normal(o_.heads * 15, 1))) : -1;
    for (uint32_t i = 0; i < o_.layers; ++i) {
      const std::string layer = "layer." + std::to_string(i);
      fbs::AttentionT attention;
      attention.heads = o_.heads;
      attention.head_width = o_.head_width;
      attention.qkv = linear(layer + ".qkv", o_.width, 3 * o_.heads * o_.head_width);
      attention.output = linear(layer + ".output", o_.heads * o_.head_width, o_.width);
      attention.position_bias = bias;
      const uint32_t a = model_.add_value(layer + ".attention", o_.width, fbs::RowKind::Token);
      model_.add_op({x, x}, a, std::move(attention));
      x = norm(a, layer + ".attention.norm", o_.width);
      fbs::FeedForwardT feed_forward;
      feed_forward.up = linear(layer + ".up", o_.width, o_.hidden);
      feed_forward.down = linear(layer + ".down", o_.hidden, o_.width);
      feed_forward.activation = o_.activation;
      const uint32_t f = model_.add_value(layer + ".feed_forward", o_.width, fbs::RowKind::Token);
      model_.add_op({x, x}, f, std::move(feed_forward));
      x = norm(f, i + 1 == o_.layers ? "hidden" : layer + ".feed_forward.norm", o_.width);
    }
    model_.graph.outputs.push_back(x);
    const uint32_t pooled = model_.add_value("pooled", o_.width, fbs::RowKind::Sequence);
    fbs::PoolT pool;
    pool.mode = o_.pooling;
    model_.add_op({x}, pooled, std::move(pool));
    const uint32_t out = model_.add_value("sentence_embedding", o_.width, fbs::RowKind::Sequence);
    model_.add_op({pooled}, out, fbs::L2NormalizeT());
    model_.graph.outputs.push_back(out);
    return std::move(model_);
  }

 private:
  std::vector<float> normal(size_t count, float scale) {
    // Sums of uniform numbers: the same on every platform, unlike std::normal_distribution.
    std::vector<float> values(count);
    for (float& value : values) {
      double sum = 0;
      for (int i = 0; i < 4; ++i) sum += static_cast<double>(random_()) / 4294967296.0 - 0.5;
      value = static_cast<float>(sum * 1.7320508) * scale;
    }
    return values;
  }

  bool is_outlier(size_t channel) const { return o_.outliers > 0 && channel % 31 == 7; }

  std::unique_ptr<fbs::LinearT> linear(const std::string& name, uint32_t in, uint32_t out) {
    auto l = std::make_unique<fbs::LinearT>();
    l->in_width = in;
    l->out_width = out;
    std::vector<float> weights = normal(size_t{in} * out, 1.2f / std::sqrt(static_cast<float>(in)));
    // As in trained models, the weights of an outlier channel are small: it is large, not important.
    for (size_t i = 0; i < weights.size(); ++i) {
      if (in == o_.width && is_outlier(i % in)) weights[i] /= o_.outliers;
    }
    l->weight = model_.add_panel16(name + ".weight", out, in, weights);
    l->bias = static_cast<int32_t>(model_.add_rows(name + ".bias", {out}, normal(out, 0.2f)));
    return l;
  }

  uint32_t norm(uint32_t input, const std::string& name, uint32_t width) {
    fbs::NormT n;
    std::vector<float> gamma = normal(width, 0.1f);
    for (size_t i = 0; i < gamma.size(); ++i) {
      gamma[i] += 1;
      if (is_outlier(i)) gamma[i] *= o_.outliers;
    }
    n.gamma = model_.add_rows(name + ".gamma", {width}, gamma);
    n.beta = static_cast<int32_t>(model_.add_rows(name + ".beta", {width}, normal(width, 0.1f)));
    n.epsilon = 1e-12f;
    const uint32_t value = model_.add_value(name, width, fbs::RowKind::Token);
    model_.add_op({input}, value, std::move(n));
    return value;
  }

  const RandomModelOptions& o_;
  std::mt19937 random_;
  EditableModel model_;
};

}  // namespace

std::vector<Family> families() {
  RandomModelOptions bert;
  RandomModelOptions mpnet;
  mpnet.position_bias = true;
  mpnet.heads = 2;
  mpnet.head_width = 33;
  mpnet.width = 66;
  mpnet.hidden = 130;
  RandomModelOptions electra;
  electra.project_embeddings = true;
  electra.activation = fbs::Activation::GeluTanh;
  electra.pooling = fbs::PoolMode::First;
  RandomModelOptions wide;
  wide.width = 128;
  wide.heads = 4;
  wide.head_width = 32;
  wide.hidden = 512;
  wide.layers = 1;
  wide.outliers = 20;
  return {{"bert", bert}, {"mpnet", mpnet}, {"electra", electra}, {"wide", wide}};
}

EditableModel random_model(const RandomModelOptions& options) { return Builder(options).build(); }

OpenModel::OpenModel(EditableModel model) {
  const Result<std::vector<uint8_t>> file = serialize_model(model);
  EXPECT_TRUE(file.ok()) << file.status().message();
  if (!file.ok()) return;
  bytes_ = *file;
  aligned_ = std::make_unique<uint8_t[]>(bytes_.size() + 64);
  uint8_t* start = reinterpret_cast<uint8_t*>(round_up(reinterpret_cast<uintptr_t>(aligned_.get()), 64));
  std::memcpy(start, bytes_.data(), bytes_.size());
  Result<Model> opened = Model::from_memory(start, bytes_.size());
  EXPECT_TRUE(opened.ok()) << opened.status().message();
  if (opened.ok()) model_ = std::move(*opened);
}

RandomBatch::RandomBatch(size_t count, size_t max_length, uint32_t vocabulary, uint32_t seed) {
  std::mt19937 random(seed);
  for (size_t i = 0; i < count; ++i) {
    std::vector<int32_t> ids(1 + random() % max_length);
    for (int32_t& id : ids) id = static_cast<int32_t>(random() % vocabulary);
    sequences.push_back(ids);
  }
}

std::vector<std::vector<float>> run_together(Session& session, const Model& model,
                                             const std::vector<std::vector<int32_t>>& sequences, const char* output) {
  const Result<uint32_t> value = model.find_value(output);
  EXPECT_TRUE(value.ok()) << value.status().message();
  const size_t width = model.value(*value).width();
  const bool token_rows = model.value(*value).rows() == fbs::RowKind::Token;
  std::vector<int32_t> ids;
  std::vector<size_t> lengths;
  for (const auto& sequence : sequences) {
    ids.insert(ids.end(), sequence.begin(), sequence.end());
    lengths.push_back(sequence.size());
  }
  std::vector<float> out((token_rows ? ids.size() : lengths.size()) * width);
  const Tap tap = {*value, out.data(), width};
  const Status status = session.run(ids.data(), lengths.data(), lengths.size(), &tap, 1);
  EXPECT_TRUE(status.ok()) << status.message();
  std::vector<std::vector<float>> rows;
  size_t at = 0;
  for (const size_t length : lengths) {
    const size_t count = (token_rows ? length : 1) * width;
    rows.emplace_back(out.begin() + static_cast<ptrdiff_t>(at), out.begin() + static_cast<ptrdiff_t>(at + count));
    at += count;
  }
  return rows;
}

}  // namespace linnet::testing_support
