#include <immintrin.h>

#include "runtime/kernels/generic/peak.inc.h"

namespace linnet::kernels {

double peak_s8_sse41(const PeakOperands& operands, size_t rounds) {
  return run_chains<__m128i>(operands.u8, operands.s8, rounds, 8, LINNET_PEAK_THREE("movdqa", "pmaddwd", "paddd"));
}

double peak_f32_sse41(const PeakOperands& operands, size_t rounds) {
  return run_chains<__m128>(operands.f32[0], operands.f32[1], rounds, 4, LINNET_PEAK_THREE("movaps", "mulps", "addps"));
}

}  // namespace linnet::kernels
