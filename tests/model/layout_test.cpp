// The stored layouts against their drawings in docs/format.md.

#include "model/layout.h"

#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "model/edit.h"
#include "model/linnet_generated.h"
#include "model/pack.h"

namespace linnet {
namespace {

using fbs::ElementType;
using fbs::Layout;

uint64_t size_of(ElementType type, Layout layout, std::vector<uint64_t> shape) {
  const Checked bytes = stored_bytes(type, layout, shape.data(), shape.size());
  return bytes.valid() ? bytes.value64() : 0;
}

TEST(StoredBytes, FollowsTheDrawings) {
  EXPECT_EQ(size_of(ElementType::U8, Layout::Bytes, {77}), 77u);
  EXPECT_EQ(size_of(ElementType::F32, Layout::Rows, {17}), 32u * 4);
  EXPECT_EQ(size_of(ElementType::S8, Layout::Rows, {3, 16}), 3u * 16);
  EXPECT_EQ(size_of(ElementType::S32, Layout::Rows, {3, 17}), 3u * 32 * 4);
  EXPECT_EQ(size_of(ElementType::F32, Layout::Panel16, {17, 5}), 32u * 5 * 4);
  EXPECT_EQ(size_of(ElementType::S8, Layout::Cell16x4, {17, 65}), 32u * 128);
}

TEST(StoredBytes, RefusesWhatNoLayoutHolds) {
  EXPECT_EQ(size_of(ElementType::F32, Layout::Bytes, {77}), 0u);
  EXPECT_EQ(size_of(ElementType::U8, Layout::Bytes, {7, 7}), 0u);
  EXPECT_EQ(size_of(ElementType::S8, Layout::Panel16, {16, 16}), 0u);
  EXPECT_EQ(size_of(ElementType::F32, Layout::Cell16x4, {16, 16}), 0u);
  EXPECT_EQ(size_of(ElementType::F32, Layout::Panel16, {16}), 0u);
  EXPECT_EQ(size_of(ElementType::F32, Layout::Rows, {16, 0}), 0u);
  EXPECT_EQ(size_of(ElementType::F32, Layout::Rows, {2, 2, 2}), 0u);
}

TEST(StoredBytes, SeesEveryOverflow) {
  constexpr uint64_t kHuge = std::numeric_limits<uint64_t>::max();
  EXPECT_EQ(size_of(ElementType::F32, Layout::Rows, {kHuge}), 0u);
  EXPECT_EQ(size_of(ElementType::F32, Layout::Rows, {kHuge / 16, 16}), 0u);
  EXPECT_EQ(size_of(ElementType::F32, Layout::Panel16, {uint64_t{1} << 31, uint64_t{1} << 31}), 0u);
  EXPECT_EQ(size_of(ElementType::S8, Layout::Cell16x4, {uint64_t{1} << 32, uint64_t{1} << 32}), 0u);
  EXPECT_EQ(size_of(ElementType::S8, Layout::Cell16x4, {16, kHuge}), 0u);
}

// The order of the layout as the drawing lists it: [N/64][K/64][up to 4 column tiles][16 k-groups][16 columns][4 k].
TEST(Cell16x4, OffsetsAreThoseOfTheDrawing) {
  for (const size_t n : {1, 16, 17, 63, 64, 65, 80, 128, 130, 200}) {
    for (const size_t k : {1, 4, 63, 64, 65, 130}) {
      const size_t tiles = ceil_div(n, 16);
      size_t position = 0;
      for (size_t group = 0; group < ceil_div(n, 64); ++group) {
        for (size_t block = 0; block < ceil_div(k, 64); ++block) {
          for (size_t tile = group * 4; tile < group * 4 + 4 && tile < tiles; ++tile) {
            for (size_t k_group = 0; k_group < 16; ++k_group, position += 64) {
              const size_t column = tile * 16, depth = block * 64 + k_group * 4;
              if (column < n && depth < k) {
                ASSERT_EQ(cell_offset(column, depth, n, k), position)
                    << n << "x" << k << " at " << column << ", " << depth;
              }
            }
          }
        }
      }
      EXPECT_EQ(position, size_of(ElementType::S8, Layout::Cell16x4, {n, k}));
    }
  }
}

template <typename T>
std::vector<T> ramp(size_t count) {
  std::vector<T> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<T>(static_cast<int>(i % 251) - 125);
  return values;
}

TEST(Layouts, GiveBackWhatWasPacked) {
  for (const size_t n : {1, 15, 16, 17, 64, 100, 129}) {
    for (const size_t k : {1, 3, 4, 16, 63, 64, 65, 200}) {
      EditableModel model;
      const auto floats = ramp<float>(n * k);
      const auto bytes = ramp<int8_t>(n * k);
      const auto words = ramp<int32_t>(n * k);
      EXPECT_EQ(model.read_f32(model.add_rows("a", {n, k}, floats)), floats);
      EXPECT_EQ(model.read_s8(model.add_rows("b", {n, k}, bytes)), bytes);
      EXPECT_EQ(model.read_s32(model.add_rows("c", {n, k}, words)), words);
      EXPECT_EQ(model.read_f32(model.add_panel16("d", n, k, floats)), floats);
      const auto padded = ramp<int8_t>(n * round_up(k, 64));  // the padding of k is content, for rotations
      EXPECT_EQ(model.read_s8(model.add_cell16x4("e", n, k, padded)), padded);
      for (size_t i = 0; i < model.sections.size(); ++i) {
        const fbs::TensorT& tensor = *model.graph.tensors[i];
        EXPECT_EQ(model.sections[i].size(), size_of(tensor.type, tensor.layout, tensor.shape));
      }
    }
  }
}

TEST(Layouts, PadWithZeros) {
  EditableModel model;
  const std::vector<float> floats(5 * 3, 1.0f);
  const std::vector<int8_t> bytes(5 * 64, 1);
  const auto count_nonzero = [](const std::vector<uint8_t>& section, size_t element) {
    size_t count = 0;
    for (size_t i = 0; i < section.size(); i += element) {
      bool zero = true;
      for (size_t j = 0; j < element; ++j) zero = zero && section[i + j] == 0;
      count += zero ? 0 : 1;
    }
    return count;
  };
  EXPECT_EQ(count_nonzero(model.sections[model.add_rows("a", {5, 3}, floats)], 4), 15u);
  EXPECT_EQ(count_nonzero(model.sections[model.add_panel16("b", 5, 3, floats)], 4), 15u);
  EXPECT_EQ(count_nonzero(model.sections[model.add_cell16x4("c", 5, 3, bytes)], 1), 5u * 64);
}

TEST(Panel16, ElementsAreWhereTheDrawingPutsThem) {
  const size_t n = 35, k = 7;
  const auto data = ramp<float>(n * k);
  const std::vector<uint8_t> packed = pack_panel16(data, n, k);
  for (size_t row = 0; row < n; ++row) {
    for (size_t i = 0; i < k; ++i) {
      float value;
      std::memcpy(&value, packed.data() + ((row / 16 * k + i) * 16 + row % 16) * 4, 4);
      ASSERT_EQ(value, data[row * k + i]);
    }
  }
}

}  // namespace
}  // namespace linnet
