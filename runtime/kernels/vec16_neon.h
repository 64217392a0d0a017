// The virtual vector of 16 lanes as four NEON registers, of AArch64 or of ARMv7; vec16_scalar.h says what the functions
// mean.
//
// ARMv7's NEON flushes subnormals and has neither a division nor a rounding conversion: a division is done lane by lane
// on the VFP unit, and what could be subnormal is kept out of the way by the rules of docs/numerics.md.
#pragma once

#if !defined(__ARM_NEON)
#error "needs NEON (ARMv7: -mfpu=neon)"
#endif

#include <arm_neon.h>

#include "runtime/kernels/vec16_common.h"

namespace linnet::kernels {
namespace {

struct Floats {
  float32x4_t v[4];  // lanes 4 i .. 4 i + 3
};
struct Ints {
  int32x4_t v[4];
};

#if defined(__aarch64__)
constexpr size_t kKeysAtOnce = 4;
constexpr size_t kColumnsAtOnce = 4;
constexpr size_t kPairsSideBySide = 2;
#else  // half as many registers
constexpr size_t kKeysAtOnce = 2;
constexpr size_t kColumnsAtOnce = 2;
constexpr size_t kPairsSideBySide = 1;
#endif

#define LINNET_EACH \
  LINNET_UNROLL     \
  for (int i = 0; i < 4; ++i)

LINNET_INLINE int16x8_t words(int32x4_t x) { return vreinterpretq_s16_s32(x); }
LINNET_INLINE int32x4_t dwords(int16x8_t x) { return vreinterpretq_s32_s16(x); }

// The lower (upper) halves of two registers.
LINNET_INLINE int32x4_t low_halves(int32x4_t x, int32x4_t y) {
#if defined(__aarch64__)
  return vreinterpretq_s32_s64(vzip1q_s64(vreinterpretq_s64_s32(x), vreinterpretq_s64_s32(y)));
#else
  return vcombine_s32(vget_low_s32(x), vget_low_s32(y));
#endif
}
LINNET_INLINE int32x4_t high_halves(int32x4_t x, int32x4_t y) {
#if defined(__aarch64__)
  return vreinterpretq_s32_s64(vzip2q_s64(vreinterpretq_s64_s32(x), vreinterpretq_s64_s32(y)));
#else
  return vcombine_s32(vget_high_s32(x), vget_high_s32(y));
#endif
}

LINNET_INLINE Floats load(const float* p) {
  Floats r;
  LINNET_EACH r.v[i] = vld1q_f32(p + 4 * i);
  return r;
}
LINNET_INLINE Floats load_first(const float* p, size_t n) {
  float all[16] = {};
  for (size_t i = 0; i < n && i < 16; ++i) all[i] = p[i];
  return load(all);
}
LINNET_INLINE void store(float* p, Floats x) { LINNET_EACH vst1q_f32(p + 4 * i, x.v[i]); }
LINNET_INLINE void store_first(float* p, Floats x, size_t n) {
  float all[16];
  store(all, x);
  for (size_t i = 0; i < n && i < 16; ++i) p[i] = all[i];
}
LINNET_INLINE Floats splat(float x) {
  const float32x4_t v = vdupq_n_f32(x);
  return {{v, v, v, v}};
}
LINNET_INLINE Floats keep_first(Floats x, size_t n) {
  const int32_t numbers[4] = {0, 1, 2, 3};
  const int32x4_t lane = vld1q_s32(numbers);
  LINNET_EACH {
    const uint32x4_t kept = vcgtq_s32(vdupq_n_s32(static_cast<int32_t>(n) - 4 * i), lane);
    x.v[i] = vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(x.v[i]), kept));
  }
  return x;
}

#define LINNET_BINARY(type, name, expression) \
  LINNET_INLINE type name(type x, type y) {   \
    LINNET_EACH {                             \
      const auto a = x.v[i], b = y.v[i];      \
      x.v[i] = expression;                    \
    }                                         \
    return x;                                 \
  }
