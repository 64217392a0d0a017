#include "reference.h"

#include <cmath>
#include <cstring>

#include "base/checked.h"
#include "runtime/kernels/generic/coefficients.inc.h"

namespace linnet::kernels::reference {
namespace {

float as_float(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, 4);
  return x;
}
uint32_t as_bits(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  return bits;
}
float larger(float a, float b) { return a > b ? a : b; }
float lesser(float a, float b) { return a < b ? a : b; }

// A sum as the kernels make it: element i goes to lane i mod 16, then lanes 8, 4, 2 and 1 apart are added.
struct LaneSum {
  float lane[16] = {};
  size_t next = 0;
  void add(float x) {
    lane[next % 16] = lane[next % 16] + x;
    ++next;
  }
  float total() {
    for (size_t step = 8; step > 0; step /= 2) {
      for (size_t l = 0; l < step; ++l) lane[l] = lane[l] + lane[l + step];
    }
    return lane[0];
  }
};

template <size_t kCount>
float polynomial(const float (&c)[kCount], float x) {
  float p = c[kCount - 1];
  for (size_t i = kCount - 1; i > 0; --i) p = p * x + c[i - 1];
  return p;
}

float power_of_two_and_rest(float x, float& rest) {
  const float shifted = x * 1.44269504f + 12582912.0f;
  const float n = shifted - 12582912.0f;
  const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  rest = r + (r * r) * polynomial(kExpm1, r);
  return as_float((as_bits(shifted) << 23) + 0x3f800000u);
}

float reciprocal(float x) {
  float r = as_float(0x7ef25800u - as_bits(x));
  r = r * (2.0015f - x * r);
  r = r * (2.0f - x * r);
  return r + r * (1.0f - x * r);
}

float times_sigmoid(float x, float scaled) { return x * reciprocal(1.0f + exponential(0.0f - scaled, -87.0f)); }

float finish(Activation activation, float v, const float* residual, size_t at) {
  const float y = activate(activation, v);
  return residual != nullptr ? y + residual[at] : y;
}

void quantize(const float* z, size_t count, int8_t* q, float* scale) {
  float absmax = 0x1p-64f;
  for (size_t i = 0; i < count; ++i) absmax = larger(std::fabs(z[i]), absmax);
  *scale = absmax * (1.0f / 127.0f);
  const float inverse = 127.0f / absmax;
  for (size_t i = 0; i < count; ++i) q[i] = static_cast<int8_t>(std::nearbyint(z[i] * inverse));
}

bool all_finite(const float* z, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (!std::isfinite(z[i])) return false;
  }
  return true;
}

float table_element(const EmbeddingTable& table, size_t row, size_t width, size_t i) {
  const size_t at = row * round_up(width, 16) + i;
  return table.f32 != nullptr ? table.f32[at] : static_cast<float>(table.s8[at]) * table.scale[row];
}

}  // namespace

int32_t q15(int32_t a, int32_t b) { return (a * b + 16384) >> 15; }

int32_t exp2_fixed(int32_t d) {
  const int32_t f = (d & 255) << 7;
  int32_t p = kExp2Fixed[3];
  for (int i = 2; i >= 0; --i) p = q15(p, f) + kExp2Fixed[i];
  return p >> (d >> 8);
}

int32_t gelu_fixed_h(int32_t u) {
  const int32_t z = ((q15(u, u) >> 1) - 16384) - u;
  int32_t p = kGeluFixed[7];
  for (int i = 6; i >= 0; --i) p = q15(p, z) + kGeluFixed[i];
  return p;
}

float exponential(float x, float low) {
  float rest;
  const float power = power_of_two_and_rest(larger(low, lesser(70.0f, x)), rest);
  return (1.0f + rest) * power;
}

