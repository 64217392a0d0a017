// The operations in the plainest C++ that gives the bytes of docs/numerics.md: no vectors, no tiles, one element at a
// time. Nothing here is shared with the kernels but the coefficients, which fit_polynomials.py wrote.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/kernels/kernels.h"

namespace linnet::kernels::reference {

// (a * b + 2^14) >> 15.
int32_t q15(int32_t a, int32_t b);
// 2^-(d / 256) in Q15, 0 <= d <= 4095, and a Phi(-a) in units of 2^-16 for u = 65534 a / 5 - 32767.
int32_t exp2_fixed(int32_t d);
int32_t gelu_fixed_h(int32_t u);

// One element of an activation with the arithmetic of the kernels, and the function that it stands for in double.
float activate(Activation activation, float x);
double exact_activation(Activation activation, double x);
float exponential(float x, float low);

// The rotation of one row in place; `T` float gives the kernels' bytes, double is for tests of rotated weights.
template <typename T>
void rotate(T* row, const RotationSegment* segments, size_t count);
extern template void rotate(float*, const RotationSegment*, size_t);
extern template void rotate(double*, const RotationSegment*, size_t);

size_t quantize_rows(const QuantizeRowsArgs& args);  // plain signed q
size_t quantize_heads(const QuantizeHeadsArgs& args);
// `args.weights` is ignored; w is [out_width][in_width] and args.q plain.
void gemm_s8(const GemmS8Args& args, const std::vector<int8_t>& w);
void gemm_f32(const GemmF32Args& args, const std::vector<float>& w, bool fused);
void norm(const NormArgs& args);
void embed(const EmbedArgs& args);
void attention_s8(const AttentionS8Args& args);  // needs no scratch
void attention_f32(const AttentionF32Args& args, bool fused);
void pool(const PoolArgs& args);
void l2_normalize(const L2NormalizeArgs& args);

}  // namespace linnet::kernels::reference
