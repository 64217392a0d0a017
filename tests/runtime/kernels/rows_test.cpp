#include <cmath>

#include "reference.h"
#include "support.h"

namespace linnet::kernels {
namespace {

std::vector<size_t> widths() {
  std::vector<size_t> all = {64, 127, 128, 384, 1536};
  for (size_t width = 1; width <= 70; width += 2) all.push_back(width);
  return all;
}

class RowSteps : public EachTable {};
LINNET_EACH_TABLE(RowSteps);

TEST_P(RowSteps, NormGivesTheReferenceBytes) {
  Random random(1);
  for (const size_t width : widths()) {
    for (const size_t rows : {1u, 3u, 4u, 9u}) {
      const Rows x(rows, width, random, 5.0f);
      Buffer<float> gamma(round_up(width, 64)), beta(round_up(width, 64));
      gamma.fill(0.0f);
      beta.fill(0.0f);
      for (size_t i = 0; i < width; ++i) {
        gamma[i] = 1.0f + random.real(0.2f);
        beta[i] = random.real();
      }
      for (const float* b : {static_cast<const float*>(beta.data()), static_cast<const float*>(nullptr)}) {
        Rows y(rows, width), expected(rows, width);
        y.v.fill(std::nanf(""));
        table().norm({x.v.data(), x.stride, rows, width, gamma.data(), b, 1e-12f, y.v.data(), y.stride});
        reference::norm(
            {x.v.data(), x.stride, rows, width, gamma.data(), b, 1e-12f, expected.v.data(), expected.stride});
        EXPECT_TRUE(same_rows(y, expected)) << width << " x " << rows;
      }
      Rows in_place(rows, width), expected(rows, width);
      std::memcpy(in_place.v.data(), x.v.data(), x.v.size() * 4);
      table().norm(
          {x.v.data(), x.stride, rows, width, gamma.data(), beta.data(), 1e-5f, expected.v.data(), expected.stride});
      table().norm(
          {in_place.v.data(), x.stride, rows, width, gamma.data(), beta.data(), 1e-5f, in_place.v.data(), x.stride});
      EXPECT_TRUE(same_rows(in_place, expected));
    }
  }
}

TEST_P(RowSteps, EmbedGivesTheReferenceBytes) {
  Random random(2);
  for (const size_t width : widths()) {
    const size_t stride = round_up(width, 16);
    Buffer<float> words(9 * stride), positions(5 * stride), scales(9);
    Buffer<int8_t> words8(9 * stride), types8(2 * stride);
    for (size_t i = 0; i < words.size(); ++i) words[i] = random.real();
    for (size_t i = 0; i < positions.size(); ++i) positions[i] = random.real();
    for (size_t i = 0; i < words8.size(); ++i) words8[i] = random.s8();
    for (size_t i = 0; i < types8.size(); ++i) types8[i] = random.s8();
    for (size_t i = 0; i < 9; ++i) scales[i] = std::fabs(random.real(0.1f));
    const uint32_t word_row[] = {8, 0, 3}, position_row[] = {0, 4, 1};
    const EmbeddingTable f32 = {words.data(), nullptr, nullptr}, s8 = {nullptr, words8.data(), scales.data()};
    const EmbeddingTable position = {positions.data(), nullptr, nullptr},
                         type = {nullptr, types8.data(), scales.data()};
    for (const EmbeddingTable& word : {f32, s8}) {
      for (int parts = 0; parts < 4; ++parts) {
        Rows y(3, width), expected(3, width);
        y.v.fill(std::nanf(""));
        EmbedArgs args = {word,         position, type,  (parts & 1) != 0, (parts & 2) != 0, word_row,
                          position_row, 3,        width, y.v.data(),       y.stride};
        table().embed(args);
        args.y = expected.v.data();
        reference::embed(args);
        EXPECT_TRUE(same_rows(y, expected)) << width << " parts " << parts;
      }
    }
  }
}

TEST_P(RowSteps, PoolGivesTheReferenceBytes) {
  Random random(3);
  for (const size_t width : widths()) {
    for (const size_t tokens : {1u, 2u, 7u, 30u}) {
      const Rows x(tokens, width, random);
      for (const Pooling pooling : {Pooling::mean, Pooling::first, Pooling::max, Pooling::mean_sqrt_length}) {
        Rows y(1, width), expected(1, width);
        y.v.fill(std::nanf(""));
        table().pool({x.v.data(), x.stride, tokens, width, pooling, y.v.data()});
        reference::pool({x.v.data(), x.stride, tokens, width, pooling, expected.v.data()});
        EXPECT_TRUE(same_rows(y, expected)) << width << " x " << tokens << " mode " << static_cast<int>(pooling);
      }
    }
  }
}

TEST_P(RowSteps, L2NormalizeGivesTheReferenceBytes) {
  Random random(4);
  for (const size_t width : widths()) {
    Rows x(3, width, random), y(3, width), expected(3, width);
    std::memset(x.row(1), 0, width * 4);
    table().l2_normalize({x.v.data(), x.stride, 3, width, y.v.data(), y.stride});
    reference::l2_normalize({x.v.data(), x.stride, 3, width, expected.v.data(), expected.stride});
    EXPECT_TRUE(same_rows(y, expected)) << width;
    table().l2_normalize({x.v.data(), x.stride, 3, width, x.v.data(), x.stride});
    EXPECT_TRUE(same_rows(x, expected)) << width << " in place";
  }
}

TEST_P(RowSteps, FindsNothingInFiniteRows) {
  Random random(5);
  Rows x(4, 37, random, 3e38f);
  EXPECT_EQ(table().find_non_finite(x.v.data(), x.stride, 4, 37), kNoRow);
  x.at(2, 36) = std::nanf("");
  EXPECT_EQ(table().find_non_finite(x.v.data(), x.stride, 4, 37), 2u);
  EXPECT_EQ(table().find_non_finite(x.v.data(), x.stride, 4, 36), kNoRow);
}

}  // namespace
}  // namespace linnet::kernels
