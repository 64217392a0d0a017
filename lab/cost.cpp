#include "lab/cost.h"

#include <algorithm>
#include <array>

namespace linnet::lab {

namespace {

enum Kind : uint8_t { kEmbeddings, kAttention, kFeedForward, kDense, kNorms, kVocabulary, kOther, kKinds };
constexpr std::array<const char*, kKinds> kKindNames = {"embeddings", "attention",  "feed-forward", "dense",
                                                        "norms",      "vocabulary", "other"};

class TensorKinds {
 public:
  explicit TensorKinds(const fbs::Model& graph) : kinds_(count_of(graph.tensors()), kOther) {
    for (uint32_t i = 0; i < count_of(graph.ops()); ++i) op(*graph.ops()->Get(i));
    if (graph.tokenizer() != nullptr) mark(graph.tokenizer()->vocabulary(), kVocabulary);
  }
  Kind operator[](uint32_t tensor) const { return kinds_[tensor]; }

 private:
  void mark(int64_t tensor, Kind kind) {
    if (tensor < 0 || static_cast<size_t>(tensor) >= kinds_.size()) return;
    Kind& slot = kinds_[static_cast<size_t>(tensor)];
    if (kind < slot) slot = kind;
  }
  void linear(const fbs::Linear* linear, Kind kind) {
    for (const int64_t tensor : {int64_t{linear->weight()}, int64_t{linear->bias()}, int64_t{linear->weight_scale()},
                                 int64_t{linear->column_sum()}, int64_t{linear->input_scale()}}) {
      mark(tensor, kind);
    }
  }
  void op(const fbs::Op& op) {
    if (const fbs::Embed* embed = op.body_as_Embed()) {
      for (const int64_t tensor :
           {int64_t{embed->word()}, int64_t{embed->word_scale()}, int64_t{embed->position()},
            int64_t{embed->position_scale()}, int64_t{embed->token_type()}, int64_t{embed->token_type_scale()}}) {
        mark(tensor, kEmbeddings);
      }
    } else if (const fbs::Attention* attention = op.body_as_Attention()) {
      linear(attention->qkv(), kAttention);
      linear(attention->output(), kAttention);
      mark(attention->position_bias(), kAttention);
    } else if (const fbs::FeedForward* feed_forward = op.body_as_FeedForward()) {
      linear(feed_forward->up(), kFeedForward);
      linear(feed_forward->down(), kFeedForward);
    } else if (const fbs::Dense* dense = op.body_as_Dense()) {
      linear(dense->linear(), kDense);
    } else if (const fbs::Norm* norm = op.body_as_Norm()) {
      mark(norm->gamma(), kNorms);
      mark(norm->beta(), kNorms);
    }
  }

  std::vector<Kind> kinds_;
};

bool per_token(const fbs::Model& graph, uint32_t value) {
  return graph.values()->Get(value)->rows() == fbs::RowKind::Token;
}

// Adds up what a batch touches. A tensor that several ops use is counted once.
class TrafficCounter {
 public:
  TrafficCounter(const fbs::Model& graph, const std::vector<size_t>& lengths)
      : graph_(graph), seen_(count_of(graph.tensors()), false), sequences_(lengths.size()) {
    for (const size_t length : lengths) {
      tokens_ += length;
      longest_ = std::max<uint64_t>(longest_, length);
    }
  }

  Traffic count() {
    for (uint32_t i = 0; i < count_of(graph_.ops()); ++i) op(*graph_.ops()->Get(i));
    return traffic_;
  }

 private:
  void tensor(int64_t index) {
    if (index < 0 || static_cast<size_t>(index) >= seen_.size() || seen_[static_cast<size_t>(index)]) return;
    seen_[static_cast<size_t>(index)] = true;
    traffic_.weights += graph_.tensors()->Get(static_cast<uint32_t>(index))->bytes();
  }
  // At most `rows` rows of a table.
  void table(int64_t index, uint64_t rows) {
    if (index < 0 || static_cast<size_t>(index) >= seen_.size()) return;
    const fbs::Tensor& tensor = *graph_.tensors()->Get(static_cast<uint32_t>(index));
    const uint64_t of_table = tensor.shape()->size() > 0 ? tensor.shape()->Get(0) : 0;
    if (of_table > 0) traffic_.weights += tensor.bytes() / of_table * std::min(rows, of_table);
  }
  void linear(const fbs::Linear* linear) {
    for (const int64_t index : {int64_t{linear->weight()}, int64_t{linear->bias()}, int64_t{linear->weight_scale()},
                                int64_t{linear->column_sum()}, int64_t{linear->input_scale()}}) {
      tensor(index);
    }
  }
  // Values between layers: written once, read once.
  void between(uint64_t rows, uint64_t width) { traffic_.activations += 2 * rows * width * sizeof(float); }
  uint64_t rows_of(uint32_t value) const { return per_token(graph_, value) ? tokens_ : sequences_; }

