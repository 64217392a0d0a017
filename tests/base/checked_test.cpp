#include "base/checked.h"

#include <gtest/gtest.h>

namespace linnet {
namespace {

TEST(Checked, MultipliesAndAddsExactlyUpToTheLastValue) {
  EXPECT_EQ((Checked(1u << 31) * 4 + 5).value64(), (uint64_t{1} << 33) + 5);
  EXPECT_TRUE((Checked(UINT64_MAX / 3) * 3).valid64());
  EXPECT_TRUE((Checked(UINT64_MAX - 1) + 1).valid64());
}

TEST(Checked, RemembersAnOverflowThroughLaterSteps) {
  EXPECT_FALSE((Checked(UINT64_MAX) + 1).valid64());
  EXPECT_FALSE((Checked(uint64_t{1} << 32) * (uint64_t{1} << 32)).valid64());
  EXPECT_FALSE(((Checked(UINT64_MAX) + 2) * 0).valid64());
  EXPECT_FALSE((Checked(0) * (Checked(UINT64_MAX) + 2)).valid64());
  EXPECT_FALSE(Checked(UINT64_MAX).aligned(64).valid64());
}

TEST(Checked, AlignsToTheNextMultiple) {
  EXPECT_EQ(Checked(0).aligned(64).value64(), 0u);
  EXPECT_EQ(Checked(1).aligned(64).value64(), 64u);
  EXPECT_EQ(Checked(64).aligned(64).value64(), 64u);
}

TEST(RangeWithin, RefusesWhatWrapsAround) {
  EXPECT_TRUE(range_within(0, 10, 10));
  EXPECT_TRUE(range_within(10, 0, 10));
  EXPECT_FALSE(range_within(11, 0, 10));
  EXPECT_FALSE(range_within(1, 10, 10));
  EXPECT_FALSE(range_within(8, UINT64_MAX - 4, 10));
}

}  // namespace
}  // namespace linnet