float activate(Activation activation, float x) {
  const float a = std::fabs(x), relu = larger(0.0f, x);
  switch (activation) {
    case Activation::identity: return x;
    case Activation::relu: return relu;
    case Activation::gelu: {
      const float near = lesser(kMillsLimit, a);
      return relu - (near * exponential((a * a) * -0.5f, -80.0f)) * polynomial(kMills, near);
    }
    case Activation::gelu_tanh: {
      const float y = larger(-9.0f, x);
      return times_sigmoid(y, (y + ((y * y) * y) * 0.044715f) * 1.59576912f);
    }
    case Activation::gelu_fixed: {
      const float u = lesser(a, kGeluFixedLimit) * kGeluFixedScale;
      const int32_t h = gelu_fixed_h(static_cast<int32_t>(std::nearbyint(u)) - 32767);
      return relu - static_cast<float>(h) * (1.0f / 65536);
    }
    case Activation::silu: {
      const float y = larger(-70.0f, x);
      return times_sigmoid(y, y);
    }
    case Activation::quick_gelu: {
      const float y = larger(-41.0f, x);
      return times_sigmoid(y, y * 1.702f);
    }
    case Activation::tanh: {
      const float b = lesser(9.25f, a);
      float rest;
      const float power = power_of_two_and_rest(b + b, rest);
      const float m = rest * power + (power - 1.0f);
      return std::copysign(m * reciprocal(m + 2.0f), x);
    }
  }
  return x;
}

