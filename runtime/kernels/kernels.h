// The kernels of one instruction set as a table of functions, and the choice among the tables.
//
// Every function computes exactly what docs/numerics.md says, so that all tables give the same bytes. A kernel owns
// nothing: no allocation, no threads, no state; the caller owns memory and splits the work. Pointers never alias
// unless a comment allows it. Rows of floats are padded: a row of `width` elements has a stride of at least
// round_up(width, 64), float buffers are 64-byte aligned, and the padding elements of every row are zero, on entry and
// on exit (a kernel that writes a row of width W writes zeros up to round_up(W, 64)).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"

namespace linnet::kernels {

enum class Activation : uint8_t { identity, relu, gelu, gelu_tanh, gelu_fixed, silu, quick_gelu, tanh };

// One segment of an input rotation: `length` elements from `begin`; m = 1 leaves it alone, (length 128, m 32) and
// (length 64, m 16) are the Walsh-Hadamard butterflies of docs/numerics.md, unnormalised.
struct RotationSegment {
  uint32_t begin;
  uint32_t length;
  uint32_t m;
};

// x [rows, width] float -> q [rows, round_up(width, 64)] int8 and one scale a row.
//   z = rotate(x * input_scale); absmax = max(|z|, 2^-64); scale = absmax * (1/127); q = rint(z * (127 / absmax))
// The stored form of q is the table's own business (some keep q ^ 0x80); only the same table's GEMM reads it.
struct QuantizeRowsArgs {
  const float* x;
  size_t x_stride;  // elements
  size_t rows;
  size_t width;
  const float* input_scale;  // [round_up(width, 16)] or null
  const RotationSegment* segments;
  size_t segment_count;
  int8_t* q;
  size_t q_stride;  // bytes, a multiple of 64
  float* scale;     // [rows]
};

// Where the result of a QKV layer goes when its heads are quantized at once, as by quantize_heads, in place of y.
struct HeadsResult {
  size_t head_width;
  size_t capacity;  // as in QuantizeHeadsArgs
  int8_t* q8;       // of row 0
  float* scale;     // of row 0
  size_t bad_row;   // lowered to the first row that holds a NaN or an infinity; kNoRow before the call
};

// What gemm_s8 can quantize at once: whole heads in every group of 64 columns.
constexpr bool can_quantize_heads(size_t head_width, size_t out_width) {
  return (head_width == 32 || head_width == 64) && out_width % 64 == 0;
}

// y[r, n] = act(((float(sum_k q[r,k] * w[k,n]) * x_scale[r]) * w_scale[n]) + bias[n]) (+ residual[r, n], added last)
// for columns n_begin <= n < n_end. n_begin is a multiple of 64; n_end is a multiple of 64 or out_width.
// Columns from out_width up to round_up(out_width, 64) are written as zeros when n_end == out_width.
struct GemmS8Args {
  const int8_t* q;  // written by the same table's quantize_rows
  size_t q_stride;
  const float* x_scale;
  size_t rows;
  size_t in_width;   // k; the weights and q go on to round_up(in_width, 64), with zeros or what a rotation left there
  size_t out_width;  // n of the whole weight matrix
  size_t n_begin, n_end;
  const int8_t* weights;      // Cell16x4
  const float* weight_scale;  // [round_up(out_width, 16)], zeros beyond out_width
  const int32_t* column_sum;  // the same length
  const float* bias;          // the same length, or null for zeros
  Activation activation;
  const float* residual;  // [rows, >= out_width] or null; may be y
  size_t residual_stride;
  float* y;
  size_t y_stride;
  HeadsResult* heads = nullptr;  // the result in place of y: no activation, no residual
};

// The same with float weights: y[r, n] = act(sum + bias[n]) (+ residual), sum = a k-ascending chain of FMAs from 0.
struct GemmF32Args {
  const float* x;
  size_t x_stride;
  size_t rows;
  size_t in_width, out_width;
  size_t n_begin, n_end;
  const float* weights;  // Panel16
  const float* bias;
  Activation activation;
  const float* residual;
  size_t residual_stride;
  float* y;
  size_t y_stride;
};

// y = act(...) + residual for `rows` rows from `row` and `tiles` vectors of columns from n. The sums, int32 or the bits
// of floats, of a row are `sum_stride` apart from those of the next. Behind the last column the row is zeroed. With
// heads: the same for their quantized values, n a multiple of 64 and 4 tiles.
struct Epilogue;  // runtime/kernels/epilogue.h
using FinishTile = void (*)(const Epilogue& e, const int32_t* sums, size_t sum_stride, size_t row, size_t rows,
                            size_t n, size_t tiles);

// Layer normalization of each row; y may be x.
struct NormArgs {
  const float* x;
  size_t x_stride;
  size_t rows;
  size_t width;
  const float* gamma;  // [round_up(width, 16)]
  const float* beta;   // the same length, or null
  float epsilon;
  float* y;
  size_t y_stride;
};

// A table of rows, float or int8 with one scale a row; stride round_up(width, 16) elements.
struct EmbeddingTable {
  const float* f32;
  const int8_t* s8;    // used when f32 is null
  const float* scale;  // with s8
};

// y[t] = (word[word_row[t]] + position[position_row[t]]) + token_type[0], missing tables left out.
// An int8 element is float(q) * scale.
struct EmbedArgs {
  EmbeddingTable word, position, token_type;
  bool has_position, has_token_type;
  const uint32_t* word_row;
  const uint32_t* position_row;
  size_t tokens;
  size_t width;
  float* y;
  size_t y_stride;
};

// The padded width of one head in int8 storage. The caller keeps 64 readable bytes after the last row.
constexpr size_t head_stride(size_t head_width) { return (head_width + 15) / 16 * 16; }

// Q, K and V as int8 with one scale per (token, head); the same rule as quantize_rows without scale and rotation.
//   qkv [tokens, 3 * heads * head_width] -> q8 [3 * heads][capacity][head_stride], scale [3 * heads][capacity]
// Plain signed values in every table. Bytes from head_width to head_stride are written as zeros.
struct QuantizeHeadsArgs {
  const float* qkv;
  size_t qkv_stride;
  size_t tokens;
  size_t heads;  // of one of the three
  size_t head_width;
  size_t capacity;  // tokens that fit in q8 and scale: the distance between heads, >= tokens
  int8_t* q8;
  float* scale;
};

// INT8 attention of one head of one sequence (docs/numerics.md, "Attention in integers"): writes
// ctx[t, 0..head_width) for the queries query_begin <= t < query_end.
struct AttentionS8Args {
  const int8_t *q, *k, *v;  // [length][head_stride]
  const float *q_scale, *k_scale, *v_scale;
  size_t length;
  size_t query_begin, query_end;  // query_begin is a multiple of 16
  size_t head_width;
  const float* bias;  // null, or bias[(length_max - 1) + t - j] is added for query t and key j; points at that centre,
                      // so bias[t - j]; readable from bias[-(length - 1) - 16] to bias[length - 1 + 16]
  float* ctx;         // row of query 0; only head_width columns are written
  size_t ctx_stride;
  void* scratch;  // attention_s8_scratch(length, head_width) bytes, 64-byte aligned
};

// Float attention of one head of one sequence. q, k and v point into rows of qkv.
struct AttentionF32Args {
  const float *q, *k, *v;
  size_t stride;  // of all three
  size_t length;
  size_t query_begin, query_end;
  size_t head_width;
  const float* bias;  // as above
  float* ctx;
  size_t ctx_stride;
  void* scratch;
};

enum class Pooling : uint8_t { mean, first, max, mean_sqrt_length };

// One sequence of `tokens` >= 1 rows to one row.
struct PoolArgs {
  const float* x;
  size_t x_stride;
  size_t tokens;
  size_t width;
  Pooling pooling;
  float* y;
};

// Each row times 1 / max(sqrt(sum of squares), 1e-12); y may be x.
struct L2NormalizeArgs {
  const float* x;
  size_t x_stride;
  size_t rows;
  size_t width;
  float* y;
  size_t y_stride;
};

inline constexpr size_t kNoRow = SIZE_MAX;

struct Kernel {
  const char* op;    // "gemm_s8"
  const char* name;  // "gemm_f32_s8s8_6x64_avx512vnni": op, types, tile, instruction set
};

struct KernelTable {
  const char* isa;
  bool float_gemm_is_fma;  // the float promise of docs/numerics.md holds
  bool stores_flipped;     // quantize_rows keeps q ^ 0x80

