#include "quant/exact_math.h"

#include <gtest/gtest.h>

namespace linnet {
namespace {

TEST(ExactMath, AgreesWithTheLibraryToAFewUlp) {
  for (double x = 1e-12; x < 1e12; x *= 1.0173) {
    EXPECT_NEAR(exact_log2(x), std::log2(x), 1e-14 * (1 + std::fabs(std::log2(x)))) << x;
  }
  for (double x = -60; x < 60; x += 0.0137) EXPECT_NEAR(exact_exp2(x) / std::exp2(x), 1, 4e-15) << x;
}

TEST(ExactMath, RoundsTiesToEven) {
  for (double x = -300.5; x < 300; x += 0.25) EXPECT_EQ(round_to_even(x), std::nearbyint(x)) << x;
}

}  // namespace
}  // namespace linnet
