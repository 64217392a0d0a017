#include <wasm_simd128.h>

#include "runtime/kernels/generic/peak.inc.h"

namespace linnet::kernels {

// An engine turns these into instructions of its own; here they are only kept from being taken out of the loop.

double peak_s8_wasm128(const PeakOperands& operands, size_t rounds) {
  return run_chains<v128_t>(operands.u8, operands.s8, rounds, 8,
                            [](v128_t& sum, const v128_t& x, const v128_t& w) LINNET_INLINE_LAMBDA {
                              sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(x, w));
                              __asm__ volatile("" : "+r"(sum));
                            });
}

double peak_f32_wasm128(const PeakOperands& operands, size_t rounds) {
  return run_chains<v128_t>(operands.f32[0], operands.f32[1], rounds, 4,
                            [](v128_t& sum, const v128_t& x, const v128_t& w) LINNET_INLINE_LAMBDA {
                              v128_t product = wasm_f32x4_mul(x, w);
                              __asm__ volatile("" : "+r"(product));
                              sum = wasm_f32x4_add(sum, product);
                              __asm__ volatile("" : "+r"(sum));
                            });
}

}  // namespace linnet::kernels
