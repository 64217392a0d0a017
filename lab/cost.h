// What running a model costs, by counting: multiplications, bytes, parameters.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/view.h"

namespace linnet::lab {

// Multiply-accumulates of matrix products, attention included, by the numbers that are multiplied.
struct Macs {
  uint64_t int8 = 0, float32 = 0;
  uint64_t total() const { return int8 + float32; }
};

// Of one sequence of `tokens` tokens.
Macs macs_by_type(const fbs::Model& graph, uint64_t tokens);
uint64_t multiply_accumulates(const fbs::Model& graph, uint64_t tokens);

// The bytes that a batch has to touch, each counted once; what of it comes from memory and what from a cache, and how
// often, is up to the machine.
struct Traffic {
  // Of all tensors that the ops use; of the tables of embeddings only as many rows as there are tokens (positions: as
  // the longest sequence has).
  uint64_t weights = 0;
  // An estimate: the rows between ops and between the layers within them, as float32, written once and read once.
  uint64_t activations = 0;
};
Traffic batch_traffic(const fbs::Model& graph, const std::vector<size_t>& lengths);

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
