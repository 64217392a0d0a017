#if !defined(__AVX2__) || !defined(__FMA__) || !defined(__AVXVNNI__)
#error "compile with -mavx2 -mfma -mavxvnni"
#endif

#define LINNET_VEC16 "runtime/kernels/vec16_avx2.h"
#include "runtime/kernels/generic/gemm_s8_quads.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

void gemm_f32_s8s8_6x16_avxvnni(const GemmS8Args& a) {
  gemm_s8_quads<1, 3>(a, finish_tile_avx2(a.activation, a.residual, a.heads));
}

}  // namespace linnet::kernels
