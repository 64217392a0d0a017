// What the libraries compute, by itself.
#include "runtime/backends/product.h"

#include <cmath>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#if defined(LINNET_WITH_ONEDNN)
#include "runtime/backends/onednn_matmul.h"
#endif

namespace linnet::backends {
namespace {

constexpr size_t kRowsMost = 128;

struct Library {
  const char* name;
  MakeProduct make;
};

class ProductTest : public testing::TestWithParam<Library> {
 protected:
  // Numbers that do not repeat in any row.
  static uint32_t next() {
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return state >> 8;
  }
  static float real() { return static_cast<float>(next()) * 0x1p-23f - 1.0f; }
};

TEST_P(ProductTest, FloatSumsAreWithinTheErrorOfAnyOrder) {
  struct Shape {
    size_t rows, in, out, x_stride;
  };
  for (const Shape s : {Shape{1, 1, 1, 64}, Shape{7, 36, 50, 64}, Shape{130 - 2, 384, 100, 384},
                        Shape{100, 1024, 17, 1040}, Shape{3, 66, 198, 128}}) {
    std::vector<float> x(s.rows * s.x_stride + 16), w(s.out * s.in), sums(s.rows * s.out, NAN);
    for (float& v : x) v = real();
    for (float& v : w) v = real();
    const Result<std::unique_ptr<Product>> product =
        GetParam().make({false, s.in, s.out, s.x_stride, kRowsMost, 1, w.data()});
    ASSERT_TRUE(product.ok()) << product.status().message();
    const Status status = (*product)->multiply(0, x.data(), s.rows, sums.data());
    ASSERT_TRUE(status.ok()) << status.message();
    for (size_t r = 0; r < s.rows; ++r) {
      for (size_t n = 0; n < s.out; ++n) {
        double sum = 0, magnitudes = 0;
        for (size_t k = 0; k < s.in; ++k) {
          const double term = double{x[r * s.x_stride + k]} * w[n * s.in + k];
          sum += term;
          magnitudes += std::fabs(term);
        }
        // Each of the in_width products and sums is rounded by at most 2^-24 of what it makes, in whatever order.
        EXPECT_NEAR(sums[r * s.out + n], sum, (static_cast<double>(s.in) + 1) * 0x1p-24 * magnitudes)
            << s.rows << " x " << s.in << " x " << s.out << " at " << r << ", " << n;
      }
    }
  }
}

// Sums beyond 2^24, which a float cannot hold.
TEST_P(ProductTest, Int8SumsAreExactOrRefused) {
  for (const size_t in : {64u, 4096u, 16384u}) {
    constexpr size_t kOut = 48, kRows = 31;  // pieces of every size up to 16
    std::vector<uint8_t> x(kRows * in + 16);
    std::vector<int8_t> w(kOut * in);
    for (size_t i = 0; i < kRows * in; ++i) x[i] = static_cast<uint8_t>(i % 3 == 0 ? next() : 255);
    for (size_t i = 0; i < kOut * in; ++i) w[i] = static_cast<int8_t>(i % 5 == 0 ? next() % 255 - 127 : 127);
    const Result<std::unique_ptr<Product>> product = GetParam().make({true, in, kOut, in, kRowsMost, 1, w.data()});
    if (!product.ok()) {
      EXPECT_EQ(product.status().code(), Code::unsupported) << product.status().message();
      continue;
    }
    std::vector<int32_t> sums(kRows * kOut, -1);
    ASSERT_TRUE((*product)->multiply(0, x.data(), kRows, sums.data()).ok());
    for (size_t r = 0; r < kRows; ++r) {
      for (size_t n = 0; n < kOut; ++n) {
        int64_t sum = 0;
        for (size_t k = 0; k < in; ++k) sum += int64_t{x[r * in + k]} * w[n * in + k];
        ASSERT_EQ(sums[r * kOut + n], sum) << in << " wide at " << r << ", " << n;
      }
    }
  }
}

TEST_P(ProductTest, WorkersDoNotDisturbEachOther) {
  constexpr size_t kIn = 384, kOut = 384, kRows = 77, kWorkers = 4, kRounds = 50;
  std::vector<float> w(kOut * kIn), x(kWorkers * kRows * kIn + 16);
  for (float& v : w) v = real();
  for (float& v : x) v = real();
  const Result<std::unique_ptr<Product>> product =
      GetParam().make({false, kIn, kOut, kIn, kRowsMost, kWorkers, w.data()});
  ASSERT_TRUE(product.ok()) << product.status().message();
  std::vector<float> expected(kWorkers * kRows * kOut);
  for (size_t i = 0; i < kWorkers; ++i) {
    ASSERT_TRUE((*product)->multiply(i, &x[i * kRows * kIn], kRows, &expected[i * kRows * kOut]).ok());
  }
  std::vector<float> sums(expected.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kWorkers; ++i) {
    threads.emplace_back([&, i] {
      for (size_t round = 0; round < kRounds; ++round) {
        EXPECT_TRUE((*product)->multiply(i, &x[i * kRows * kIn], kRows, &sums[i * kRows * kOut]).ok());
        EXPECT_TRUE(
            std::equal(&sums[i * kRows * kOut], &sums[i * kRows * kOut] + kRows * kOut, &expected[i * kRows * kOut]));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

std::vector<Library> libraries() {
  std::vector<Library> all;
#if defined(LINNET_WITH_ONEDNN)
  all.push_back({"onednn", make_onednn_product});
#endif
#if defined(LINNET_WITH_XNNPACK)
  all.push_back({"xnnpack", make_xnnpack_product});
#endif
  return all;
}
INSTANTIATE_TEST_SUITE_P(Libraries, ProductTest, testing::ValuesIn(libraries()),
                         [](const auto& library) { return std::string(library.param.name); });

#if defined(LINNET_WITH_ONEDNN)
TEST(OnednnMatmul, RefusesARowCountThatIsNotPrepared) {
  const std::vector<float> w(64, 1.0f);
  const size_t rows = 4;
  const Result<OnednnMatmul> matmul =
      OnednnMatmul::create({OnednnMatmul::Types::f32, 8, 8, 8, 8, w.data(), nullptr, nullptr}, &rows, 1);
  ASSERT_TRUE(matmul.ok()) << matmul.status().message();
  EXPECT_EQ(matmul->bind(3, w.data(), nullptr, nullptr).status().code(), Code::internal);
  EXPECT_STRNE(matmul->implementation(4), "");
}
#endif

}  // namespace
}  // namespace linnet::backends
