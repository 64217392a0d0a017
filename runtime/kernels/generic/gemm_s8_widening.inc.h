// The INT8 GEMM of NEON without dot products: bytes of two cells (k and k + 4) are multiplied and added in int16, which
// two products of -127..127 fit, and neighbours of those are added to int32. So a column's sum is in two halves, which
// become one at the end.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/gemm_s8_tiles.inc.h"
#include "runtime/kernels/neon_steps.h"

namespace linnet::kernels {
namespace {

// kRows rows of kGroups groups of four columns.
template <size_t kRows, size_t kGroups>
struct WideningSums {
  int32x4_t v[kGroups][kRows][2];

  // w and w_next: these columns of two cells; x and x_next: the rows' bytes for them. Each product gets its three
  // instructions with those of others between them: a core that keeps their order (Cortex-A53) would wait otherwise.
  LINNET_INLINE void add(const int8x16_t (&w)[kGroups], const int8x16_t (&w_next)[kGroups], const Splat (&x)[kRows],
                         const Splat (&x_next)[kRows]) {
    constexpr size_t kProducts = kGroups * kRows;
    int16x8_t product[kProducts][2];
    LINNET_UNROLL
    for (size_t i = 0; i < kProducts + 4; ++i) {
      if (i < kProducts) {
        product[i][0] = multiply_low(w[i / kRows], x[i % kRows]);
        product[i][1] = multiply_high(w[i / kRows], x[i % kRows]);
      }
      if (i >= 2 && i - 2 < kProducts) {
        const size_t p = i - 2;
        multiply_add_low(product[p][0], w_next[p / kRows], x_next[p % kRows]);
        multiply_add_high(product[p][1], w_next[p / kRows], x_next[p % kRows]);
      }
      if (i >= 4) {
        const size_t p = i - 4;
        add_neighbours(v[p / kRows][p % kRows][0], product[p][0]);
        add_neighbours(v[p / kRows][p % kRows][1], product[p][1]);
      }
    }
  }
};

// kColumns: 16, or 8, for which 16 registers are enough.
template <size_t kRows, size_t kColumns>
[[gnu::noinline]] void widening_columns(const int8_t* q, size_t q_stride, const int8_t* cells, size_t block_size,
                                        size_t depth, int32_t* out, Ahead& ahead) {
  read_by_steps(q, cells);
  constexpr size_t kGroups = kColumns / 8;  // at once
  WideningSums<kRows, kGroups> sum[2];
  const int8_t* rows[kRows];
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    LINNET_UNROLL
    for (size_t c = 0; c < kColumns / 4; ++c) {
      int32x4_t(&v)[2] = sum[c / kGroups].v[c % kGroups][r];
      v[0] = v[1] = vdupq_n_s32(0);
    }
    rows[r] = q + r * q_stride;
  }
  for (; depth > 0; depth -= 64, cells += block_size) {
    ahead.step();
    for (const int8_t *group = cells, *end = cells + 1024; group != end; group += 128) {  // 8 k
      Splat x[kRows], x_next[kRows];
      LINNET_UNROLL
      for (size_t r = 0; r < kRows; ++r) {
        x[r] = splat_next(rows[r]);
        x_next[r] = splat_next(rows[r]);
      }
      int8x16_t w[kGroups], w_next[kGroups];
      if constexpr (kGroups == 2) {
        load_two_at<0>(group, w[0], w[1]);
        load_two_at<64>(group, w_next[0], w_next[1]);
        sum[0].add(w, w_next, x, x_next);
        load_two_at<32>(group, w[0], w[1]);
        load_two_at<96>(group, w_next[0], w_next[1]);
        sum[1].add(w, w_next, x, x_next);
      } else {
        w[0] = load_at<0>(group);
        w_next[0] = load_at<64>(group);
        sum[0].add(w, w_next, x, x_next);
        w[0] = load_at<16>(group);
        w_next[0] = load_at<80>(group);
        sum[1].add(w, w_next, x, x_next);
      }
    }
  }
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    LINNET_UNROLL
    for (size_t c = 0; c < kColumns / 4; ++c) {
      const int32x4_t(&v)[2] = sum[c / kGroups].v[c % kGroups][r];
      const int32x4_t low = v[0], high = v[1];
#if defined(__aarch64__)
      const int32x4_t whole = vpaddq_s32(low, high);
#else
      const int32x4_t whole = vcombine_s32(vpadd_s32(vget_low_s32(low), vget_high_s32(low)),
                                           vpadd_s32(vget_low_s32(high), vget_high_s32(high)));
#endif
      vst1q_s32(out + r * 64 + c * 4, whole);
    }
  }
}

// A SumTile of kRows rows, kColumns columns at a time.
template <size_t kRows, size_t kColumns>
void widening_tile(const int8_t* q, size_t q_stride, const int8_t* cells, size_t block_size, size_t depth,
                   const int32_t*, int32_t* out, Ahead& ahead) {
  LINNET_UNROLL
  for (size_t c = 0; c < 16; c += kColumns) {
    widening_columns<kRows, kColumns>(q, q_stride, cells + 4 * c, block_size, depth, out + c, ahead);
  }
}

template <size_t kColumns>
LINNET_INLINE void gemm_s8_widening(const GemmS8Args& a, FinishTile finish) {
  gemm_s8_tiles<2, 1>(a, finish, [](size_t rows, size_t) LINNET_INLINE_LAMBDA -> SumTile {
    return rows == 1 ? widening_tile<1, kColumns> : widening_tile<2, kColumns>;
  });
}

}  // namespace
}  // namespace linnet::kernels
