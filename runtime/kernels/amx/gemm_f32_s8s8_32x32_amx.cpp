#if (!defined(__AMX_INT8__) && !defined(__AMXINT8__)) || !defined(__AVX512VNNI__)  // clang 14 writes the latter
#error "compile with -mamx-tile -mamx-int8 and the flags of avx512vnni"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_avx512.h"
#include "runtime/kernels/amx/tiles.h"
#include "runtime/kernels/generic/epilogue.inc.h"
#include "runtime/kernels/generic/gemm.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

namespace {

// Up to so many rows the dot products of AVX512-VNNI are faster: a tile multiplication of few rows wastes the others.
constexpr size_t kVnniRows = 4;
constexpr size_t kTileRowsMost = 16;

// A block of finished sums that waits for its epilogue: the rows from `done` on.
struct Pending {
  const int32_t* sums = nullptr;
  size_t stride = 0;  // of the sums
  size_t row = 0, done = 0, rows = 0, n = 0, tiles = 0;
};

// The epilogue of a block runs between the tile multiplications of a later one, since the tile unit works on its own:
// not the next one, because what a tile store wrote cannot be read before it has left the store buffer, and waiting for
// that would keep the following multiplications from being issued.
//
// The common epilogues are part of the loop, which saves a call every few rows; with Residual::unknown it is one of
// epilogue_avx512.cpp.
template <Activation kActivation, Residual kResidual>
class Finisher {
 public:
  LINNET_INLINE explicit Finisher(const GemmS8Args& a)
      : epilogue_(epilogue_of(a)),
        finish_(finish_tile_avx512(a.activation, a.residual)),
        whole_end_(a.out_width % 64 == 0 ? a.out_width : a.out_width - 1) {}

  LINNET_INLINE int32_t* next_sums() { return sums_[turn_]; }

  // Takes the block whose sums were stored to next_sums(), and ends the one whose turn it was.
  LINNET_INLINE void take(const Pending& block) {
    finish_up_to(current_.rows);
    current_ = waiting_;
    waiting_ = block;
    due_ = 0;
    turn_ = turn_ == kBlocks - 1 ? 0 : turn_ + 1;
  }

  // Called after each of `steps` steps of a block: finishes some rows at every so many steps.
  LINNET_INLINE void advance(size_t steps) {
    for (due_ += current_.rows; due_ >= kRowsAtOnce * steps; due_ -= kRowsAtOnce * steps) {
      if (current_.done + kRowsAtOnce <= current_.rows) finish_up_to(current_.done + kRowsAtOnce);
    }
  }
  LINNET_INLINE void finish() {
    take({});
    take({});
  }

 private:
  static constexpr size_t kRowsAtOnce = 8;
  static constexpr size_t kBlocks = 3;

  LINNET_INLINE void finish_up_to(size_t end) {
    Pending& p = current_;
    if (end <= p.done) return;
    const int32_t* const sums = p.sums + p.done * p.stride;
    const size_t row = p.row + p.done, rows = end - p.done;
    p.done = end;
    if constexpr (kResidual != Residual::unknown) {
      if (p.tiles % 2 == 0 && p.n + 16 * p.tiles <= whole_end_) {
        for (size_t c = 0; c < 16 * p.tiles; c += 32) {
          finish_two_vectors<kActivation, kResidual>(epilogue_, sums + c, p.stride, row, rows, p.n + c);
        }
        return;
      }
    }
    finish_(epilogue_, sums, p.stride, row, rows, p.n, p.tiles);
  }

