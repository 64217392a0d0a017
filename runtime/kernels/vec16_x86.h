// What the x86 vectors share on 128-bit registers.
#pragma once

#include <immintrin.h>

#include "runtime/kernels/vec16_common.h"

namespace linnet::kernels {
namespace {

// 16 columns of four rows of int8, four columns a register: a dword holds one byte of each row.
struct InterleavedRows {
  __m128i v[4];
};
LINNET_INLINE InterleavedRows interleave_registers(const int8_t* r0, const int8_t* r1, const int8_t* r2,
                                                   const int8_t* r3) {
  const __m128i v0 = _mm_loadu_si128(reinterpret_cast<const __m128i*>(r0));
  const __m128i v1 = _mm_loadu_si128(reinterpret_cast<const __m128i*>(r1));
  const __m128i v2 = _mm_loadu_si128(reinterpret_cast<const __m128i*>(r2));
  const __m128i v3 = _mm_loadu_si128(reinterpret_cast<const __m128i*>(r3));
  const __m128i low01 = _mm_unpacklo_epi8(v0, v1), high01 = _mm_unpackhi_epi8(v0, v1);
  const __m128i low23 = _mm_unpacklo_epi8(v2, v3), high23 = _mm_unpackhi_epi8(v2, v3);
  return {{_mm_unpacklo_epi16(low01, low23), _mm_unpackhi_epi16(low01, low23), _mm_unpacklo_epi16(high01, high23),
           _mm_unpackhi_epi16(high01, high23)}};
}

}  // namespace
}  // namespace linnet::kernels