  // These two return the first row whose scale could not be made because the row holds a NaN or an infinity (for heads:
  // the token), or kNoRow. Such a row's output is unspecified.
  size_t (*quantize_rows)(const QuantizeRowsArgs&);
  size_t (*quantize_heads)(const QuantizeHeadsArgs&);

  void (*gemm_s8)(const GemmS8Args&);
  void (*gemm_f32)(const GemmF32Args&);
  // How both end, for sums that come from elsewhere.
  FinishTile (*finish_tile)(Activation activation, const float* residual, const HeadsResult* heads);
  void (*norm)(const NormArgs&);
  void (*embed)(const EmbedArgs&);
  size_t (*attention_s8_scratch)(size_t length, size_t head_width);
  void (*attention_s8)(const AttentionS8Args&);
  size_t (*attention_f32_scratch)(size_t length, size_t head_width);
  void (*attention_f32)(const AttentionF32Args&);
  void (*pool)(const PoolArgs&);
  void (*l2_normalize)(const L2NormalizeArgs&);
  // The first of `rows` rows that holds a NaN or an infinity, or kNoRow.
  size_t (*find_non_finite)(const float* x, size_t x_stride, size_t rows, size_t width);

  const Kernel* kernels;  // what the functions above are called in tests and benchmarks
  size_t kernel_count;
};

// What the table calls its kernel of an op ("gemm_s8"); "" when there is no such op.
const char* kernel_name(const KernelTable& table, const char* op);

// The tables compiled into this binary that this CPU (and operating system) can run, best first, scalar last.
size_t available_tables(const KernelTable** tables, size_t capacity);

// The table named `isa`; null or "" means the best one. An unknown name, or one that this machine cannot run, is an
// error that lists the names which would work.
Result<const KernelTable*> select_table(const char* isa);

// select_table of the environment variable LINNET_ISA.
Result<const KernelTable*> select_table_from_environment();

}  // namespace linnet::kernels