LINNET_BINARY(Floats, add, vaddq_f32(a, b))
LINNET_BINARY(Floats, sub, vsubq_f32(a, b))
LINNET_BINARY(Floats, mul, vmulq_f32(a, b))
LINNET_BINARY(Floats, max, vbslq_f32(vcgtq_f32(a, b), a, b))  // fmax has rules of its own for NaN and zeros
LINNET_BINARY(Floats, min, vbslq_f32(vcltq_f32(a, b), a, b))
LINNET_BINARY(Ints, add_ints, vaddq_s32(a, b))
LINNET_BINARY(Ints, sub_ints, vsubq_s32(a, b))
LINNET_BINARY(Ints, and_bits, vandq_s32(a, b))
LINNET_BINARY(Ints, or_bits, vorrq_s32(a, b))
LINNET_BINARY(Ints, xor_bits, veorq_s32(a, b))
LINNET_BINARY(Ints, max_ints, vmaxq_s32(a, b))
LINNET_BINARY(Ints, add_pairs, dwords(vaddq_s16(words(a), words(b))))
LINNET_BINARY(Ints, sub_pairs, dwords(vsubq_s16(words(a), words(b))))
LINNET_BINARY(Ints, mul_pairs, dwords(vmulq_s16(words(a), words(b))))
LINNET_BINARY(Ints, mul_q15, dwords(vqrdmulhq_s16(words(a), words(b))))
LINNET_BINARY(Ints, max_pairs, dwords(vmaxq_s16(words(a), words(b))))
LINNET_BINARY(Ints, make_pairs, vsliq_n_s32(a, b, 16))
// a >> b: NEON shifts to the left by a count that may be negative.
LINNET_BINARY(Ints, shift_pairs_right_each, dwords(vshlq_s16(words(a), vnegq_s16(words(b)))))
#if defined(__aarch64__)
LINNET_BINARY(Floats, div, vdivq_f32(a, b))
LINNET_BINARY(Ints, pack_words, dwords(vuzp1q_s16(words(a), words(b))))
LINNET_BINARY(Ints, unpack_first, dwords(vzip1q_s16(words(a), words(b))))
LINNET_BINARY(Ints, unpack_second, dwords(vzip2q_s16(words(a), words(b))))
#else
LINNET_BINARY(Ints, pack_words, dwords(vcombine_s16(vmovn_s32(a), vmovn_s32(b))))
LINNET_BINARY(Ints, unpack_first, dwords(vzipq_s16(words(a), words(b)).val[0]))
LINNET_BINARY(Ints, unpack_second, dwords(vzipq_s16(words(a), words(b)).val[1]))
LINNET_INLINE Floats div(Floats x, Floats y) {
  float a[16], b[16];
  store(a, x);
  store(b, y);
  for (int i = 0; i < 16; ++i) a[i] = a[i] / b[i];
  return load(a);
}
#endif
#undef LINNET_BINARY

#define LINNET_SHIFT(name, expression) \
  template <int kCount>                \
  LINNET_INLINE Ints name(Ints x) {    \
    LINNET_EACH {                      \
      const int32x4_t a = x.v[i];      \
      x.v[i] = expression;             \
    }                                  \
    return x;                          \
  }
LINNET_SHIFT(shift_left, vshlq_n_s32(a, kCount))
LINNET_SHIFT(shift_right, vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_s32(a), kCount)))
LINNET_SHIFT(shift_pairs_left, dwords(vshlq_n_s16(words(a), kCount)))
LINNET_SHIFT(shift_pairs_right, dwords(vshrq_n_s16(words(a), kCount)))
#undef LINNET_SHIFT

#if defined(__aarch64__) || defined(__ARM_FEATURE_FMA)
LINNET_INLINE Floats fma(Floats x, Floats y, Floats z) {
  LINNET_EACH z.v[i] = vfmaq_f32(z.v[i], x.v[i], y.v[i]);
  return z;
}
#else
// There is no fused multiply-add: this instruction set is outside of the float promise.
LINNET_INLINE Floats fma(Floats x, Floats y, Floats z) { return add(mul(x, y), z); }
#endif
LINNET_INLINE Ints bits(Floats x) {
  Ints r;
  LINNET_EACH r.v[i] = vreinterpretq_s32_f32(x.v[i]);
  return r;
}
LINNET_INLINE Floats from_bits(Ints x) {
  Floats r;
  LINNET_EACH r.v[i] = vreinterpretq_f32_s32(x.v[i]);
  return r;
}
LINNET_INLINE Ints splat_int(int32_t x) {
  const int32x4_t v = vdupq_n_s32(x);
  return {{v, v, v, v}};
}
LINNET_INLINE Ints round_to_int(Floats x) {
#if defined(__aarch64__)
  Ints r;
  LINNET_EACH r.v[i] = vcvtnq_s32_f32(x.v[i]);
  return r;
#else
  return sub_ints(bits(add(x, splat(12582912.0f))), splat_int(0x4b400000));  // + 1.5 * 2^23
#endif
}
LINNET_INLINE Floats to_float(Ints x) {
  Floats r;
  LINNET_EACH r.v[i] = vcvtq_f32_s32(x.v[i]);
  return r;
}
LINNET_INLINE float fold_add(Floats x) {
  const float32x4_t y = vaddq_f32(vaddq_f32(x.v[0], x.v[2]), vaddq_f32(x.v[1], x.v[3]));
  const float32x2_t z = vadd_f32(vget_low_f32(y), vget_high_f32(y));
  return vget_lane_f32(vpadd_f32(z, z), 0);
}

