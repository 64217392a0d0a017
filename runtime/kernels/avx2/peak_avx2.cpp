#include <immintrin.h>

#include "runtime/kernels/generic/peak.inc.h"

namespace linnet::kernels {

double peak_s8_avx2(const PeakOperands& operands, size_t rounds) {
  return run_chains<__m256i>(operands.u8, operands.s8, rounds, 16, LINNET_PEAK_TWO("vpmaddwd", "vpaddd"));
}

double peak_f32_avx2(const PeakOperands& operands, size_t rounds) {
  return run_chains<__m256>(operands.f32[0], operands.f32[1], rounds, 8, LINNET_PEAK_ONE("vfmadd231ps"));
}

}  // namespace linnet::kernels
