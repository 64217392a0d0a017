#include "lab/describe.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lab/cost.h"

namespace linnet::lab {

namespace {

using Json = nlohmann::ordered_json;

const char* rows_name(fbs::RowKind rows) { return rows == fbs::RowKind::Token ? "token" : "sequence"; }

const char* activation_name(fbs::Activation activation) {
  switch (activation) {
    case fbs::Activation::Identity: return "identity";
    case fbs::Activation::Relu: return "relu";
    case fbs::Activation::Gelu: return "gelu";
    case fbs::Activation::GeluTanh: return "gelu_tanh";
    case fbs::Activation::GeluFixed: return "gelu_fixed";
    case fbs::Activation::Silu: return "silu";
    case fbs::Activation::QuickGelu: return "quick_gelu";
    case fbs::Activation::Tanh: return "tanh";
  }
  return "unknown";
}

const char* pooling_name(fbs::PoolMode mode) {
  switch (mode) {
    case fbs::PoolMode::Mean: return "mean";
    case fbs::PoolMode::First: return "first";
    case fbs::PoolMode::Max: return "max";
    case fbs::PoolMode::MeanSqrtLength: return "mean_sqrt_length";
  }
  return "unknown";
}

class Describer {
 public:
  explicit Describer(const ModelView& view) : view_(view), graph_(*view.graph()) {}

  Json run() const {
    Json json;
    json["name"] = text_of(graph_.name());
    json["architecture"] = text_of(graph_.architecture());
    json["producer"] = text_of(graph_.producer());
    json["file_bytes"] = view_.size();
    json["weights"] = weight_type(graph_);
    json["max_tokens"] = graph_.max_tokens();
    json["outputs"] = Json::array();
    for (uint32_t i = 0; i < count_of(graph_.outputs()); ++i) {
      json["outputs"].push_back(value(graph_.outputs()->Get(i)));
    }
    json["heads"] = Json::array();
    for (uint32_t i = 0; i < count_of(graph_.heads()); ++i) json["heads"].push_back(head(*graph_.heads()->Get(i)));
    json["values"] = Json::array();
    for (uint32_t i = 0; i < count_of(graph_.values()); ++i) json["values"].push_back(value(i));
    json["ops"] = Json::array();
    for (uint32_t i = 0; i < count_of(graph_.ops()); ++i) json["ops"].push_back(op(*graph_.ops()->Get(i)));
    json["sizes"] = sizes();
    json["macs"] = {{"tokens_16", multiply_accumulates(graph_, 16)}, {"tokens_128", multiply_accumulates(graph_, 128)}};
    json["tokenizer"] = tokenizer();
    json["prompts"] = Json::object();
    for (uint32_t i = 0; i < count_of(graph_.prompts()); ++i) {
      json["prompts"][text_of(graph_.prompts()->Get(i)->name())] = text_of(graph_.prompts()->Get(i)->text());
    }
    json["default_prompt"] = text_of(graph_.default_prompt());
    json["provenance"] = provenance();
    return json;
  }

 private:
  Json head(const fbs::Head& head) const {
    Json json = {{"kind", fbs::EnumNameHeadKind(head.kind())}, {"value", value_name(head.value())}};
    json["labels"] = Json::array();
    for (uint32_t i = 0; i < count_of(head.labels()); ++i) json["labels"].push_back(text_of(head.labels()->Get(i)));
    return json;
  }

  const char* value_name(uint32_t index) const { return text_of(graph_.values()->Get(index)->name()); }

  Json value(uint32_t index) const {
    const fbs::Value& value = *graph_.values()->Get(index);
    return {{"name", text_of(value.name())}, {"width", value.width()}, {"rows", rows_name(value.rows())}};
  }

  Json tensor(int64_t index) const {
    const fbs::Tensor& tensor = *view_.tensor(index);
    Json shape = Json::array();
    for (uint32_t i = 0; i < tensor.shape()->size(); ++i) shape.push_back(tensor.shape()->Get(i));
    return {{"name", text_of(tensor.name())}, {"type", type_name(index)}, {"shape", shape}, {"bytes", tensor.bytes()}};
  }

  const char* type_name(int64_t index) const {
    switch (view_.tensor(index)->type()) {
      case fbs::ElementType::F32: return "float32";
      case fbs::ElementType::S8: return "int8";
      case fbs::ElementType::S32: return "int32";
      case fbs::ElementType::U8: return "bytes";
    }
    return "unknown";
  }

