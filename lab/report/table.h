// The parts of the page that are tables: the numbers of the picture, and what each layer loses.
#pragma once

#include <string>

#include "lab/report/comparison.h"

namespace linnet::lab {

// One row a model and one a row of another runtime; sortable by report.js, by the numbers in data-value.
std::string comparison_table(const Comparison& comparison);

// One row a layer, one column a format: a bar from zero and the exact number. Every format has its own scale.
std::string layers_table(const Sensitivity& file);

}  // namespace linnet::lab
