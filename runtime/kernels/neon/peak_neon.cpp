#include <arm_neon.h>

#include "runtime/kernels/generic/peak.inc.h"

namespace linnet::kernels {

double peak_s8_neon(const PeakOperands& operands, size_t rounds) {
  return run_chains<int8x16_t>(operands.u8, operands.s8, rounds, 8, LINNET_PEAK_ARM("smlal %0.8h, %1.8b, %2.8b"));
}

double peak_f32_neon(const PeakOperands& operands, size_t rounds) {
  return run_chains<float32x4_t>(operands.f32[0], operands.f32[1], rounds, 4,
                                 LINNET_PEAK_ARM("fmla %0.4s, %1.4s, %2.4s"));
}

}  // namespace linnet::kernels
