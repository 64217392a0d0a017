#include "converters/family.h"

#include "converters/convert.h"
#include "model/layout.h"

namespace linnet {

namespace internal {

namespace {

// Task heads and buffers by the names of the modules that Hugging Face's classes give them.
constexpr Droppable kCommonDroppable[] = {
    {"embeddings.position_ids", "position numbers"},
    {"embeddings.token_type_ids", "token types of an empty input"},
    {"classifier.", "classification head"},
    {"qa_outputs.", "question-answering head"},
};
constexpr Droppable kBertDroppable[] = {
    {"pooler.dense.", "pooler"},
    {"cls.", "pretraining heads"},
};
constexpr Droppable kDistilBertDroppable[] = {
    {"vocab_transform.", "language-model head"},
    {"vocab_layer_norm.", "language-model head"},
    {"vocab_projector.", "language-model head"},
    {"pre_classifier.", "classification head"},
};
constexpr Droppable kElectraDroppable[] = {
    {"discriminator_predictions.", "discriminator head"},
    {"generator_predictions.", "generator head"},
    {"generator_lm_head.", "generator head"},
    {"sequence_summary.", "multiple-choice head"},
};
constexpr Droppable kMpnetDroppable[] = {
    {"pooler.dense.", "pooler"},
    {"lm_head.", "language-model head"},
};

constexpr Family kFamilies[] = {
    {.model_type = "bert",
     .hidden_size = "hidden_size",
     .layers = "num_hidden_layers",
     .heads = "num_attention_heads",
     .intermediate_size = "intermediate_size",
     .activation = "hidden_act",
     .layer_norm_eps = "layer_norm_eps",
     .token_type = "embeddings.token_type_embeddings",
     .embedding_project = nullptr,
     .position_offset = 0,
     .position_pad_id = -1,
     .layer = "encoder.layer.",
     .query = "attention.self.query",
     .key = "attention.self.key",
     .value = "attention.self.value",
     .attention_output = "attention.output.dense",
     .attention_norm = "attention.output.LayerNorm",
     .up = "intermediate.dense",
     .down = "output.dense",
     .output_norm = "output.LayerNorm",
     .relative_bias = nullptr,
     .head_names = {.dense = "pooler.dense",
                    .dense_inside = true,
                    .dense_activation = fbs::Activation::Tanh,
                    .out = "classifier",
                    .mask_dense = "cls.predictions.transform.dense",
                    .mask_norm = "cls.predictions.transform.LayerNorm",
                    .decoder = "cls.predictions.decoder",
                    .mask_bias = "cls.predictions.bias",
                    .mask_activation_is_gelu = false},
     .droppable = kBertDroppable},
    // modeling_distilbert.py: the epsilon of every norm is written in the code, not in the configuration.
    {.model_type = "distilbert",
     .hidden_size = "dim",
     .layers = "n_layers",
     .heads = "n_heads",
     .intermediate_size = "hidden_dim",
     .activation = "activation",
     .layer_norm_eps = nullptr,
     .token_type = nullptr,
     .embedding_project = nullptr,
     .position_offset = 0,
     .position_pad_id = -1,
     .layer = "transformer.layer.",
     .query = "attention.q_lin",
     .key = "attention.k_lin",
     .value = "attention.v_lin",
     .attention_output = "attention.out_lin",
     .attention_norm = "sa_layer_norm",
     .up = "ffn.lin1",
     .down = "ffn.lin2",
     .output_norm = "output_layer_norm",
     .relative_bias = nullptr,
     .head_names = {.dense = "pre_classifier",
                    .dense_inside = false,
                    .dense_activation = fbs::Activation::Relu,
                    .out = "classifier",
                    .mask_dense = "vocab_transform",
                    .mask_norm = "vocab_layer_norm",
                    .decoder = "vocab_projector",
                    .mask_bias = "vocab_projector.bias",
                    .mask_activation_is_gelu = false},
     .droppable = kDistilBertDroppable},
    {.model_type = "electra",
     .hidden_size = "hidden_size",
     .layers = "num_hidden_layers",
     .heads = "num_attention_heads",
     .intermediate_size = "intermediate_size",
     .activation = "hidden_act",
     .layer_norm_eps = "layer_norm_eps",
     .token_type = "embeddings.token_type_embeddings",
     .embedding_project = "embeddings_project",
     .position_offset = 0,
     .position_pad_id = -1,
     .layer = "encoder.layer.",
     .query = "attention.self.query",
     .key = "attention.self.key",
     .value = "attention.self.value",
     .attention_output = "attention.output.dense",
     .attention_norm = "attention.output.LayerNorm",
     .up = "intermediate.dense",
     .down = "output.dense",
     .output_norm = "output.LayerNorm",
     .relative_bias = nullptr,
     .head_names = {.dense = "classifier.dense",
                    .dense_inside = false,
                    .dense_activation = fbs::Activation::Gelu,
                    .out = "classifier.out_proj",
                    .mask_dense = "generator_predictions.dense",
                    .mask_norm = "generator_predictions.LayerNorm",
                    .decoder = "generator_lm_head",
                    .mask_bias = "generator_lm_head.bias",
                    .mask_activation_is_gelu = true},
     .droppable = kElectraDroppable},
    // modeling_mpnet.py: padding_idx = 1 is written in the code; positions are counted from padding_idx + 1 over the
    // tokens that are not padding, and padding tokens use row padding_idx.
    {.model_type = "mpnet",
     .hidden_size = "hidden_size",
     .layers = "num_hidden_layers",
     .heads = "num_attention_heads",
     .intermediate_size = "intermediate_size",
     .activation = "hidden_act",
     .layer_norm_eps = "layer_norm_eps",
     .token_type = nullptr,
     .embedding_project = nullptr,
     .position_offset = 2,
     .position_pad_id = 1,
     .layer = "encoder.layer.",
     .query = "attention.attn.q",
     .key = "attention.attn.k",
     .value = "attention.attn.v",
     .attention_output = "attention.attn.o",
     .attention_norm = "attention.LayerNorm",
     .up = "intermediate.dense",
     .down = "output.dense",
     .output_norm = "output.LayerNorm",
     .relative_bias = "encoder.relative_attention_bias",
     .head_names = {.dense = "classifier.dense",
                    .dense_inside = false,
                    .dense_activation = fbs::Activation::Tanh,
                    .out = "classifier.out_proj",
                    .mask_dense = "lm_head.dense",
                    .mask_norm = "lm_head.layer_norm",
                    .decoder = "lm_head.decoder",
                    .mask_bias = "lm_head.bias",
                    .mask_activation_is_gelu = true},
     .droppable = kMpnetDroppable},
};

struct NamedActivation {
  const char* name;
  fbs::Activation activation;
};
// transformers/activations.py. The spellings of one function differ in rounding only.
constexpr NamedActivation kActivations[] = {
    {"gelu", fbs::Activation::Gelu},
    {"gelu_python", fbs::Activation::Gelu},
    {"gelu_new", fbs::Activation::GeluTanh},
    {"gelu_fast", fbs::Activation::GeluTanh},
    {"gelu_pytorch_tanh", fbs::Activation::GeluTanh},
    {"gelu_python_tanh", fbs::Activation::GeluTanh},
    {"quick_gelu", fbs::Activation::QuickGelu},
    {"relu", fbs::Activation::Relu},
    {"silu", fbs::Activation::Silu},
    {"swish", fbs::Activation::Silu},
    {"tanh", fbs::Activation::Tanh},
    {"linear", fbs::Activation::Identity},
};

Result<fbs::Activation> find_activation(const JsonFile& config, const char* key) {
  std::string name = "gelu";
  LINNET_RETURN_IF_ERROR(config.get(key, &name));
  std::string known;
  for (const NamedActivation& candidate : kActivations) {
    if (name == candidate.name) return candidate.activation;
    known += (known.empty() ? "" : ", ") + std::string(candidate.name);
  }
  return Status::error(Code::unsupported, "%s: the activation '%.64s' is not implemented (%s are)", config.path.c_str(),
                       name.c_str(), known.c_str());
}

// Fields that every family shares and that would make another network out of the same tensors.
Status refuse_variants(const JsonFile& config) {
  for (const char* key : {"is_decoder", "add_cross_attention", "is_encoder_decoder"}) {
    bool value = false;
    LINNET_RETURN_IF_ERROR(config.get(key, &value));
    if (value) {
      return Status::error(Code::unsupported, "%s: '%s' is true; Linnet runs encoders only", config.path.c_str(), key);
    }
  }
  std::string positions = "absolute";
  LINNET_RETURN_IF_ERROR(config.get("position_embedding_type", &positions));
  if (positions != "absolute") {
    return Status::error(Code::unsupported, "%s: position_embedding_type '%.64s' is not implemented, only 'absolute'",
                         config.path.c_str(), positions.c_str());
  }
  for (const char* key : {"pruned_heads", "quantization_config"}) {
    const nlohmann::json* field = config.find(key);
    if (field != nullptr && !(field->is_object() && field->empty())) {
      return Status::error(Code::unsupported, "%s: '%s' is set; convert the checkpoint it was made from",
                           config.path.c_str(), key);
    }
  }
  return Status();
}

}  // namespace

Result<const Family*> find_family(const JsonFile& config) {
  std::string model_type;
  LINNET_RETURN_IF_ERROR(config.require("model_type", &model_type));
  for (const Family& family : kFamilies) {
    if (model_type == family.model_type) return &family;
  }
  return Status::error(Code::unsupported, "%s: model_type '%.64s' is not supported (%s are)", config.path.c_str(),
                       model_type.c_str(), supported_model_types().c_str());
}

const char* dropped_as(const Family& family, std::string_view name) {
  for (const std::span<const Droppable> list : {std::span<const Droppable>(kCommonDroppable), family.droppable}) {
    for (const Droppable& candidate : list) {
      const std::string_view pattern = candidate.pattern;
      if (pattern.back() == '.' ? name.substr(0, pattern.size()) == pattern : name == pattern) return candidate.what;
    }
  }
  return nullptr;
}

Result<EncoderConfig> read_encoder_config(const Family& family, const JsonFile& config) {
  EncoderConfig encoder;
  LINNET_RETURN_IF_ERROR(refuse_variants(config));
  LINNET_RETURN_IF_ERROR(config.require(family.hidden_size, 1, kMaxWidth, &encoder.hidden_size));
  LINNET_RETURN_IF_ERROR(config.require(family.layers, 1, kMaxOps / 4 - 4, &encoder.layers));
  LINNET_RETURN_IF_ERROR(config.require(family.heads, 1, kMaxWidth, &encoder.heads));
  LINNET_RETURN_IF_ERROR(config.require(family.intermediate_size, 1, kMaxWidth, &encoder.intermediate_size));
  if (encoder.hidden_size % encoder.heads != 0) {
    return Status::error(Code::corrupt, "%s: %llu heads do not divide a width of %llu", config.path.c_str(),
                         static_cast<unsigned long long>(encoder.heads),
                         static_cast<unsigned long long>(encoder.hidden_size));
  }
  encoder.embedding_size = encoder.hidden_size;
  if (family.embedding_project != nullptr) {
    encoder.embedding_size = 128;  // Hugging Face's own value where the field is missing
    LINNET_RETURN_IF_ERROR(config.get("embedding_size", 1, kMaxWidth, &encoder.embedding_size));
  }
  LINNET_RETURN_IF_ERROR(config.get("vocab_size", 1, INT32_MAX, &encoder.vocabulary));
  LINNET_RETURN_IF_ERROR(config.get("max_position_embeddings", 1, INT32_MAX, &encoder.positions));
  if (family.token_type != nullptr) {
    LINNET_RETURN_IF_ERROR(config.get("type_vocab_size", 1, INT32_MAX, &encoder.token_types));
  }
  if (family.layer_norm_eps != nullptr) {
    double epsilon = 1e-12;
    LINNET_RETURN_IF_ERROR(config.get(family.layer_norm_eps, &epsilon));
    if (!(epsilon >= 0 && epsilon < 1)) {
      return Status::error(Code::corrupt, "%s: '%s' is not a small positive number", config.path.c_str(),
                           family.layer_norm_eps);
    }
    encoder.layer_norm_eps = static_cast<float>(epsilon < 1e-30 ? 0.0 : epsilon);  // no subnormal floats in a file
  }
  if (family.relative_bias != nullptr) {
    // modeling_mpnet.py computes 32 buckets whatever the configuration says.
    uint64_t buckets = 32;
    LINNET_RETURN_IF_ERROR(config.get("relative_attention_num_buckets", 1, kMaxWidth, &buckets));
    if (buckets != 32) {
      return Status::error(Code::unsupported, "%s: %llu buckets of relative positions; only 32 are implemented",
                           config.path.c_str(), static_cast<unsigned long long>(buckets));
    }
  }
  const Result<fbs::Activation> activation = find_activation(config, family.activation);
  if (!activation.ok()) return activation.status();
  encoder.activation = *activation;
  return encoder;
}

}  // namespace internal

std::string supported_model_types() {
  std::string names;
  for (const internal::Family& family : internal::kFamilies) {
    names += (names.empty() ? "" : ", ") + std::string(family.model_type);
  }
  return names;
}

}  // namespace linnet