double exact_activation(Activation activation, double x) {
  switch (activation) {
    case Activation::identity: return x;
    case Activation::relu: return x > 0 ? x : 0;
    case Activation::gelu:
    case Activation::gelu_fixed: return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case Activation::gelu_tanh: return x / (1 + std::exp(-2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case Activation::silu: return x / (1 + std::exp(-x));
    case Activation::quick_gelu: return x / (1 + std::exp(-1.702 * x));
    case Activation::tanh: return std::tanh(x);
  }
  return x;
}

template <typename T>
void rotate(T* row, const RotationSegment* segments, size_t count) {
  for (size_t s = 0; s < count; ++s) {
    if (segments[s].m == 1) continue;
    T* z = row + segments[s].begin;
    // Element 16 v + l is lane l of vector v: strides 16, 32 (and 64) run over vectors, 8 and 4 over lanes.
    std::vector<size_t> strides = {16, 32};
    if (segments[s].m == 32) strides.push_back(64);
    strides.push_back(8);
    strides.push_back(4);
    for (const size_t stride : strides) {
      for (size_t i = 0; i < segments[s].length; ++i) {
        if ((i & stride) != 0) continue;
        const T a = z[i], b = z[i + stride];
        z[i] = a + b;
        z[i + stride] = a - b;
      }
    }
  }
}
template void rotate(float*, const RotationSegment*, size_t);
template void rotate(double*, const RotationSegment*, size_t);

size_t quantize_rows(const QuantizeRowsArgs& args) {
  const size_t depth = round_up(args.width, 64);
  for (size_t r = 0; r < args.rows; ++r) {
    std::vector<float> z(depth, 0.0f);
    for (size_t i = 0; i < args.width; ++i) {
      const float x = args.x[r * args.x_stride + i];
      z[i] = args.input_scale != nullptr ? x * args.input_scale[i] : x;
    }
    rotate(z.data(), args.segments, args.segment_count);
    if (!all_finite(z.data(), depth)) return r;
    quantize(z.data(), depth, args.q + r * args.q_stride, args.scale + r);
  }
  return kNoRow;
}

size_t quantize_heads(const QuantizeHeadsArgs& args) {
  const size_t hs = head_stride(args.head_width);
  for (size_t t = 0; t < args.tokens; ++t) {
    for (size_t head = 0; head < 3 * args.heads; ++head) {
      const float* x = args.qkv + t * args.qkv_stride + head * args.head_width;
      int8_t* q = args.q8 + (head * args.capacity + t) * hs;
      if (!all_finite(x, args.head_width)) return t;
      std::memset(q, 0, hs);
      quantize(x, args.head_width, q, args.scale + head * args.capacity + t);
    }
  }
  return kNoRow;
}

void gemm_s8(const GemmS8Args& args, const std::vector<int8_t>& w) {
  for (size_t r = 0; r < args.rows; ++r) {
    float* y = args.y + r * args.y_stride;
    for (size_t n = args.n_begin; n < args.n_end; ++n) {
      int32_t sum = 0;
      for (size_t k = 0; k < args.in_width; ++k) sum += args.q[r * args.q_stride + k] * w[n * args.in_width + k];
      // K padded to 64 holds zeros in the weights, so q past in_width does not matter.
      const float scaled = (static_cast<float>(sum) * args.x_scale[r]) * args.weight_scale[n];
      const float v = scaled + (args.bias != nullptr ? args.bias[n] : 0.0f);
      y[n] = finish(args.activation, v, args.residual, r * args.residual_stride + n);
    }
    if (args.n_end == args.out_width) {
      for (size_t n = args.out_width; n < round_up(args.out_width, 64); ++n) y[n] = 0.0f;
    }
  }
}

// A step of a chain: fused where the instruction set can.
float chain(float a, float b, float sum, bool fused) { return fused ? std::fma(a, b, sum) : sum + a * b; }

void gemm_f32(const GemmF32Args& args, const std::vector<float>& w, bool fused) {
  for (size_t r = 0; r < args.rows; ++r) {
    float* y = args.y + r * args.y_stride;
    for (size_t n = args.n_begin; n < args.n_end; ++n) {
      float sum = 0.0f;
      for (size_t k = 0; k < args.in_width; ++k)
        sum = chain(args.x[r * args.x_stride + k], w[n * args.in_width + k], sum, fused);
      const float v = sum + (args.bias != nullptr ? args.bias[n] : 0.0f);
      y[n] = finish(args.activation, v, args.residual, r * args.residual_stride + n);
    }
    if (args.n_end == args.out_width) {
      for (size_t n = args.out_width; n < round_up(args.out_width, 64); ++n) y[n] = 0.0f;
    }
  }
}

void norm(const NormArgs& args) {
  const float one_over_width = 1.0f / static_cast<float>(args.width);
  for (size_t r = 0; r < args.rows; ++r) {
    const float* x = args.x + r * args.x_stride;
    float* y = args.y + r * args.y_stride;
    LaneSum sum, squares;
    for (size_t i = 0; i < args.width; ++i) sum.add(x[i]);
    const float mean = sum.total() * one_over_width;
    for (size_t i = 0; i < args.width; ++i) squares.add((x[i] - mean) * (x[i] - mean));
    const float factor = 1.0f / std::sqrt(squares.total() * one_over_width + args.epsilon);
    for (size_t i = 0; i < args.width; ++i) {
      y[i] = ((x[i] - mean) * factor) * args.gamma[i];
      if (args.beta != nullptr) y[i] = y[i] + args.beta[i];
    }
    for (size_t i = args.width; i < round_up(args.width, 64); ++i) y[i] = 0.0f;
  }
}

void embed(const EmbedArgs& args) {
  for (size_t t = 0; t < args.tokens; ++t) {
    float* y = args.y + t * args.y_stride;
    for (size_t i = 0; i < args.width; ++i) {
      y[i] = table_element(args.word, args.word_row[t], args.width, i);
      if (args.has_position) y[i] = y[i] + table_element(args.position, args.position_row[t], args.width, i);
      if (args.has_token_type) y[i] = y[i] + table_element(args.token_type, 0, args.width, i);
    }
    for (size_t i = args.width; i < round_up(args.width, 64); ++i) y[i] = 0.0f;
  }
}

// One query of docs/numerics.md, "Attention in integers".
static void attend(const AttentionS8Args& args, size_t t, float v_largest, const std::vector<int32_t>& v_scale) {
  const size_t hs = head_stride(args.head_width);
  const float steps_per_nat = static_cast<float>(369.3299304675746);
  std::vector<float> w(args.length);
  float largest = -3.40282347e38f;
  for (size_t j = 0; j < args.length; ++j) {
    int32_t sum = 0;
    for (size_t d = 0; d < args.head_width; ++d) sum += args.q[t * hs + d] * args.k[j * hs + d];
    w[j] = static_cast<float>(sum) * args.k_scale[j];
    const ptrdiff_t distance = static_cast<ptrdiff_t>(t) - static_cast<ptrdiff_t>(j);
    if (args.bias != nullptr) w[j] = w[j] * args.q_scale[t] + args.bias[distance];
    largest = larger(w[j], largest);
  }
  const float step = args.bias == nullptr ? args.q_scale[t] * steps_per_nat : steps_per_nat;
  uint32_t denominator = 0;
  std::vector<int32_t> g(args.length);
  for (size_t j = 0; j < args.length; ++j) {
    const int32_t e = exp2_fixed(static_cast<int32_t>(std::nearbyint(lesser((largest - w[j]) * step, 4095.0f))));
    denominator += static_cast<uint32_t>(e);
    g[j] = q15(e, v_scale[j]);
  }
  std::vector<float> out(args.head_width);
  for (size_t block = 0; block < args.length; block += 128) {
    const size_t end = block + 128 < args.length ? block + 128 : args.length;
    int32_t top = 1;
    for (size_t j = block; j < end; ++j) top = g[j] > top ? g[j] : top;
    int shift = 0;
    while (top << shift < 16384) ++shift;
    for (size_t d = 0; d < args.head_width; ++d) {
      int32_t sum = 0;
      for (size_t j = block; j < end; ++j) sum += q15(g[j] << shift, 255) * args.v[j * hs + d];
      const float scaled = static_cast<float>(sum) * std::ldexp(1.0f, -shift);
      out[d] = block == 0 ? scaled : out[d] + scaled;
    }
  }
  const float unit = static_cast<float>(1073741824.0 / (255.0 * 32767.0));
  const float factor = (v_largest * unit) / static_cast<float>(denominator);
  for (size_t d = 0; d < args.head_width; ++d) args.ctx[t * args.ctx_stride + d] = out[d] * factor;
}

void attention_s8(const AttentionS8Args& args) {
  float v_largest = args.v_scale[0];
  for (size_t j = 0; j < args.length; ++j) v_largest = larger(args.v_scale[j], v_largest);
  const float factor = 32767.0f / v_largest;
  std::vector<int32_t> v_scale(args.length);
  for (size_t j = 0; j < args.length; ++j) v_scale[j] = static_cast<int32_t>(std::nearbyint(args.v_scale[j] * factor));
  for (size_t t = args.query_begin; t < args.query_end; ++t) attend(args, t, v_largest, v_scale);
}

void attention_f32(const AttentionF32Args& args, bool fused) {
  for (size_t t = args.query_begin; t < args.query_end; ++t) {
    std::vector<float> e(args.length);
    float largest = -3.40282347e38f, total = 0.0f;
    for (size_t j = 0; j < args.length; ++j) {
      float s = 0.0f;
      for (size_t d = 0; d < args.head_width; ++d)
        s = chain(args.q[t * args.stride + d], args.k[j * args.stride + d], s, fused);
      if (args.bias != nullptr) s = s + args.bias[static_cast<ptrdiff_t>(t) - static_cast<ptrdiff_t>(j)];
      e[j] = s;
      largest = larger(s, largest);
    }
    for (size_t j = 0; j < args.length; ++j) {
      e[j] = exponential(e[j] - largest, -64.0f);
      total = total + e[j];
    }
    const float factor = 1.0f / total;
    for (size_t d = 0; d < args.head_width; ++d) {
      float sum = 0.0f;
      for (size_t j = 0; j < args.length; ++j) sum = chain(e[j], args.v[j * args.stride + d], sum, fused);
      args.ctx[t * args.ctx_stride + d] = sum * factor;
    }
  }
}

void pool(const PoolArgs& args) {
  const float tokens = static_cast<float>(args.tokens);
  for (size_t i = 0; i < round_up(args.width, 64); ++i) args.y[i] = i < args.width ? args.x[i] : 0.0f;
  if (args.pooling == Pooling::first) return;
  for (size_t i = 0; i < args.width; ++i) {
    for (size_t t = 1; t < args.tokens; ++t) {
      const float x = args.x[t * args.x_stride + i];
      args.y[i] = args.pooling == Pooling::max ? larger(x, args.y[i]) : args.y[i] + x;
    }
    if (args.pooling == Pooling::mean) args.y[i] = args.y[i] * (1.0f / tokens);
    if (args.pooling == Pooling::mean_sqrt_length) args.y[i] = args.y[i] * (1.0f / std::sqrt(tokens));
  }
}

void l2_normalize(const L2NormalizeArgs& args) {
  for (size_t r = 0; r < args.rows; ++r) {
    const float* x = args.x + r * args.x_stride;
    float* y = args.y + r * args.y_stride;
    LaneSum squares;
    for (size_t i = 0; i < args.width; ++i) squares.add(x[i] * x[i]);
    const float factor = 1.0f / larger(1e-12f, std::sqrt(squares.total()));
    for (size_t i = 0; i < round_up(args.width, 64); ++i) y[i] = i < args.width ? x[i] * factor : 0.0f;
  }
}

}  // namespace linnet::kernels::reference
