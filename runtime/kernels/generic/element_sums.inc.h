// The sums of AArch64's GEMMs that multiply by element: sdot takes four bytes of a row out of a register of 16, fmla
// one float of four. A row costs a load for every four elements, and nothing is copied into all lanes.
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/neon_steps.h"

namespace linnet::kernels {
namespace {

// kRows rows and 16 kColumns columns, 4 columns a register. 6 rows are 24 sums, 6 registers of rows and 2 of weights:
// all there are.
template <typename Sums, typename Operand, size_t kRows, size_t kColumns>
struct ElementSums {
  Sums v[kRows][kColumns * 4];

  // The element kElement of x times weights: the 64 bytes that begin kElement times 64 bytes behind each pointer.
  template <int kElement, typename Weight>
  LINNET_INLINE void add(const Operand (&x)[kRows], const Weight* const (&weights)[kColumns]) {
    LINNET_UNROLL
    for (size_t c = 0; c < kColumns; ++c) {
      add_eight<kElement, 0>(x, weights[c], c * 4);
      add_eight<kElement, 2>(x, weights[c], c * 4);
    }
  }

 private:
  // The columns of two registers.
  template <int kElement, size_t kRegister>
  LINNET_INLINE void add_eight(const Operand (&x)[kRows], const void* weights, size_t first) {
    Operand w0, w1;
    load_two_at<kElement * 64 + kRegister * 16>(weights, w0, w1);
    LINNET_UNROLL
    for (size_t r = 0; r < kRows; ++r) multiply_add_element<kElement>(v[r][first + kRegister], w0, x[r]);
    LINNET_UNROLL
    for (size_t r = 0; r < kRows; ++r) multiply_add_element<kElement>(v[r][first + kRegister + 1], w1, x[r]);
  }
};

}  // namespace
}  // namespace linnet::kernels
