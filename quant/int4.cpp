#include "quant/int4.h"

#include <algorithm>
#include <cmath>

#include "quant/exact_math.h"

namespace linnet {

namespace {

constexpr float kMost = 7;

}  // namespace

std::vector<float> round_to_int4(std::span<const float> matrix, size_t rows, size_t columns, size_t group) {
  std::vector<float> rounded(matrix.begin(), matrix.end());
  for (size_t r = 0; r < rows; ++r) {
    for (size_t begin = 0; begin < columns; begin += group) {
      const std::span<float> values(rounded.data() + r * columns + begin, std::min(group, columns - begin));
      float most = 0;
      for (const float value : values) most = std::max(most, std::fabs(value));
      if (most == 0) continue;
      const float scale = most / kMost;
      for (float& value : values) value = static_cast<float>(round_to_even(value / scale)) * scale;
    }
  }
  return rounded;
}

Status simulate_int4(EditableModel* model, const ModelPart& part) {
  if (part.kind == PartKind::core) {
    return Status::error(Code::invalid_argument, "'%s' has no weights to round to 4 bits", part.name.c_str());
  }
  const auto rounded = [&](uint32_t tensor) {
    const std::vector<uint64_t>& shape = model->graph.tensors[tensor]->shape;
    return round_to_int4(model->read_f32(tensor), shape[0], shape[1]);
  };
  if (part.kind == PartKind::linear) {
    fbs::LinearT& linear = linear_of(model->graph, part);
    const std::vector<float> weights = rounded(linear.weight);
    const std::string name = model->graph.tensors[linear.weight]->name;
    linear.weight = model->add_panel16(name, linear.out_width, linear.in_width, weights);
  } else {
    fbs::EmbedT& embed = *model->graph.ops[part.op]->body.AsEmbed();
    const uint32_t index =
        part.part == 0 ? embed.word : static_cast<uint32_t>(part.part == 1 ? embed.position : embed.token_type);
    const std::vector<float> values = rounded(index);
    const std::vector<uint64_t> shape = model->graph.tensors[index]->shape;
    const uint32_t table = model->add_rows(std::string(model->graph.tensors[index]->name), shape, values);
    if (part.part == 0) embed.word = table;
    if (part.part == 1) embed.position = static_cast<int32_t>(table);
    if (part.part == 2) embed.token_type = static_cast<int32_t>(table);
  }
  model->remove_unused_tensors();
  return Status();
}

}  // namespace linnet
