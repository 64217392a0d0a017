// The choice among the kernel tables.
#include <cstdlib>

#include "runtime/kernels/kernel_list.h"

#if defined(LINNET_KERNELS_X86)
#include "runtime/kernels/cpu_x86.h"
#elif defined(LINNET_KERNELS_ARM64) || defined(LINNET_KERNELS_ARMV7)
#include "runtime/kernels/cpu_arm.h"
#endif

namespace linnet::kernels {
namespace {

struct Candidate {
  const KernelTable* table;
  bool (*runs_here)();
};

bool always() { return true; }

#if defined(LINNET_KERNELS_ARM64)
bool has_dotprod() { return arm_features().dotprod; }
bool has_i8mm() { return arm_features().dotprod && arm_features().i8mm; }
#elif defined(LINNET_KERNELS_ARMV7)
bool has_neon() { return arm_features().neon; }
#endif

// Best first, scalar last.
constexpr Candidate kCandidates[] = {
#if defined(LINNET_KERNELS_X86)
    {&amx_table, has_amx},       {&avx512vnni_table, has_avx512vnni},
    {&avx512_table, has_avx512}, {&avxvnni_table, has_avxvnni},
    {&avx2_table, has_avx2},     {&sse41_table, has_sse41},
#elif defined(LINNET_KERNELS_ARM64)
    {&i8mm_table, has_i8mm},
    {&dotprod_table, has_dotprod},
    {&neon_table, always},
#elif defined(LINNET_KERNELS_ARMV7)
    {&armv7neon_table, has_neon},
#elif defined(LINNET_KERNELS_WASM)
    {&wasm128_table, always},  // an engine without SIMD does not load the module
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
