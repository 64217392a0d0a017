// The Walsh-Hadamard rotation of GEMM inputs, on the side of the weights (docs/numerics.md, "Rotation").
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/linnet_generated.h"

namespace linnet {

// Segments of `longest` (128 or 64), and one of 64 if that remains, over `width` padded to 64; none for a longest of 0.
std::vector<fbs::RotationSegment> rotation_segments(size_t width, uint32_t longest = 128);

// Applies the unnormalised butterflies H to `row`, whose length is what the segments cover. H is symmetric and
// H H = m I in each segment.
void rotate(std::span<double> row, std::span<const fbs::RotationSegment> segments);

// Applies the inverse, H / m.
void rotate_back(std::span<double> row, std::span<const fbs::RotationSegment> segments);

}  // namespace linnet
