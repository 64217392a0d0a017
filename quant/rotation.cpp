#include "quant/rotation.h"

#include "base/checked.h"

namespace linnet {

namespace {

constexpr size_t kLanes = 16;

// (a, b) -> (a + b, a - b) for all pairs of elements whose index within the segment differs in this bit alone.
void butterflies(std::span<double> segment, size_t bit) {
  for (size_t i = 0; i < segment.size(); ++i) {
    if ((i & bit) != 0) continue;
    const double a = segment[i], b = segment[i + bit];
    segment[i] = a + b;
    segment[i + bit] = a - b;
  }
}

}  // namespace

std::vector<fbs::RotationSegment> rotation_segments(size_t width, uint32_t longest) {
  std::vector<fbs::RotationSegment> segments;
  if (longest == 0) return segments;
  const size_t padded = round_up(width, 64);
  for (size_t begin = 0; begin < padded;) {
    const uint32_t length = padded - begin >= longest ? longest : 64;
    segments.emplace_back(static_cast<uint32_t>(begin), length, length / 4);
    begin += length;
  }
  return segments;
}

// The order of the stages is the normative one of the kernels: over the index of the 16-lane vector, then lanes 8 and 4
// apart.
void rotate(std::span<double> row, std::span<const fbs::RotationSegment> segments) {
  for (const fbs::RotationSegment& s : segments) {
    if (s.m() == 1) continue;
    const std::span<double> segment = row.subspan(s.begin(), s.length());
    for (size_t bit = kLanes; bit < s.length(); bit *= 2) butterflies(segment, bit);
    butterflies(segment, 8);
    butterflies(segment, 4);
  }
}

void rotate_back(std::span<double> row, std::span<const fbs::RotationSegment> segments) {
  rotate(row, segments);
  for (const fbs::RotationSegment& s : segments) {
    for (double& value : row.subspan(s.begin(), s.length())) value /= s.m();
  }
}

}  // namespace linnet
