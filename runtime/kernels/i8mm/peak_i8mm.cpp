#include <arm_neon.h>

#include "runtime/kernels/generic/peak.inc.h"

namespace linnet::kernels {

double peak_s8_i8mm(const PeakOperands& operands, size_t rounds) {
  return run_chains<int8x16_t>(operands.u8, operands.s8, rounds, 32, LINNET_PEAK_ARM("smmla %0.4s, %1.16b, %2.16b"));
}

}  // namespace linnet::kernels
