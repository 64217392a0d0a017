#include "tests/oracles/reference_run.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace linnet::oracle {

namespace {

Rows make_rows(size_t rows, size_t width) { return {rows, width, std::vector<double>(rows * width, 0.0)}; }

double activate(fbs::Activation activation, double x) {
  switch (activation) {
    case fbs::Activation::Identity: return x;
    case fbs::Activation::Relu: return std::max(x, 0.0);
    case fbs::Activation::Gelu:
    case fbs::Activation::GeluFixed: return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2));
    case fbs::Activation::GeluTanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case fbs::Activation::Silu: return x / (1 + std::exp(-x));
    case fbs::Activation::QuickGelu: return x / (1 + std::exp(-1.702 * x));
    case fbs::Activation::Tanh: return std::tanh(x);
  }
  return x;
}

class Runner {
 public:
  Runner(const EditableModel& model, const std::vector<int32_t>& ids)
      : model_(model), ids_(ids), values_(model.graph.values.size()) {}

  std::vector<Rows> run() {
    for (const auto& op : model_.graph.ops) values_[op->output] = run_op(*op);
    return std::move(values_);
  }

 private:
  Rows run_op(const fbs::OpT& op) const {
    if (const fbs::EmbedT* embed = op.body.AsEmbed()) return run_embed(*embed);
    const Rows& in = values_[op.inputs[0]];
    Rows out;
    if (const fbs::NormT* norm = op.body.AsNorm()) out = run_norm(*norm, in);
    if (const fbs::AttentionT* attention = op.body.AsAttention()) out = run_attention(*attention, in);
    if (const fbs::FeedForwardT* f = op.body.AsFeedForward()) {
      out = linear(*f->down, activated(f->activation, linear(*f->up, in)));
    }
    if (const fbs::DenseT* dense = op.body.AsDense()) out = activated(dense->activation, linear(*dense->linear, in));
    if (const fbs::PoolT* pool = op.body.AsPool()) out = run_pool(pool->mode, in);
    if (op.body.type == fbs::OpBody::L2Normalize) out = run_normalize(in);
    if (op.inputs.size() == 2) {
      const Rows& residual = values_[op.inputs[1]];
      for (size_t i = 0; i < out.data.size(); ++i) out.data[i] += residual.data[i];
    }
    return out;
  }

  Rows run_embed(const fbs::EmbedT& embed) const {
    const std::vector<float> words = model_.read_f32(embed.word);
    const size_t width = model_.graph.tensors[embed.word]->shape[1];
    Rows out = make_rows(ids_.size(), width);
    size_t position = embed.position_offset;
    for (size_t t = 0; t < ids_.size(); ++t) {
      const bool pad = ids_[t] == embed.position_pad_id;
      for (size_t c = 0; c < width; ++c) out.at(t, c) = words[static_cast<size_t>(ids_[t]) * width + c];
      add_table(embed.position, pad ? embed.position_offset - 1 : position, t, out);
      add_table(embed.token_type, 0, t, out);
      if (!pad) ++position;
    }
    return out;
  }

  void add_table(int32_t table, size_t row, size_t token, Rows& out) const {
    if (table < 0) return;
    const std::vector<float> values = model_.read_f32(table);
    for (size_t c = 0; c < out.width; ++c) out.at(token, c) += values[row * out.width + c];
  }

  Rows run_norm(const fbs::NormT& norm, const Rows& in) const {
    const std::vector<float> gamma = model_.read_f32(norm.gamma);
    const std::vector<float> beta = norm.beta < 0 ? std::vector<float>(in.width) : model_.read_f32(norm.beta);
    Rows out = make_rows(in.rows, in.width);
    for (size_t r = 0; r < in.rows; ++r) {
      double mean = 0, variance = 0;
      for (size_t c = 0; c < in.width; ++c) mean += in.at(r, c) / static_cast<double>(in.width);
      for (size_t c = 0; c < in.width; ++c) {
        variance += (in.at(r, c) - mean) * (in.at(r, c) - mean) / static_cast<double>(in.width);
      }
      const double scale = 1 / std::sqrt(variance + static_cast<double>(norm.epsilon));
      for (size_t c = 0; c < in.width; ++c) out.at(r, c) = (in.at(r, c) - mean) * scale * gamma[c] + beta[c];
    }
    return out;
  }