LINNET_INLINE Ints load_ints(const int32_t* p) {
  Ints r;
  LINNET_EACH r.v[i] = vld1q_s32(p + 4 * i);
  return r;
}
LINNET_INLINE void store_ints(int32_t* p, Ints x) { LINNET_EACH vst1q_s32(p + 4 * i, x.v[i]); }
// As bytes, since these need no alignment.
LINNET_INLINE Ints load_raw(const void* p) {
  Ints r;
  LINNET_EACH r.v[i] = vreinterpretq_s32_s8(vld1q_s8(static_cast<const int8_t*>(p) + 16 * i));
  return r;
}
LINNET_INLINE void store_raw(void* p, Ints x) {
  LINNET_EACH vst1q_s8(static_cast<int8_t*>(p) + 16 * i, vreinterpretq_s8_s32(x.v[i]));
}
LINNET_INLINE int32x4_t max_of_registers(Ints x) {
  return vmaxq_s32(vmaxq_s32(x.v[0], x.v[1]), vmaxq_s32(x.v[2], x.v[3]));
}
// Of two registers, the larger one of each two neighbours.
LINNET_INLINE int32x4_t max_of_neighbours(int32x4_t x, int32x4_t y) {
#if defined(__aarch64__)
  return vpmaxq_s32(x, y);
#else
  return vcombine_s32(vpmax_s32(vget_low_s32(x), vget_high_s32(x)), vpmax_s32(vget_low_s32(y), vget_high_s32(y)));
#endif
}
LINNET_INLINE int32_t fold_max_ints(Ints x) {
  const int32x4_t y = max_of_registers(x);
  const int32x2_t z = vmax_s32(vget_low_s32(y), vget_high_s32(y));
  return vget_lane_s32(vpmax_s32(z, z), 0);
}
LINNET_INLINE Ints fold_max_of_each(Ints* r) {
  Ints largest;
  LINNET_EACH {
    const int32x4_t low = max_of_neighbours(max_of_registers(r[4 * i]), max_of_registers(r[4 * i + 1]));
    const int32x4_t high = max_of_neighbours(max_of_registers(r[4 * i + 2]), max_of_registers(r[4 * i + 3]));
    largest.v[i] = max_of_neighbours(low, high);
  }
  return largest;
}

// Four rows of four, in place.
LINNET_INLINE void transpose4(int32x4_t& a, int32x4_t& b, int32x4_t& c, int32x4_t& d) {
  const int32x4x2_t ab = vtrnq_s32(a, b), cd = vtrnq_s32(c, d);
  a = low_halves(ab.val[0], cd.val[0]);
  b = low_halves(ab.val[1], cd.val[1]);
  c = high_halves(ab.val[0], cd.val[0]);
  d = high_halves(ab.val[1], cd.val[1]);
}
LINNET_INLINE void transpose(Ints* r) {
  for (int row = 0; row < 16; row += 4) {
    LINNET_EACH transpose4(r[row].v[i], r[row + 1].v[i], r[row + 2].v[i], r[row + 3].v[i]);
  }
  exchange_blocks(r);
}