  Json linear(const fbs::Linear* linear) const {
    Json json = {{"in", linear->in_width()},
                 {"out", linear->out_width()},
                 {"type", type_name(linear->weight())},
                 {"bias", linear->bias() >= 0}};
    if (view_.tensor(linear->weight())->type() == fbs::ElementType::S8) {
      json["equalized"] = linear->input_scale() >= 0;
      bool rotated = false;
      for (uint32_t i = 0; i < count_of(linear->rotation()); ++i) rotated |= linear->rotation()->Get(i)->m() > 1;
      json["rotated"] = rotated;
    }
    return json;
  }

  Json op(const fbs::Op& op) const {
    Json json;
    json["op"] = fbs::EnumNameOpBody(op.body_type());
    json["output"] = value_name(op.output());
    json["inputs"] = Json::array();
    for (uint32_t i = 0; i < count_of(op.inputs()); ++i) json["inputs"].push_back(value_name(op.inputs()->Get(i)));
    if (const fbs::Embed* embed = op.body_as_Embed()) {
      json["word"] = tensor(embed->word());
      if (embed->position() >= 0) json["position"] = tensor(embed->position());
      if (embed->token_type() >= 0) json["token_type"] = tensor(embed->token_type());
    } else if (const fbs::Attention* attention = op.body_as_Attention()) {
      json["heads"] = attention->heads();
      json["head_width"] = attention->head_width();
      json["core"] = attention->int8_core() ? "int8" : "float32";
      json["position_bias"] = attention->position_bias() >= 0;
      json["qkv"] = linear(attention->qkv());
      json["out"] = linear(attention->output());
    } else if (const fbs::FeedForward* feed_forward = op.body_as_FeedForward()) {
      json["activation"] = activation_name(feed_forward->activation());
      json["up"] = linear(feed_forward->up());
      json["down"] = linear(feed_forward->down());
    } else if (const fbs::Dense* dense = op.body_as_Dense()) {
      json["activation"] = activation_name(dense->activation());
      json["linear"] = linear(dense->linear());
    } else if (const fbs::Norm* norm = op.body_as_Norm()) {
      json["epsilon"] = norm->epsilon();
    } else if (const fbs::Pool* pool = op.body_as_Pool()) {
      json["mode"] = pooling_name(pool->mode());
    }
    return json;
  }

  Json sizes() const {
    Json json = Json::array();
    uint64_t sections = 0;
    for (const SizeByKind& size : sizes_by_kind(graph_)) {
      json.push_back(
          {{"kind", size.kind}, {"tensors", size.tensors}, {"parameters", size.parameters}, {"bytes", size.bytes}});
      sections += size.bytes;
    }
    json.push_back({{"kind", "graph and alignment"},
                    {"tensors", 0},
                    {"parameters", 0},
                    {"bytes", view_.size() > sections ? view_.size() - sections : 0}});
    return json;
  }

  Json tokenizer() const {
    const fbs::Tokenizer* t = graph_.tokenizer();
    if (t == nullptr) return nullptr;
    Json json = {{"kind", "wordpiece"},
                 {"vocabulary_size", t->vocabulary_size()},
                 {"lowercase", t->lowercase()},
                 {"strip_accents", t->strip_accents()},
                 {"clean_text", t->clean_text()},
                 {"handle_chinese_characters", t->handle_chinese_characters()},
                 {"added_tokens", count_of(t->added_tokens())},
                 {"prefix_ids", Json::array()},
                 {"suffix_ids", Json::array()}};
    for (uint32_t i = 0; i < count_of(t->prefix_ids()); ++i) json["prefix_ids"].push_back(t->prefix_ids()->Get(i));
    for (uint32_t i = 0; i < count_of(t->suffix_ids()); ++i) json["suffix_ids"].push_back(t->suffix_ids()->Get(i));
    return json;
  }

  Json provenance() const {
    Json json = Json::array();
    for (uint32_t i = 0; i < count_of(graph_.provenance()); ++i) {
      const fbs::Provenance& step = *graph_.provenance()->Get(i);
      Json detail = Json::parse(text_of(step.detail()), nullptr, false);
      if (detail.is_discarded()) detail = text_of(step.detail());  // not JSON: as it is
      json.push_back({{"step", text_of(step.step())}, {"detail", detail}});
    }
    return json;
  }

  const ModelView& view_;
  const fbs::Model& graph_;
};

}  // namespace

Json describe(const ModelView& view) { return Describer(view).run(); }

}  // namespace linnet::lab
