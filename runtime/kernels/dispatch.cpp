// The choice among the kernel tables.
#include <cstdlib>

#include "runtime/kernels/kernel_list.h"

#if defined(LINNET_KERNELS_X86)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace linnet::kernels {
namespace {

struct Candidate {
  const KernelTable* table;
  bool (*runs_here)();
};

bool always() { return true; }

#if defined(LINNET_KERNELS_X86)

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

bool has_amx() {
  constexpr uint64_t kTileStates = uint64_t{3} << 17;
  const uint32_t d = cpuid(7).d;
  return has_avx512vnni() && bit(d, 24) && bit(d, 25) && (saved_states() & kTileStates) == kTileStates &&
         may_use_tiles();
}

#endif

// Best first, scalar last.
constexpr Candidate kCandidates[] = {
#if defined(LINNET_KERNELS_X86)
    {&amx_table, has_amx},       {&avx512vnni_table, has_avx512vnni},
    {&avx512_table, has_avx512}, {&avxvnni_table, has_avxvnni},
    {&avx2_table, has_avx2},     {&sse41_table, has_sse41},
#endif
    {&scalar_table, always},
};

bool equal(const char* a, const char* b) { return std::strcmp(a, b) == 0; }

}  // namespace

const char* kernel_name(const KernelTable& table, const char* op) {
  for (size_t i = 0; i < table.kernel_count; ++i) {
    if (equal(table.kernels[i].op, op)) return table.kernels[i].name;
  }
  return "";
}

size_t available_tables(const KernelTable** tables, size_t capacity) {
  size_t count = 0;
  for (const Candidate& candidate : kCandidates) {
    if (!candidate.runs_here()) continue;
    if (count < capacity) tables[count] = candidate.table;
    ++count;
  }
  return count < capacity ? count : capacity;
}

Result<const KernelTable*> select_table(const char* isa) {
  constexpr size_t kMost = sizeof(kCandidates) / sizeof(kCandidates[0]);
  const KernelTable* tables[kMost];
  const size_t count = available_tables(tables, kMost);
  if (isa == nullptr || isa[0] == '\0') return tables[0];
  char names[256] = "";
  size_t used = 0;
  for (size_t i = 0; i < count; ++i) {
    if (equal(isa, tables[i]->isa)) return tables[i];
    const int wanted = std::snprintf(names + used, sizeof(names) - used, "%s%s", i == 0 ? "" : ", ", tables[i]->isa);
    if (wanted > 0 && used + static_cast<size_t>(wanted) < sizeof(names)) used += static_cast<size_t>(wanted);
  }
  for (const Candidate& candidate : kCandidates) {
    if (equal(isa, candidate.table->isa)) {
      return Status::error(Code::unsupported, "this machine cannot run the instruction set \"%s\"; it can run: %s", isa,
                           names);
    }
  }
  return Status::error(Code::invalid_argument, "unknown instruction set \"%s\"; this machine can run: %s", isa, names);
}

Result<const KernelTable*> select_table_from_environment() {
  const char* isa = std::getenv("LINNET_ISA");
  Result<const KernelTable*> table = select_table(isa);
  if (!table.ok()) return table.status().within("LINNET_ISA");
  return table;
}

}  // namespace linnet::kernels
