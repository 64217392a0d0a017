// The kernel tables. Compiled without the flags of any instruction set.
#include "runtime/kernels/kernel_list.h"

namespace linnet::kernels {

#define LINNET_COUNT(list) (sizeof(list) / sizeof((list)[0]))
// What the kernels are called; `rows` is the instruction set of the steps on rows.
#define LINNET_KERNEL_NAMES(quantize, rows, gemm_s8, attention_s8, gemm_f32, attention_f32)                    \
  {"quantize_rows", "quantize_rows_s8_f32_" #quantize}, {"quantize_heads", "quantize_heads_s8_f32_" #rows},    \
      {"gemm_s8", #gemm_s8}, {"gemm_f32", #gemm_f32}, {"norm", "norm_f32_f32_" #rows},                         \
      {"embed", "embed_f32_f32s8_" #rows}, {"attention_s8", #attention_s8}, {"attention_f32", #attention_f32}, \
      {"pool", "pool_f32_f32_" #rows}, {"l2_normalize", "l2_normalize_f32_f32_" #rows}, {                      \
    "find_non_finite", "find_non_finite_f32_" #rows                                                            \
  }
#define LINNET_TABLE(isa, fma, flips, quantize, rows, gemm_s8, attention_s8, gemm_f32, attention_f32) \
  static constexpr Kernel isa##_kernels[] = {                                                         \
      LINNET_KERNEL_NAMES(quantize, rows, gemm_s8, attention_s8, gemm_f32, attention_f32)};           \
  constinit const KernelTable isa##_table = {#isa,                                                    \
                                             fma,                                                     \
                                             flips,                                                   \
                                             quantize_rows_s8_f32_##quantize,                         \
                                             quantize_heads_s8_f32_##rows,                            \
                                             gemm_s8,                                                 \
                                             gemm_f32,                                                \
                                             finish_tile_##rows,                                      \
                                             norm_f32_f32_##rows,                                     \
                                             embed_f32_f32s8_##rows,                                  \
                                             attention_s8##_scratch,                                  \
                                             attention_s8,                                            \
                                             attention_f32##_scratch,                                 \
                                             attention_f32,                                           \
                                             pool_f32_f32_##rows,                                     \
                                             l2_normalize_f32_f32_##rows,                             \
                                             find_non_finite_f32_##rows,                              \
                                             isa##_kernels,                                           \
                                             LINNET_COUNT(isa##_kernels)};

LINNET_TABLE(scalar, true, false, scalar, scalar, gemm_f32_s8s8_6x16_scalar, attention_f32_s8_16q_scalar,
             gemm_f32_f32f32_6x16_scalar, attention_f32_f32_16q_scalar)
#if defined(LINNET_KERNELS_X86)
LINNET_TABLE(sse41, false, false, sse41, sse41, gemm_f32_s8s8_2x16_sse41, attention_f32_s8_16q_sse41,
             gemm_f32_f32f32_2x16_sse41, attention_f32_f32_16q_sse41)
LINNET_TABLE(avx2, true, false, avx2, avx2, gemm_f32_s8s8_6x16_avx2, attention_f32_s8_16q_avx2,
             gemm_f32_f32f32_6x16_avx2, attention_f32_f32_16q_avx2)
LINNET_TABLE(avxvnni, true, true, avxvnni, avx2, gemm_f32_s8s8_6x16_avxvnni, attention_f32_s8_16q_avxvnni,
             gemm_f32_f32f32_6x16_avx2, attention_f32_f32_16q_avx2)
LINNET_TABLE(avx512, true, false, avx512, avx512, gemm_f32_s8s8_6x64_avx512, attention_f32_s8_16q_avx512,
             gemm_f32_f32f32_6x64_avx512, attention_f32_f32_16q_avx512)
LINNET_TABLE(avx512vnni, true, true, avx512vnni, avx512, gemm_f32_s8s8_6x64_avx512vnni, attention_f32_s8_16q_avx512vnni,
             gemm_f32_f32f32_6x64_avx512, attention_f32_f32_16q_avx512)
LINNET_TABLE(amx, true, true, avx512vnni, avx512, gemm_f32_s8s8_32x32_amx, attention_f32_s8_16q_amx,
             gemm_f32_f32f32_6x64_avx512, attention_f32_f32_16q_avx512)
#elif defined(LINNET_KERNELS_ARM64)
LINNET_TABLE(neon, true, false, neon, neon, gemm_f32_s8s8_2x16_neon, attention_f32_s8_16q_neon,
             gemm_f32_f32f32_6x16_neon, attention_f32_f32_16q_neon)
LINNET_TABLE(dotprod, true, false, neon, neon, gemm_f32_s8s8_6x16_dotprod, attention_f32_s8_16q_dotprod,
             gemm_f32_f32f32_6x16_neon, attention_f32_f32_16q_neon)
LINNET_TABLE(i8mm, true, false, neon, neon, gemm_f32_s8s8_16x4_i8mm, attention_f32_s8_16q_i8mm,
             gemm_f32_f32f32_6x16_neon, attention_f32_f32_16q_neon)
#elif defined(LINNET_KERNELS_ARMV7)
LINNET_TABLE(armv7neon, false, false, armv7neon, armv7neon, gemm_f32_s8s8_2x8_armv7neon, attention_f32_s8_16q_armv7neon,
             gemm_f32_f32f32_2x16_armv7neon, attention_f32_f32_16q_armv7neon)
#elif defined(LINNET_KERNELS_WASM)
LINNET_TABLE(wasm128, false, false, wasm128, wasm128, gemm_f32_s8s8_2x16_wasm128, attention_f32_s8_16q_wasm128,
             gemm_f32_f32f32_2x16_wasm128, attention_f32_f32_16q_wasm128)
#endif

}  // namespace linnet::kernels
