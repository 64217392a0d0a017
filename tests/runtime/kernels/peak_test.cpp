#include "runtime/kernels/peak.h"

#include <algorithm>
#include <chrono>

#include "support.h"
#include "tests/support/sanitized.h"

namespace linnet::kernels {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Other tests run beside this one, and clocks change: the bounds are wide.
class PeakOf : public EachTable {
 protected:
  Peak peak() const {
    const Result<Peak> measured = measure_peak(table().isa, 0.06);
    EXPECT_TRUE(measured.ok()) << measured.status().message();
    return *measured;
  }

  // Multiply-adds a second of the fastest of a few calls.
  template <typename Call>
  static double fastest(size_t macs, Call call) {
    double best = 0.0;
    for (const double end = now() + 0.05; best == 0.0 || now() < end;) {
      const double begin = now();
      call();
      best = std::max(best, static_cast<double>(macs) / (now() - begin));
    }
    return best;
  }
};
LINNET_EACH_TABLE(PeakOf);

TEST_P(PeakOf, IsPlausible) {
  const Peak first = peak(), second = peak();
  RecordProperty("int8_gmacs", std::to_string(first.int8_macs * 1e-9));
  RecordProperty("int8_zero_gmacs", std::to_string(first.int8_zero_macs * 1e-9));
  RecordProperty("float_gmacs", std::to_string(first.float_macs * 1e-9));
  for (const auto& member : {&Peak::int8_macs, &Peak::int8_zero_macs, &Peak::float_macs}) {
    EXPECT_GT(first.*member, 1e6);
    EXPECT_LT(first.*member, 1e14);
    EXPECT_LT(first.*member, 3 * second.*member);
    EXPECT_LT(second.*member, 3 * first.*member);
  }
}

// A GEMM that is faster than the instruction it is made of would mean that one of the two is measured wrongly.
TEST_P(PeakOf, IsNotExceededByTheGemms) {
  if (kSanitized) GTEST_SKIP() << "times mean nothing under a sanitizer";
  constexpr size_t kRows = 64, kWidth = 512;
  Random random(1);
  std::vector<int8_t> w(kWidth * kWidth);
  for (int8_t& v : w) v = random.s8();
  const std::vector<int8_t> packed = pack_cells(w, kWidth, kWidth);
  Buffer<int8_t> cells(packed.size()), q(kRows * kWidth);
  std::memcpy(cells.data(), packed.data(), packed.size());
  Buffer<float> x_scale(kRows), scale(kWidth);
  scale.fill(0.01f);
  Buffer<int32_t> sum(kWidth);
  sum.fill(0);
  const Rows x(kRows, kWidth, random);
  Rows y(kRows, kWidth);
  ASSERT_EQ(table().quantize_rows(
                {x.v.data(), x.stride, kRows, kWidth, nullptr, nullptr, 0, q.data(), kWidth, x_scale.data()}),
            kNoRow);
  const Peak before = peak();
  const double int8 = fastest(kRows * kWidth * kWidth, [&] {
    table().gemm_s8({q.data(), kWidth, x_scale.data(), kRows, kWidth, kWidth, 0, kWidth, cells.data(), scale.data(),
                     sum.data(), nullptr, Activation::identity, nullptr, 0, y.v.data(), y.stride});
  });
  std::vector<float> float_w(w.begin(), w.end());
  const std::vector<float> panels = pack_panels(float_w, kWidth, kWidth);
  Buffer<float> float_panels(panels.size());
  std::memcpy(float_panels.data(), panels.data(), panels.size() * sizeof(float));
  const double f32 = fastest(kRows * kWidth * kWidth, [&] {
    table().gemm_f32({x.v.data(), x.stride, kRows, kWidth, kWidth, 0, kWidth, float_panels.data(), nullptr,
                      Activation::identity, nullptr, 0, y.v.data(), y.stride});
  });
  const Peak after = peak();
  const double int8_share = int8 / std::max(before.int8_macs, after.int8_macs);
  const double f32_share = f32 / std::max(before.float_macs, after.float_macs);
  RecordProperty("gemm_s8_share", std::to_string(int8_share));
  RecordProperty("gemm_f32_share", std::to_string(f32_share));
  EXPECT_LT(int8_share, 1.3);
  EXPECT_LT(f32_share, 1.3);
}

TEST(Peak, RefusesWhatTheMachineDoesNotHave) {
  const Result<Peak> peak = measure_peak("mmx", 0.01);
  ASSERT_FALSE(peak.ok());
  EXPECT_EQ(peak.status().code(), Code::invalid_argument);
}

}  // namespace
}  // namespace linnet::kernels
