// The configuration of AMX's tile registers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <immintrin.h>

namespace linnet::kernels {
namespace {

// What ldtilecfg reads: rows and bytes a row of each of the eight tiles.
struct alignas(64) TileConfig {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};

  inline void set(size_t tile, size_t row_count, size_t bytes) {
    rows[tile] = static_cast<uint8_t>(row_count);
    row_bytes[tile] = static_cast<uint16_t>(bytes);
  }
};

// The tiles belong to one call of a kernel: what lies in them costs the system time at every switch of threads.
class Tiles {
 public:
  inline explicit Tiles(const TileConfig& config) { _tile_loadconfig(&config); }
  inline ~Tiles() { _tile_release(); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;
};

// Tile loads are assembly that the compiler believes to read registers only: what they read has to be stored before.
inline void stores_before_tile_loads() { __asm__ volatile("" ::: "memory"); }

}  // namespace
}  // namespace linnet::kernels
