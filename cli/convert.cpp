#include "converters/convert.h"

#include "cli/common.h"
#include "lab/describe.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string checkpoint;
  std::string output;
  ConvertOptions convert;
  size_t max_tokens = 0;
  bool json = false;
};

Status run(const Options& options) {
  LINNET_RETURN_IF_ERROR(check_output(options.output));
  ConvertReport report;
  ConvertOptions convert = options.convert;
  convert.max_tokens = static_cast<uint32_t>(options.max_tokens);
  Result<EditableModel> model = convert_checkpoint(options.checkpoint, convert, &report);
  if (!model.ok()) return model.status();
  LINNET_RETURN_IF_ERROR(save(*model, options.output));
  const uint64_t bytes = lab::file_bytes(options.output);
  if (options.json) {
    print(Json{{"output", options.output},
               {"bytes", bytes},
               {"architecture", model->graph.architecture},
               {"notes", report.notes}});
    return Status();
  }
  for (const std::string& note : report.notes) print("note: %s\n", note.c_str());
  print("%s: %s, %s\n", options.output.c_str(), model->graph.architecture.c_str(), lab::human_bytes(bytes).c_str());
  return Status();
}

}  // namespace

void add_convert(CommandLine& line) {
  Command& command = line.add("convert", "Turn a Hugging Face checkpoint folder into a float model file",
                              {"linnet convert all-MiniLM-L6-v2 -o minilm.linnet",
                               "linnet convert bert-base-uncased --pooling cls -o bert.linnet",
                               "linnet convert bert-base-uncased --head fill-mask -o bert.linnet"});
  auto options = std::make_shared<Options>();
  command.add_argument("CHECKPOINT", &options->checkpoint, "A folder with config.json and safetensors");
  add_model_output(command, &options->output);
  command
      .add_text("--pooling", "NAME", &options->convert.pooling,
                "How token rows become one row a text, whatever the checkpoint says: mean, cls, max, mean_sqrt_len")
      .choices = {"mean", "cls", "max", "mean_sqrt_len"};
  command
      .add_text("--head", "NAME", &options->convert.head,
                "Which head to keep: classification (also numbers and cross-encoders), tagging, qa, fill-mask, none "
                "(default: the one that the checkpoint is made for; for a language model none)")
      .choices = {"classification", "tagging", "qa", "fill-mask", "none"};
  command.add_text("--name", "NAME", &options->convert.name, "The name that is stored in the file");
  command
      .add_number("--max-tokens", &options->max_tokens, 1, 65536,
                  "Where text is cut, special tokens included (default: as the checkpoint says)")
      .shown_default = "";
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