  void op(const fbs::Op& op) {
    const uint64_t rows = rows_of(op.output());
    between(rows, graph_.values()->Get(op.output())->width());
    if (const fbs::Embed* embed = op.body_as_Embed()) {
      table(embed->word(), tokens_);
      table(embed->word_scale(), tokens_);
      table(embed->position(), longest_);
      table(embed->position_scale(), longest_);
      table(embed->token_type(), 1);
      table(embed->token_type_scale(), 1);
    } else if (const fbs::Attention* attention = op.body_as_Attention()) {
      linear(attention->qkv());
      linear(attention->output());
      tensor(attention->position_bias());
      between(rows, attention->qkv()->out_width());
      between(rows, attention->output()->in_width());
    } else if (const fbs::FeedForward* feed_forward = op.body_as_FeedForward()) {
      linear(feed_forward->up());
      linear(feed_forward->down());
      between(rows, feed_forward->up()->out_width());
    } else if (const fbs::Dense* dense = op.body_as_Dense()) {
      linear(dense->linear());
    } else if (const fbs::Norm* norm = op.body_as_Norm()) {
      tensor(norm->gamma());
      tensor(norm->beta());
    }
  }

  const fbs::Model& graph_;
  std::vector<bool> seen_;
  uint64_t sequences_, tokens_ = 0, longest_ = 0;
  Traffic traffic_;
};

}  // namespace

Macs macs_by_type(const fbs::Model& graph, uint64_t tokens) {
  Macs macs;
  const auto add = [&](const fbs::Linear* linear, uint64_t rows) {
    const bool is_int8 = graph.tensors()->Get(linear->weight())->type() == fbs::ElementType::S8;
    (is_int8 ? macs.int8 : macs.float32) += rows * uint64_t{linear->in_width()} * linear->out_width();
  };
  for (uint32_t i = 0; i < count_of(graph.ops()); ++i) {
    const fbs::Op& op = *graph.ops()->Get(i);
    const uint64_t rows = per_token(graph, op.output()) ? tokens : 1;
    if (const fbs::Attention* attention = op.body_as_Attention()) {
      add(attention->qkv(), rows);
      add(attention->output(), rows);
      const uint64_t width = uint64_t{attention->heads()} * attention->head_width();
      (attention->int8_core() ? macs.int8 : macs.float32) += 2 * tokens * tokens * width;
    } else if (const fbs::FeedForward* feed_forward = op.body_as_FeedForward()) {
      add(feed_forward->up(), rows);
      add(feed_forward->down(), rows);
    } else if (const fbs::Dense* dense = op.body_as_Dense()) {
      add(dense->linear(), rows);
    }
  }
  return macs;
}

uint64_t multiply_accumulates(const fbs::Model& graph, uint64_t tokens) { return macs_by_type(graph, tokens).total(); }

Traffic batch_traffic(const fbs::Model& graph, const std::vector<size_t>& lengths) {
  return TrafficCounter(graph, lengths).count();
}

std::vector<SizeByKind> sizes_by_kind(const fbs::Model& graph) {
  const TensorKinds kinds(graph);
  std::vector<SizeByKind> sizes(kKinds);
  for (size_t kind = 0; kind < kKinds; ++kind) sizes[kind].kind = kKindNames[kind];
  for (uint32_t i = 0; i < count_of(graph.tensors()); ++i) {
    const fbs::Tensor& tensor = *graph.tensors()->Get(i);
    SizeByKind& size = sizes[kinds[i]];
    uint64_t elements = 1;
    for (uint32_t axis = 0; axis < tensor.shape()->size(); ++axis) elements *= tensor.shape()->Get(axis);
    size.tensors += 1;
    size.parameters += kinds[i] == kVocabulary ? 0 : elements;
    size.bytes += tensor.bytes();
  }
  std::erase_if(sizes, [](const SizeByKind& size) { return size.tensors == 0; });
  return sizes;
}

std::vector<NamedLinear> linear_layers(const fbs::Model& graph) {
  std::vector<NamedLinear> layers;
  uint32_t attentions = 0, feed_forwards = 0, denses = 0;
  for (uint32_t i = 0; i < count_of(graph.ops()); ++i) {
    const fbs::Op& op = *graph.ops()->Get(i);
    if (const fbs::Attention* attention = op.body_as_Attention()) {
      const std::string name = "attention " + std::to_string(attentions++);
      layers.push_back({name + " qkv", attention->qkv()});
      layers.push_back({name + " output", attention->output()});
    } else if (const fbs::FeedForward* feed_forward = op.body_as_FeedForward()) {
      const std::string name = "feed-forward " + std::to_string(feed_forwards++);
      layers.push_back({name + " up", feed_forward->up()});
      layers.push_back({name + " down", feed_forward->down()});
    } else if (const fbs::Dense* dense = op.body_as_Dense()) {
      layers.push_back({"dense " + std::to_string(denses++), dense->linear()});
    }
  }
  return layers;
}

const char* weight_type(const fbs::Model& graph) {
  size_t floats = 0, integers = 0;
  for (const NamedLinear& layer : linear_layers(graph)) {
    const bool is_float = graph.tensors()->Get(layer.linear->weight())->type() == fbs::ElementType::F32;
    ++(is_float ? floats : integers);
  }
  if (floats + integers == 0) return "none";
  return integers == 0 ? "float32" : floats == 0 ? "int8" : "mixed";
}

}  // namespace linnet::lab
