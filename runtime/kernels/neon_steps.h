// Single instructions of NEON for the inner loops of the GEMMs, which need every register there is. From
// intrinsics each compiler schedules them in its own way and then spills sums in the middle of the loop (GCC 12 and
// clang 14 both do); these stay in the order in which they are written, and the compiler only allocates the registers.
// `targets/perf` counts what came out.
//
// What such a load reads is not known to the compiler: a function that uses them begins with read_by_steps.
#pragma once

#include LINNET_VEC16

namespace linnet::kernels {
namespace {

// Whatever was written to memory before is there for the loads below.
LINNET_INLINE void read_by_steps(const void* a, const void* b) { __asm__ volatile("" : : "r"(a), "r"(b) : "memory"); }

#if defined(__aarch64__)

// Four bytes, four times.
using Splat = int8x16_t;

// 16 bytes from p + i, which counts bytes.
template <typename Vector>
LINNET_INLINE void load_from(const void* p, size_t i, Vector& x) {
  __asm__ volatile("ldr %q0, [%1, %2]" : "=w"(x) : "r"(p), "r"(i));
}
// 16 bytes from p + kOffset, and twice as many.
template <int kOffset>
LINNET_INLINE int8x16_t load_at(const int8_t* p) {
  int8x16_t x;
  __asm__ volatile("ldr %q0, [%1, %2]" : "=w"(x) : "r"(p), "i"(kOffset));
  return x;
}
template <int kOffset, typename Vector>
LINNET_INLINE void load_two_at(const void* p, Vector& a, Vector& b) {
  __asm__ volatile("ldp %q0, %q1, [%2, %3]" : "=w"(a), "=w"(b) : "r"(p), "i"(kOffset));
}
// The four bytes at p, which moves on.
LINNET_INLINE Splat splat_next(const int8_t*& p) {
  Splat x;
  __asm__ volatile("ld1r {%0.4s}, [%1], #4" : "=w"(x), "+r"(p));
  return x;
}

// Products of the lower, or the upper, eight bytes, and with those added to products that are there. Two products of
// -127..127 fit int16.
LINNET_INLINE int16x8_t multiply_low(int8x16_t a, Splat b) {
  int16x8_t product;
  __asm__ volatile("smull %0.8h, %1.8b, %2.8b" : "=w"(product) : "w"(a), "w"(b));
  return product;
}
LINNET_INLINE int16x8_t multiply_high(int8x16_t a, Splat b) {
  int16x8_t product;
  __asm__ volatile("smull2 %0.8h, %1.16b, %2.16b" : "=w"(product) : "w"(a), "w"(b));
  return product;
}
LINNET_INLINE void multiply_add_low(int16x8_t& product, int8x16_t a, Splat b) {
  __asm__ volatile("smlal %0.8h, %1.8b, %2.8b" : "+w"(product) : "w"(a), "w"(b));
}
LINNET_INLINE void multiply_add_high(int16x8_t& product, int8x16_t a, Splat b) {
  __asm__ volatile("smlal2 %0.8h, %1.16b, %2.16b" : "+w"(product) : "w"(a), "w"(b));
}
// Adds each two neighbours.
LINNET_INLINE void add_neighbours(int32x4_t& sum, int16x8_t product) {
  __asm__ volatile("sadalp %0.4s, %1.8h" : "+w"(sum) : "w"(product));
}

// w times the element kElement of x, rounded once with the sum.
template <int kElement>
LINNET_INLINE void multiply_add_element(float32x4_t& sum, float32x4_t w, float32x4_t x) {
  __asm__ volatile("fmla %0.4s, %1.4s, %2.s[%3]" : "+w"(sum) : "w"(w), "w"(x), "i"(kElement));
}

#if defined(__ARM_FEATURE_DOTPROD)
// Each four bytes of w times the four of element kElement of x.
template <int kElement>
LINNET_INLINE void multiply_add_element(int32x4_t& sum, int8x16_t w, int8x16_t x) {
  __asm__ volatile("sdot %0.4s, %1.16b, %2.4b[%3]" : "+w"(sum) : "w"(w), "w"(x), "i"(kElement));
}
#endif

#if defined(__ARM_FEATURE_MATMUL_INT8)
// Two rows of eight bytes times two columns of eight bytes: row 0 with both columns, then row 1.
LINNET_INLINE void multiply_blocks(int32x4_t& sum, int8x16_t rows, int8x16_t columns) {
  __asm__ volatile("smmla %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(rows), "w"(columns));
}
// Dwords of both in turns, of the lower and of the upper halves.
LINNET_INLINE int8x16_t interleave_low(int8x16_t a, int8x16_t b) {
  int8x16_t x;
  __asm__ volatile("zip1 %0.4s, %1.4s, %2.4s" : "=w"(x) : "w"(a), "w"(b));
  return x;
}
LINNET_INLINE int8x16_t interleave_high(int8x16_t a, int8x16_t b) {
  int8x16_t x;
  __asm__ volatile("zip2 %0.4s, %1.4s, %2.4s" : "=w"(x) : "w"(a), "w"(b));
  return x;
}
#endif

#else  // ARMv7: the same

using Splat = int8x8_t;  // twice

template <int kOffset>
LINNET_INLINE int8x16_t load_at(const int8_t* p) {
  int8x16_t x;
  __asm__ volatile("vldr %e0, [%1, %2]\n\tvldr %f0, [%1, %3]" : "=w"(x) : "r"(p), "i"(kOffset), "i"(kOffset + 8));
  return x;
}
template <int kOffset>
LINNET_INLINE void load_two_at(const int8_t* p, int8x16_t& a, int8x16_t& b) {
  a = load_at<kOffset>(p);
  b = load_at<kOffset + 16>(p);
}
LINNET_INLINE Splat splat_next(const int8_t*& p) {
  Splat x;
  __asm__ volatile("vld1.32 {%P0[]}, [%1]!" : "=w"(x), "+r"(p));
  return x;
}
LINNET_INLINE int16x8_t multiply_low(int8x16_t a, Splat b) {
  int16x8_t product;
  __asm__ volatile("vmull.s8 %q0, %e1, %P2" : "=w"(product) : "w"(a), "w"(b));
  return product;
}
LINNET_INLINE int16x8_t multiply_high(int8x16_t a, Splat b) {
  int16x8_t product;
  __asm__ volatile("vmull.s8 %q0, %f1, %P2" : "=w"(product) : "w"(a), "w"(b));
  return product;
}
LINNET_INLINE void multiply_add_low(int16x8_t& product, int8x16_t a, Splat b) {
  __asm__ volatile("vmlal.s8 %q0, %e1, %P2" : "+w"(product) : "w"(a), "w"(b));
}
LINNET_INLINE void multiply_add_high(int16x8_t& product, int8x16_t a, Splat b) {
  __asm__ volatile("vmlal.s8 %q0, %f1, %P2" : "+w"(product) : "w"(a), "w"(b));
}
LINNET_INLINE void add_neighbours(int32x4_t& sum, int16x8_t product) {
  __asm__ volatile("vpadal.s16 %q0, %q1" : "+w"(sum) : "w"(product));
}

#endif

}  // namespace
}  // namespace linnet::kernels
