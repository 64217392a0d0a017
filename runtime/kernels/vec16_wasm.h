// The virtual vector of 16 lanes as four registers of WebAssembly's SIMD; vec16_scalar.h says what the functions mean.
// Nothing of relaxed SIMD, whose results differ between engines.
#pragma once

#if !defined(__wasm_simd128__)
#error "needs -msimd128"
#endif

#include <wasm_simd128.h>

#include "runtime/kernels/vec16_common.h"

namespace linnet::kernels {
namespace {

struct Floats {
  v128_t v[4];  // lanes 4 i .. 4 i + 3
};
struct Ints {
  v128_t v[4];
};

constexpr size_t kKeysAtOnce = 2;
constexpr size_t kColumnsAtOnce = 2;
constexpr size_t kPairsSideBySide = 1;

#define LINNET_EACH \
  LINNET_UNROLL     \
  for (int i = 0; i < 4; ++i)

LINNET_INLINE Floats load(const float* p) {
  Floats r;
  LINNET_EACH r.v[i] = wasm_v128_load(p + 4 * i);
  return r;
}
LINNET_INLINE Floats load_first(const float* p, size_t n) {
  float all[16] = {};
  for (size_t i = 0; i < n && i < 16; ++i) all[i] = p[i];
  return load(all);
}
LINNET_INLINE void store(float* p, Floats x) { LINNET_EACH wasm_v128_store(p + 4 * i, x.v[i]); }
LINNET_INLINE void store_first(float* p, Floats x, size_t n) {
  float all[16];
  store(all, x);
  for (size_t i = 0; i < n && i < 16; ++i) p[i] = all[i];
}
LINNET_INLINE Floats splat(float x) {
  const v128_t v = wasm_f32x4_splat(x);
  return {{v, v, v, v}};
}
LINNET_INLINE Floats keep_first(Floats x, size_t n) {
  LINNET_EACH {
    const v128_t kept = wasm_i32x4_gt(wasm_i32x4_splat(static_cast<int32_t>(n) - 4 * i), wasm_i32x4_make(0, 1, 2, 3));
    x.v[i] = wasm_v128_and(x.v[i], kept);
  }
  return x;
}

#define LINNET_BINARY(type, name, expression) \
  LINNET_INLINE type name(type x, type y) {   \
    LINNET_EACH {                             \
      const v128_t a = x.v[i], b = y.v[i];    \
      x.v[i] = expression;                    \
    }                                         \
    return x;                                 \
  }
LINNET_BINARY(Floats, add, wasm_f32x4_add(a, b))
LINNET_BINARY(Floats, sub, wasm_f32x4_sub(a, b))
LINNET_BINARY(Floats, mul, wasm_f32x4_mul(a, b))
LINNET_BINARY(Floats, div, wasm_f32x4_div(a, b))
// pmax(x, y) is x < y ? y : x, and pmin(x, y) is y < x ? y : x: with the operands exchanged, what is wanted.
LINNET_BINARY(Floats, max, wasm_f32x4_pmax(b, a))
LINNET_BINARY(Floats, min, wasm_f32x4_pmin(b, a))
LINNET_BINARY(Ints, add_ints, wasm_i32x4_add(a, b))
LINNET_BINARY(Ints, sub_ints, wasm_i32x4_sub(a, b))
LINNET_BINARY(Ints, and_bits, wasm_v128_and(a, b))
LINNET_BINARY(Ints, or_bits, wasm_v128_or(a, b))
LINNET_BINARY(Ints, xor_bits, wasm_v128_xor(a, b))
LINNET_BINARY(Ints, max_ints, wasm_i32x4_max(a, b))
LINNET_BINARY(Ints, add_pairs, wasm_i16x8_add(a, b))
LINNET_BINARY(Ints, sub_pairs, wasm_i16x8_sub(a, b))
LINNET_BINARY(Ints, mul_pairs, wasm_i16x8_mul(a, b))
LINNET_BINARY(Ints, mul_q15, wasm_i16x8_q15mulr_sat(a, b))
LINNET_BINARY(Ints, max_pairs, wasm_i16x8_max(a, b))
LINNET_BINARY(Ints, pack_words, wasm_u16x8_narrow_i32x4(a, b))
LINNET_BINARY(Ints, unpack_first, wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11))
LINNET_BINARY(Ints, unpack_second, wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15))
LINNET_BINARY(Ints, make_pairs, wasm_i16x8_shuffle(a, b, 0, 8, 2, 10, 4, 12, 6, 14))
#undef LINNET_BINARY

