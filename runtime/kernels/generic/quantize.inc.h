// Rows and heads to int8, and the rotation before it; docs/numerics.md, "Quantizing a row".
// A kernel that stores q ^ 0x80 passes kFlip.
#pragma once

#include LINNET_VEC16

namespace linnet::kernels {
namespace {

constexpr float kSmallestAbsmax = 0x1p-64f;

// Butterflies of the vectors i and i + step.
template <int kVectors, int kStep>
LINNET_INLINE void butterfly_vectors(Floats* z) {
  LINNET_UNROLL
  for (int i = 0; i < kVectors; ++i) {
    if ((i & kStep) == 0) {
      const Floats a = z[i], b = z[i + kStep];
      z[i] = add(a, b);
      z[i + kStep] = sub(a, b);
    }
  }
}

// The Walsh-Hadamard transform of a segment: 8 vectors (m = 32) or 4 (m = 16), left in packing order.
template <int kVectors>
LINNET_INLINE void rotate(Floats* z) {
  butterfly_vectors<kVectors, 1>(z);
  butterfly_vectors<kVectors, 2>(z);
  if constexpr (kVectors == 8) butterfly_vectors<kVectors, 4>(z);
  packing_butterflies(z);
  if constexpr (kVectors == 8) packing_butterflies(z + 4);
}

// Elements i..i+15 of the scaled row; zeros from the width on.
LINNET_INLINE Floats scaled_input(const QuantizeRowsArgs& a, const float* x, size_t i) {
  if (i + 16 <= a.width) {
    const Floats v = load(x + i);
    return a.input_scale != nullptr ? mul(v, load(a.input_scale + i)) : v;
  }
  if (i >= a.width) return splat(0.0f);
  const Floats v = load_first(x + i, a.width - i);
  return a.input_scale != nullptr ? keep_first(mul(v, load(a.input_scale + i)), a.width - i) : v;
}

// Calls use(r, i, z) for each 64 elements of kRows rotated rows, in order: z is the four vectors of row r from element
// i in packing order.
template <size_t kRows, typename Use>
LINNET_INLINE void each_rotated(const QuantizeRowsArgs& a, const float* x, Use use) {
  const RotationSegment whole = {0, static_cast<uint32_t>(padded(a.width, 64)), 1};
  const RotationSegment* segments = a.segment_count > 0 ? a.segments : &whole;
  const size_t count = a.segment_count > 0 ? a.segment_count : 1;
  for (size_t s = 0; s < count; ++s) {
    const size_t begin = segments[s].begin, end = begin + segments[s].length;
    if (segments[s].m == 32) {
      LINNET_UNROLL
      for (size_t r = 0; r < kRows; ++r) {
        Floats z[8];
        LINNET_UNROLL
        for (size_t i = 0; i < 8; ++i) z[i] = scaled_input(a, x + r * a.x_stride, begin + 16 * i);
        rotate<8>(z);
        use(r, begin, z);
        use(r, begin + 64, z + 4);
      }
      continue;
    }
    for (size_t i = begin; i < end; i += 64) {
      LINNET_UNROLL
      for (size_t r = 0; r < kRows; ++r) {
        Floats z[4];
        LINNET_UNROLL
        for (size_t j = 0; j < 4; ++j) z[j] = scaled_input(a, x + r * a.x_stride, i + 16 * j);
        if (segments[s].m == 16) {
          rotate<4>(z);
        } else {
          packing_order(z);
        }
        use(r, i, z);
      }
    }
  }
}

struct RowScale {
  float scale, inverse;
};
LINNET_INLINE RowScale scale_of(float absmax) {
  absmax = absmax > kSmallestAbsmax ? absmax : kSmallestAbsmax;
  return {absmax * (1.0f / 127.0f), 127.0f / absmax};
}

// Elements of a row that are kept between finding the scale and using it; longer rows are rotated twice.
constexpr size_t kKept = 4096;

LINNET_INLINE Ints largest_magnitude(Ints largest, const Floats* z) {
  LINNET_UNROLL
  for (int i = 0; i < 4; ++i) largest = max_ints(largest, and_bits(bits(z[i]), splat_int(0x7fffffff)));
  return largest;
}

LINNET_INLINE void scale_and_round(const Floats* z, Floats inverse, Ints* v) {
  LINNET_UNROLL
  for (int i = 0; i < 4; ++i) v[i] = round_to_int(mul(z[i], inverse));
}

// One row of a layer without input scale and rotation whose width is whole: nothing is kept, nothing reordered.
LINNET_INLINE void quantize_plain_row(const float* x, size_t depth, Floats inverse, Ints flip, int8_t* q) {
  for (size_t i = 0; i < depth; i += 64) {
    const Floats z[4] = {load(x + i), load(x + i + 16), load(x + i + 32), load(x + i + 48)};
    Ints v[4];
    scale_and_round(z, inverse, v);
    store_s8x4(q + i, v, flip);
  }
}

template <bool kFlip>
LINNET_INLINE void store_rounded(const Floats* z, Floats inverse, int8_t* q) {
  Ints v[4];
  scale_and_round(z, inverse, v);
  store_packed_s8x4(q, v, splat_int(kFlip ? static_cast<int32_t>(0x80808080) : 0));
}

// Writes the scale of a row and gives what its elements are multiplied with; false when the row is not finite.
LINNET_INLINE bool finish_scale(Ints largest, float* scale, Floats* inverse) {
  const int32_t absmax = fold_max_ints(largest);
  if (absmax >= 0x7f800000) return false;
  const RowScale s = scale_of(float_of_bits(absmax));
  *scale = s.scale;
  *inverse = splat(s.inverse);
  return true;
}

// Rows side by side: what comes between the two passes over a row (a fold, a division) is a chain of steps that wait
// for each other, and the other row's work fills the time.
template <bool kFlip, size_t kRows>
LINNET_INLINE size_t quantize_kept_rows(const QuantizeRowsArgs& a, size_t row) {
  alignas(64) float kept[kRows][kKept];
  Ints largest[kRows];
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) largest[r] = splat_int(0);
  each_rotated<kRows>(a, a.x + row * a.x_stride, [&](size_t r, size_t i, const Floats* z) LINNET_INLINE_LAMBDA {
    largest[r] = largest_magnitude(largest[r], z);
    LINNET_UNROLL
    for (size_t j = 0; j < 4; ++j) store(kept[r] + i + 16 * j, z[j]);
  });
  Floats inverse[kRows];
  LINNET_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    if (!finish_scale(largest[r], a.scale + row + r, &inverse[r])) return row + r;
  }
  int8_t* const q = a.q + row * a.q_stride;
  for (size_t i = 0; i < padded(a.width, 64); i += 64) {
    LINNET_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      const float* const from = kept[r] + i;
      const Floats z[4] = {load(from), load(from + 16), load(from + 32), load(from + 48)};
      store_rounded<kFlip>(z, inverse[r], q + r * a.q_stride + i);
    }
  }
  return kNoRow;
}

