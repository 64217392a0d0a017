#include "runtime/kernels/cpu_arm.h"

#include <cstring>

#include "support.h"

namespace linnet::kernels {
namespace {

ArmFeatures features_of(const char* text) { return arm_features_of_cpuinfo(text, std::strlen(text)); }

constexpr const char* kRaspberryPi5 =
    "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp "
    "cpuid asimdrdm lrcpc dcpop asimddp\nCPU implementer\t: 0x41\nCPU part\t: 0xd0b\n";
constexpr const char* kRaspberryPi3 = "processor\t: 0\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU part\t: 0xd03\n";

TEST(CpuinfoOfArm, SaysWhatEveryCoreHas) {
  const ArmFeatures pi5 = features_of(kRaspberryPi5);
  EXPECT_TRUE(pi5.neon && pi5.dotprod);
  EXPECT_FALSE(pi5.i8mm);
  const ArmFeatures pi3 = features_of(kRaspberryPi3);
  EXPECT_TRUE(pi3.neon);
  EXPECT_FALSE(pi3.dotprod || pi3.i8mm);
  const std::string mixed = std::string(kRaspberryPi5) + "\n" + kRaspberryPi3;
  EXPECT_FALSE(features_of(mixed.c_str()).dotprod);
  EXPECT_TRUE(features_of("Features\t: asimd asimddp i8mm").i8mm);  // no newline at the end
}

TEST(CpuinfoOfArm, KnowsTheWordsOfArmv7) {
  const ArmFeatures board = features_of("Features\t: half thumb fastmult vfp edsp neon vfpv3 tls vfpd32\n");
  EXPECT_TRUE(board.neon);
  EXPECT_FALSE(board.dotprod || board.i8mm);
  EXPECT_FALSE(features_of("Features\t: half thumb fastmult vfp edsp vfpv3d16\n").neon);
}

TEST(CpuinfoOfArm, TakesNoPartOfAWordAndNothingForMissingLines) {
  for (const char* text : {"", "\n", "Features", "Features\t: asimdrdm neonish xasimddp\n", "flags\t: asimd\n"}) {
    const ArmFeatures none = features_of(text);
    EXPECT_FALSE(none.neon || none.dotprod || none.i8mm) << text;
  }
}

TEST(ArmFeatures, DecideWhichTablesThereAre) {
  const ArmFeatures here = arm_features();
#if defined(__aarch64__)
  EXPECT_TRUE(select_table("neon").ok());
  EXPECT_EQ(select_table("dotprod").ok(), here.dotprod);
  EXPECT_EQ(select_table("i8mm").ok(), here.dotprod && here.i8mm);
#else
  EXPECT_EQ(select_table("armv7neon").ok(), here.neon);
#endif
}

}  // namespace
}  // namespace linnet::kernels