#define LINNET_SHIFT(name, instruction)               \
  template <int kCount>                               \
  LINNET_INLINE Ints name(Ints x) {                   \
    LINNET_EACH x.v[i] = instruction(x.v[i], kCount); \
    return x;                                         \
  }
LINNET_SHIFT(shift_left, wasm_i32x4_shl)
LINNET_SHIFT(shift_right, wasm_u32x4_shr)
LINNET_SHIFT(shift_pairs_left, wasm_i16x8_shl)
LINNET_SHIFT(shift_pairs_right, wasm_i16x8_shr)
#undef LINNET_SHIFT

// There is no fused multiply-add: this instruction set is outside of the float promise.
LINNET_INLINE Floats fma(Floats x, Floats y, Floats z) { return add(mul(x, y), z); }
LINNET_INLINE Ints bits(Floats x) { return {{x.v[0], x.v[1], x.v[2], x.v[3]}}; }
LINNET_INLINE Floats from_bits(Ints x) { return {{x.v[0], x.v[1], x.v[2], x.v[3]}}; }
LINNET_INLINE Ints splat_int(int32_t x) {
  const v128_t v = wasm_i32x4_splat(x);
  return {{v, v, v, v}};
}
LINNET_INLINE Ints round_to_int(Floats x) {
  return sub_ints(bits(add(x, splat(12582912.0f))), splat_int(0x4b400000));  // + 1.5 * 2^23
}
LINNET_INLINE Floats to_float(Ints x) {
  Floats r;
  LINNET_EACH r.v[i] = wasm_f32x4_convert_i32x4(x.v[i]);
  return r;
}
LINNET_INLINE float fold_add(Floats x) {
  v128_t y = wasm_f32x4_add(wasm_f32x4_add(x.v[0], x.v[2]), wasm_f32x4_add(x.v[1], x.v[3]));
  y = wasm_f32x4_add(y, wasm_i32x4_shuffle(y, y, 2, 3, 2, 3));
  return wasm_f32x4_extract_lane(y, 0) + wasm_f32x4_extract_lane(y, 1);
}

LINNET_INLINE Ints load_raw(const void* p) {
  Ints r;
  LINNET_EACH r.v[i] = wasm_v128_load(static_cast<const char*>(p) + 16 * i);
  return r;
}
LINNET_INLINE void store_raw(void* p, Ints x) { LINNET_EACH wasm_v128_store(static_cast<char*>(p) + 16 * i, x.v[i]); }
LINNET_INLINE Ints load_ints(const int32_t* p) { return load_raw(p); }
LINNET_INLINE void store_ints(int32_t* p, Ints x) { store_raw(p, x); }
LINNET_INLINE v128_t max_of_registers(Ints x) {
  return wasm_i32x4_max(wasm_i32x4_max(x.v[0], x.v[1]), wasm_i32x4_max(x.v[2], x.v[3]));
}
LINNET_INLINE int32_t fold_max_ints(Ints x) {
  v128_t y = max_of_registers(x);
  y = wasm_i32x4_max(y, wasm_i32x4_shuffle(y, y, 2, 3, 0, 1));
  return wasm_i32x4_extract_lane(wasm_i32x4_max(y, wasm_i32x4_shuffle(y, y, 1, 0, 3, 2)), 0);
}

// Four rows of four, in place.
LINNET_INLINE void transpose4(v128_t& a, v128_t& b, v128_t& c, v128_t& d) {
  const v128_t low01 = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), high01 = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7);
  const v128_t low23 = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5), high23 = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
  a = wasm_i64x2_shuffle(low01, low23, 0, 2);
  b = wasm_i64x2_shuffle(low01, low23, 1, 3);
  c = wasm_i64x2_shuffle(high01, high23, 0, 2);
  d = wasm_i64x2_shuffle(high01, high23, 1, 3);
}
LINNET_INLINE void transpose(Ints* r) {
  for (int row = 0; row < 16; row += 4) {
    LINNET_EACH transpose4(r[row].v[i], r[row + 1].v[i], r[row + 2].v[i], r[row + 3].v[i]);
  }
  exchange_blocks(r);
}

