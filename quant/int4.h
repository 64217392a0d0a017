// What rounding weights to 4 bits would cost, on a model that stays float: there is no INT4 in the file yet.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/status.h"
#include "model/edit.h"
#include "quant/plan.h"

namespace linnet {

// The values that share a scale lie side by side in a row.
inline constexpr size_t kInt4Group = 64;

// [rows, columns] rounded to the nearest of 15 levels, -7..7 times absmax / 7 of each group of `group` columns of a
// row.
std::vector<float> round_to_int4(std::span<const float> matrix, size_t rows, size_t columns, size_t group = kInt4Group);

// Rounds the weights of a linear layer, or a table, of a float model in that way. A core has none: an error.
Status simulate_int4(EditableModel* model, const ModelPart& part);

}  // namespace linnet
