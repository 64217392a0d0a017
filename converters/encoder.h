// The graph of an encoder from its checkpoint.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "converters/family.h"
#include "converters/tensor_source.h"
#include "model/edit.h"

namespace linnet::internal {

struct BuiltEncoder {
  uint32_t hidden = 0;         // the value "hidden": the last layer's output
  uint64_t vocabulary = 0;     // rows of the word table
  uint64_t token_types = 0;    // rows of the token type table; 0: there is none
  uint64_t max_positions = 0;  // the longest sequence that the position table allows
};

// Appends the embedding and all layers to `model`. Values, in order: "embeddings.sum", "embeddings.norm" (only with a
// projection), "embeddings", then for each layer "layer.N.attention", "layer.N.attention.norm", "layer.N.feed_forward"
// and "layer.N.feed_forward.norm"; the last of them is called "hidden".
Result<BuiltEncoder> build_encoder(const Family& family, const EncoderConfig& config, TensorSource& tensors,
                                   EditableModel* model);

// Adds a linear layer's tensors `name`.weight [out, in] and, where it has one, `name`.bias [out] under `as`.
Result<std::unique_ptr<fbs::LinearT>> add_linear(TensorSource& tensors, const std::string& name, uint64_t in,
                                                 uint64_t out, bool bias, const std::string& as, EditableModel* model);

// The bucket of MPNet's relative attention for distance = key - query, the positions in the text: transformers'
// relative_position_bucket(num_buckets=32, max_distance=128), with its logarithm in exact integers.
uint32_t mpnet_bucket(int64_t distance);

// From this distance on, all keys on one side share a bucket.
inline constexpr int64_t kMpnetFarthest = 91;

}  // namespace linnet::internal
