#include <immintrin.h>

#include "runtime/kernels/generic/peak.inc.h"

namespace linnet::kernels {

double peak_s8_avxvnni(const PeakOperands& operands, size_t rounds) {
  return run_chains<__m256i>(operands.u8, operands.s8, rounds, 32, LINNET_PEAK_ONE("%{vex%} vpdpbusd"));
}

}  // namespace linnet::kernels
