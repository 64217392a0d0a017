#include "lab/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "cli/common.h"
#include "cli/loss_options.h"
#include "cli/progress.h"

namespace linnet::cli {

namespace {

constexpr size_t kBarWidth = 32;

struct Options {
  std::string model;
  LossArguments loss;
  std::string format;
  lab::SensitivityOptions measuring;
  bool json = false;
};

void print_table(const lab::Sensitivity& result) {
  // Bars compare rows of one format with each other, parts with parts and layers with layers.
  const auto scale_of = [](const lab::SensitivityRow& row) {
    return std::pair(row.format, lab::Sensitivity::is_whole_layer(row));
  };
  std::map<std::pair<std::string, bool>, double> most;
  size_t name_width = 4;
  for (const lab::SensitivityRow& row : result.rows) {
    double& largest = most[scale_of(row)];
    largest = std::max(largest, row.loss);
    name_width = std::max(name_width, row.name.size());
  }
  const int width = static_cast<int>(name_width);
  const bool any_worst =
      std::any_of(result.rows.begin(), result.rows.end(), [](const auto& row) { return row.worst.has_value(); });
  print("loss: %s, on %zu\n", result.measure.c_str(), result.texts);
  print("%-*s format %10s%s\n", width, "part", "loss", any_worst ? "      worst" : "");
  bool in_layers = false;
  for (const lab::SensitivityRow& row : result.rows) {
    if (lab::Sensitivity::is_whole_layer(row) && !in_layers) print("\n");
    in_layers = lab::Sensitivity::is_whole_layer(row);
    const double largest = most[scale_of(row)];
    const double share = largest > 0 ? std::max(0.0, row.loss / largest) : 0;
    const std::string bar(static_cast<size_t>(std::lround(share * static_cast<double>(kBarWidth))), '#');
    print("%-*s %-6s %10.2e", width, row.name.c_str(), row.format.c_str(), row.loss);
    if (row.worst) print(" %10.2e", *row.worst);
    print("%s%s\n", bar.empty() ? "" : "  ", bar.c_str());
  }
}

Status run(const Options& options) {
  Result<lab::LossOptions> loss = read_loss(options.loss);
  if (!loss.ok()) return loss.status();
  lab::SensitivityOptions measuring = options.measuring;
  measuring.loss = std::move(*loss);
  if (!options.format.empty()) measuring.formats = {options.format};
  Result<lab::Sensitivity> result = Status();
  {
    Progress progress("measuring");
    result = lab::measure_sensitivity(options.model, measuring, std::ref(progress));
  }
  if (!result.ok()) return result.status();
  if (options.json) {
    print(lab::sensitivity_json(*result));
  } else {
    print_table(*result);
  }
  return Status();
}

}  // namespace

void add_sensitivity(CommandLine& line) {
  Command& command =
      line.add("sensitivity", "Measure what quantizing each part of a float model alone costs",
               {"linnet sensitivity minilm.linnet --in sentences.txt",
                "linnet sensitivity minilm.linnet --task sts --data stsb/dev.csv --format int8 --csv parts.csv"});
  auto options = std::make_shared<Options>();
  command.add_argument("MODEL", &options->model, "A float model file");
  add_loss(command, &options->loss);
  command.add_text("--format", "FORMAT", &options->format, "Only this one: int8, or int4 (of weights, simulated)")
      .choices = lab::sensitivity_formats();
  command.add_text("--csv", "FILE", &options->measuring.csv, "Write the rows to this file, too").check =
      has_extension({".csv"}, false);
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
