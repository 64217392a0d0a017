// Row-major tensors to the stored layouts of the file and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "model/layout.h"

namespace linnet {

// [rows, columns] with each row padded with zeros to 16 elements.
template <typename T>
std::vector<uint8_t> pack_rows(std::span<const T> data, size_t rows, size_t columns) {
  const size_t stride = round_up(columns, 16);
  std::vector<uint8_t> packed(rows * stride * sizeof(T), 0);
  for (size_t r = 0; r < rows; ++r) {
    std::memcpy(packed.data() + r * stride * sizeof(T), data.data() + r * columns, columns * sizeof(T));
  }
  return packed;
}

template <typename T>
std::vector<T> unpack_rows(const uint8_t* packed, size_t rows, size_t columns) {
  const size_t stride = round_up(columns, 16);
  std::vector<T> data(rows * columns);
  for (size_t r = 0; r < rows; ++r) {
    std::memcpy(data.data() + r * columns, packed + r * stride * sizeof(T), columns * sizeof(T));
  }
  return data;
}

// Float weights [N, K] as panels of 16 output columns: [N/16][K][16].
std::vector<uint8_t> pack_panel16(std::span<const float> data, size_t n, size_t k);
std::vector<float> unpack_panel16(const uint8_t* packed, size_t n, size_t k);

// int8 weights [N, K] as cells of 16 output columns x 4 k: the layout 16c4.
std::vector<uint8_t> pack_cell16x4(std::span<const int8_t> data, size_t n, size_t k);
std::vector<int8_t> unpack_cell16x4(const uint8_t* packed, size_t n, size_t k);

}  // namespace linnet
