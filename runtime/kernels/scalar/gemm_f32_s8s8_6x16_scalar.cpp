#define LINNET_VEC16 "runtime/kernels/vec16_scalar.h"
#include "runtime/kernels/generic/gemm_s8_pairs.inc.h"
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

void gemm_f32_s8s8_6x16_scalar(const GemmS8Args& a) {
  gemm_s8_pairs<1>(a, finish_tile_scalar(a.activation, a.residual, a.heads));
}

}  // namespace linnet::kernels
