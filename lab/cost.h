// What running a model costs, by counting: multiplications, bytes, parameters.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/view.h"

namespace linnet::lab {

// Multiply-accumulates of one sequence of `tokens` tokens: matrix products only, attention included.
uint64_t multiply_accumulates(const fbs::Model& graph, uint64_t tokens);

// What the sections of a file are for. Every tensor is counted once, under the first use of the list.
struct SizeByKind {
  std::string kind;  // "embeddings", "attention", "feed-forward", "dense", "norms", "vocabulary", "other"
  uint64_t tensors = 0;
  uint64_t parameters = 0;  // elements, padding and scales not counted as weights
  uint64_t bytes = 0;
};
std::vector<SizeByKind> sizes_by_kind(const fbs::Model& graph);

// "int8" when all linear layers are, "float32" when none is, "mixed" otherwise; "none" without linear layers.
const char* weight_type(const fbs::Model& graph);

// A linear layer and where it is: "attention 3 qkv".
struct NamedLinear {
  std::string name;
  const fbs::Linear* linear;
};
std::vector<NamedLinear> linear_layers(const fbs::Model& graph);

}  // namespace linnet::lab
