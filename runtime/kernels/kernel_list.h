// The kernels that there are: the functions behind the tables. A file of an instruction set defines the functions that
// its name says; rows_<isa>.cpp defines the steps on rows.
#pragma once

#include "runtime/kernels/epilogue.h"
#include "runtime/kernels/kernels.h"

namespace linnet::kernels {

#define LINNET_DECLARE_ROW_KERNELS(isa)                                                                 \
  FinishTile finish_tile_##isa(Activation activation, const float* residual, const HeadsResult* heads); \
  size_t quantize_rows_s8_f32_##isa(const QuantizeRowsArgs& a);                                         \
  size_t quantize_heads_s8_f32_##isa(const QuantizeHeadsArgs& a);                                       \
  void norm_f32_f32_##isa(const NormArgs& a);                                                           \
  void embed_f32_f32s8_##isa(const EmbedArgs& a);                                                       \
  void pool_f32_f32_##isa(const PoolArgs& a);                                                           \
  void l2_normalize_f32_f32_##isa(const L2NormalizeArgs& a);                                            \
  size_t find_non_finite_f32_##isa(const float* x, size_t x_stride, size_t rows, size_t width);

#define LINNET_DECLARE_ATTENTION_S8(isa)                                         \
  size_t attention_f32_s8_16q_##isa##_scratch(size_t length, size_t head_width); \
  void attention_f32_s8_16q_##isa(const AttentionS8Args& a);

#define LINNET_DECLARE_ATTENTION_F32(isa)                                         \
  size_t attention_f32_f32_16q_##isa##_scratch(size_t length, size_t head_width); \
  void attention_f32_f32_16q_##isa(const AttentionF32Args& a);

LINNET_DECLARE_ROW_KERNELS(scalar)
LINNET_DECLARE_ATTENTION_S8(scalar)
LINNET_DECLARE_ATTENTION_F32(scalar)
void gemm_f32_s8s8_6x16_scalar(const GemmS8Args& a);
void gemm_f32_f32f32_6x16_scalar(const GemmF32Args& a);

LINNET_DECLARE_ROW_KERNELS(sse41)
LINNET_DECLARE_ATTENTION_S8(sse41)
LINNET_DECLARE_ATTENTION_F32(sse41)
void gemm_f32_s8s8_2x16_sse41(const GemmS8Args& a);
void gemm_f32_f32f32_2x16_sse41(const GemmF32Args& a);

LINNET_DECLARE_ROW_KERNELS(avx2)
LINNET_DECLARE_ATTENTION_S8(avx2)
LINNET_DECLARE_ATTENTION_F32(avx2)
void gemm_f32_s8s8_6x16_avx2(const GemmS8Args& a);
void gemm_f32_f32f32_6x16_avx2(const GemmF32Args& a);

// The table avxvnni takes the rest from avx2.
size_t quantize_rows_s8_f32_avxvnni(const QuantizeRowsArgs& a);
LINNET_DECLARE_ATTENTION_S8(avxvnni)
void gemm_f32_s8s8_6x16_avxvnni(const GemmS8Args& a);

LINNET_DECLARE_ROW_KERNELS(avx512)
LINNET_DECLARE_ATTENTION_S8(avx512)
LINNET_DECLARE_ATTENTION_F32(avx512)
void gemm_f32_s8s8_6x64_avx512(const GemmS8Args& a);
void gemm_f32_f32f32_6x64_avx512(const GemmF32Args& a);

// The table avx512vnni takes the rest from avx512.
size_t quantize_rows_s8_f32_avx512vnni(const QuantizeRowsArgs& a);
LINNET_DECLARE_ATTENTION_S8(avx512vnni)
void gemm_f32_s8s8_6x64_avx512vnni(const GemmS8Args& a);

// The table amx takes the rest from avx512vnni and avx512.
LINNET_DECLARE_ATTENTION_S8(amx)
void gemm_f32_s8s8_32x32_amx(const GemmS8Args& a);

// AArch64. The tables dotprod and i8mm take the rest from neon.
LINNET_DECLARE_ROW_KERNELS(neon)
LINNET_DECLARE_ATTENTION_S8(neon)
LINNET_DECLARE_ATTENTION_F32(neon)
void gemm_f32_s8s8_2x16_neon(const GemmS8Args& a);
void gemm_f32_f32f32_6x16_neon(const GemmF32Args& a);
LINNET_DECLARE_ATTENTION_S8(dotprod)
void gemm_f32_s8s8_6x16_dotprod(const GemmS8Args& a);
LINNET_DECLARE_ATTENTION_S8(i8mm)
void gemm_f32_s8s8_16x4_i8mm(const GemmS8Args& a);

LINNET_DECLARE_ROW_KERNELS(armv7neon)
LINNET_DECLARE_ATTENTION_S8(armv7neon)
LINNET_DECLARE_ATTENTION_F32(armv7neon)
void gemm_f32_s8s8_2x8_armv7neon(const GemmS8Args& a);
void gemm_f32_f32f32_2x16_armv7neon(const GemmF32Args& a);

LINNET_DECLARE_ROW_KERNELS(wasm128)
LINNET_DECLARE_ATTENTION_S8(wasm128)
LINNET_DECLARE_ATTENTION_F32(wasm128)
void gemm_f32_s8s8_2x16_wasm128(const GemmS8Args& a);
void gemm_f32_f32f32_2x16_wasm128(const GemmF32Args& a);

#undef LINNET_DECLARE_ROW_KERNELS
#undef LINNET_DECLARE_ATTENTION_S8
#undef LINNET_DECLARE_ATTENTION_F32

// The tables, whether this machine can run them or not.
extern const KernelTable scalar_table;
#if defined(LINNET_KERNELS_X86)
extern const KernelTable sse41_table;
extern const KernelTable avx2_table;
extern const KernelTable avxvnni_table;
extern const KernelTable avx512_table;
extern const KernelTable avx512vnni_table;
extern const KernelTable amx_table;
#elif defined(LINNET_KERNELS_ARM64)
extern const KernelTable neon_table;
extern const KernelTable dotprod_table;
extern const KernelTable i8mm_table;
#elif defined(LINNET_KERNELS_ARMV7)
extern const KernelTable armv7neon_table;
#elif defined(LINNET_KERNELS_WASM)
extern const KernelTable wasm128_table;
#endif

}  // namespace linnet::kernels
