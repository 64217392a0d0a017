#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512DQ__) || !defined(__AVX512VL__)
#error "compile with -mavx512f -mavx512bw -mavx512dq -mavx512vl"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_avx512.h"
#include "runtime/kernels/generic/gemm_f32.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

void gemm_f32_f32f32_6x64_avx512(const GemmF32Args& a) {
  gemm_f32<4>(a, finish_tile_avx512(a.activation, a.residual, nullptr));
}

}  // namespace linnet::kernels
