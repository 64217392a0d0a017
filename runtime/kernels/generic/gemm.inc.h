// What all GEMMs share: how the columns and rows are cut into tiles, and what is done to a finished tile.
// docs/numerics.md, "GEMM".
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/epilogue.h"

namespace linnet::kernels {
namespace {

// A tile of at most kTileRows x 64 sums, int32 or float bits, in the L1 cache.
constexpr size_t kTileRows = 8;
struct alignas(64) Tile {
  int32_t v[kTileRows * 64];
};

// Column vectors of the group of 64 that begins at n: 4, or what is left of round_up(out_width, 16).
LINNET_INLINE size_t tiles_of_group(size_t out_width, size_t n) {
  return out_width - n >= 64 ? 4 : (out_width - n + 15) / 16;
}

// Blocks of at most kMost rows, as even as possible, so that no block is a lone row beside full ones:
// calls block(first row, rows).
template <size_t kMost, typename Block>
LINNET_INLINE void each_row_block(size_t rows, Block block) {
  const size_t blocks = (rows + kMost - 1) / kMost;
  size_t row = 0;
  for (size_t b = 0; b < blocks; ++b) {
    const size_t count = (rows - row + (blocks - b) - 1) / (blocks - b);
    block(row, count);
    row += count;
  }
}

// Weights that come next, fetched into the L2 cache a few lines at each step over k: a model's weights come from
// farther away, and by themselves they come too late.
class Ahead {
 public:
  // `bytes` from `from` in `steps` steps. A single block of rows waits for its weights anyway: fetching only costs
  // time.
  LINNET_INLINE Ahead(const void* from, size_t bytes, size_t steps, size_t row_blocks)
      : from_(static_cast<const char*>(from)), bytes_(row_blocks > 1 ? padded((bytes + steps - 1) / steps, 64) : 0) {}

  LINNET_INLINE void step() {
    for (const char* end = from_ + bytes_; from_ < end; from_ += 64) __builtin_prefetch(from_, 0, 2);
  }

 private:
  const char* from_;
  size_t bytes_;  // a step
};

// The arguments as the end of a tile wants them.
LINNET_INLINE Epilogue epilogue_of(const GemmS8Args& a) {
  return {a.x_scale, a.weight_scale, a.bias, a.residual, a.residual_stride, a.y, a.y_stride, a.out_width, a.heads};
}
LINNET_INLINE Epilogue epilogue_of(const GemmF32Args& a) {
  return {nullptr, nullptr, a.bias, a.residual, a.residual_stride, a.y, a.y_stride, a.out_width, nullptr};
}

}  // namespace
}  // namespace linnet::kernels
