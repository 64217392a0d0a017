#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512DQ__) || !defined(__AVX512VL__) || \
    !defined(__AVX512VNNI__)
#error "compile with -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_avx512.h"
#include "runtime/kernels/generic/quantize.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

// Rows are kept as q ^ 0x80, the unsigned operand of vpdpbusd.
size_t quantize_rows_s8_f32_avx512vnni(const QuantizeRowsArgs& a) { return quantize_rows<true>(a); }

}  // namespace linnet::kernels
