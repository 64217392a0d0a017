// What every vec16_<isa>.h and every kernel source is built on.
//
// A kernel source is compiled with the flags of its instruction set. So that none of its code can be taken by the
// linker for a common function, everything in it but the kernels themselves has internal linkage: this header and the
// ones under generic/ put all they define into an unnamed namespace, and call nothing inline of other headers. A kernel
// source names its vector in LINNET_VEC16, which the headers under generic/ include.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/kernels/kernels.h"

#if defined(__FAST_MATH__)
#error "the numerics contract (docs/numerics.md) cannot hold under -ffast-math"
#endif

// Everything is inlined into the kernels, and loops over registers are unrolled so that they become registers. Builds
// with a sanitizer leave both to the compiler, which otherwise takes minutes a file over the checks of every lane.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LINNET_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LINNET_SANITIZED
#endif

#if defined(LINNET_SANITIZED)
#define LINNET_INLINE inline
#define LINNET_INLINE_LAMBDA
#else
#define LINNET_INLINE [[gnu::always_inline]] inline
#define LINNET_INLINE_LAMBDA __attribute__((always_inline))
#endif

#if defined(LINNET_SANITIZED) || defined(LINNET_VEC16_SCALAR)  // plain C++ has no registers to speak of
#define LINNET_UNROLL
#elif defined(__clang__)
#define LINNET_UNROLL _Pragma("unroll")
#else
#define LINNET_UNROLL _Pragma("GCC unroll 16")
#endif

// GCC reorders the steps of many accumulators until they no longer fit into the registers. An accumulator that goes
// through here after each step stays in line; it costs nothing.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && !defined(LINNET_SANITIZED)
#define LINNET_PIN(x) __asm__("" : "+v"(x))
#else
#define LINNET_PIN(x)
#endif

namespace linnet::kernels {
namespace {

LINNET_INLINE size_t padded(size_t width, size_t step) { return (width + step - 1) / step * step; }
LINNET_INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

LINNET_INLINE int32_t bits_of(float x) {
  int32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  return bits;
}

LINNET_INLINE float float_of_bits(int32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, 4);
  return x;
}

LINNET_INLINE int32_t load_dword(const void* p) {
  int32_t value;
  __builtin_memcpy(&value, p, 4);
  return value;
}

// Of 16 vectors of four registers of four lanes, each block of four by four already transposed: the blocks change
// places.
template <typename Vector>
LINNET_INLINE void exchange_blocks(Vector* r) {
  for (int row = 0; row < 4; ++row) {
    for (int column = row + 1; column < 4; ++column) {
      for (int k = 0; k < 4; ++k) {
        const auto swapped = r[4 * row + k].v[column];
        r[4 * row + k].v[column] = r[4 * column + k].v[row];
        r[4 * column + k].v[row] = swapped;
      }
    }
  }
}

// Correctly rounded, as IEEE 754 wants it, on every target.
LINNET_INLINE float square_root(float x) { return __builtin_sqrtf(x); }

}  // namespace
}  // namespace linnet::kernels
