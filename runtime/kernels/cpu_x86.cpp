#include "runtime/kernels/cpu_x86.h"

#include <cpuid.h>
#include <cstdint>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace linnet::kernels {

namespace {

struct Registers {
  uint32_t a = 0, b = 0, c = 0, d = 0;
};

Registers cpuid(uint32_t leaf, uint32_t subleaf = 0) {
  Registers r;
  __get_cpuid_count(leaf, subleaf, &r.a, &r.b, &r.c, &r.d);  // leaves zeros when the CPU has no such leaf
  return r;
}

constexpr bool bit(uint32_t word, int index) { return (word >> index & 1) != 0; }

// The register states that the operating system saves (XCR0); 0 when it does not say.
uint64_t saved_states() {
  if (!bit(cpuid(1).c, 27)) return 0;  // OSXSAVE
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}

// Linux lets a process use the tile registers only after it has asked (once, for all of its threads; asking again
// changes nothing). Kernels before 5.16 do not know the call, and a sandbox may refuse it.
bool may_use_tiles() {
#if defined(__linux__)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#elif defined(_WIN32)
  return true;  // given to whoever uses them
#else
  return false;
#endif
}

}  // namespace

bool has_sse41() { return bit(cpuid(1).c, 19); }

bool has_avx2() {
  const Registers one = cpuid(1);
  return (saved_states() & 0x6) == 0x6 && bit(one.c, 28) && bit(one.c, 12) && bit(cpuid(7).b, 5);  // AVX, FMA, AVX2
}

bool has_avxvnni() { return has_avx2() && cpuid(7).a >= 1 && bit(cpuid(7, 1).a, 4); }

bool has_avx512() {
  const uint32_t b = cpuid(7).b;
  return has_avx2() && (saved_states() & 0xe6) == 0xe6 && bit(b, 16) && bit(b, 17) && bit(b, 30) && bit(b, 31);
}

bool has_avx512vnni() { return has_avx512() && bit(cpuid(7).c, 11); }

bool has_amx() {
  constexpr uint64_t kTileStates = uint64_t{3} << 17;
  const uint32_t d = cpuid(7).d;
  return has_avx512vnni() && bit(d, 24) && bit(d, 25) && (saved_states() & kTileStates) == kTileStates &&
         may_use_tiles();
}

}  // namespace linnet::kernels
