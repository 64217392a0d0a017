// The INT8 GEMM of instruction sets that multiply pairs of int16 (no 8-bit dot product): each cell of 4 k is taken as
// the pairs (k0, k2) and (k1, k3), widened to int16, multiplied and added in int32: nothing can saturate.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/gemm.inc.h"

namespace linnet::kernels {
namespace {

constexpr size_t kChunk = 128;     // k at a time, so that what is widened stays on the stack and in the L1 cache
constexpr size_t kPanelRows = 48;  // that share the widened cells of a group of 64 columns; whole tiles

// Rows of a chunk as pairs: for each 64 k the 16 dwords (k0, k2) of its groups of 4, then the 16 dwords (k1, k3).
struct alignas(64) PairRows {
  int32_t v[6][kChunk / 2];
};

LINNET_INLINE void widen_rows(const int8_t* q, size_t q_stride, size_t rows, size_t k_count, PairRows& out) {
  for (size_t r = 0; r < rows; ++r) {
    for (size_t k = 0; k < k_count; k += 64) {
      const Ints x = load_raw(q + r * q_stride + k);
      store_ints(out.v[r] + k / 2, even_bytes(x));
      store_ints(out.v[r] + k / 2 + 16, odd_bytes(x));
    }
  }
}

// The cells of a chunk and a group of columns as pairs: for each column tile its k groups, each as 16 dwords (k0, k2)
// and 16 dwords (k1, k3).
struct alignas(64) PairCells {
  static constexpr size_t kTile = kChunk / 4 * 32;
  int32_t v[4 * kTile];
};

LINNET_INLINE void widen_cells(const int8_t* cells, size_t tiles, size_t k_count, PairCells& out) {
  for (size_t c = 0; c < tiles; ++c) {
    int32_t* to = out.v + c * PairCells::kTile;
    for (size_t k = 0; k < k_count; k += 64) {
      const int8_t* const tile = cells + (k / 64 * tiles + c) * 1024;
      for (size_t g = 0; g < 16; ++g, to += 32) {
        const Ints w = load_raw(tile + g * 64);
        store_ints(to, even_bytes(w));
        store_ints(to + 16, odd_bytes(w));
      }
    }
  }
}

// Where a tile takes its weights from: both give the pairs (k0, k2) and (k1, k3) of group g of the 64 k from k.
struct CellsOfFile {
  const int8_t* cells;  // of the first column tile; the next 64 k are `block_size` bytes on
  size_t block_size;
  LINNET_INLINE Ints even(size_t c, size_t k, size_t g) const { return even_bytes(load(c, k, g)); }
  LINNET_INLINE Ints odd(size_t c, size_t k, size_t g) const { return odd_bytes(load(c, k, g)); }
  LINNET_INLINE Ints load(size_t c, size_t k, size_t g) const {
    return load_raw(cells + k / 64 * block_size + c * 1024 + g * 64);
  }
};
struct CellsInPairs {
  const int32_t* pairs;  // of the first column tile
  LINNET_INLINE Ints even(size_t c, size_t k, size_t g) const {
    return load_ints(pairs + c * PairCells::kTile + (k / 4 + g) * 32);
  }
  LINNET_INLINE Ints odd(size_t c, size_t k, size_t g) const {
    return load_ints(pairs + c * PairCells::kTile + (k / 4 + g) * 32 + 16);
  }
};

// Adds kRows x (16 kColumns) sums to out.
template <size_t kRows, size_t kColumns, typename Cells>
[[gnu::noinline]] void pair_tile(const PairRows& x, Cells cells, size_t k_count, int32_t* out) {
  Ints sum[kRows][kColumns];
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    LINNET_UNROLL
    for (size_t c = 0; c < kColumns; ++c) sum[r][c] = load_ints(out + r * 64 + c * 16);
  }
  for (size_t k = 0; k < k_count; k += 64) {
    for (size_t g = 0; g < 16; ++g) {
      const size_t at = k / 2 + g;
      Ints w[kColumns];
      LINNET_UNROLL
      for (size_t c = 0; c < kColumns; ++c) w[c] = cells.even(c, k, g);
      LINNET_UNROLL
      for (size_t r = 0; r < kRows; ++r) {
        const Ints v = splat_int(x.v[r][at]);
        LINNET_UNROLL
        for (size_t c = 0; c < kColumns; ++c) sum[r][c] = dot_pairs(sum[r][c], v, w[c]);
      }
      LINNET_UNROLL
      for (size_t c = 0; c < kColumns; ++c) w[c] = cells.odd(c, k, g);
      LINNET_UNROLL
      for (size_t r = 0; r < kRows; ++r) {
        const Ints v = splat_int(x.v[r][at + 16]);
        LINNET_UNROLL
        for (size_t c = 0; c < kColumns; ++c) sum[r][c] = dot_pairs(sum[r][c], v, w[c]);
      }
    }
  }
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    LINNET_UNROLL
    for (size_t c = 0; c < kColumns; ++c) store_ints(out + r * 64 + c * 16, sum[r][c]);
  }
}

