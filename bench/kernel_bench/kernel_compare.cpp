// Linnet's GEMMs and those of other libraries in turns, at the shapes of real layers: one JSON object. bench/kernels
// runs this and prints it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "lab/statistics.h"
#include "lab/timing.h"
#include "products.h"
#include "runtime/kernels/peak.h"

namespace {

using namespace linnet;
using Json = nlohmann::ordered_json;

struct Options {
  std::vector<std::string> layers;
  std::vector<size_t> rows;
  double seconds = 0.1;
  size_t turns = 9;
};

struct Entrant {
  bench::Product product;
  std::vector<double> seconds;  // of one run, in each turn
};

// One turn: a run that is not counted, which brings what the others drove out back into the caches, and then as many as
// fit into the time.
double turn(const bench::Product& product, double seconds) {
  product.run();
  const double begin = lab::steady_seconds();
  double end = begin;
  size_t runs = 0;
  for (size_t batch = 1; end - begin < seconds; batch *= 2) {  // the clock is read seldom
    for (size_t i = 0; i < batch; ++i) product.run();
    runs += batch;
    end = lab::steady_seconds();
    const double each = (end - begin) / static_cast<double>(runs);
    if (static_cast<double>(batch) * 2 * each > seconds) batch = 1;
  }
  return (end - begin) / static_cast<double>(runs);
}

void take_turns(std::vector<Entrant>& entrants, const Options& options) {
  for (size_t t = 0; t < options.turns; ++t) {
    for (size_t i = 0; i < entrants.size(); ++i) {
      Entrant& entrant = entrants[(i + t) % entrants.size()];  // nobody always follows the same one
      entrant.seconds.push_back(turn(entrant.product, options.seconds / static_cast<double>(options.turns)));
    }
  }
}

Json compare(const kernels::KernelTable& table, const bench::Layer& layer, size_t rows, bool int8,
             const Options& options) {
  std::vector<Entrant> entrants;
  entrants.push_back({int8 ? bench::linnet_s8(table, layer, rows) : bench::linnet_f32(table, layer, rows), {}});
  Json failed = Json::object();
  for (const bench::Peer& peer : bench::peers()) {
    if (peer.int8 != int8) continue;
    const Result<bench::Product> product = peer.make(layer, rows);
    if (product.ok()) {
      entrants.push_back({*product, {}});
    } else {
      failed[peer.name] = product.status().message();
    }
  }
  const Result<kernels::Peak> peak = kernels::measure_peak(table.isa, 0.02);
  take_turns(entrants, options);
  const double macs = static_cast<double>(rows * layer.in) * static_cast<double>(layer.out);
  Json products = Json::array();
  for (const Entrant& entrant : entrants) {
    const double median = lab::percentile(entrant.seconds, 50);
    products.push_back({{"name", entrant.product.name},
                        {"implementation", entrant.product.implementation},
                        {"median_us", median * 1e6},
                        {"min_us", *std::min_element(entrant.seconds.begin(), entrant.seconds.end()) * 1e6},
                        {"macs_per_second", macs / median}});
  }
  return {{"layer", layer.name},
          {"in", layer.in},
          {"out", layer.out},
          {"rows", rows},
          {"types", int8 ? "int8" : "float32"},
          {"peak_macs_per_second", int8 ? peak->int8_macs : peak->float_macs},
          {"products", products},
          {"failed", failed}};
}

template <typename T>
bool wanted(const std::vector<T>& list, const T& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

Status run(const Options& options, const std::vector<std::string>& types) {
  const Result<const kernels::KernelTable*> table = kernels::select_table_from_environment();
  if (!table.ok()) return table.status();
  const bool progress = isatty(STDERR_FILENO) != 0;
  Json results = Json::array();
  for (const char* each : {"int8", "float32"}) {
    if (!wanted(types, std::string(each))) continue;
    for (const bench::Layer& layer : bench::layers()) {
      if (!wanted(options.layers, std::string(layer.name))) continue;
      for (const size_t rows : bench::row_counts(layer)) {
        if (!wanted(options.rows, rows)) continue;
        results.push_back(compare(**table, layer, rows, each[0] == 'i', options));
        if (progress) std::fprintf(stderr, "\r%s %s %zu rows    ", each, layer.name, rows);
      }
    }
  }
  if (progress) std::fprintf(stderr, "\r%40s\r", "");
  Json versions = Json::object();
  for (const auto& [library, version] : bench::peer_versions()) versions[library] = version;
  const Json all = {{"isa", (*table)->isa}, {"seconds", options.seconds}, {"versions", versions}, {"results", results}};
  std::printf("%s\n", all.dump(1).c_str());
  return Status();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Linnet's GEMMs and those of other libraries in turns; prints JSON");
  Options options;
  std::vector<std::string> types;
  app.add_option("--layers", options.layers, "names of layers (default: all)")->delimiter(',');
  app.add_option("--rows", options.rows, "numbers of rows (default: all)")->delimiter(',');
  app.add_option("--types", types, "int8, float32 (default: both)")
      ->delimiter(',')
      ->check(CLI::IsMember({"int8", "float32"}));
  app.add_option("--seconds", options.seconds, "time for each product")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  for (const std::string& name : options.layers) {
    const auto known = [&](const bench::Layer& layer) { return name == layer.name; };
    if (std::none_of(bench::layers().begin(), bench::layers().end(), known)) {
      std::fprintf(stderr, "kernel_compare: no layer is called '%s'\n", name.c_str());
      return 2;
    }
  }
  const Status status = run(options, types);
  if (!status.ok()) std::fprintf(stderr, "kernel_compare: %s\n", status.message());
  return status.ok() ? 0 : 1;
}
