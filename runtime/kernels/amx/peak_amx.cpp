#include "runtime/kernels/amx/tiles.h"
#include "runtime/kernels/peak_loops.h"

namespace linnet::kernels {

// The four sums of the GEMM's blocks: two row tiles times two column tiles.
double peak_s8_amx(const PeakOperands& operands, size_t rounds) {
  TileConfig config;
  for (size_t tile = 0; tile < 8; ++tile) config.set(tile, 16, 64);
  stores_before_tile_loads();
  const Tiles tiles_of_this_call(config);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, operands.u8, 64);
  _tile_loadd(5, operands.u8, 64);
  _tile_loadd(6, operands.s8, 64);
  _tile_loadd(7, operands.s8, 64);
  for (size_t i = 0; i < rounds; ++i) {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
  constexpr size_t kTileMacs = 16 * 16 * 64;
  return static_cast<double>(rounds * 4 * kTileMacs);
}

}  // namespace linnet::kernels