template <size_t kColumns, size_t kRowsMost, typename Cells>
LINNET_INLINE void pair_tile_of_rows(size_t rows, const PairRows& x, const Cells& cells, size_t k_count, int32_t* out) {
  if constexpr (kRowsMost == 2) {
    if (rows == 1) return pair_tile<1, kColumns>(x, cells, k_count, out);
    return pair_tile<2, kColumns>(x, cells, k_count, out);
  } else {
    switch (rows) {
      case 1: return pair_tile<1, kColumns>(x, cells, k_count, out);
      case 2: return pair_tile<2, kColumns>(x, cells, k_count, out);
      case 3: return pair_tile<3, kColumns>(x, cells, k_count, out);
      case 4: return pair_tile<4, kColumns>(x, cells, k_count, out);
      case 5: return pair_tile<5, kColumns>(x, cells, k_count, out);
      default: return pair_tile<6, kColumns>(x, cells, k_count, out);
    }
  }
}

// Adds the chunk's sums of `rows` rows and `tiles` column tiles; cells_of(c) begins at column tile c.
template <size_t kColumns, size_t kRowsMost, typename CellsOf>
LINNET_INLINE void add_pair_sums(size_t rows, const PairRows& x, size_t tiles, size_t k_count, int32_t* sums,
                                 CellsOf cells_of) {
  size_t c = 0;
  for (; c + kColumns <= tiles; c += kColumns) {
    pair_tile_of_rows<kColumns, kRowsMost>(rows, x, cells_of(c), k_count, sums + 16 * c);
  }
  for (; c < tiles; ++c) pair_tile_of_rows<1, kRowsMost>(rows, x, cells_of(c), k_count, sums + 16 * c);
}

LINNET_INLINE void clear_sums(int32_t* sums, size_t rows) {
  for (size_t i = 0; i < rows * 64; i += 16) store_ints(sums + i, splat_int(0));
}

// Rows of one tile: widening a cell pays for nobody else.
template <size_t kColumns, size_t kRowsMost>
void multiply_few_rows(const GemmS8Args& a, const Epilogue& e, FinishTile finish) {
  const size_t depth = padded(a.in_width, 64);
  PairRows x;
  // The rows of a single chunk are widened once for all columns.
  if (depth <= kChunk) widen_rows(a.q, a.q_stride, a.rows, depth, x);
  Tile tile;
  for (size_t n = a.n_begin; n < a.n_end; n += 64) {
    const size_t tiles = tiles_of_group(a.out_width, n);
    clear_sums(tile.v, a.rows);
    for (size_t k = 0; k < depth; k += kChunk) {
      const size_t k_count = smaller(kChunk, depth - k);
      if (depth > kChunk) widen_rows(a.q + k, a.q_stride, a.rows, k_count, x);
      const int8_t* const cells = a.weights + n * depth + k / 64 * tiles * 1024;
      add_pair_sums<kColumns, kRowsMost>(a.rows, x, tiles, k_count, tile.v, [&](size_t c) LINNET_INLINE_LAMBDA {
        return CellsOfFile{cells + c * 1024, tiles * 1024};
      });
    }
    finish(e, tile.v, 64, 0, a.rows, n, tiles);
  }
}

// Many rows: the cells of a chunk are widened once for a panel of rows.
template <size_t kColumns, size_t kRowsMost>
void multiply_many_rows(const GemmS8Args& a, const Epilogue& e, FinishTile finish) {
  const size_t depth = padded(a.in_width, 64);
  PairRows x;
  PairCells wide;
  alignas(64) int32_t sums[kPanelRows * 64];
  for (size_t n = a.n_begin; n < a.n_end; n += 64) {
    const size_t tiles = tiles_of_group(a.out_width, n);
    for (size_t first = 0; first < a.rows; first += kPanelRows) {
      const size_t panel_rows = smaller(kPanelRows, a.rows - first);
      clear_sums(sums, panel_rows);
      for (size_t k = 0; k < depth; k += kChunk) {
        const size_t k_count = smaller(kChunk, depth - k);
        const int8_t* const cells = a.weights + n * depth + k / 64 * tiles * 1024;
        const size_t cell_bytes = k_count * tiles * 16;
        widen_cells(cells, tiles, k_count, wide);
        Ahead ahead(cells + cell_bytes, cell_bytes, (panel_rows + kRowsMost - 1) / kRowsMost, a.rows);
        each_row_block<kRowsMost>(panel_rows, [&](size_t row, size_t rows) LINNET_INLINE_LAMBDA {
          ahead.step();
          widen_rows(a.q + (first + row) * a.q_stride + k, a.q_stride, rows, k_count, x);
          add_pair_sums<kColumns, kRowsMost>(
              rows, x, tiles, k_count, sums + row * 64,
              [&](size_t c) LINNET_INLINE_LAMBDA { return CellsInPairs{wide.v + c * PairCells::kTile}; });
        });
      }
      finish(e, sums, 64, first, panel_rows, n, tiles);
    }
  }
}

// kColumns vectors of columns and kRowsMost rows (6 or 2) are what the registers hold.
template <size_t kColumns, size_t kRowsMost = 6>
LINNET_INLINE void gemm_s8_pairs(const GemmS8Args& a, FinishTile finish) {
  const Epilogue e = epilogue_of(a);
  (a.rows <= kRowsMost ? multiply_few_rows<kColumns, kRowsMost> : multiply_many_rows<kColumns, kRowsMost>)(a, e,
                                                                                                           finish);
}

}  // namespace
}  // namespace linnet::kernels