LINNET_INLINE Ints load_s8(const int8_t* p) {
  const v128_t bytes = wasm_v128_load(p);
  const v128_t low = wasm_i16x8_extend_low_i8x16(bytes), high = wasm_i16x8_extend_high_i8x16(bytes);
  return {{wasm_i32x4_extend_low_i16x8(low), wasm_i32x4_extend_high_i16x8(low), wasm_i32x4_extend_low_i16x8(high),
           wasm_i32x4_extend_high_i16x8(high)}};
}
LINNET_INLINE v128_t narrow(Ints x) {
  return wasm_i8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(x.v[0], x.v[1]), wasm_i16x8_narrow_i32x4(x.v[2], x.v[3]));
}
LINNET_INLINE void store_s8(int8_t* p, Ints x) { wasm_v128_store(p, narrow(x)); }
LINNET_INLINE void store_s8x4(int8_t* p, const Ints* x, Ints flip) {
  LINNET_EACH wasm_v128_store(p + 16 * i, wasm_v128_xor(narrow(x[i]), flip.v[i]));
}
// Packing order is the order: lane xor 8 and lane xor 4 are other registers.
LINNET_INLINE void packing_order(Floats*) {}
LINNET_INLINE void packing_butterflies(Floats* z) {
  LINNET_EACH {
    const v128_t a = wasm_f32x4_add(z[i].v[0], z[i].v[2]), b = wasm_f32x4_add(z[i].v[1], z[i].v[3]);
    const v128_t c = wasm_f32x4_sub(z[i].v[0], z[i].v[2]), d = wasm_f32x4_sub(z[i].v[1], z[i].v[3]);
    z[i] = {{wasm_f32x4_add(a, b), wasm_f32x4_sub(a, b), wasm_f32x4_add(c, d), wasm_f32x4_sub(c, d)}};
  }
}
LINNET_INLINE void store_packed_s8x4(int8_t* p, const Ints* x, Ints flip) { store_s8x4(p, x, flip); }
LINNET_INLINE Ints fold_max_of_each(Ints* r) {
  Ints largest;
  LINNET_EACH {
    v128_t a = max_of_registers(r[4 * i]), b = max_of_registers(r[4 * i + 1]);
    v128_t c = max_of_registers(r[4 * i + 2]), d = max_of_registers(r[4 * i + 3]);
    transpose4(a, b, c, d);
    largest.v[i] = wasm_i32x4_max(wasm_i32x4_max(a, b), wasm_i32x4_max(c, d));
  }
  return largest;
}

// Pairs of int16.
LINNET_INLINE Ints second_halves(Ints x) {
  LINNET_EACH x.v[i] = wasm_i32x4_shr(x.v[i], 16);
  return x;
}
LINNET_INLINE Ints first_halves(Ints x) { return second_halves(shift_left<16>(x)); }
LINNET_INLINE Ints splat_pair(int32_t x) {
  const v128_t v = wasm_i16x8_splat(static_cast<int16_t>(x));
  return {{v, v, v, v}};
}
LINNET_INLINE Ints load_s8_pairs(const int8_t* p) {
  Ints r;
  LINNET_EACH r.v[i] = wasm_i16x8_load8x8(p + 8 * i);
  return r;
}
LINNET_INLINE Ints odd_bytes(Ints x) { return shift_pairs_right<8>(x); }
LINNET_INLINE Ints even_bytes(Ints x) { return shift_pairs_right<8>(shift_pairs_left<8>(x)); }

// All lanes are shifted by one count, so each bit of the counts shifts those lanes that have it.
LINNET_INLINE Ints shift_pairs_right_each(Ints x, Ints count) {
  LINNET_EACH {
    v128_t a = x.v[i];
    const v128_t c = count.v[i];
    a = wasm_v128_bitselect(wasm_u16x8_shr(a, 8), a, wasm_i16x8_shr(wasm_i16x8_shl(c, 12), 15));
    a = wasm_v128_bitselect(wasm_u16x8_shr(a, 4), a, wasm_i16x8_shr(wasm_i16x8_shl(c, 13), 15));
    a = wasm_v128_bitselect(wasm_u16x8_shr(a, 2), a, wasm_i16x8_shr(wasm_i16x8_shl(c, 14), 15));
    x.v[i] = wasm_v128_bitselect(wasm_u16x8_shr(a, 1), a, wasm_i16x8_shr(wasm_i16x8_shl(c, 15), 15));
  }
  return x;
}
LINNET_INLINE Ints dot_pairs(Ints sum, Ints x, Ints y) {
  LINNET_EACH sum.v[i] = wasm_i32x4_add(sum.v[i], wasm_i32x4_dot_i16x8(x.v[i], y.v[i]));
  return sum;
}
LINNET_INLINE Ints add_both(Ints sum, Ints x) {
  LINNET_EACH sum.v[i] = wasm_i32x4_add(sum.v[i], wasm_i32x4_extadd_pairwise_i16x8(x.v[i]));
  return sum;
}

#undef LINNET_EACH

}  // namespace
}  // namespace linnet::kernels
