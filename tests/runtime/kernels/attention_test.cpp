#include <cmath>

#include "reference.h"
#include "support.h"

namespace linnet::kernels {
namespace {

// One head of one sequence. The rows end at 64 readable bytes before the guard page, as the caller promises.
struct Head {
  Head(size_t tokens, size_t width, Random& random, bool extreme = false)
      : length(tokens),
        head_width(width),
        hs(head_stride(width)),
        q(tokens * hs + 64),
        k(tokens * hs + 64),
        v(tokens * hs + 64),
        q_scale(tokens),
        k_scale(tokens),
        v_scale(tokens),
        bias(2 * (tokens - 1 + 16) + 1) {
    for (Buffer<int8_t>* b : {&q, &k, &v}) {
      for (size_t t = 0; t < tokens; ++t) {
        for (size_t d = 0; d < hs; ++d) {
          const int8_t value = extreme ? static_cast<int8_t>(random.below(2) == 0 ? 127 : -127) : random.s8();
          (*b)[t * hs + d] = d < width ? value : int8_t{0};
        }
      }
    }
    // Scores of a few nats, whatever the width.
    const float unit = 3.0f / (127.0f * std::sqrt(std::sqrt(static_cast<float>(width))));
    for (size_t t = 0; t < tokens; ++t) {
      q_scale[t] = unit * (0.3f + std::fabs(random.real()));
      k_scale[t] = unit * (0.3f + std::fabs(random.real()));
      v_scale[t] = 0.001f + std::fabs(random.real(0.05f));
    }
    for (size_t i = 0; i < bias.size(); ++i) bias[i] = random.real(4.0f);
  }
  AttentionS8Args args(bool biased, Rows& ctx, void* scratch) const {
    return {q.data(),
            k.data(),
            v.data(),
            q_scale.data(),
            k_scale.data(),
            v_scale.data(),
            length,
            0,
            length,
            head_width,
            biased ? bias.data() + length - 1 + 16 : nullptr,
            ctx.v.data(),
            ctx.stride,
            scratch};
  }
  size_t length, head_width, hs;
  Buffer<int8_t> q, k, v;
  Buffer<float> q_scale, k_scale, v_scale, bias;
};

class AttentionS8 : public EachTable {
 protected:
  Rows run(const Head& head, bool biased) {
    Buffer<uint8_t> scratch(table().attention_s8_scratch(head.length, head.head_width));
    Rows ctx(head.length, head.head_width);
    table().attention_s8(head.args(biased, ctx, scratch.data()));
    return ctx;
  }
  static Rows expected(const Head& head, bool biased) {
    Rows ctx(head.length, head.head_width);
    reference::attention_s8(head.args(biased, ctx, nullptr));
    return ctx;
  }
};
LINNET_EACH_TABLE(AttentionS8);

TEST_P(AttentionS8, GivesTheReferenceBytesForEveryLength) {
  Random random(1);
  std::vector<size_t> lengths = {127, 128, 129, 130, 131, 256, 300};
  for (size_t n = 1; n <= 50; ++n) lengths.push_back(n);
  for (const size_t length : lengths) {
    const Head head(length, length % 2 == 0 ? 32 : 24, random);
    EXPECT_TRUE(same_rows(run(head, false), expected(head, false))) << length;
    EXPECT_TRUE(same_rows(run(head, true), expected(head, true))) << length << " with bias";
  }
}

TEST_P(AttentionS8, GivesTheReferenceBytesForEveryHeadWidth) {
  Random random(2);
  for (const size_t width : {1u, 5u, 16u, 32u, 33u, 64u, 80u, 128u}) {
    const Head head(37, width, random);
    EXPECT_TRUE(same_rows(run(head, false), expected(head, false))) << width;
    EXPECT_TRUE(same_rows(run(head, true), expected(head, true))) << width << " with bias";
  }
}

TEST_P(AttentionS8, TheLargestSumsAreExact) {
  Random random(3);
  for (const size_t width : {32u, 128u}) {
    const Head head(140, width, random, true);
    EXPECT_TRUE(same_rows(run(head, false), expected(head, false)));
  }
  Head same(300, 64, random, true);  // equal keys: every probability is the largest
  for (size_t t = 0; t < 300; ++t) {
    std::memcpy(same.k.data() + t * 64, same.k.data(), 64);
    std::memcpy(same.v.data() + t * 64, same.v.data(), 64);
    same.k_scale[t] = same.k_scale[0];
    same.v_scale[t] = same.v_scale[0];
  }
  EXPECT_TRUE(same_rows(run(same, false), expected(same, false)));
}

// Scores so far apart that whole blocks of keys have no weight.
TEST_P(AttentionS8, BlocksWithoutWeightAddNothing) {
  Random random(4);
  for (const size_t peak : {0u, 130u, 299u}) {
    Head head(300, 16, random);
    for (size_t j = 0; j < 300; ++j) {
      std::memset(head.q.data() + j * 16, 127, 16);
      std::memset(head.k.data() + j * 16, j == peak ? 127 : -127, 16);
      head.k_scale[j] = 1.0f;
      head.v_scale[j] = 0.01f;
    }
    const Rows ctx = run(head, false);
    EXPECT_TRUE(same_rows(ctx, expected(head, false)));
    for (size_t d = 0; d < 16; ++d) {
      const float value = 0.01f * static_cast<float>(head.v[peak * 16 + d]);
      EXPECT_NEAR(ctx.row(5)[d], value, 1e-3f);
    }
  }
}

// Scores that are infinite or NaN reach the output, where the next quantization reports them; nothing else happens.
TEST_P(AttentionS8, OverflowingScoresDoNotBecomeNumbers) {
  Random random(5);
  Head head(40, 32, random, true);
  for (size_t j = 0; j < 40; ++j) head.k_scale[j] = 3e38f;
  const Rows ctx = run(head, false);
  EXPECT_NE(table().find_non_finite(ctx.v.data(), ctx.stride, ctx.rows, ctx.width), kNoRow);
}

TEST_P(AttentionS8, IsCloseToTheSoftmaxItStandsFor) {
  Random random(6);
  for (const size_t length : {9u, 128u, 300u}) {
    const Head head(length, 32, random);
    const Rows ctx = run(head, true);
    for (size_t t = 0; t < length; ++t) {
      std::vector<double> p(length);
      double largest = -1e300, total = 0;
      for (size_t j = 0; j < length; ++j) {
        double s = 0;
        for (size_t d = 0; d < 32; ++d) s += head.q[t * 32 + d] * head.k[j * 32 + d];
        p[j] = s * static_cast<double>(head.q_scale[t]) * static_cast<double>(head.k_scale[j]) +
               static_cast<double>(head.bias[length - 1 + 16 + t - j]);
        largest = std::fmax(largest, p[j]);
      }
      for (double& x : p) total += x = std::exp(x - largest);
      for (size_t d = 0; d < 32; ++d) {
        double exact = 0, magnitude = 0;
        for (size_t j = 0; j < length; ++j) {
          const double v = static_cast<double>(head.v_scale[j]) * head.v[j * 32 + d];
          exact += p[j] / total * v;
          magnitude = std::fmax(magnitude, std::fabs(v));
        }
        // Each probability is off by at most 0.14 % of itself (half a step of 1/256 in the exponent) and half a step of
        // 1/127.5 of the largest of its block. The latter are independent: three standard deviations of their sum.
        const double step = std::sqrt(static_cast<double>(length)) / (127.5 * total);
        EXPECT_NEAR(static_cast<double>(ctx.row(t)[d]), exact, (0.0014 + 3 * 0.29 * step) * magnitude);
      }
    }
  }
}

TEST_P(AttentionS8, AnyRangeOfQueriesGivesTheSameRows) {
  Random random(7);
  const Head head(70, 32, random);
  const Rows whole = run(head, true);
  Buffer<uint8_t> scratch(table().attention_s8_scratch(70, 32));
  Rows ctx(70, 32);
  for (const auto& [begin, end] : {std::pair{48u, 70u}, std::pair{0u, 16u}, std::pair{16u, 21u}, std::pair{16u, 48u}}) {
    AttentionS8Args args = head.args(true, ctx, scratch.data());
    args.query_begin = begin;
    args.query_end = end;
    table().attention_s8(args);
  }
  EXPECT_TRUE(same_rows(ctx, whole));
}

TEST_P(AttentionS8, OneWrongKeyIsSeen) {
  Random random(8);
  Head head(50, 32, random);
  const Rows before = run(head, false);
  head.k[49 * 32 + 31] = static_cast<int8_t>(-head.k[49 * 32 + 31] + 1);
  EXPECT_FALSE(same_rows(run(head, false), before));
}

// Every difference of the exponent, by way of the bias: key j has the score -j / C.
TEST_P(AttentionS8, EveryStepOfTheExponential) {
  constexpr size_t kLength = 4096;
  Random random(9);
  Head head(kLength, 1, random);
  std::memset(head.q.data(), 0, kLength * 16);
  for (size_t i = 0; i < head.bias.size(); ++i) {
    const float distance = static_cast<float>(i) - static_cast<float>(kLength - 1 + 16);  // t - j
    head.bias[i] = distance / 369.33f;
  }
  Buffer<uint8_t> scratch(table().attention_s8_scratch(kLength, 1));
  Rows ctx(kLength, 1), reference_ctx(kLength, 1);
  AttentionS8Args args = head.args(true, ctx, scratch.data());
  args.query_end = 3;
  table().attention_s8(args);
  args.ctx = reference_ctx.v.data();
  reference::attention_s8(args);
  EXPECT_TRUE(same_rows(ctx, reference_ctx));
}

class AttentionF32 : public EachTable {};
LINNET_EACH_TABLE(AttentionF32);

TEST_P(AttentionF32, GivesTheReferenceBytes) {
  Random random(10);
  struct Shape {
    size_t length, width;
  };
  std::vector<Shape> shapes = {{127, 32}, {129, 32}, {37, 1}, {37, 5}, {21, 33}, {37, 64}, {18, 80}, {17, 128}};
  for (size_t n = 1; n <= 20; ++n) shapes.push_back({n, 24});
  for (const Shape& s : shapes) {
    const Rows qkv(s.length, 3 * s.width, random, 2.0f);
    Buffer<float> bias(2 * (s.length - 1 + 16) + 1);
    for (size_t i = 0; i < bias.size(); ++i) bias[i] = random.real(2.0f);
    Buffer<uint8_t> scratch(table().attention_f32_scratch(s.length, s.width));
    for (const bool biased : {false, true}) {
      Rows ctx(s.length, s.width), expected(s.length, s.width);
      AttentionF32Args args = {qkv.row(0),
                               qkv.row(0) + s.width,
                               qkv.row(0) + 2 * s.width,
                               qkv.stride,
                               s.length,
                               0,
                               s.length,
                               s.width,
                               biased ? bias.data() + s.length - 1 + 16 : nullptr,
                               ctx.v.data(),
                               ctx.stride,
                               scratch.data()};
      table().attention_f32(args);
      args.ctx = expected.v.data();
      reference::attention_f32(args, table().float_gemm_is_fma);
      EXPECT_TRUE(same_rows(ctx, expected)) << s.length << " x " << s.width << " biased " << biased;
    }
  }
}

TEST_P(AttentionF32, NaNReachesTheOutput) {
  Random random(11);
  Rows qkv(20, 48, random);
  qkv.at(7, 3) = std::nanf("");  // a query
  Buffer<uint8_t> scratch(table().attention_f32_scratch(20, 16));
  Rows ctx(20, 16);
  table().attention_f32({qkv.row(0), qkv.row(0) + 16, qkv.row(0) + 32, qkv.stride, 20, 0, 20, 16, nullptr, ctx.v.data(),
                         ctx.stride, scratch.data()});
  EXPECT_EQ(table().find_non_finite(ctx.v.data(), ctx.stride, 20, 16), 7u);
}

}  // namespace
}  // namespace linnet::kernels
