// Steps on rows of floats: norm, embedding, pooling, length, the search for NaN; docs/numerics.md, "Rows of floats".
#pragma once

#include LINNET_VEC16

namespace linnet::kernels {
namespace {

LINNET_INLINE void zero_padding(float* y, size_t width) {
  for (size_t i = padded(width, 16); i < padded(width, 64); i += 16) store(y + i, splat(0.0f));
}

template <size_t kRows>
LINNET_INLINE void norm_rows(const NormArgs& a, size_t row) {
  const size_t whole = a.width / 16 * 16, rest = a.width - whole;
  const float one_over_width = 1.0f / static_cast<float>(a.width);
  const float* x[kRows];
  Floats sum[kRows];
  for (size_t r = 0; r < kRows; ++r) {
    x[r] = a.x + (row + r) * a.x_stride;
    sum[r] = splat(0.0f);
  }
  for (size_t i = 0; i < whole; i += 16) {
    LINNET_UNROLL
    for (size_t r = 0; r < kRows; ++r) sum[r] = add(sum[r], load(x[r] + i));
  }
  Floats mean[kRows];
  for (size_t r = 0; r < kRows; ++r) {
    if (rest > 0) sum[r] = add(sum[r], load_first(x[r] + whole, rest));
    mean[r] = splat(fold_add(sum[r]) * one_over_width);
    sum[r] = splat(0.0f);
  }
  for (size_t i = 0; i < whole; i += 16) {
    LINNET_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      const Floats d = sub(load(x[r] + i), mean[r]);
      sum[r] = add(sum[r], mul(d, d));
    }
  }
  Floats factor[kRows];
  for (size_t r = 0; r < kRows; ++r) {
    if (rest > 0) {
      const Floats d = keep_first(sub(load_first(x[r] + whole, rest), mean[r]), rest);
      sum[r] = add(sum[r], mul(d, d));
    }
    const float variance = fold_add(sum[r]) * one_over_width;
    factor[r] = splat(1.0f / square_root(variance + a.epsilon));
  }
  const auto scaled = [&](size_t r, size_t i, Floats value) LINNET_INLINE_LAMBDA {
    const Floats y = mul(mul(sub(value, mean[r]), factor[r]), load(a.gamma + i));
    return a.beta != nullptr ? add(y, load(a.beta + i)) : y;
  };
  for (size_t i = 0; i < whole; i += 16) {
    LINNET_UNROLL
    for (size_t r = 0; r < kRows; ++r) store(a.y + (row + r) * a.y_stride + i, scaled(r, i, load(x[r] + i)));
  }
  for (size_t r = 0; r < kRows; ++r) {
    float* y = a.y + (row + r) * a.y_stride;
    if (rest > 0) store(y + whole, keep_first(scaled(r, whole, load_first(x[r] + whole, rest)), rest));
    zero_padding(y, a.width);
  }
}

LINNET_INLINE void norm(const NormArgs& a) {
  size_t row = 0;
  for (; row + 4 <= a.rows; row += 4) norm_rows<4>(a, row);
  for (; row < a.rows; ++row) norm_rows<1>(a, row);
}

LINNET_INLINE Floats table_row(const EmbeddingTable& table, size_t row, size_t stride, size_t i) {
  const size_t at = row * stride + i;
  if (table.f32 != nullptr) return load(table.f32 + at);
  return mul(to_float(load_s8(table.s8 + at)), splat(table.scale[row]));
}

LINNET_INLINE void embed(const EmbedArgs& a) {
  const size_t stride = padded(a.width, 16);
  for (size_t t = 0; t < a.tokens; ++t) {
    float* y = a.y + t * a.y_stride;
    for (size_t i = 0; i < a.width; i += 16) {
      Floats v = table_row(a.word, a.word_row[t], stride, i);
      if (a.has_position) v = add(v, table_row(a.position, a.position_row[t], stride, i));
      if (a.has_token_type) v = add(v, table_row(a.token_type, 0, stride, i));
      store(y + i, keep_first(v, a.width - i));
    }
    zero_padding(y, a.width);
  }
}

LINNET_INLINE void pool(const PoolArgs& a) {
  float factor = 1.0f;
  if (a.pooling == Pooling::mean) factor = 1.0f / static_cast<float>(a.tokens);
  if (a.pooling == Pooling::mean_sqrt_length) factor = 1.0f / square_root(static_cast<float>(a.tokens));
  const size_t tokens = a.pooling == Pooling::first ? 1 : a.tokens;
  for (size_t i = 0; i < a.width; i += 16) {
    const float* x = a.x + i;
    Floats v = load(x);
    if (a.pooling == Pooling::max) {
      for (size_t t = 1; t < tokens; ++t) v = max(load(x + t * a.x_stride), v);
    } else {
      for (size_t t = 1; t < tokens; ++t) v = add(v, load(x + t * a.x_stride));
    }
    if (factor != 1.0f) v = mul(v, splat(factor));
    store(a.y + i, keep_first(v, a.width - i));
  }
  zero_padding(a.y, a.width);
}

LINNET_INLINE void l2_normalize(const L2NormalizeArgs& a) {
  const size_t whole = a.width / 16 * 16, rest = a.width - whole;
  for (size_t row = 0; row < a.rows; ++row) {
    const float* x = a.x + row * a.x_stride;
    float* y = a.y + row * a.y_stride;
    Floats sum = splat(0.0f);
    for (size_t i = 0; i < whole; i += 16) sum = add(sum, mul(load(x + i), load(x + i)));
    if (rest > 0) {
      const Floats v = load_first(x + whole, rest);
      sum = add(sum, mul(v, v));
    }
    const float length = square_root(fold_add(sum));
    const Floats factor = splat(1.0f / (1e-12f > length ? 1e-12f : length));  // a NaN stays one
    for (size_t i = 0; i < whole; i += 16) store(y + i, mul(load(x + i), factor));
    if (rest > 0) store(y + whole, keep_first(mul(load_first(x + whole, rest), factor), rest));
    zero_padding(y, a.width);
  }
}

LINNET_INLINE size_t find_non_finite(const float* x, size_t x_stride, size_t rows, size_t width) {
  const Ints sign_cleared = splat_int(0x7fffffff);
  for (size_t row = 0; row < rows; ++row) {
    const float* p = x + row * x_stride;
    Ints largest = splat_int(0);
    size_t i = 0;
    for (; i + 16 <= width; i += 16) largest = max_ints(largest, and_bits(bits(load(p + i)), sign_cleared));
    if (i < width) largest = max_ints(largest, and_bits(bits(load_first(p + i, width - i)), sign_cleared));
    if (fold_max_ints(largest) >= 0x7f800000) return row;
  }
  return kNoRow;
}

}  // namespace
}  // namespace linnet::kernels
