#if (!defined(__AMX_INT8__) && !defined(__AMXINT8__)) || !defined(__AVX512VNNI__)  // clang 14 writes the latter
#error "compile with -mamx-tile -mamx-int8 and the flags of avx512vnni"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_avx512.h"
#include "runtime/kernels/amx/tiles.h"
#include "runtime/kernels/generic/gemm.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

namespace {

// Up to so many rows the dot products of AVX512-VNNI are faster: a tile multiplication of few rows wastes the others.
constexpr size_t kVnniRows = 4;
constexpr size_t kTileRowsMost = 16;
constexpr size_t kSumStride = 64;

// Finished sums of the block before wait for their epilogue, which runs between the tile multiplications of the next
// block: the tile unit works on its own meanwhile.
class Finisher {
 public:
  LINNET_INLINE Finisher(const GemmS8Args& a)
      : epilogue_(epilogue_of(a)), finish_(finish_tile_of(a.activation, a.residual)) {}

  // Hands over the rows first..rows - 1 of a block whose row 0 is `row`.
  LINNET_INLINE void take(const int32_t* sums, size_t row, size_t first, size_t rows, size_t n, size_t tiles) {
    sums_ = sums;
    row_ = row;
    done_ = first;
    rows_ = rows;
    n_ = n;
    tiles_ = tiles;
    due_ = 0;
  }

  // Called after each of `steps` steps of a block: finishes some rows at every so many steps.
  LINNET_INLINE void advance(size_t steps) {
    for (due_ += rows_; due_ >= kRowsAtOnce * steps; due_ -= kRowsAtOnce * steps) {
      if (done_ + kRowsAtOnce <= rows_) finish_up_to(done_ + kRowsAtOnce);
    }
  }
  LINNET_INLINE void finish() {
    if (rows_ > done_) finish_up_to(rows_);
  }

 private:
  static constexpr size_t kRowsAtOnce = 3;

  LINNET_INLINE void finish_up_to(size_t end) {
    finish_(epilogue_, sums_ + done_ * kSumStride, kSumStride, row_ + done_, end - done_, n_, tiles_);
    done_ = end;
  }

  Epilogue epilogue_;
  FinishTile finish_;
  const int32_t* sums_ = nullptr;
  size_t row_ = 0, done_ = 0, rows_ = 0, n_ = 0, tiles_ = 0, due_ = 0;
};

// The operands of one block: rows of q, cells from the first column tile's first, -128 times the column sums.
struct Operands {
  const int8_t* q;
  size_t q_stride;
  const int8_t* cells;
  size_t block_size;  // bytes of cells from one 64 k to the next
  size_t k_blocks;
  const int32_t* start;
  const int8_t* ahead;  // the cells that come next: they are fetched into the cache meanwhile,
  size_t ahead_bytes;   // so much of them each 64 k

