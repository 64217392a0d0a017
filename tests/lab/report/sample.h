// Comparisons made of numbers, without a model: crowded points, ties, a failure, names that want to be markup.
#pragma once

#include "lab/report/comparison.h"

namespace linnet::lab {

// Two models, one shape, no task.
Comparison small_comparison();

// Twelve models at three shapes, scored; one of them failed, one is not scored. With rows of other runtimes and
// sensitivities of 24 layers.
Comparison large_comparison();

}  // namespace linnet::lab
