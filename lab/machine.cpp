#include "lab/machine.h"

#include <cstdio>
#include <cstring>
#include <ctime>
#include <sys/resource.h>
#include <sys/utsname.h>

namespace linnet::lab {

std::string cpu_name() {
  // Not by streams: a device would carry them for this line alone.
  if (std::FILE* file = std::fopen("/proc/cpuinfo", "r"); file != nullptr) {
    char line[512];
    std::string name;
    while (name.empty() && std::fgets(line, sizeof line, file) != nullptr) {
      const char* colon = std::strncmp(line, "model name", 10) == 0 ? std::strchr(line, ':') : nullptr;
      if (colon == nullptr) continue;
      name = colon + 1 + std::strspn(colon + 1, " \t");
      name.erase(name.find_last_not_of(" \n") + 1);
    }
    std::fclose(file);
    if (!name.empty()) return name;
  }
  utsname system{};
  return uname(&system) == 0 ? system.machine : "unknown";
}

const char* commit() { return LINNET_COMMIT_TEXT; }

uint64_t peak_resident_bytes() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#if defined(__APPLE__)
  constexpr uint64_t kUnit = 1;
#else
  constexpr uint64_t kUnit = 1024;
#endif
  return static_cast<uint64_t>(usage.ru_maxrss) * kUnit;
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

}  // namespace linnet::lab
