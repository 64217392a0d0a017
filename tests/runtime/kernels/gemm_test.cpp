#include <cmath>

#include "reference.h"
#include "support.h"

namespace linnet::kernels {
namespace {

// An INT8 layer with everything that belongs to it.
struct Layer {
  Layer(size_t in, size_t out, Random& random, bool extreme = false)
      : in_width(in),
        out_width(out),
        w(in * out),
        cells(0),
        scale(round_up(out, 16)),
        sum(round_up(out, 16)),
        bias(round_up(out, 16)) {
    for (int8_t& v : w) v = extreme ? static_cast<int8_t>(random.below(2) == 0 ? 127 : -127) : random.s8();
    scale.fill(0.0f);
    bias.fill(0.0f);
    sum.fill(0);
    for (size_t n = 0; n < out; ++n) {
      scale[n] = 0.001f + std::fabs(random.real(0.01f));
      bias[n] = random.real();
      for (size_t k = 0; k < in; ++k) sum[n] += w[n * in + k];
    }
    pack();
  }
  void pack() {
    const std::vector<int8_t> packed = pack_cells(w, out_width, in_width);
    cells = Buffer<int8_t>(packed.size());
    std::memcpy(cells.data(), packed.data(), packed.size());
  }
  size_t in_width, out_width;
  std::vector<int8_t> w;
  Buffer<int8_t> cells;
  Buffer<float> scale;
  Buffer<int32_t> sum;
  Buffer<float> bias;
};

class GemmS8 : public EachTable {
 protected:
  // Runs `kernels` on x, columns in two calls when out_width allows; reference for null.
  Rows run(const KernelTable* kernels, const Rows& x, const Layer& layer, Activation activation, bool with_bias,
           const Rows* residual, HeadsResult* heads = nullptr) {
    const size_t depth = round_up(x.width, 64);
    Buffer<int8_t> q(x.rows * depth);
    Buffer<float> x_scale(x.rows);
    const QuantizeRowsArgs quantize = {x.v.data(), x.stride, x.rows,   x.width, nullptr,
                                       nullptr,    0,        q.data(), depth,   x_scale.data()};
    const size_t bad = kernels != nullptr ? kernels->quantize_rows(quantize) : reference::quantize_rows(quantize);
    EXPECT_EQ(bad, kNoRow);
    Rows y(x.rows, layer.out_width);
    y.v.fill(std::nanf(""));
    const float* added = residual != nullptr ? residual->v.data() : nullptr;
    GemmS8Args args = {q.data(),
                       depth,
                       x_scale.data(),
                       x.rows,
                       x.width,
                       layer.out_width,
                       0,
                       layer.out_width,
                       layer.cells.data(),
                       layer.scale.data(),
                       layer.sum.data(),
                       with_bias ? layer.bias.data() : nullptr,
                       activation,
                       added,
                       residual != nullptr ? residual->stride : 0,
                       y.v.data(),
                       y.stride,
                       heads};
    const size_t middle = layer.out_width / 2 / 64 * 64;
    for (const auto& [begin, end] : {std::pair{size_t{0}, middle}, std::pair{middle, layer.out_width}}) {
      if (begin == end) continue;
      args.n_begin = begin;
      args.n_end = end;
      if (kernels != nullptr) {
        kernels->gemm_s8(args);
      } else {
        reference::gemm_s8(args, layer.w);
      }
    }
    return y;
  }
};
LINNET_EACH_TABLE(GemmS8);

TEST_P(GemmS8, GivesTheReferenceBytesForEveryShape) {
  Random random(1);
  struct Shape {
    size_t rows, in, out;
  };
  std::vector<Shape> shapes = {{7, 384, 384}, {3, 1536, 100}, {13, 65, 192}, {1, 2000, 17}, {100, 300, 128}};
  for (size_t out = 1; out <= 70; ++out) shapes.push_back({1 + out % 7, 1 + out * 2 % 71, out});
  for (size_t rows = 1; rows <= 13; ++rows) shapes.push_back({rows, 69, 130});
  for (const size_t rows : {16u, 17u, 31u, 32u, 33u, 48u, 49u, 64u, 70u}) {
    shapes.push_back({rows, 192, 192});
    shapes.push_back({rows, 69, 100});
  }
  for (const Shape& s : shapes) {
    const Layer layer(s.in, s.out, random);
    const Rows x(s.rows, s.in, random), residual(s.rows, s.out, random);
    EXPECT_TRUE(same_rows(run(&table(), x, layer, Activation::identity, true, nullptr),
                          run(nullptr, x, layer, Activation::identity, true, nullptr)))
        << s.rows << " x " << s.in << " x " << s.out;
    EXPECT_TRUE(same_rows(run(&table(), x, layer, Activation::identity, true, &residual),
                          run(nullptr, x, layer, Activation::identity, true, &residual)))
        << s.rows << " x " << s.in << " x " << s.out << " with residual";
    EXPECT_TRUE(same_rows(run(&table(), x, layer, Activation::gelu_fixed, true, nullptr),
                          run(nullptr, x, layer, Activation::gelu_fixed, true, nullptr)))
        << s.rows << " x " << s.in << " x " << s.out << " with GELU";
    EXPECT_TRUE(same_rows(run(&table(), x, layer, Activation::gelu_fixed, s.out % 2 == 0, &residual),
                          run(nullptr, x, layer, Activation::gelu_fixed, s.out % 2 == 0, &residual)))
        << s.rows << " x " << s.in << " x " << s.out << " with GELU and residual";
  }
}

TEST_P(GemmS8, EveryActivationGivesTheReferenceBytes) {
  Random random(2);
  const Layer layer(96, 80, random);
  const Rows x(5, 96, random), residual(5, 80, random);
  for (int a = 0; a <= static_cast<int>(Activation::tanh); ++a) {
    EXPECT_TRUE(same_rows(run(&table(), x, layer, static_cast<Activation>(a), true, &residual),
                          run(nullptr, x, layer, static_cast<Activation>(a), true, &residual)))
        << "activation " << a;
  }
}

TEST_P(GemmS8, TheLargestProductsDoNotSaturate) {
  Random random(3);
  for (const size_t in : {4u, 64u, 1000u, 4096u}) {
    const Layer layer(in, 64, random, true);
    Rows x(3, in);
    for (size_t r = 0; r < 3; ++r) {
      for (size_t k = 0; k < in; ++k) x.at(r, k) = layer.w[r * in + k] > 0 ? 1.0f : -1.0f;  // row r meets itself
    }
    const Rows y = run(&table(), x, layer, Activation::identity, false, nullptr);
    EXPECT_TRUE(same_rows(y, run(nullptr, x, layer, Activation::identity, false, nullptr)));
    const float sum = static_cast<float>(static_cast<int32_t>(in) * 127 * 127);
    EXPECT_EQ(y.row(1)[1], (sum * (1.0f / 127.0f)) * layer.scale[1]);
  }
}

TEST_P(GemmS8, TheResidualMayBeTheOutput) {
  Random random(4);
  const Layer layer(70, 90, random);
  const Rows x(6, 70, random);
  const Rows residual(6, 90, random);
  const Rows expected = run(&table(), x, layer, Activation::gelu, true, &residual);
  const size_t depth = 128;
  Buffer<int8_t> q(6 * depth);
  Buffer<float> x_scale(6);
  ASSERT_EQ(table().quantize_rows({x.v.data(), x.stride, 6, 70, nullptr, nullptr, 0, q.data(), depth, x_scale.data()}),
            kNoRow);
  Rows y(6, 90);
  std::memcpy(y.v.data(), residual.v.data(), y.v.size() * 4);
  table().gemm_s8({q.data(), depth, x_scale.data(), 6, 70, 90, 0, 90, layer.cells.data(), layer.scale.data(),
                   layer.sum.data(), layer.bias.data(), Activation::gelu, y.v.data(), y.stride, y.v.data(), y.stride,
                   nullptr});
  EXPECT_TRUE(same_rows(y, expected));
}

// Heads that are quantized at once are what quantize_heads makes of the layer's floats.
TEST_P(GemmS8, QuantizesHeadsAsTheyAreFinished) {
  Random random(6);
  for (const size_t head_width : {32u, 64u}) {
    const size_t heads = 4, out = 3 * heads * head_width;
    ASSERT_TRUE(can_quantize_heads(head_width, out));
    const Layer layer(192, out, random);
    for (const size_t rows : {1u, 4u, 5u, 16u, 17u, 31u, 32u, 33u, 49u, 70u, 128u}) {
      const Rows x(rows, 192, random, 2.0f);
      const Rows y = run(nullptr, x, layer, Activation::identity, true, nullptr);
      const size_t capacity = rows + 3, values = 3 * heads * capacity * head_width;
      Buffer<int8_t> q(values), q_expected(values);
      Buffer<float> scale(3 * heads * capacity), scale_expected(3 * heads * capacity);
      q.fill(0);
      q_expected.fill(0);
      scale.fill(0.0f);
      scale_expected.fill(0.0f);
      ASSERT_EQ(reference::quantize_heads({y.v.data(), y.stride, rows, heads, head_width, capacity, q_expected.data(),
                                           scale_expected.data()}),
                kNoRow);
      HeadsResult result = {head_width, capacity, q.data(), scale.data(), kNoRow};
      run(&table(), x, layer, Activation::identity, true, nullptr, &result);
      EXPECT_EQ(result.bad_row, kNoRow);
      EXPECT_EQ(std::memcmp(q.data(), q_expected.data(), values), 0) << head_width << " x " << rows;
      EXPECT_TRUE(same_floats(scale.data(), scale_expected.data(), scale.size())) << head_width << " x " << rows;
    }
  }
  EXPECT_FALSE(can_quantize_heads(16, 3 * 4 * 16));
  EXPECT_FALSE(can_quantize_heads(32, 3 * 3 * 32));
}

TEST_P(GemmS8, NamesTheFirstRowWhoseHeadsAreNotFinite) {
  Random random(7);
  Layer layer(64, 192, random);
  layer.scale[100] = 3e38f;  // the sums of all rows overflow, but for those that are zero there
  for (const size_t first : {0u, 3u, 17u, 40u}) {
    Rows x(41, 64, random);
    for (size_t r = 0; r < first; ++r) {
      for (size_t k = 0; k < 64; ++k) x.at(r, k) = 0.0f;
    }
    Buffer<int8_t> q(6 * 41 * 32);
    Buffer<float> scale(6 * 41);
    HeadsResult result = {32, 41, q.data(), scale.data(), kNoRow};
    run(&table(), x, layer, Activation::identity, false, nullptr, &result);
    EXPECT_EQ(result.bad_row, first);
  }
}

// A comparison that cannot fail proves nothing.
TEST_P(GemmS8, OneWrongWeightIsSeen) {
  Random random(5);
  Layer layer(384, 100, random);
  Rows x(7, 384, random);
  x.at(3, 200) = 1.0f;  // the largest of its row
  const Rows expected = run(nullptr, x, layer, Activation::identity, true, nullptr);
  layer.w[99 * 384 + 200] = static_cast<int8_t>(layer.w[99 * 384 + 200] > 0 ? -1 : 1);
  layer.pack();
  EXPECT_FALSE(same_rows(run(&table(), x, layer, Activation::identity, true, nullptr), expected));
}

class GemmF32 : public EachTable {
 protected:
  Rows run(const KernelTable* kernels, const Rows& x, const std::vector<float>& w, size_t out_width,
           Activation activation, const Buffer<float>* bias, const Rows* residual) {
    const std::vector<float> packed = pack_panels(w, out_width, x.width);
    Buffer<float> panels(packed.size());
    std::memcpy(panels.data(), packed.data(), packed.size() * 4);
    Rows y(x.rows, out_width);
    y.v.fill(std::nanf(""));
    GemmF32Args args = {x.v.data(),
                        x.stride,
                        x.rows,
                        x.width,
                        out_width,
                        0,
                        out_width,
                        panels.data(),
                        bias != nullptr ? bias->data() : nullptr,
                        activation,
                        residual != nullptr ? residual->v.data() : nullptr,
                        residual != nullptr ? residual->stride : 0,
                        y.v.data(),
                        y.stride};
    const size_t middle = out_width / 2 / 64 * 64;
    for (const auto& [begin, end] : {std::pair{size_t{0}, middle}, std::pair{middle, out_width}}) {
      if (begin == end) continue;
      args.n_begin = begin;
      args.n_end = end;
      if (kernels != nullptr) {
        kernels->gemm_f32(args);
      } else {
        reference::gemm_f32(args, w, table().float_gemm_is_fma);
      }
    }
    return y;
  }
};
LINNET_EACH_TABLE(GemmF32);

TEST_P(GemmF32, GivesTheReferenceBytesForEveryShape) {
  Random random(6);
  struct Shape {
    size_t rows, in, out;
  };
  std::vector<Shape> shapes = {{7, 384, 128}, {2, 1536, 70}, {13, 65, 192}};
  for (size_t out = 1; out <= 70; ++out) shapes.push_back({1 + out % 7, 1 + out * 2 % 71, out});
  for (const Shape& s : shapes) {
    std::vector<float> w(s.in * s.out);
    for (float& v : w) v = random.real(0.1f);
    Buffer<float> bias(round_up(s.out, 16));
    bias.fill(0.0f);
    for (size_t n = 0; n < s.out; ++n) bias[n] = random.real();
    const Rows x(s.rows, s.in, random), residual(s.rows, s.out, random);
    EXPECT_TRUE(same_rows(run(&table(), x, w, s.out, Activation::identity, nullptr, nullptr),
                          run(nullptr, x, w, s.out, Activation::identity, nullptr, nullptr)));
    EXPECT_TRUE(same_rows(run(&table(), x, w, s.out, Activation::gelu, &bias, &residual),
                          run(nullptr, x, w, s.out, Activation::gelu, &bias, &residual)))
        << s.rows << " x " << s.in << " x " << s.out;
  }
}

}  // namespace
}  // namespace linnet::kernels
