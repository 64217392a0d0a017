#if !defined(__AVX2__) || !defined(__FMA__)
#error "compile with -mavx2 -mfma"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_avx2.h"
#include "runtime/kernels/generic/gemm_f32.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

void gemm_f32_f32f32_6x16_avx2(const GemmF32Args& a) {
  gemm_f32<1>(a, finish_tile_avx2(a.activation, a.residual, nullptr));
}

}  // namespace linnet::kernels