  Rows linear(const fbs::LinearT& l, const Rows& in) const {
    const std::vector<float> weights = model_.read_f32(l.weight);
    const std::vector<float> bias = l.bias < 0 ? std::vector<float>(l.out_width) : model_.read_f32(l.bias);
    Rows out = make_rows(in.rows, l.out_width);
    for (size_t r = 0; r < in.rows; ++r) {
      for (size_t n = 0; n < l.out_width; ++n) {
        double sum = bias[n];
        for (size_t k = 0; k < l.in_width; ++k) sum += in.at(r, k) * weights[n * l.in_width + k];
        out.at(r, n) = sum;
      }
    }
    return out;
  }

  static Rows activated(fbs::Activation activation, Rows rows) {
    for (double& x : rows.data) x = activate(activation, x);
    return rows;
  }

  Rows run_attention(const fbs::AttentionT& a, const Rows& in) const {
    const Rows qkv = linear(*a.qkv, in);
    const size_t width = size_t{a.heads} * a.head_width, tokens = in.rows;
    const std::vector<float> bias = a.position_bias < 0 ? std::vector<float>() : model_.read_f32(a.position_bias);
    const size_t columns =
        a.position_bias < 0 ? 1 : model_.graph.tensors[static_cast<size_t>(a.position_bias)]->shape[1];
    const int64_t farthest = static_cast<int64_t>(columns / 2);
    Rows mixed = make_rows(tokens, width);
    std::vector<double> scores(tokens);
    for (size_t h = 0; h < a.heads; ++h) {
      const size_t first = h * a.head_width;
      for (size_t query = 0; query < tokens; ++query) {
        double total = 0, highest = -1e300;
        for (size_t key = 0; key < tokens; ++key) {
          double score = 0;
          for (size_t c = first; c < first + a.head_width; ++c) score += qkv.at(query, c) * qkv.at(key, width + c);
          if (!bias.empty()) {
            const int64_t distance =
                std::clamp(static_cast<int64_t>(key) - static_cast<int64_t>(query), -farthest, farthest);
            score += bias[h * columns + static_cast<size_t>(distance + farthest)];
          }
          scores[key] = score;
          highest = std::max(highest, score);
        }
        for (double& score : scores) total += score = std::exp(score - highest);
        for (size_t key = 0; key < tokens; ++key) {
          for (size_t c = first; c < first + a.head_width; ++c) {
            mixed.at(query, c) += scores[key] / total * qkv.at(key, 2 * width + c);
          }
        }
      }
    }
    return linear(*a.output, mixed);
  }

  static Rows run_pool(fbs::PoolMode mode, const Rows& in) {
    Rows out = make_rows(1, in.width);
    const double length = static_cast<double>(in.rows);
    for (size_t c = 0; c < in.width; ++c) {
      double sum = 0, highest = in.at(0, c);
      for (size_t r = 0; r < in.rows; ++r) {
        sum += in.at(r, c);
        highest = std::max(highest, in.at(r, c));
      }
      switch (mode) {
        case fbs::PoolMode::Mean: out.at(0, c) = sum / length; break;
        case fbs::PoolMode::First: out.at(0, c) = in.at(0, c); break;
        case fbs::PoolMode::Max: out.at(0, c) = highest; break;
        case fbs::PoolMode::MeanSqrtLength: out.at(0, c) = sum / std::sqrt(length); break;
      }
    }
    return out;
  }

  static Rows run_normalize(const Rows& in) {
    Rows out = in;
    for (size_t r = 0; r < in.rows; ++r) {
      double sum = 0;
      for (size_t c = 0; c < in.width; ++c) sum += in.at(r, c) * in.at(r, c);
      const double length = std::max(std::sqrt(sum), 1e-12);
      for (size_t c = 0; c < in.width; ++c) out.at(r, c) /= length;
    }
    return out;
  }

  const EditableModel& model_;
  const std::vector<int32_t>& ids_;
  std::vector<Rows> values_;
};

}  // namespace

std::vector<Rows> reference_run(const EditableModel& model, const std::vector<int32_t>& ids) {
  return Runner(model, ids).run();
}

}  // namespace linnet::oracle
