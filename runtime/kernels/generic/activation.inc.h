// Activations, written once for every instruction set; docs/numerics.md, "Activations".
#pragma once

#include LINNET_VEC16
#include "runtime/kernels/generic/coefficients.inc.h"

namespace linnet::kernels {
namespace {

LINNET_INLINE Floats magnitude(Floats x) { return from_bits(and_bits(bits(x), splat_int(0x7fffffff))); }

template <size_t kCount>
LINNET_INLINE Floats polynomial(const float (&coefficients)[kCount], Floats x) {
  Floats p = splat(coefficients[kCount - 1]);
  LINNET_UNROLL
  for (size_t i = kCount - 1; i > 0; --i) p = add(mul(p, x), splat(coefficients[i - 1]));
  return p;
}

// x = n ln 2 + r: returns 2^n and exp(r) - 1.
struct ExpParts {
  Floats power, rest;
};
LINNET_INLINE ExpParts exp_parts(Floats x) {
  const Floats magic = splat(12582912.0f);  // 1.5 * 2^23: the sum's low bits are n
  const Floats shifted = add(mul(x, splat(1.44269504f)), magic);
  const Floats n = sub(shifted, magic);
  const Floats r = sub(sub(x, mul(n, splat(0.693359375f))), mul(n, splat(-2.12194440e-4f)));
  const Floats rest = add(r, mul(mul(r, r), polynomial(kExpm1, r)));
  const Floats power = from_bits(add_ints(shift_left<23>(bits(shifted)), splat_int(0x3f800000)));
  return {power, rest};
}

// exp(x) for x clamped to low..70; a NaN stays one. low >= -87, so that no result is subnormal; at most 70, so that
// nothing in the reciprocal of one is.
LINNET_INLINE Floats exponential(Floats x, float low) {
  const ExpParts parts = exp_parts(max(splat(low), min(splat(70.0f), x)));
  return mul(add(splat(1.0f), parts.rest), parts.power);
}

// 1 / x for 2^-101 < x < 2^101 without a division: a guess from the bits, then Newton steps. The constants make the
// error after the first step smallest (0.15 %); the last step is the one that rounds best.
LINNET_INLINE Floats reciprocal(Floats x) {
  Floats r = from_bits(sub_ints(splat_int(0x7ef25800), bits(x)));
  r = mul(r, sub(splat(2.0015f), mul(x, r)));
  r = mul(r, sub(splat(2.0f), mul(x, r)));
  return add(r, mul(r, sub(splat(1.0f), mul(x, r))));
}

// x / (1 + exp(-k x)) where `scaled` is k x; x is clamped where the result is below 1e-27.
LINNET_INLINE Floats times_sigmoid(Floats x, Floats scaled) {
  return mul(x, reciprocal(add(splat(1.0f), exponential(sub(splat(0.0f), scaled), -87.0f))));
}

// 0 > x ? 0 : x, so NaN and -0 stay what they are.
LINNET_INLINE Floats relu(Floats x) { return max(splat(0.0f), x); }

// relu(x) - |x| Phi(-|x|), the latter as |x| exp(-x^2 / 2) M(|x|).
LINNET_INLINE Floats gelu(Floats x) {
  const Floats a = magnitude(x);
  const Floats near = min(splat(kMillsLimit), a);
  const Floats e = exponential(mul(mul(a, a), splat(-0.5f)), -80.0f);
  const Floats h = mul(mul(near, e), polynomial(kMills, near));
  return sub(relu(x), h);
}

LINNET_INLINE Floats gelu_tanh(Floats x) {
  x = max(splat(-9.0f), x);
  const Floats cube = mul(mul(x, x), x);
  const Floats inner = mul(add(x, mul(cube, splat(0.044715f))), splat(1.59576912f));  // 2 sqrt(2 / pi)
  return times_sigmoid(x, inner);
}

LINNET_INLINE Floats silu(Floats x) {
  x = max(splat(-70.0f), x);
  return times_sigmoid(x, x);
}

LINNET_INLINE Floats quick_gelu(Floats x) {
  x = max(splat(-41.0f), x);
  return times_sigmoid(x, mul(x, splat(1.702f)));
}

// sign(x) * m / (m + 2) with m = exp(2 |x|) - 1.
LINNET_INLINE Floats hyperbolic_tangent(Floats x) {
  const Floats a = min(splat(9.25f), magnitude(x));
  const ExpParts parts = exp_parts(add(a, a));
  const Floats m = add(mul(parts.rest, parts.power), sub(parts.power, splat(1.0f)));
  const Floats y = mul(m, reciprocal(add(m, splat(2.0f))));
  return from_bits(or_bits(bits(y), and_bits(bits(x), splat_int(INT32_MIN))));
}

// h(a) = a Phi(-a) as a polynomial of words u = 65534 min(a, 5) / 5 - 32767.
LINNET_INLINE Ints gelu_fixed_input(Floats x) {
  return round_to_int(mul(min(magnitude(x), splat(kGeluFixedLimit)), splat(kGeluFixedScale)));
}

// h as the low half of a float between 128 and 129, whose last place is 2^-16: no conversion, no multiplication.
LINNET_INLINE Floats gelu_fixed_output(Floats x, Ints h_bits) {
  return sub(relu(x), sub(from_bits(h_bits), splat(128.5f)));
}

// Each step of one pair waits for the step before it; several pairs side by side fill the time.
template <size_t kPairs>
LINNET_INLINE void gelu_fixed(Floats (&v)[2 * kPairs]) {
  Ints u[kPairs], z[kPairs], p[kPairs];
  LINNET_UNROLL
  for (size_t i = 0; i < kPairs; ++i) {
    u[i] = sub_pairs(pack_words(gelu_fixed_input(v[2 * i]), gelu_fixed_input(v[2 * i + 1])), splat_pair(32767));
  }
  LINNET_UNROLL
  for (size_t i = 0; i < kPairs; ++i) {
    z[i] = sub_pairs(sub_pairs(shift_pairs_right<1>(mul_q15(u[i], u[i])), splat_pair(16384)), u[i]);
    p[i] = splat_pair(kGeluFixed[7]);
  }
  LINNET_UNROLL
  for (int k = 6; k > 0; --k) {
    LINNET_UNROLL
    for (size_t i = 0; i < kPairs; ++i) p[i] = add_pairs(mul_q15(p[i], z[i]), splat_pair(kGeluFixed[k]));
  }
  LINNET_UNROLL
  for (size_t i = 0; i < kPairs; ++i) {
    // h + 2^15, in units of 2^-16, as words without sign.
    const Ints h = add_pairs(mul_q15(p[i], z[i]), splat_pair(kGeluFixed[0] - 32768)), high = splat_pair(0x4300);
    v[2 * i] = gelu_fixed_output(v[2 * i], unpack_first(h, high));
    v[2 * i + 1] = gelu_fixed_output(v[2 * i + 1], unpack_second(h, high));
  }
}

template <Activation kActivation>
LINNET_INLINE Floats activate(Floats x) {
  if constexpr (kActivation == Activation::relu) return relu(x);
  if constexpr (kActivation == Activation::gelu) return gelu(x);
  if constexpr (kActivation == Activation::gelu_tanh) return gelu_tanh(x);
  if constexpr (kActivation == Activation::silu) return silu(x);
  if constexpr (kActivation == Activation::quick_gelu) return quick_gelu(x);
  if constexpr (kActivation == Activation::tanh) return hyperbolic_tangent(x);
  return x;
}

// Vectors in pairs, which is what the fixed-point form wants.
template <Activation kActivation, size_t kPairs>
LINNET_INLINE void activate(Floats (&v)[2 * kPairs]) {
  if constexpr (kActivation == Activation::gelu_fixed) {
    gelu_fixed<kPairs>(v);
  } else {
    LINNET_UNROLL
    for (size_t i = 0; i < 2 * kPairs; ++i) v[i] = activate<kActivation>(v[i]);
  }
}

}  // namespace
}  // namespace linnet::kernels
