// Chains of one instruction on vector registers, for measure_peak: each chain waits for itself only, and there are more
// of them than most CPUs have such instructions in flight.
#pragma once

#include <cstring>

#include "runtime/kernels/peak_loops.h"
#include "runtime/kernels/vec16_common.h"

namespace linnet::kernels {
namespace {

// In assembly, since a compiler would see that nobody wants these products. sum += x * w:
#if defined(__ARM_NEON)
// one instruction, with the operands %0 (sum), %1 (x) and %2 (w).
#define LINNET_PEAK_ARM(instruction)                                 \
  [](auto& sum, const auto& x, const auto& w) LINNET_INLINE_LAMBDA { \
    __asm__ volatile(instruction : "+w"(sum) : "w"(x), "w"(w));      \
  }
#else
// one instruction (`multiply_add w, x, sum`), or a product in a register of its own and then the sum.
#define LINNET_PEAK_ONE(multiply_add)                                          \
  [](auto& sum, const auto& x, const auto& w) LINNET_INLINE_LAMBDA {           \
    __asm__ volatile(multiply_add " %2, %1, %0" : "+x"(sum) : "x"(x), "x"(w)); \
  }
#define LINNET_PEAK_TWO(multiply, add)                                                                           \
  [](auto& sum, const auto& x, const auto& w) LINNET_INLINE_LAMBDA {                                             \
    auto product = x;                                                                                            \
    __asm__ volatile(multiply " %3, %2, %1\n\t" add " %1, %0, %0" : "+x"(sum), "=&x"(product) : "x"(x), "x"(w)); \
  }
// The same for SSE, which overwrites an operand.
#define LINNET_PEAK_THREE(copy, multiply, add)                               \
  [](auto& sum, const auto& x, const auto& w) LINNET_INLINE_LAMBDA {         \
    auto product = x;                                                        \
    __asm__ volatile(copy " %2, %1\n\t" multiply " %3, %1\n\t" add " %1, %0" \
                     : "+x"(sum), "=&x"(product)                             \
                     : "x"(x), "x"(w));                                      \
  }
#endif

// step_macs: the multiply-adds of one step on a Register.
template <typename Register, typename Step>
LINNET_INLINE double run_chains(const void* first, const void* second, size_t rounds, size_t step_macs, Step step) {
  constexpr size_t kChains = 12;
  Register x, w, sum[kChains];
  std::memcpy(&x, first, sizeof x);
  std::memcpy(&w, second, sizeof w);
  LINNET_UNROLL
  for (size_t c = 0; c < kChains; ++c) sum[c] = Register{};
  for (size_t i = 0; i < rounds; ++i) {
    LINNET_UNROLL
    for (size_t c = 0; c < kChains; ++c) step(sum[c], x, w);
  }
  return static_cast<double>(rounds * kChains * step_macs);
}

}  // namespace
}  // namespace linnet::kernels
