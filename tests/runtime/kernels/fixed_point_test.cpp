// The fixed-point functions by themselves: every input, and every intermediate value.
#include <cmath>

#include "reference.h"
#include "runtime/kernels/generic/coefficients.inc.h"
#include "support.h"

namespace linnet::kernels {
namespace {

void expect_s16(int32_t v) {
  ASSERT_GE(v, -32768);
  ASSERT_LE(v, 32767);
}

TEST(FixedPoint, NoStepOfTheGeluOverflows) {
  double worst = 0;
  for (int32_t u = -32767; u <= 32767; ++u) {
    const int32_t square = reference::q15(u, u);
    expect_s16(square);
    expect_s16((square >> 1) - 16384);
    const int32_t z = ((square >> 1) - 16384) - u;
    expect_s16(z);
    int32_t p = kGeluFixed[7];
    for (int i = 6; i >= 0; --i) {
      ASSERT_FALSE(p == -32768 && z == -32768);
      expect_s16(reference::q15(p, z));
      p = reference::q15(p, z) + kGeluFixed[i];
      expect_s16(p);
    }
    const double a = (u + 32767) * 5.0 / 65534;
    worst = std::fmax(worst, std::fabs(p / 65536.0 - 0.5 * a * std::erfc(a / std::sqrt(2.0))));
  }
  EXPECT_EQ(reference::gelu_fixed_h(-32767), 0);
  EXPECT_EQ(reference::gelu_fixed_h(32767), 0);
  EXPECT_LE(worst, 1e-4);
}

TEST(FixedPoint, Exp2IsMonotoneAccurateAndEndsAtZero) {
  EXPECT_EQ(reference::exp2_fixed(0), 32767);
  EXPECT_EQ(reference::exp2_fixed(4095), 0);
  int32_t before = 32767;
  for (int32_t d = 0; d <= 4095; ++d) {
    const int32_t f = (d & 255) << 7;
    int32_t p = kExp2Fixed[3];
    for (int i = 2; i >= 0; --i) {
      expect_s16(reference::q15(p, f));
      p = reference::q15(p, f) + kExp2Fixed[i];
      expect_s16(p);
    }
    EXPECT_GT(p, 16383);
    const int32_t e = reference::exp2_fixed(d);
    EXPECT_LE(e, before);
    before = e;
    // The polynomial is accurate to 1.1e-4 of itself; the shift then truncates to whole units.
    const double exact = std::exp2(-d / 256.0) * 32768;
    EXPECT_LE(e, exact * (1 + 1.5e-4));
    EXPECT_GE(e, exact * (1 - 1.5e-4) - 1);
  }
}

}  // namespace
}  // namespace linnet::kernels
