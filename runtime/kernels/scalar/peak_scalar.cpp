#include "runtime/kernels/peak_loops.h"
#include "runtime/kernels/vec16_scalar.h"

namespace linnet::kernels {

// Plain C++ leaves the registers to the compiler: the vectors of the GEMM, whatever it makes of them, with operands
// that it has to read again for every step.

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