  Epilogue epilogue_;
  FinishTile finish_;
  size_t whole_end_;  // blocks that end here or before have no padding to write
  Pending current_, waiting_;
  size_t turn_ = 0, due_ = 0;
  alignas(64) int32_t sums_[kBlocks][32 * 32];
};

// What the blocks of a call have in common.
struct Operands {
  size_t q_stride;
  size_t k_blocks;
  size_t ahead_bytes;  // so much of the cells that come next is fetched into the cache each 64 k
};

LINNET_INLINE void fetch_ahead(const int8_t* from, size_t bytes) {
  for (const int8_t* end = from + bytes; from < end; from += 64) {
    _mm_prefetch(reinterpret_cast<const char*>(from), _MM_HINT_T1);
  }
}

// 32 rows x (16 kColumns) sums, 32 apart, of the rows at q, the cells from the first column tile's first (block_size
// bytes from one 64 k to the next), and -128 times the column sums. Every row of an accumulator starts from the same 16
// numbers: a load of stride 0.
template <size_t kColumns, typename Finisher>
[[gnu::noinline]] void block_of_two_row_tiles(const Operands& o, const int8_t* q, const int8_t* cells,
                                              size_t block_size, const int32_t* start, const int8_t* ahead,
                                              Finisher& finisher) {
  const size_t q_stride = o.q_stride, k_blocks = o.k_blocks, ahead_bytes = o.ahead_bytes;
  const size_t lower = kTileRowsMost * q_stride;
  _tile_loadd(0, start, 0);
  _tile_loadd(2, start, 0);
  if constexpr (kColumns == 2) {
    _tile_loadd(1, start + 16, 0);
    _tile_loadd(3, start + 16, 0);
  }
  for (size_t k = 0; k < k_blocks; ++k) {
    _tile_loadd(4, q, q_stride);
    _tile_loadd(6, cells, 64);
    _tile_dpbusd(0, 4, 6);
    if constexpr (kColumns == 2) {
      _tile_loadd(7, cells + 1024, 64);
      _tile_dpbusd(1, 4, 7);
    }
    _tile_loadd(5, q + lower, q_stride);
    _tile_dpbusd(2, 5, 6);
    if constexpr (kColumns == 2) _tile_dpbusd(3, 5, 7);
    fetch_ahead(ahead, ahead_bytes);
    finisher.advance(k_blocks);
    q += 64;
    cells += block_size;
    ahead += ahead_bytes;
  }
  constexpr size_t kStrideBytes = 32 * 4;
  int32_t* const sums = finisher.next_sums();
  _tile_stored(0, sums, kStrideBytes);
  _tile_stored(2, sums + kTileRowsMost * 32, kStrideBytes);
  if constexpr (kColumns == 2) {
    _tile_stored(1, sums + 16, kStrideBytes);
    _tile_stored(3, sums + kTileRowsMost * 32 + 16, kStrideBytes);
  }
}

// 16 rows (or fewer, as the tiles are configured) x (16 kColumns) sums, 64 apart.
template <size_t kColumns, typename Finisher>
[[gnu::noinline]] void block_of_one_row_tile(const Operands& o, const int8_t* q, const int8_t* cells,
                                             const int32_t* start, Finisher& finisher) {
  const size_t q_stride = o.q_stride, k_blocks = o.k_blocks;
  _tile_loadd(0, start, 0);
  if constexpr (kColumns > 1) _tile_loadd(1, start + 16, 0);
  if constexpr (kColumns > 2) _tile_loadd(2, start + 32, 0);
  if constexpr (kColumns > 3) _tile_loadd(3, start + 48, 0);
  for (size_t k = 0; k < k_blocks; ++k) {
    _tile_loadd(4, q, q_stride);
    _tile_loadd(6, cells, 64);
    _tile_dpbusd(0, 4, 6);
    if constexpr (kColumns > 1) {
      _tile_loadd(7, cells + 1024, 64);
      _tile_dpbusd(1, 4, 7);
    }
    if constexpr (kColumns > 2) {
      _tile_loadd(6, cells + 2048, 64);
      _tile_dpbusd(2, 4, 6);
    }
    if constexpr (kColumns > 3) {
      _tile_loadd(7, cells + 3072, 64);
      _tile_dpbusd(3, 4, 7);
    }
    finisher.advance(k_blocks);
    q += 64;
    cells += kColumns * 1024;
  }
  constexpr size_t kStrideBytes = 64 * 4;
  int32_t* const sums = finisher.next_sums();
  _tile_stored(0, sums, kStrideBytes);
  if constexpr (kColumns > 1) _tile_stored(1, sums + 16, kStrideBytes);
  if constexpr (kColumns > 2) _tile_stored(2, sums + 32, kStrideBytes);
  if constexpr (kColumns > 3) _tile_stored(3, sums + 48, kStrideBytes);
}

template <typename Finisher>
LINNET_INLINE auto block_of_one_row_tile_of(size_t columns) {
  switch (columns) {
    case 1: return block_of_one_row_tile<1, Finisher>;
    case 2: return block_of_one_row_tile<2, Finisher>;
    case 3: return block_of_one_row_tile<3, Finisher>;
    default: return block_of_one_row_tile<4, Finisher>;
  }
}

// Two row tiles in tiles 4 and 5, of which the second has `lower` rows; weights in 6 and 7; sums in 0 to 3.
TileConfig config_of(size_t upper, size_t lower) {
  TileConfig config;
  for (size_t tile = 0; tile < 8; ++tile) config.set(tile, kTileRowsMost, 64);
  for (const size_t tile : {0, 1, 4}) config.set(tile, upper, 64);
  for (const size_t tile : {2, 3, 5}) config.set(tile, lower, 64);
  return config;
}

// Blocks of 32 rows x 32 columns; a last block of at most 16 rows takes 16 x 64. Where rows are left over, the last
// block begins earlier, over rows that are done already and are not finished twice; fewer than 32 rows at all are
// smaller tiles.
template <Activation kActivation, Residual kResidual>
void multiply_tiles(const GemmS8Args& a) {
  const size_t depth = padded(a.in_width, 64);
  // Blocks of one row tile use the tiles of both for their sums.
  const size_t upper = smaller(a.rows, kTileRowsMost);
  const size_t lower = a.rows > kTileRowsMost && a.rows < 32 ? a.rows - kTileRowsMost : upper;
  const TileConfig config = config_of(upper, lower);
  stores_before_tile_loads();
  const Tiles tiles_of_this_call(config);

  alignas(64) int32_t start[64];
  using Finish = Finisher<kActivation, kResidual>;
  Finish finisher(a);
  const size_t blocks = a.rows <= kTileRowsMost ? 1 : (a.rows + 15) / 32 * 2;  // about so many for 64 columns
  const Operands o = {a.q_stride, depth / 64, padded(4096 / blocks, 64)};
  for (size_t n = a.n_begin; n < a.n_end; n += 64) {
    const size_t tiles = tiles_of_group(a.out_width, n);
    for (size_t c = 0; c < tiles; ++c) {
      const Ints sum = load_ints(a.column_sum + n + 16 * c);
      store_ints(start + 16 * c, sub_ints(splat_int(0), shift_left<7>(sum)));
    }
    stores_before_tile_loads();
    const int8_t* const cells = a.weights + n * depth;
    const int8_t* ahead = cells + tiles * 16 * depth;
    for (size_t next = 0; next < a.rows;) {
      const size_t left = a.rows - next;
      const size_t rows = smaller(a.rows, left > kTileRowsMost ? 2 * kTileRowsMost : kTileRowsMost);
      const size_t row = left >= rows ? next : a.rows - rows;
      const int8_t* const q = a.q + row * a.q_stride;
      if (rows <= kTileRowsMost) {
        const int32_t* const sums = finisher.next_sums();
        block_of_one_row_tile_of<Finish>(tiles)(o, q, cells, start, finisher);
        finisher.take({sums, 64, row, next - row, rows, n, tiles});
      } else {
        for (size_t c = 0; c < tiles; c += 2, ahead += o.k_blocks * o.ahead_bytes) {
          const int32_t* const sums = finisher.next_sums();
          (tiles - c >= 2 ? block_of_two_row_tiles<2, Finish>
                          : block_of_two_row_tiles<1, Finish>)(o, q, cells + c * 1024, tiles * 1024, start + c * 16,
                                                               ahead, finisher);
          finisher.take({sums, 32, row, next - row, rows, n + 16 * c, smaller(2, tiles - c)});
        }
      }
      next = row + rows;
    }
  }
  finisher.finish();
}

}  // namespace

void gemm_f32_s8s8_32x32_amx(const GemmS8Args& a) {
  if (a.rows <= kVnniRows) return gemm_f32_s8s8_6x64_avx512vnni(a);
  if (a.activation == Activation::identity) {
    if (a.residual == nullptr) return multiply_tiles<Activation::identity, Residual::none>(a);
    return multiply_tiles<Activation::identity, Residual::present>(a);
  }
  if (a.activation == Activation::gelu_fixed && a.residual == nullptr) {
    return multiply_tiles<Activation::gelu_fixed, Residual::none>(a);
  }
  multiply_tiles<Activation::identity, Residual::unknown>(a);
}

}  // namespace linnet::kernels
