// Google Benchmark over every kernel of every table that this machine can run (or of LINNET_ISA's alone), and over the
// products of other libraries.
#include <benchmark/benchmark.h>
#include <cstdio>
#include <set>

#include "products.h"
#include "row_kernels.h"
#include "runtime/kernels/peak.h"

namespace {

using namespace linnet;

constexpr double kPeakSeconds = 0.1;

void count_macs(benchmark::State& state, double macs, double peak) {
  using benchmark::Counter;
  state.counters["MACs"] = Counter(macs, Counter::kIsIterationInvariantRate);
  if (peak > 0) state.counters["of_peak"] = Counter(macs / peak, Counter::kIsIterationInvariantRate);
}

void run_product(benchmark::State& state, const Result<bench::Product>& product, double macs, double peak) {
  if (!product.ok()) {
    state.SkipWithError(product.status().message());
    return;
  }
  for (auto _ : state) product->run();
  count_macs(state, macs, peak);
}

// `make` prepares the product of a layer and a number of rows.
template <typename Make>
void add_products(const std::string& name, double peak, Make make) {
  for (const bench::Layer& layer : bench::layers()) {
    for (const size_t rows : bench::row_counts(layer)) {
      const double macs = static_cast<double>(rows * layer.in) * static_cast<double>(layer.out);
      benchmark::RegisterBenchmark((name + "/" + layer.name + "/" + std::to_string(rows)).c_str(),
                                   [=, &layer](benchmark::State& state) {
                                     run_product(state, Result<bench::Product>(make(layer, rows)), macs, peak);
                                   });
    }
  }
}

Status add_table(const kernels::KernelTable& table, std::set<std::string>& known) {
  const Result<kernels::Peak> peak = kernels::measure_peak(table.isa, kPeakSeconds);
  if (!peak.ok()) return peak.status();
  const std::string int8 = kernels::kernel_name(table, "gemm_s8"), f32 = kernels::kernel_name(table, "gemm_f32");
  if (known.insert(int8).second) {
    add_products(int8, peak->int8_macs,
                 [&table](const auto& layer, size_t rows) { return bench::linnet_s8(table, layer, rows); });
  }
  if (known.insert(f32).second) {
    add_products(f32, peak->float_macs,
                 [&table](const auto& layer, size_t rows) { return bench::linnet_f32(table, layer, rows); });
  }
  for (const bench::RowKernelCase& each : bench::row_kernels(table)) {
    if (!known.insert(each.name).second) continue;
    const bool int8_peak = each.name.rfind("attention_f32_s8", 0) == 0;
    benchmark::RegisterBenchmark(
        each.name.c_str(), [=, most = int8_peak ? peak->int8_macs : peak->float_macs](benchmark::State& state) {
          const bench::RowKernel kernel = each.make();
          for (auto _ : state) kernel.run();
          state.counters["bytes"] = benchmark::Counter(kernel.bytes, benchmark::Counter::kIsIterationInvariantRate);
          if (kernel.macs > 0) count_macs(state, kernel.macs, most);
        });
  }
  return Status();
}

Status add_all() {
  const Result<const kernels::KernelTable*> selected = kernels::select_table_from_environment();
  if (!selected.ok()) return selected.status();
  const kernels::KernelTable* tables[32];
  const size_t count = kernels::available_tables(tables, 32);
  const bool forced = *selected != tables[0];
  std::set<std::string> known;  // tables share kernels
  for (size_t i = 0; i < count; ++i) {
    if (!forced || tables[i] == *selected) LINNET_RETURN_IF_ERROR(add_table(*tables[i], known));
  }
  for (const bench::Peer& peer : bench::peers()) add_products(peer.name, 0, peer.make);
  for (const auto& [library, version] : bench::peer_versions()) {
    benchmark::AddCustomContext(library, version.empty() ? "not found when this was built" : version);
  }
  return Status();
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const Status added = add_all();
  if (!added.ok()) {
    std::fprintf(stderr, "kernel_benchmarks: %s\n", added.message());
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
