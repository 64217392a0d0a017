#include <cmath>
#include <limits>

#include "reference.h"
#include "support.h"

namespace linnet::kernels {
namespace {

class QuantizeRows : public EachTable {
 protected:
  // q and scales of one table (or the reference, for null), q in plain form.
  struct Output {
    std::vector<int8_t> q;
    std::vector<float> scale;
    size_t bad;
  };
  Output run(const KernelTable* table, const Rows& x, const float* input_scale,
             const std::vector<RotationSegment>& segments) {
    const size_t depth = round_up(x.width, 64);
    Buffer<int8_t> q(x.rows * depth);
    Buffer<float> scale(x.rows);
    const QuantizeRowsArgs args = {x.v.data(),      x.stride,        x.rows,   x.width, input_scale,
                                   segments.data(), segments.size(), q.data(), depth,   scale.data()};
    const size_t bad = table != nullptr ? table->quantize_rows(args) : reference::quantize_rows(args);
    Output out = {{q.data(), q.data() + q.size()}, {scale.data(), scale.data() + x.rows}, bad};
    if (table != nullptr && table->stores_flipped) {
      for (int8_t& v : out.q) v = static_cast<int8_t>(v ^ -128);
    }
    return out;
  }
  void expect_reference(const Rows& x, const float* input_scale, const std::vector<RotationSegment>& segments) {
    const Output expected = run(nullptr, x, input_scale, segments), got = run(&table(), x, input_scale, segments);
    EXPECT_EQ(got.bad, expected.bad);
    if (expected.bad != kNoRow) return;
    EXPECT_EQ(got.q, expected.q) << "width " << x.width;
    EXPECT_TRUE(same_floats(got.scale.data(), expected.scale.data(), x.rows)) << "width " << x.width;
  }
};
LINNET_EACH_TABLE(QuantizeRows);

// Segments of 128 and, for what is left, 64.
std::vector<RotationSegment> full_rotation(size_t width) {
  std::vector<RotationSegment> segments;
  const uint32_t depth = static_cast<uint32_t>(round_up(width, 64));
  for (uint32_t begin = 0; begin < depth;) {
    const uint32_t length = depth - begin >= 128 ? 128 : 64;
    segments.push_back({begin, length, length / 4});
    begin += length;
  }
  return segments;
}

TEST_P(QuantizeRows, GivesTheReferenceBytes) {
  Random random(1);
  std::vector<size_t> widths = {64, 127, 128, 129, 192, 384, 1536};
  for (size_t width = 1; width <= 70; width += 2) widths.push_back(width);
  for (const size_t width : widths) {
    const Rows x(1 + width % 13, width, random, 3.0f, width % 3 * 64);
    Buffer<float> scale(round_up(width, 16));
    for (size_t i = 0; i < scale.size(); ++i) scale[i] = 0.5f + std::fabs(random.real());
    std::vector<RotationSegment> mixed = full_rotation(width);
    mixed[0].m = 1;
    expect_reference(x, nullptr, {});
    expect_reference(x, scale.data(), {});
    expect_reference(x, nullptr, full_rotation(width));
    expect_reference(x, scale.data(), mixed);
  }
}

TEST_P(QuantizeRows, RoundsTiesToEven) {
  // The largest element makes the factor exactly 1, so that halves stay halves.
  const float values[] = {127.0f, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f, -126.5f, -127.0f};
  Rows x(1, 10);
  for (size_t i = 0; i < 10; ++i) x.at(0, i) = values[i];
  const Output out = run(&table(), x, nullptr, {});
  EXPECT_EQ(std::vector<int8_t>(out.q.begin(), out.q.begin() + 10),
            (std::vector<int8_t>{127, 0, 2, 2, 0, -2, -2, 126, -126, -127}));
}

TEST_P(QuantizeRows, TinyHugeAndZeroRowsHaveAScale) {
  Random random(2);
  for (const float size : {0.0f, 1e-45f, 1e-38f, 1e-22f, 0x1p-64f, 1e-10f, 1e30f, 3.4e38f}) {
    Rows x(3, 100, random, size);
    x.at(1, 57) = size;
    expect_reference(x, nullptr, {});
    const Output out = run(&table(), x, nullptr, {});
    for (const float scale : out.scale) EXPECT_GE(scale, 0x1p-64f / 128);
  }
}

TEST_P(QuantizeRows, NamesTheFirstRowThatIsNotFinite) {
  Random random(3);
  for (const float bad : {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
                          std::numeric_limits<float>::quiet_NaN()}) {
    for (const size_t column : {0u, 15u, 69u}) {
      Rows x(7, 70, random);
      x.at(6, 0) = bad;
      x.at(4, column) = bad;
      EXPECT_EQ(run(&table(), x, nullptr, {}).bad, 4u);
      EXPECT_EQ(run(&table(), x, nullptr, full_rotation(70)).bad, 4u);
      EXPECT_EQ(table().find_non_finite(x.v.data(), x.stride, x.rows, x.width), 4u);
      EXPECT_EQ(table().find_non_finite(x.v.data(), x.stride, 4, x.width), kNoRow);
    }
  }
  Rows overflowing(2, 128);
  for (size_t i = 0; i < 128; ++i) overflowing.at(1, i) = 3e38f;  // finite, but not when rotated
  EXPECT_EQ(run(&table(), overflowing, nullptr, {}).bad, kNoRow);
  EXPECT_EQ(run(&table(), overflowing, nullptr, full_rotation(128)).bad, 1u);
}

TEST(Rotation, IsOrthogonalUpToItsFactor) {
  for (const RotationSegment segment : {RotationSegment{64, 128, 32}, RotationSegment{64, 64, 16}}) {
    for (size_t i = 0; i < segment.length; ++i) {
      std::vector<double> row(256, 0.0);
      row[64 + i] = 1.0;
      reference::rotate(row.data(), &segment, 1);
      double squares = 0;
      for (const double v : row) squares += v * v;
      EXPECT_EQ(squares, segment.m);
      reference::rotate(row.data(), &segment, 1);
      for (size_t j = 0; j < 256; ++j) EXPECT_EQ(row[j], j == 64 + i ? segment.m : 0.0);
    }
  }
}

class QuantizeHeads : public EachTable {};
LINNET_EACH_TABLE(QuantizeHeads);

TEST_P(QuantizeHeads, GivesTheReferenceBytes) {
  Random random(4);
  for (const size_t width : {1u, 5u, 16u, 31u, 32u, 33u, 64u, 80u, 128u}) {
    for (const size_t tokens : {1u, 3u, 15u, 16u, 17u, 40u}) {
      const size_t heads = 1 + width % 3, hs = head_stride(width), capacity = tokens + tokens % 5;
      const Rows qkv(tokens, 3 * heads * width, random, 2.0f);
      Buffer<int8_t> q(3 * heads * capacity * hs), q_expected(q.size());
      Buffer<float> scale(3 * heads * capacity), scale_expected(scale.size());
      std::memset(q.data(), 0, q.size());
      std::memset(q_expected.data(), 0, q.size());
      scale.fill(0.0f);
      scale_expected.fill(0.0f);
      const QuantizeHeadsArgs args = {qkv.v.data(), qkv.stride, tokens, heads, width, capacity, q.data(), scale.data()};
      QuantizeHeadsArgs expected = args;
      expected.q8 = q_expected.data();
      expected.scale = scale_expected.data();
      EXPECT_EQ(table().quantize_heads(args), kNoRow);
      EXPECT_EQ(reference::quantize_heads(expected), kNoRow);
      EXPECT_EQ(std::memcmp(q.data(), q_expected.data(), q.size()), 0) << width << " x " << tokens;
      EXPECT_TRUE(same_floats(scale.data(), scale_expected.data(), scale.size())) << width << " x " << tokens;
    }
  }
}

TEST_P(QuantizeHeads, NamesTheFirstTokenThatIsNotFinite) {
  Random random(5);
  for (const size_t bad : {0u, 3u, 16u, 20u}) {
    Rows qkv(21, 3 * 2 * 20, random);
    qkv.at(20, 3) = std::numeric_limits<float>::quiet_NaN();
    qkv.at(bad, 117) = -std::numeric_limits<float>::infinity();
    Buffer<int8_t> q(6 * 21 * 32);
    Buffer<float> scale(6 * 21);
    EXPECT_EQ(table().quantize_heads({qkv.v.data(), qkv.stride, 21, 2, 20, 21, q.data(), scale.data()}), bad);
  }
}

}  // namespace
}  // namespace linnet::kernels
