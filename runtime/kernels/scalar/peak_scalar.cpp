#include "runtime/kernels/peak_loops.h"

// What plain C++ becomes is up to the compiler: what the instructions that it may use would allow. SSE4.1 has no better
// ones for this, so these are its loops, too.
#if defined(__SSE2__)
#include <immintrin.h>

#include "runtime/kernels/generic/peak.inc.h"

namespace linnet::kernels {

double peak_s8_scalar(const PeakOperands& operands, size_t rounds) {
  return run_chains<__m128i>(operands.u8, operands.s8, rounds, 8, LINNET_PEAK_THREE("movdqa", "pmaddwd", "paddd"));
}

double peak_f32_scalar(const PeakOperands& operands, size_t rounds) {
  return run_chains<__m128>(operands.f32[0], operands.f32[1], rounds, 4, LINNET_PEAK_THREE("movaps", "mulps", "addps"));
}

}  // namespace linnet::kernels

#else
#include "runtime/kernels/vec16_scalar.h"

namespace linnet::kernels {

double peak_s8_scalar(const PeakOperands& operands, size_t rounds) {
  Ints x = even_bytes(load_raw(operands.s8)), w = even_bytes(load_raw(operands.s8 + 64)), sum = splat_int(0);
  for (size_t i = 0; i < rounds; ++i) {
    __asm__ volatile("" : "+m"(x), "+m"(w));
    sum = dot_pairs(sum, x, w);
  }
  __asm__ volatile("" : : "m"(sum));
  return static_cast<double>(rounds * 32);
}

double peak_f32_scalar(const PeakOperands& operands, size_t rounds) {
  Floats x = load(operands.f32[0]), w = load(operands.f32[1]), sum = splat(0.0f);
  for (size_t i = 0; i < rounds; ++i) {
    __asm__ volatile("" : "+m"(x), "+m"(w));
    sum = fma(x, w, sum);
  }
  __asm__ volatile("" : : "m"(sum));
  return static_cast<double>(rounds * 16);
}

}  // namespace linnet::kernels
#endif
