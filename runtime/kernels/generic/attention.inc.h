// What both forms of attention share: lanes are 16 queries of one head.
#pragma once

#include LINNET_VEC16

namespace linnet::kernels {
namespace {

// Below every score, and finite.
constexpr float kLowest = -3.40282347e38f;

// Hands out 64-byte-aligned parts of the caller's scratch; with a null base it only counts.
struct Scratch {
  char* base;
  size_t used = 0;

  LINNET_INLINE void* take(size_t bytes) {
    void* p = base == nullptr ? nullptr : base + used;
    used += padded(bytes, 64);
    return p;
  }
};

// Writes 16 columns that lie as [column][query] to the rows of `queries` queries; `columns` of them count.
LINNET_INLINE void write_context(float* ctx, size_t stride, size_t queries, Ints* by_column, size_t columns) {
  transpose(by_column);
  for (size_t t = 0; t < queries; ++t) {
    if (columns >= 16) {
      store(ctx + t * stride, from_bits(by_column[t]));
    } else {
      store_first(ctx + t * stride, from_bits(by_column[t]), columns);
    }
  }
}

}  // namespace
}  // namespace linnet::kernels
