#include "runtime/kernels/cpu_arm.h"

#include <cstring>

#if defined(__linux__)
#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(_WIN32)
#include <windows.h>
#endif

namespace linnet::kernels {

namespace {

bool has_word(const char* line, size_t bytes, const char* word) {
  const size_t length = std::strlen(word);
  for (size_t at = 0; at + length <= bytes; ++at) {
    const bool begins = at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t' || line[at - 1] == ':';
    const bool ends = at + length == bytes || line[at + length] == ' ';
    if (begins && ends && std::memcmp(line + at, word, length) == 0) return true;
  }
  return false;
}

#if defined(__linux__)

ArmFeatures features_of_cpuinfo_file() {
  char text[16384];  // of the first cores, if there are very many
  size_t bytes = 0;
  const int file = open("/proc/cpuinfo", O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  for (;;) {
    const ssize_t got = read(file, text + bytes, sizeof text - bytes);
    if (got <= 0) break;
    bytes += static_cast<size_t>(got);
  }
  close(file);
  return arm_features_of_cpuinfo(text, bytes);
}

#elif defined(__APPLE__)

bool sysctl_says(const char* name) {
  int value = 0;
  size_t bytes = sizeof value;
  return sysctlbyname(name, &value, &bytes, nullptr, 0) == 0 && value != 0;
}

#endif

}  // namespace

ArmFeatures arm_features_of_cpuinfo(const char* text, size_t bytes) {
  ArmFeatures all;
  bool seen = false;
  for (size_t begin = 0; begin < bytes;) {
    const void* const newline = std::memchr(text + begin, '\n', bytes - begin);
    const size_t end = newline != nullptr ? static_cast<size_t>(static_cast<const char*>(newline) - text) : bytes;
    const char* const line = text + begin;
    const size_t length = end - begin;
    begin = end + 1;
    if (length < 8 || std::memcmp(line, "Features", 8) != 0) continue;
    // "neon" is ARMv7's word, "asimd" AArch64's.
    const ArmFeatures core = {has_word(line, length, "neon") || has_word(line, length, "asimd"),
                              has_word(line, length, "asimddp"), has_word(line, length, "i8mm")};
    all = seen ? ArmFeatures{all.neon && core.neon, all.dotprod && core.dotprod, all.i8mm && core.i8mm} : core;
    seen = true;
  }
  return all;
}

ArmFeatures arm_features() {
#if defined(__linux__)
  const unsigned long hwcap = getauxval(AT_HWCAP), hwcap2 = getauxval(AT_HWCAP2);
  if (hwcap == 0) return features_of_cpuinfo_file();
  const auto bit = [](unsigned long word, int index) { return (word >> index & 1) != 0; };
#if defined(__aarch64__)
  return {true, bit(hwcap, 20), bit(hwcap2, 13)};  // HWCAP_ASIMDDP, HWCAP2_I8MM
#else
  (void)hwcap2;
  return {bit(hwcap, 12), false, false};  // HWCAP_NEON
#endif
#elif defined(__APPLE__)
  return {true, sysctl_says("hw.optional.arm.FEAT_DotProd"), sysctl_says("hw.optional.arm.FEAT_I8MM")};
#elif defined(_WIN32)
  constexpr DWORD kDotProduct = 43;  // PF_ARM_V82_DP_INSTRUCTIONS_AVAILABLE
  return {true, IsProcessorFeaturePresent(kDotProduct) != 0, false};
#elif defined(__aarch64__)
  return {true, false, false};
#else
  return {};
#endif
}

}  // namespace linnet::kernels
