#include "products.h"

#include "model/pack.h"
#include "operands.h"
#include "runtime/plan.h"

namespace linnet::bench {

const std::vector<Layer>& layers() {
  static const std::vector<Layer> all = {{"minilm_qkv", 384, 1152},  {"minilm_out", 384, 384}, {"minilm_up", 384, 1536},
                                         {"minilm_down", 1536, 384}, {"base_qkv", 768, 2304},  {"base_out", 768, 768},
                                         {"base_up", 768, 3072},     {"base_down", 3072, 768}};
  return all;
}

std::vector<size_t> row_counts(const Layer& layer) {
  std::vector<size_t> counts = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
  if (layer.in >= 768 && layer.out >= 768) counts.insert(counts.end() - 2, 197);
  return counts;
}

Product linnet_s8(const kernels::KernelTable& table, const Layer& layer, size_t rows) {
  struct Operands {
    Buffer<int8_t> q, weights;
    Buffer<float> x_scale, scale, bias, y;
    Buffer<int32_t> column_sum;
    kernels::GemmS8Args args;
  };
  const size_t q_stride = int8_stride(layer.in), y_stride = float_stride(layer.out);
  Random random;
  std::vector<int8_t> w(layer.out * layer.in);
  for (int8_t& v : w) v = random.s8();
  const std::vector<uint8_t> packed = pack_cell16x4(w, layer.out, layer.in);
  auto o = std::make_shared<Operands>(Operands{Buffer<int8_t>(rows * q_stride),
                                               Buffer<int8_t>(packed.size()),
                                               Buffer<float>(rows),
                                               Buffer<float>(round_up(layer.out, 16)),
                                               Buffer<float>(round_up(layer.out, 16)),
                                               Buffer<float>(rows * y_stride),
                                               Buffer<int32_t>(round_up(layer.out, 16)),
                                               {}});
  std::memcpy(o->weights.data(), packed.data(), packed.size());
  for (size_t n = 0; n < layer.out; ++n) {
    o->scale[n] = 0.01f;
    o->bias[n] = random.real();
    for (size_t k = 0; k < layer.in; ++k) o->column_sum[n] += w[n * layer.in + k];
  }
  const size_t x_stride = float_stride(layer.in);
  Buffer<float> x(rows * x_stride);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t k = 0; k < layer.in; ++k) x[r * x_stride + k] = random.real();
  }
  table.quantize_rows(
      {x.data(), x_stride, rows, layer.in, nullptr, nullptr, 0, o->q.data(), q_stride, o->x_scale.data()});
  o->args = {o->q.data(),
             q_stride,
             o->x_scale.data(),
             rows,
             layer.in,
             layer.out,
             0,
             layer.out,
             o->weights.data(),
             o->scale.data(),
             o->column_sum.data(),
             o->bias.data(),
             kernels::Activation::identity,
             nullptr,
             0,
             o->y.data(),
             y_stride};
  return {kernels::kernel_name(table, "gemm_s8"), "", [o, gemm = table.gemm_s8] { gemm(o->args); }};
}

Product linnet_f32(const kernels::KernelTable& table, const Layer& layer, size_t rows) {
  struct Operands {
    Buffer<float> x, weights, bias, y;
    kernels::GemmF32Args args;
  };
  const size_t x_stride = float_stride(layer.in), y_stride = float_stride(layer.out);
  Random random;
  std::vector<float> w(layer.out * layer.in);
  for (float& v : w) v = random.real();
  const std::vector<uint8_t> packed = pack_panel16(w, layer.out, layer.in);
  auto o = std::make_shared<Operands>(Operands{Buffer<float>(rows * x_stride),
                                               Buffer<float>(packed.size() / sizeof(float)),
                                               Buffer<float>(round_up(layer.out, 16)),
                                               Buffer<float>(rows * y_stride),
                                               {}});
  std::memcpy(o->weights.data(), packed.data(), packed.size());
  for (size_t n = 0; n < layer.out; ++n) o->bias[n] = random.real();
  for (size_t r = 0; r < rows; ++r) {
    for (size_t k = 0; k < layer.in; ++k) o->x[r * x_stride + k] = random.real();
  }
  o->args = {o->x.data(),    x_stride,
             rows,           layer.in,
             layer.out,      0,
             layer.out,      o->weights.data(),
             o->bias.data(), kernels::Activation::identity,
             nullptr,        0,
             o->y.data(),    y_stride};
  return {kernels::kernel_name(table, "gemm_f32"), "", [o, gemm = table.gemm_f32] { gemm(o->args); }};
}

}  // namespace linnet::bench
