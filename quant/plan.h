// What a model is quantized to, part by part (docs/quantization.md, "Plans").
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/linnet_generated.h"

namespace linnet {

enum class PartKind : uint8_t {
  linear,  // the weights of a linear layer, and with them the arithmetic of its matrix product
  core,    // what attention does between its two linear layers
  table,   // an embedding table
};

// The smallest pieces that the runtime takes in either type: any mixture of them runs.
struct ModelPart {
  std::string name;  // "attention 3 qkv", "attention 3 core", "feed-forward 0 up", "dense 0", "embedding 0 word"
  PartKind kind = PartKind::linear;
  // Which block of the encoder it belongs to (an attention and the feed-forward after it), from 0; -1: none of them.
  int layer = -1;
  uint32_t op = 0;      // the index in the graph
  uint32_t part = 0;    // linear: as LinearObserver counts; table: 0 words, 1 positions, 2 token types
  std::string in_file;  // linear: by the name of what the op computes, "layer.3.attention.qkv"
};

// All parts, in the order in which they run. Ops are numbered by kind, as `linnet inspect` and lab/cost.h do. Left out:
// the last layers of heads, a few thousand weights whose rounding nothing after them would average out (but a language
// model's is as large as the word table, and only which of its scores is largest matters); and tables of up to 16 rows,
// because one row is added to every token, so that its rounding error, unlike that of a word, is the same everywhere
// and does not average out (on MiniLM the two token types alone cost 6e-5 of the cosine, as much as all words and
// positions together, for 2 KB).
std::vector<ModelPart> quantizable_parts(const fbs::ModelT& graph);

// The linear layer of a part of that kind.
fbs::LinearT& linear_of(fbs::ModelT& graph, const ModelPart& part);

// What is done to one part. Only linear layers are rotated and rounded by GPTQ.
struct PartChoice {
  bool int8 = true;
  uint32_t rotation = 128;  // the longest segment of the input's rotation: 128, 64, or 0 for none
  bool gptq = true;         // where there are calibration texts; without, weights are rounded to nearest

  bool operator==(const PartChoice&) const = default;
};

// "float" or "int8", the latter followed by what is not as usual: "unrotated" or "rotated-64", and "nearest" (no GPTQ).
std::string choice_text(const PartChoice& choice);
Result<PartChoice> parse_choice(std::string_view text);

struct QuantizePlan {
  PartChoice rest;                          // of all parts that are not named
  std::map<std::string, PartChoice> parts;  // by name

  const PartChoice& of(const ModelPart& part) const;
};

// "int8", or with exceptions "int8; attention 0 core=float; attention 0 qkv=int8 unrotated": the choice of the rest,
// then those of the named parts that differ from it. Equal plans have equal texts.
std::string plan_text(const QuantizePlan& plan);
Result<QuantizePlan> parse_plan(std::string_view text);

// An error when the plan names what the model has not, or what cannot be done to such a part.
Status check_plan(const QuantizePlan& plan, const std::vector<ModelPart>& parts);

}  // namespace linnet
