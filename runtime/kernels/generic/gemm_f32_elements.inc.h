// The float GEMM of AArch64: fmla by element. To copy each number of a row into all lanes takes a turn of the unit that
// multiplies, on Neoverse N1 and the like.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/element_sums.inc.h"
#include "runtime/kernels/generic/gemm_f32_tiles.inc.h"

namespace linnet::kernels {
namespace {

template <size_t kRows, size_t kColumns>
[[gnu::noinline]] void element_tile(const float* x, size_t x_stride, const float* panel, size_t panel_size,
                                    size_t k_count, int32_t* out, Ahead& ahead) {
  read_by_steps(x, panel);
  ElementSums<float32x4_t, float32x4_t, kRows, kColumns> sum;
  const float* rows[kRows];
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    LINNET_UNROLL
    for (size_t c = 0; c < kColumns * 4; ++c) sum.v[r][c] = vdupq_n_f32(0.0f);
    rows[r] = x + r * x_stride;
  }
  const float* panels[kColumns];
  LINNET_UNROLL
  for (size_t c = 0; c < kColumns; ++c) panels[c] = panel + c * panel_size;
  const auto advance = [&](size_t floats) LINNET_INLINE_LAMBDA {
    LINNET_UNROLL
    for (size_t c = 0; c < kColumns; ++c) panels[c] += floats;
  };

  size_t k = 0;  // in bytes of a row
  for (size_t left = k_count / 4; left > 0;) {
    ahead.step();
    const size_t groups = smaller(left, kStep / 4);
    for (const float* end = panels[0] + groups * 64; panels[0] != end; advance(64), k += 16) {
      float32x4_t four[kRows];
      LINNET_UNROLL
      for (size_t r = 0; r < kRows; ++r) load_from(rows[r], k, four[r]);
      sum.template add<0>(four, panels);
      sum.template add<1>(four, panels);
      sum.template add<2>(four, panels);
      sum.template add<3>(four, panels);
    }
    left -= groups;
  }
  for (size_t i = k_count / 4 * 4; i < k_count; ++i, advance(16)) {
    float32x4_t one[kRows];
    LINNET_UNROLL
    for (size_t r = 0; r < kRows; ++r) one[r] = vdupq_n_f32(rows[r][i]);
    sum.template add<0>(one, panels);
  }
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    LINNET_UNROLL
    for (size_t c = 0; c < kColumns * 4; ++c) vst1q_s32(out + r * 64 + c * 4, vreinterpretq_s32_f32(sum.v[r][c]));
  }
}

// A sum waits for itself: one or two rows take more columns, so that there are sums enough.
LINNET_INLINE FloatTileOf element_tile_of(size_t rows, size_t vectors) {
  switch (rows) {
    case 1: return vectors == 4 ? FloatTileOf{element_tile<1, 4>, 4} : FloatTileOf{element_tile<1, 1>, 1};
    case 2: return vectors >= 2 ? FloatTileOf{element_tile<2, 2>, 2} : FloatTileOf{element_tile<2, 1>, 1};
    case 3: return {element_tile<3, 1>, 1};
    case 4: return {element_tile<4, 1>, 1};
    case 5: return {element_tile<5, 1>, 1};
    default: return {element_tile<6, 1>, 1};
  }
}

LINNET_INLINE void gemm_f32_elements(const GemmF32Args& a, FinishTile finish) {
  gemm_f32_tiles<6, 1>(a, finish, element_tile_of);
}

}  // namespace
}  // namespace linnet::kernels
