#include "quant/rotation.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

#include "base/checked.h"
#include "runtime/kernels/kernels.h"

namespace linnet {
namespace {

std::vector<double> random_row(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<double> row(count);
  for (double& value : row) value = static_cast<double>(random()) / 4294967296.0 - 0.5;
  return row;
}

TEST(Rotation, SegmentsCoverTheWidthPaddedTo64) {
  for (const size_t width : {1u, 36u, 64u, 65u, 128u, 384u, 1536u, 1600u}) {
    size_t end = 0;
    for (const fbs::RotationSegment& s : rotation_segments(width)) {
      EXPECT_EQ(s.begin(), end);
      EXPECT_EQ(s.m(), s.length() / 4);
      end += s.length();
    }
    EXPECT_EQ(end, round_up(width, 64));
  }
}

TEST(Rotation, IsItsOwnInverseUpToItsFactor) {
  for (const size_t width : {64u, 128u, 192u, 384u}) {
    const std::vector<double> row = random_row(width, 3);
    const auto segments = rotation_segments(width);
    std::vector<double> rotated = row;
    rotate(rotated, segments);
    rotate_back(rotated, segments);
    for (size_t i = 0; i < width; ++i) EXPECT_NEAR(rotated[i], row[i], 1e-14);
  }
}

// A weight row transformed here and an input row rotated by the kernels must give the product of the originals: this
// ties the pass to the runtime.
TEST(Rotation, IsTheTransformThatTheKernelsApply) {
  for (const size_t width : {64u, 128u, 192u, 320u}) {
    const std::vector<double> x = random_row(width, 5), w = random_row(width, 7);
    const auto segments = rotation_segments(width);
    alignas(64) float input[320] = {};
    alignas(64) int8_t q[320];
    for (size_t i = 0; i < width; ++i) input[i] = static_cast<float>(x[i]);
    float scale = 0;
    kernels::QuantizeRowsArgs args = {};
    args.x = input;
    args.x_stride = 320;
    args.rows = 1;
    args.width = width;
    args.segments = reinterpret_cast<const kernels::RotationSegment*>(segments.data());
    args.segment_count = segments.size();
    args.q = q;
    args.q_stride = 320;
    args.scale = &scale;
    const Result<const kernels::KernelTable*> scalar = kernels::select_table("scalar");
    ASSERT_TRUE(scalar.ok());
    ASSERT_EQ((*scalar)->quantize_rows(args), kernels::kNoRow);
    std::vector<double> rotated = x;
    rotate(rotated, segments);
    std::vector<double> folded = w;
    rotate_back(folded, segments);
    double exact = 0, by_kernels = 0;
    for (size_t i = 0; i < width; ++i) {
      // Half a step of rounding, and the float arithmetic of at most 7 butterflies.
      EXPECT_NEAR(q[i] * static_cast<double>(scale), rotated[i], scale * 0.5 + 1e-5) << "width " << width << ", " << i;
      exact += x[i] * w[i];
      by_kernels += rotated[i] * folded[i];
    }
    EXPECT_NEAR(by_kernels, exact, 1e-12);
  }
}

TEST(Rotation, SpreadsAnOutlier) {
  std::vector<double> row(128, 0.0);
  row[37] = 1;
  rotate(row, rotation_segments(128));
  size_t reached = 0;
  for (const double value : row) {
    EXPECT_LE(std::fabs(value), 1.0);
    reached += value != 0;
  }
  EXPECT_EQ(reached, 32u);
}

}  // namespace
}  // namespace linnet
