#include "model/pack.h"

namespace linnet {

std::vector<uint8_t> pack_panel16(std::span<const float> data, size_t n, size_t k) {
  std::vector<uint8_t> packed(round_up(n, 16) * k * sizeof(float), 0);
  for (size_t row = 0; row < n; ++row) {
    uint8_t* panel = packed.data() + row / 16 * k * 16 * sizeof(float);
    for (size_t i = 0; i < k; ++i) {
      std::memcpy(panel + (i * 16 + row % 16) * sizeof(float), &data[row * k + i], sizeof(float));
    }
  }
  return packed;
}

std::vector<float> unpack_panel16(const uint8_t* packed, size_t n, size_t k) {
  std::vector<float> data(n * k);
  for (size_t row = 0; row < n; ++row) {
    const uint8_t* panel = packed + row / 16 * k * 16 * sizeof(float);
    for (size_t i = 0; i < k; ++i) {
      std::memcpy(&data[row * k + i], panel + (i * 16 + row % 16) * sizeof(float), sizeof(float));
    }
  }
  return data;
}

std::vector<uint8_t> pack_cell16x4(std::span<const int8_t> data, size_t n, size_t k) {
  std::vector<uint8_t> packed(round_up(n, 16) * round_up(k, 64), 0);
  for (size_t row = 0; row < n; ++row) {
    for (size_t i = 0; i < k; ++i) {
      packed[cell_offset(row, i, n, k) + row % 16 * 4 + i % 4] = static_cast<uint8_t>(data[row * k + i]);
    }
  }
  return packed;
}

std::vector<int8_t> unpack_cell16x4(const uint8_t* packed, size_t n, size_t k) {
  std::vector<int8_t> data(n * k);
  for (size_t row = 0; row < n; ++row) {
    for (size_t i = 0; i < k; ++i) {
      data[row * k + i] = static_cast<int8_t>(packed[cell_offset(row, i, n, k) + row % 16 * 4 + i % 4]);
    }
  }
  return data;
}

}  // namespace linnet
