#if (!defined(__AMX_INT8__) && !defined(__AMXINT8__)) || !defined(__AVX512VNNI__)  // clang 14 writes the latter
#error "compile with -mamx-tile -mamx-int8 and the flags of avx512vnni"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_avx512.h"
#include "runtime/kernels/amx/finisher.h"
#include "runtime/kernels/amx/tiles.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

namespace {

// Up to so many rows the dot products of AVX512-VNNI are faster: a tile multiplication of few rows wastes the others.
constexpr size_t kVnniRows = 4;
constexpr size_t kTileRowsMost = 16;

// What the blocks of a call have in common.
struct Operands {
  size_t q_stride;
  size_t k_blocks;
};

// 32 rows x (16 kColumns) sums, stored to the columns of the finisher's next sums from `column`, of the rows at q, the
// cells from the first column tile's first (block_size bytes from one 64 k to the next), and -128 times the column
// sums. Every row of an accumulator starts from the same 16 numbers: a load of stride 0.
template <size_t kColumns, typename Finish>
[[gnu::noinline]] void block_of_two_row_tiles(const Operands& o, const int8_t* q, const int8_t* cells,
                                              size_t block_size, const int32_t* start, Ahead& ahead, size_t column,
                                              Finish& finisher) {
  const size_t q_stride = o.q_stride, k_blocks = o.k_blocks;
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
    ahead.step();
    finisher.advance(k_blocks);
    q += 64;
    cells += block_size;
  }
  constexpr size_t kStride = Finish::kStride, kStrideBytes = kStride * 4;
  if (kStride == 64 && column == 0) finisher.before_first_half();
  int32_t* const sums = finisher.next_sums() + column;
  _tile_stored(0, sums, kStrideBytes);
  _tile_stored(2, sums + kTileRowsMost * kStride, kStrideBytes);
  if constexpr (kColumns == 2) {
    _tile_stored(1, sums + 16, kStrideBytes);
    _tile_stored(3, sums + kTileRowsMost * kStride + 16, kStrideBytes);
  }
}

// 16 rows (or fewer, as the tiles are configured) x (16 kColumns) sums, 64 apart.
template <size_t kColumns, typename Finish>
[[gnu::noinline]] void block_of_one_row_tile(const Operands& o, const int8_t* q, const int8_t* cells,
                                             const int32_t* start, Finish& finisher) {
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
  if (Finish::kStride == 64) finisher.before_first_half();
  int32_t* const sums = finisher.next_sums();
  _tile_stored(0, sums, kStrideBytes);
  if constexpr (kColumns > 1) _tile_stored(1, sums + 16, kStrideBytes);
  if constexpr (kColumns > 2) _tile_stored(2, sums + 32, kStrideBytes);
  if constexpr (kColumns > 3) _tile_stored(3, sums + 48, kStrideBytes);
}

template <typename Finish>
LINNET_INLINE auto block_of_one_row_tile_of(size_t columns) {
  if constexpr (!Finish::kWholeGroups) {
    switch (columns) {
      case 1: return block_of_one_row_tile<1, Finish>;
      case 2: return block_of_one_row_tile<2, Finish>;
      case 3: return block_of_one_row_tile<3, Finish>;
      default: break;
    }
  }
  return block_of_one_row_tile<4, Finish>;
}

template <typename Finish>
LINNET_INLINE auto block_of_two_row_tiles_of(size_t columns) {
  if constexpr (!Finish::kWholeGroups) {
    if (columns == 1) return block_of_two_row_tiles<1, Finish>;
  }
  return block_of_two_row_tiles<2, Finish>;
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
template <typename Finish>
void multiply_tiles(const GemmS8Args& a) {
  const size_t depth = padded(a.in_width, 64);
  // Blocks of one row tile use the tiles of both for their sums.
  const size_t upper = smaller(a.rows, kTileRowsMost);
  const size_t lower = a.rows > kTileRowsMost && a.rows < 32 ? a.rows - kTileRowsMost : upper;
  const TileConfig config = config_of(upper, lower);
  stores_before_tile_loads();
  const Tiles tiles_of_this_call(config);

  alignas(64) int32_t start[64];
  Finish finisher(a);
  const size_t blocks = a.rows <= kTileRowsMost ? 1 : (a.rows + 15) / 32 * 2;  // about so many for 64 columns
  const Operands o = {a.q_stride, depth / 64};
  for (size_t n = a.n_begin; n < a.n_end; n += 64) {
    const size_t tiles = tiles_of_group(a.out_width, n);
    for (size_t c = 0; c < tiles; ++c) {
      const Ints sum = load_ints(a.column_sum + n + 16 * c);
      store_ints(start + 16 * c, sub_ints(splat_int(0), shift_left<7>(sum)));
    }
    stores_before_tile_loads();
    const int8_t* const cells = a.weights + n * depth;
    Ahead ahead(cells + tiles * 16 * depth, tiles * 16 * depth, blocks * o.k_blocks, blocks);
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
        for (size_t c = 0; c < tiles; c += 2) {
          const int32_t* const sums = finisher.next_sums();
          const size_t column = Finish::kStride == 64 ? 16 * c : 0;
          block_of_two_row_tiles_of<Finish>(tiles - c)(o, q, cells + c * 1024, tiles * 1024, start + c * 16, ahead,
                                                       column, finisher);
          if (Finish::kStride == 32) {
            finisher.take({sums, 32, row, next - row, rows, n + 16 * c, smaller(2, tiles - c)});
          } else if (c > 0) {
            finisher.take({sums, 64, row, next - row, rows, n, tiles});
          }
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
  if (a.heads != nullptr) return multiply_tiles<Finisher<CalledFinish<true>, 64>>(a);
  if (a.out_width % 64 == 0) {
    if (a.activation == Activation::identity) {
      if (a.residual == nullptr)
        return multiply_tiles<Finisher<InlineFinish<Activation::identity, Residual::none>, 32>>(a);
      return multiply_tiles<Finisher<InlineFinish<Activation::identity, Residual::present>, 32>>(a);
    }
    if (a.activation == Activation::gelu_fixed && a.residual == nullptr) {
      return multiply_tiles<Finisher<InlineFinish<Activation::gelu_fixed, Residual::none>, 32>>(a);
    }
  }
  multiply_tiles<Finisher<CalledFinish<false>, 32>>(a);
}

}  // namespace linnet::kernels
