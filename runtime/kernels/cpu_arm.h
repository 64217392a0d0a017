// What an Arm CPU can do, as far as the kernels care.
#pragma once

#include <cstddef>

namespace linnet::kernels {

struct ArmFeatures {
  bool neon = false;     // AArch64 always has it
  bool dotprod = false;  // sdot, udot
  bool i8mm = false;     // smmla, usdot
};

// As the operating system tells it: on Linux and Android the auxiliary vector, or /proc/cpuinfo where that says
// nothing; on Apple's systems sysctl.
ArmFeatures arm_features();

// The features that every core of a /proc/cpuinfo has ("Features" lines; none without such a line).
ArmFeatures arm_features_of_cpuinfo(const char* text, size_t bytes);

}  // namespace linnet::kernels
