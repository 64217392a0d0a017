#include "cli/common.h"
#include "lab/describe.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  bool json = false;
};

Status verify(const Model& model, const std::string& path) {
  const Status status = verify_sections(model.view());
  return status.ok() ? status : status.within(path.c_str());
}

Status run(const Options& options) {
  const Result<Model> model = open_model(options.model);
  const Status status = model.ok() ? verify(*model, options.model) : model.status();
  if (options.json) {
    Json result = {{"ok", status.ok()}, {"file", options.model}};
    if (status.ok()) {
      result["bytes"] = model->view().size();
    } else {
      result["code"] = code_name(status.code());
      result["error"] = status.message();
    }
    print(result);
  } else if (status.ok()) {
    print("%s is sound: %s, %u ops, %u tensors\n", options.model.c_str(),
          lab::human_bytes(model->view().size()).c_str(), count_of(model->graph().ops()),
          count_of(model->graph().tensors()));
  }
  return status;
}

}  // namespace

void add_verify(CommandLine& line) {
  Command& command =
      line.add("verify", "Check every byte of a model file; exit code 0 when it is sound, 1 when it is not",
               {"linnet verify minilm.linnet"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
