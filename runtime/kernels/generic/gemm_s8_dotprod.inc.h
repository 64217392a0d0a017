// The INT8 GEMM of Arm's dot products: sdot by element multiplies the four bytes of a column by four bytes of a row, so
// a cell is used as it lies in the file.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/element_sums.inc.h"
#include "runtime/kernels/generic/gemm_s8_tiles.inc.h"

namespace linnet::kernels {
namespace {

template <size_t kRows>
[[gnu::noinline]] void dot_tile(const int8_t* q, size_t q_stride, const int8_t* cells, size_t block_size, size_t depth,
                                const int32_t*, int32_t* out, Ahead& ahead) {
  read_by_steps(q, cells);
  // The four sums of a single row wait for themselves: it has them twice.
  constexpr size_t kParts = kRows == 1 ? 2 : 1;
  ElementSums<int32x4_t, int8x16_t, kRows, 1> sum[kParts];
  const int8_t* rows[kRows];
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    LINNET_UNROLL
    for (size_t c = 0; c < 4; ++c) {
      sum[0].v[r][c] = vdupq_n_s32(0);
      if constexpr (kParts == 2) sum[1].v[r][c] = vdupq_n_s32(0);
    }
    rows[r] = q + r * q_stride;
  }
  size_t k = 0;
  for (; depth > 0; depth -= 64, cells += block_size) {
    ahead.step();
    for (const int8_t *group = cells, *end = cells + 1024; group != end; group += 256, k += 16) {
      int8x16_t x[kRows];
      LINNET_UNROLL
      for (size_t r = 0; r < kRows; ++r) load_from(rows[r], k, x[r]);
      const int8_t* const weights[1] = {group};
      sum[0].template add<0>(x, weights);
      sum[kParts - 1].template add<1>(x, weights);
      sum[0].template add<2>(x, weights);
      sum[kParts - 1].template add<3>(x, weights);
    }
  }
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    LINNET_UNROLL
    for (size_t c = 0; c < 4; ++c) {
      if constexpr (kParts == 2) sum[0].v[r][c] = vaddq_s32(sum[0].v[r][c], sum[1].v[r][c]);
      vst1q_s32(out + r * 64 + c * 4, sum[0].v[r][c]);
    }
  }
}

LINNET_INLINE SumTile dot_tile_of(size_t rows) {
  switch (rows) {
    case 1: return dot_tile<1>;
    case 2: return dot_tile<2>;
    case 3: return dot_tile<3>;
    case 4: return dot_tile<4>;
    case 5: return dot_tile<5>;
    default: return dot_tile<6>;
  }
}

LINNET_INLINE void gemm_s8_dotprod(const GemmS8Args& a, FinishTile finish) {
  gemm_s8_tiles<6, 1>(a, finish, [](size_t rows, size_t) LINNET_INLINE_LAMBDA { return dot_tile_of(rows); });
}

}  // namespace
}  // namespace linnet::kernels
