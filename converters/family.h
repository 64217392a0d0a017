// The encoder families that can be converted, as data: which field of config.json says what, and how the checkpoint
// calls its tensors. One table in family.cpp; the graph is built from it in encoder.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "converters/json_file.h"
#include "model/edit.h"

namespace linnet::internal {

// Tensors that a checkpoint may have and an embedding does not need. A pattern ending in '.' matches all names that
// begin so; any other matches one name.
struct Droppable {
  const char* pattern;
  const char* what;  // for the note, e.g. "language-model head"
};

// How the classes of Hugging Face call the parts of their heads, which stand beside the encoder.
struct HeadNames {
  // Sequence classification: the first token's row through `dense`, then `out`. Tagging is "classifier" and question
  // answering "qa_outputs" in all families.
  const char* dense;
  bool dense_inside;  // it is a part of the encoder (BERT's pooler)
  fbs::Activation dense_activation;
  const char* out;
  // Language model: `mask_dense`, `mask_norm`, then the word table (or `decoder`, where they are not tied) and a bias.
  const char* mask_dense;
  const char* mask_norm;
  const char* decoder;
  const char* mask_bias;
  bool mask_activation_is_gelu;  // whatever the configuration says
};

// Names of tensors are given without the checkpoint's prefix and without ".weight" or ".bias"; those of a layer also
// without the part that numbers it.
struct Family {
  const char* model_type;  // of config.json

  // Fields of config.json.
  const char* hidden_size;
  const char* layers;
  const char* heads;
  const char* intermediate_size;
  const char* activation;
  const char* layer_norm_eps;  // null: always 1e-12

  // The embedding. Null where the family has none.
  const char* token_type;         // token type table
  const char* embedding_project;  // linear layer behind the norm, where embedding_size differs from hidden_size
  uint32_t position_offset;       // the row of the position table that the first token uses
  int32_t position_pad_id;        // schema: Embed.position_pad_id

  // The layers.
  const char* layer;  // e.g. "encoder.layer.", then the number and a '.'
  const char* query;
  const char* key;
  const char* value;
  const char* attention_output;
  const char* attention_norm;
  const char* up;
  const char* down;
  const char* output_norm;
  const char* relative_bias;  // table [buckets, heads] shared by all layers, or null

  HeadNames head_names;
  std::span<const Droppable> droppable;
};

// The family of a config.json. An unknown model_type is `unsupported`; the message lists the known ones.
Result<const Family*> find_family(const JsonFile& config);

// What a tensor is that the embedding does not need, or null for one that must be used. The name comes without prefix.
const char* dropped_as(const Family& family, std::string_view name);

// What config.json says about the sizes and the mathematics of the encoder.
struct EncoderConfig {
  uint64_t hidden_size = 0;
  uint64_t layers = 0;
  uint64_t heads = 0;
  uint64_t intermediate_size = 0;
  uint64_t embedding_size = 0;  // width of the embedding tables
  uint64_t vocabulary = 0;      // rows of the word table; 0: not stated
  uint64_t positions = 0;       // rows of the position table; 0: not stated
  uint64_t token_types = 0;     // rows of the token type table; 0: not stated
  float layer_norm_eps = 1e-12f;
  fbs::Activation activation = fbs::Activation::Gelu;
};

// Reads it; a field that would change the result and is not implemented is `unsupported`.
Result<EncoderConfig> read_encoder_config(const Family& family, const JsonFile& config);

}  // namespace linnet::internal