// A row that is not kept: it is rotated twice, or has no rotation and is read twice.
template <bool kFlip>
LINNET_INLINE size_t quantize_row(const QuantizeRowsArgs& a, size_t row, bool plain) {
  const float* const x = a.x + row * a.x_stride;
  int8_t* const q = a.q + row * a.q_stride;
  Ints largest = splat_int(0);
  Floats inverse = splat(0.0f);
  // The two passes share one copy of each_rotated, which is most of this function's code.
  for (int pass = 0; pass < (plain ? 1 : 2); ++pass) {
    each_rotated<1>(a, x, [&](size_t, size_t i, const Floats* z) LINNET_INLINE_LAMBDA {
      if (pass == 0) {
        largest = largest_magnitude(largest, z);
      } else {
        store_rounded<kFlip>(z, inverse, q + i);
      }
    });
    if (pass == 0 && !finish_scale(largest, a.scale + row, &inverse)) return row;
  }
  if (plain) {
    const Ints flip = splat_int(kFlip ? static_cast<int32_t>(0x80808080) : 0);
    quantize_plain_row(x, a.width, inverse, flip, q);
  }
  return kNoRow;
}

template <bool kFlip>
LINNET_INLINE size_t quantize_rows(const QuantizeRowsArgs& a) {
  const size_t depth = padded(a.width, 64);
  const bool plain = a.segment_count == 0 && a.input_scale == nullptr && depth == a.width;
  size_t row = 0, bad = kNoRow;
  if (plain || depth > kKept) {
    for (; row < a.rows && bad == kNoRow; ++row) bad = quantize_row<kFlip>(a, row, plain);
    return bad;
  }
  if constexpr (kPairsSideBySide > 1) {
    for (; row + 2 <= a.rows && bad == kNoRow; row += 2) bad = quantize_kept_rows<kFlip, 2>(a, row);
  }
  for (; row < a.rows && bad == kNoRow; ++row) bad = quantize_kept_rows<kFlip, 1>(a, row);
  return bad;
}

