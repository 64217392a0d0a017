#include "base/cores.h"
#include "cli/common.h"
#include "runtime/kernels/kernels.h"

namespace linnet::cli {

namespace {

constexpr size_t kMostTables = 32;

Status run(bool json) {
  const kernels::KernelTable* tables[kMostTables];
  const size_t count = kernels::available_tables(tables, kMostTables);
  const Result<const kernels::KernelTable*> selected = kernels::select_table_from_environment();
  if (!selected.ok()) return selected.status();
  const Cores cores = available_cores();
  if (json) {
    Json available = Json::array();
    for (size_t i = 0; i < count; ++i) available.push_back(tables[i]->isa);
    print(Json{{"available", available},
               {"selected", (*selected)->isa},
               {"cores", {{"all", cores.all}, {"fast", cores.fast}}},
               {"threads", cores.default_threads()}});
    return Status();
  }
  print("selected   %s\navailable ", (*selected)->isa);
  for (size_t i = 0; i < count; ++i) print(" %s", tables[i]->isa);
  for (size_t i = 0; i < count; ++i) {
    if (!tables[i]->float_gemm_is_fma) {
      print("\n%s has no fused multiply-add: float models give their own last bits there", tables[i]->isa);
    }
  }
  print("\ncores      %zu of %zu are fast: %zu threads unless told otherwise", cores.fast, cores.all,
        cores.default_threads());
  print("\nkernels of %s\n", (*selected)->isa);
  for (size_t i = 0; i < (*selected)->kernel_count; ++i) {
    print("  %-16s %s\n", (*selected)->kernels[i].op, (*selected)->kernels[i].name);
  }
  return Status();
}

}  // namespace

void add_cpu(CommandLine& line) {
  Command& command =
      line.add("cpu", "Show which instruction sets this machine can run, best first, which one is used, and its cores",
               {"linnet cpu", "LINNET_ISA=avx2 linnet cpu --json"});
  auto json = std::make_shared<bool>(false);
  add_json(command, json.get());
  command.action = [=] { return run(*json); };
}

}  // namespace linnet::cli
