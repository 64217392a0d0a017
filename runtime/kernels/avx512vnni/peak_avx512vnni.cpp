#include <immintrin.h>

#include "runtime/kernels/generic/peak.inc.h"

namespace linnet::kernels {

double peak_s8_avx512vnni(const PeakOperands& operands, size_t rounds) {
  return run_chains<__m512i>(operands.u8, operands.s8, rounds, 64, LINNET_PEAK_ONE("vpdpbusd"));
}

}  // namespace linnet::kernels
