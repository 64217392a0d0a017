#include "cli/common.h"
#include "lab/describe.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  bool json = false;
};

Status run(const Options& options) {
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  Json description = lab::describe(model->view());
  description["max_positions"] = model->max_positions();
  if (options.json) {
    print(description);
  } else {
    print("%s", lab::describe_text(description).c_str());
  }
  return Status();
}

}  // namespace

void add_inspect(CommandLine& line) {
  Command& command = line.add("inspect", "Show a model: graph, sizes, quantization, provenance",
                              {"linnet inspect minilm.linnet", "linnet inspect minilm.linnet --json | jq .sizes"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
