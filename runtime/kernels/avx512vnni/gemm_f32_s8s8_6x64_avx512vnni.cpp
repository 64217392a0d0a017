#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512DQ__) || !defined(__AVX512VL__) || \
    !defined(__AVX512VNNI__)
#error "compile with -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_avx512.h"
#include "runtime/kernels/generic/gemm.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

namespace {

// kRows x (16 kColumns) sums over all of k. `block_size`: bytes from one 64 k to the next. With few rows the
// accumulators are doubled (even and odd groups of k), since each waits for the one before.
template <size_t kRows, size_t kColumns>
[[gnu::noinline]] void quad_tile(const int8_t* q, size_t q_stride, const int8_t* cells, size_t depth,
                                 const int32_t* column_sum, int32_t* out) {
  constexpr size_t kParts = kRows * kColumns <= 8 ? 2 : 1;
  Ints sum[kParts][kRows][kColumns];
  LINNET_UNROLL
  for (size_t c = 0; c < kColumns; ++c) {
    const Ints start = _mm512_mullo_epi32(load_ints(column_sum + 16 * c), splat_int(-128));
    LINNET_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      sum[0][r][c] = start;
      if constexpr (kParts == 2) sum[kParts - 1][r][c] = splat_int(0);
    }
  }
  for (size_t k = 0; k < depth; k += 64, cells += kColumns * 1024) {
    LINNET_UNROLL
    for (size_t g = 0; g < 16; ++g) {
      Ints w[kColumns];
      LINNET_UNROLL
      for (size_t c = 0; c < kColumns; ++c) w[c] = load_raw(cells + c * 1024 + g * 64);
      LINNET_UNROLL
      for (size_t r = 0; r < kRows; ++r) {
        const Ints x = splat_int(load_dword(q + r * q_stride + k + 4 * g));
        LINNET_UNROLL
        for (size_t c = 0; c < kColumns; ++c) {
          sum[g % kParts][r][c] = dot_quads(sum[g % kParts][r][c], x, w[c]);
        }
      }
    }
  }
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    LINNET_UNROLL
    for (size_t c = 0; c < kColumns; ++c) {
      Ints total = sum[0][r][c];
      if constexpr (kParts == 2) total = add_ints(total, sum[kParts - 1][r][c]);
      store_ints(out + r * 64 + c * 16, total);
    }
  }
}

using QuadTile = void (*)(const int8_t*, size_t, const int8_t*, size_t, const int32_t*, int32_t*);

template <size_t kColumns>
LINNET_INLINE QuadTile quad_tile_of(size_t rows) {
  switch (rows) {
    case 1: return quad_tile<1, kColumns>;
    case 2: return quad_tile<2, kColumns>;
    case 3: return quad_tile<3, kColumns>;
    case 4: return quad_tile<4, kColumns>;
    case 5: return quad_tile<5, kColumns>;
    default: return quad_tile<6, kColumns>;
  }
}

LINNET_INLINE QuadTile quad_tile_of(size_t rows, size_t columns) {
  switch (columns) {
    case 1: return quad_tile_of<1>(rows);
    case 2: return quad_tile_of<2>(rows);
    case 3: return quad_tile_of<3>(rows);
    default: return quad_tile_of<4>(rows);
  }
}

}  // namespace

void gemm_f32_s8s8_6x64_avx512vnni(const GemmS8Args& a) {
  const Epilogue e = epilogue_of(a);
  const FinishTile finish = finish_tile_of(a.activation);
  const size_t depth = padded(a.in_width, 64);
  for (size_t n = a.n_begin; n < a.n_end; n += 64) {
    const size_t tiles = tiles_of_group(a.out_width, n);
    each_row_block<6>(a.rows, [&](size_t row, size_t rows) LINNET_INLINE_LAMBDA {
      Tile tile;
      quad_tile_of(rows, tiles)(a.q + row * a.q_stride, a.q_stride, a.weights + n * depth, depth, a.column_sum + n,
                                tile.v);
      finish(e, tile, row, rows, n, tiles);
    });
  }
}

}  // namespace linnet::kernels
