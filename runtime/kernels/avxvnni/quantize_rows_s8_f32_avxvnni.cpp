#if !defined(__AVX2__) || !defined(__FMA__) || !defined(__AVXVNNI__)
#error "compile with -mavx2 -mfma -mavxvnni"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_avx2.h"
#include "runtime/kernels/generic/quantize.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

// Rows are kept as q ^ 0x80, the unsigned operand of vpdpbusd.
size_t quantize_rows_s8_f32_avxvnni(const QuantizeRowsArgs& a) { return quantize_rows<true>(a); }

}  // namespace linnet::kernels