// Bytes.
LINNET_INLINE Ints load_s8(const int8_t* p) {
  const int8x16_t bytes = vld1q_s8(p);
  const int16x8_t low = vmovl_s8(vget_low_s8(bytes)), high = vmovl_s8(vget_high_s8(bytes));
  return {{vmovl_s16(vget_low_s16(low)), vmovl_s16(vget_high_s16(low)), vmovl_s16(vget_low_s16(high)),
           vmovl_s16(vget_high_s16(high))}};
}
LINNET_INLINE int8x16_t narrow(Ints x) {
#if defined(__aarch64__)
  return vuzp1q_s8(vreinterpretq_s8_s16(vuzp1q_s16(words(x.v[0]), words(x.v[1]))),
                   vreinterpretq_s8_s16(vuzp1q_s16(words(x.v[2]), words(x.v[3]))));
#else
  return vcombine_s8(vmovn_s16(vcombine_s16(vmovn_s32(x.v[0]), vmovn_s32(x.v[1]))),
                     vmovn_s16(vcombine_s16(vmovn_s32(x.v[2]), vmovn_s32(x.v[3]))));
#endif
}
LINNET_INLINE void store_s8(int8_t* p, Ints x) { vst1q_s8(p, narrow(x)); }
LINNET_INLINE void store_s8x4(int8_t* p, const Ints* x, Ints flip) {
  LINNET_EACH vst1q_s8(p + 16 * i, veorq_s8(narrow(x[i]), vreinterpretq_s8_s32(flip.v[i])));
}
// Packing order is the order: lane xor 8 and lane xor 4 are other registers.
LINNET_INLINE void packing_order(Floats*) {}
LINNET_INLINE void packing_butterflies(Floats* z) {
  LINNET_EACH {
    const float32x4_t a = vaddq_f32(z[i].v[0], z[i].v[2]), b = vaddq_f32(z[i].v[1], z[i].v[3]);
    const float32x4_t c = vsubq_f32(z[i].v[0], z[i].v[2]), d = vsubq_f32(z[i].v[1], z[i].v[3]);
    z[i] = {{vaddq_f32(a, b), vsubq_f32(a, b), vaddq_f32(c, d), vsubq_f32(c, d)}};
  }
}
LINNET_INLINE void store_packed_s8x4(int8_t* p, const Ints* x, Ints flip) { store_s8x4(p, x, flip); }

// Pairs of int16.
LINNET_INLINE Ints second_halves(Ints x) {
  LINNET_EACH x.v[i] = vshrq_n_s32(x.v[i], 16);
  return x;
}
LINNET_INLINE Ints first_halves(Ints x) { return second_halves(shift_left<16>(x)); }
LINNET_INLINE Ints splat_pair(int32_t x) {
  const int32x4_t v = dwords(vdupq_n_s16(static_cast<int16_t>(x)));
  return {{v, v, v, v}};
}
LINNET_INLINE Ints add_both(Ints sum, Ints x) {
  LINNET_EACH sum.v[i] = vpadalq_s16(sum.v[i], words(x.v[i]));
  return sum;
}

#if defined(__ARM_FEATURE_DOTPROD)
LINNET_INLINE Ints dot_signed_quads(Ints sum, Ints x, Ints y) {  // four signed bytes of x times four of y
  LINNET_EACH sum.v[i] = vdotq_s32(sum.v[i], vreinterpretq_s8_s32(x.v[i]), vreinterpretq_s8_s32(y.v[i]));
  return sum;
}
LINNET_INLINE Ints dot_unsigned_quads(Ints sum, Ints x, Ints y) {  // the same for unsigned ones
  LINNET_EACH {
    sum.v[i] = vreinterpretq_s32_u32(
        vdotq_u32(vreinterpretq_u32_s32(sum.v[i]), vreinterpretq_u8_s32(x.v[i]), vreinterpretq_u8_s32(y.v[i])));
  }
  return sum;
}
// 16 columns of four rows of int8: a dword holds one byte of each.
LINNET_INLINE Ints interleave_rows(const int8_t* r0, const int8_t* r1, const int8_t* r2, const int8_t* r3) {
  const int8x16_t v0 = vld1q_s8(r0), v1 = vld1q_s8(r1), v2 = vld1q_s8(r2), v3 = vld1q_s8(r3);
  const int16x8_t low01 = vreinterpretq_s16_s8(vzip1q_s8(v0, v1)), high01 = vreinterpretq_s16_s8(vzip2q_s8(v0, v1));
  const int16x8_t low23 = vreinterpretq_s16_s8(vzip1q_s8(v2, v3)), high23 = vreinterpretq_s16_s8(vzip2q_s8(v2, v3));
  return {{dwords(vzip1q_s16(low01, low23)), dwords(vzip2q_s16(low01, low23)), dwords(vzip1q_s16(high01, high23)),
           dwords(vzip2q_s16(high01, high23))}};
}
#endif
#if defined(__ARM_FEATURE_MATMUL_INT8)
LINNET_INLINE Ints dot_quads(Ints sum, Ints x, Ints y) {  // four unsigned bytes of x times four signed ones of y
  LINNET_EACH sum.v[i] = vusdotq_s32(sum.v[i], vreinterpretq_u8_s32(x.v[i]), vreinterpretq_s8_s32(y.v[i]));
  return sum;
}
#endif

#undef LINNET_EACH

}  // namespace
}  // namespace linnet::kernels
