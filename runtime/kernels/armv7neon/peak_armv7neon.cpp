#include <arm_neon.h>

#include "runtime/kernels/generic/peak.inc.h"

namespace linnet::kernels {

double peak_s8_armv7neon(const PeakOperands& operands, size_t rounds) {
  return run_chains<int8x16_t>(operands.u8, operands.s8, rounds, 8, LINNET_PEAK_ARM("vmlal.s8 %q0, %e1, %e2"));
}

double peak_f32_armv7neon(const PeakOperands& operands, size_t rounds) {
  return run_chains<float32x4_t>(operands.f32[0], operands.f32[1], rounds, 4,
                                 LINNET_PEAK_ARM("vmla.f32 %q0, %q1, %q2"));
}

}  // namespace linnet::kernels
