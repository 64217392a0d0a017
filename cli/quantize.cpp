#include "quant/quantize.h"

#include "cli/common.h"
#include "cli/progress.h"
#include "lab/describe.h"
#include "lab/files.h"
#include "model/edit.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string input;
  std::string output;
  std::string calibration;
  std::string plan;
  bool json = false;
};

Status run(const Options& options) {
  LINNET_RETURN_IF_ERROR(check_output(options.output));
  QuantizeOptions quantize;
  if (!options.plan.empty()) {
    Result<QuantizePlan> plan = parse_plan(options.plan);
    if (!plan.ok()) return plan.status();
    quantize.plan = std::move(*plan);
  }
  if (!options.calibration.empty()) {
    Result<std::vector<std::string>> texts = lab::read_texts(options.calibration);
    if (!texts.ok()) return texts.status();
    quantize.calibration = std::move(*texts);
  }
  const Result<EditableModel> input = load_model(options.input);
  if (!input.ok()) return input.status();

  QuantizeReport report;
  Result<EditableModel> output = Status();
  {
    Progress progress("quantizing");
    quantize.progress = std::ref(progress);
    output = quantize_int8(*input, quantize, &report);
  }
  if (!output.ok()) return output.status();
  LINNET_RETURN_IF_ERROR(save(*output, options.output));

  const uint64_t before = lab::file_bytes(options.input), after = lab::file_bytes(options.output);
  if (options.json) {
    Json layers = Json::array();
    for (const LayerNoise& layer : report.layers) {
      layers.push_back({{"name", layer.name}, {"snr_db", layer.snr_db}});
    }
    print(Json{{"output", options.output},
               {"bytes", after},
               {"input_bytes", before},
               {"calibration_texts", quantize.calibration.size()},
               {"layers", layers},
               {"notes", report.notes}});
    return Status();
  }
  print("signal to noise of each layer\n");
  for (const LayerNoise& layer : report.layers) print("  %-36s %6.1f dB\n", layer.name.c_str(), layer.snr_db);
  for (const std::string& note : report.notes) print("note: %s\n", note.c_str());
  print("%s: %s, was %s\n", options.output.c_str(), lab::human_bytes(after).c_str(), lab::human_bytes(before).c_str());
  return Status();
}

}  // namespace

void add_quantize(CommandLine& line) {
  Command& command = line.add("quantize", "Turn a float model into an INT8 model",
                              {"linnet quantize minilm.linnet -o minilm-int8.linnet",
                               "linnet quantize minilm.linnet --calibrate sentences.txt -o minilm-int8.linnet"});
  auto options = std::make_shared<Options>();
  command.add_argument("IN", &options->input, "A float model file");
  add_model_output(command, &options->output);
  command.add_text("--calibrate", "FILE", &options->calibration,
                   "Texts, one a line, like those the model will see (some hundreds): more accurate, and slower");
  command.add_text("--plan", "PLAN", &options->plan,
                   "Which parts to quantize, and how: 'int8; attention 0 core=float', as linnet tune finds it");
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