  LINNET_INLINE const int8_t* fetch_ahead(const int8_t* from) const {
    for (const int8_t* end = from + ahead_bytes; from < end; from += 64) {
      _mm_prefetch(reinterpret_cast<const char*>(from), _MM_HINT_T1);
    }
    return from;
  }
};

// 32 rows x (16 kColumns) sums. Every row of an accumulator starts from the same 16 numbers: a load of stride 0.
template <size_t kColumns>
[[gnu::noinline]] void block_of_two_row_tiles(const Operands& o, int32_t* sums, Finisher& before) {
  const int8_t *q = o.q, *cells = o.cells, *ahead = o.ahead;
  const size_t lower = kTileRowsMost * o.q_stride;
  _tile_loadd(0, o.start, 0);
  _tile_loadd(2, o.start, 0);
  if constexpr (kColumns == 2) {
    _tile_loadd(1, o.start + 16, 0);
    _tile_loadd(3, o.start + 16, 0);
  }
  for (size_t k = 0; k < o.k_blocks; ++k, q += 64, cells += o.block_size) {
    _tile_loadd(4, q, o.q_stride);
    _tile_loadd(6, cells, 64);
    _tile_dpbusd(0, 4, 6);
    if constexpr (kColumns == 2) {
      _tile_loadd(7, cells + 1024, 64);
      _tile_dpbusd(1, 4, 7);
    }
    _tile_loadd(5, q + lower, o.q_stride);
    _tile_dpbusd(2, 5, 6);
    if constexpr (kColumns == 2) _tile_dpbusd(3, 5, 7);
    ahead = o.fetch_ahead(ahead);
    before.advance(o.k_blocks);
  }
  constexpr size_t kStrideBytes = kSumStride * 4;
  _tile_stored(0, sums, kStrideBytes);
  _tile_stored(2, sums + kTileRowsMost * kSumStride, kStrideBytes);
  if constexpr (kColumns == 2) {
    _tile_stored(1, sums + 16, kStrideBytes);
    _tile_stored(3, sums + kTileRowsMost * kSumStride + 16, kStrideBytes);
  }
}

// 16 rows (or fewer, as the tiles are configured) x (16 kColumns) sums.
template <size_t kColumns>
[[gnu::noinline]] void block_of_one_row_tile(const Operands& o, int32_t* sums, Finisher& before) {
  const int8_t *q = o.q, *cells = o.cells;
  _tile_loadd(0, o.start, 0);
  if constexpr (kColumns > 1) _tile_loadd(1, o.start + 16, 0);
  if constexpr (kColumns > 2) _tile_loadd(2, o.start + 32, 0);
  if constexpr (kColumns > 3) _tile_loadd(3, o.start + 48, 0);
  for (size_t k = 0; k < o.k_blocks; ++k, q += 64, cells += o.block_size) {
    _tile_loadd(4, q, o.q_stride);
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
    before.advance(o.k_blocks);
  }
  constexpr size_t kStrideBytes = kSumStride * 4;
  _tile_stored(0, sums, kStrideBytes);
  if constexpr (kColumns > 1) _tile_stored(1, sums + 16, kStrideBytes);
  if constexpr (kColumns > 2) _tile_stored(2, sums + 32, kStrideBytes);
  if constexpr (kColumns > 3) _tile_stored(3, sums + 48, kStrideBytes);
}

using Block = void (*)(const Operands&, int32_t*, Finisher&);

LINNET_INLINE Block block_of_one_row_tile_of(size_t columns) {
  switch (columns) {
    case 1: return block_of_one_row_tile<1>;
    case 2: return block_of_one_row_tile<2>;
    case 3: return block_of_one_row_tile<3>;
    default: return block_of_one_row_tile<4>;
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

}  // namespace

// Blocks of 32 rows x 32 columns; a last block of at most 16 rows takes 16 x 64. Where rows are left over, the last
// block begins earlier, over rows that are done already and are not finished twice; fewer than 32 rows at all are
// smaller tiles.
void gemm_f32_s8s8_32x32_amx(const GemmS8Args& a) {
  if (a.rows <= kVnniRows) return gemm_f32_s8s8_6x64_avx512vnni(a);
  const size_t depth = padded(a.in_width, 64);
  // Blocks of one row tile use the tiles of both for their sums.
  const size_t upper = smaller(a.rows, kTileRowsMost);
  const size_t lower = a.rows > kTileRowsMost && a.rows < 32 ? a.rows - kTileRowsMost : upper;
  const TileConfig config = config_of(upper, lower);
  stores_before_tile_loads();
  const Tiles tiles_of_this_call(config);

  alignas(64) int32_t sums[2][32 * kSumStride];
  alignas(64) int32_t start[64];
  size_t turn = 0;
  const size_t blocks = a.rows <= kTileRowsMost ? 1 : (a.rows + 15) / 32 * 2;  // about so many for 64 columns
  const size_t ahead_bytes = padded(4096 / blocks, 64);
  Finisher finisher(a);
  for (size_t n = a.n_begin; n < a.n_end; n += 64) {
    const size_t tiles = tiles_of_group(a.out_width, n);
    for (size_t c = 0; c < tiles; ++c) {
      store_ints(start + 16 * c, _mm512_mullo_epi32(load_ints(a.column_sum + n + 16 * c), splat_int(-128)));
    }
    stores_before_tile_loads();
    const int8_t* const cells = a.weights + n * depth;
    Operands o = {a.q, a.q_stride, cells, tiles * 1024, depth / 64, start, cells + tiles * 16 * depth, ahead_bytes};
    for (size_t next = 0; next < a.rows;) {
      const size_t left = a.rows - next;
      const size_t rows = left > kTileRowsMost ? smaller(a.rows, 32) : smaller(a.rows, kTileRowsMost);
      const size_t row = left >= rows ? next : a.rows - rows;
      o.q = a.q + row * a.q_stride;
      if (rows <= kTileRowsMost) {
        block_of_one_row_tile_of(tiles)(o, sums[turn], finisher);
        finisher.finish();
        finisher.take(sums[turn], row, next - row, rows, n, tiles);
        turn ^= 1;
      } else {
        for (size_t c = 0; c < tiles; c += 2) {
          Operands part = o;
          part.cells += c * 1024;
          part.start += c * 16;
          part.ahead += c / 2 * o.k_blocks * ahead_bytes;
          (tiles - c >= 2 ? block_of_two_row_tiles<2> : block_of_two_row_tiles<1>)(part, sums[turn], finisher);
          finisher.finish();
          finisher.take(sums[turn], row, next - row, rows, n + 16 * c, smaller(2, tiles - c));
          turn ^= 1;
        }
      }
      o.ahead += (rows <= kTileRowsMost ? 1 : 2) * o.k_blocks * ahead_bytes;
      next = row + rows;
    }
  }
  finisher.finish();
}

}  // namespace linnet::kernels