// The tokens of one head, each times its inverse scale.
LINNET_INLINE void store_heads(const float* x, size_t x_stride, size_t tokens, size_t head_width, const float* inverse,
                               int8_t* q) {
  const size_t hs = padded(head_width, 16), whole = head_width / 16 * 16, rest = head_width - whole;
  const Ints flip = splat_int(0);
  size_t t = 0;
  if (head_width == 32) {  // 64 bytes are two tokens
    for (; t + 2 <= tokens; t += 2) {
      const float *p0 = x + t * x_stride, *p1 = p0 + x_stride;
      const Floats inv0 = splat(inverse[t]), inv1 = splat(inverse[t + 1]);
      const Ints v[4] = {round_to_int(mul(load(p0), inv0)), round_to_int(mul(load(p0 + 16), inv0)),
                         round_to_int(mul(load(p1), inv1)), round_to_int(mul(load(p1 + 16), inv1))};
      store_s8x4(q + t * 32, v, flip);
    }
  }
  for (; t < tokens; ++t) {
    const float* p = x + t * x_stride;
    const Floats inv = splat(inverse[t]);
    size_t i = 0;
    for (; i + 64 <= whole; i += 64) {
      const Ints v[4] = {round_to_int(mul(load(p + i), inv)), round_to_int(mul(load(p + i + 16), inv)),
                         round_to_int(mul(load(p + i + 32), inv)), round_to_int(mul(load(p + i + 48), inv))};
      store_s8x4(q + t * hs + i, v, flip);
    }
    for (; i < whole; i += 16) store_s8(q + t * hs + i, round_to_int(mul(load(p + i), inv)));
    if (rest > 0) store_s8(q + t * hs + whole, round_to_int(mul(load_first(p + whole, rest), inv)));
  }
}

// Sixteen tokens of one head at a time, so that one fold, one division and one store serve them all.
LINNET_INLINE size_t quantize_heads(const QuantizeHeadsArgs& a) {
  const Ints sign_cleared = splat_int(0x7fffffff);
  const size_t hs = padded(a.head_width, 16), whole = a.head_width / 16 * 16, rest = a.head_width - whole;
  size_t bad = kNoRow;
  for (size_t t0 = 0; t0 < a.tokens; t0 += 16) {
    const size_t tokens = smaller(16, a.tokens - t0);
    for (size_t head = 0; head < 3 * a.heads; ++head) {
      const float* x = a.qkv + t0 * a.qkv_stride + head * a.head_width;
      Ints largest[16];
      for (size_t t = 0; t < 16; ++t) {
        const float* p = x + smaller(t, tokens - 1) * a.qkv_stride;
        Ints m = splat_int(0);
        for (size_t i = 0; i < whole; i += 16) m = max_ints(m, and_bits(bits(load(p + i)), sign_cleared));
        if (rest > 0) m = max_ints(m, and_bits(bits(load_first(p + whole, rest)), sign_cleared));
        largest[t] = m;
      }
      const Ints absmax_bits = fold_max_of_each(largest);
      if (fold_max_ints(absmax_bits) >= 0x7f800000) {
        int32_t each[16];
        store_ints(each, absmax_bits);
        for (size_t t = tokens; t-- > 0;) {
          if (each[t] >= 0x7f800000) bad = smaller(bad, t0 + t);
        }
        continue;
      }
      const Floats absmax = max(from_bits(absmax_bits), splat(kSmallestAbsmax));
      float inverse[16];
      store(inverse, div(splat(127.0f), absmax));
      store_first(a.scale + head * a.capacity + t0, mul(absmax, splat(1.0f / 127.0f)), tokens);
      int8_t* q = a.q8 + (head * a.capacity + t0) * hs;
      store_heads(x, a.qkv_stride, tokens, a.head_width, inverse, q);
    }
    if (bad != kNoRow) return bad;
  }
  return kNoRow;
}

}  // namespace
}  // namespace linnet::kernels
