#include "cli/loss_options.h"

#include "lab/files.h"

namespace linnet::cli {

void add_loss(Command& command, LossArguments* arguments) {
  const Option& texts = command.add_text(
      "--in", "FILE", &arguments->texts,
      "Texts, one a line, like those the model will see: the loss is 1 - the cosine to the float model");
  const TaskArguments task = add_task(command, &arguments->task);
  task.data->needs = task.task;
  task.task->needs = task.data;
  command.require_one_of({&texts, task.task});
  add_batch(command, &arguments->task.batch);
  add_prompt(command, &arguments->task.prompt);
}

Result<lab::LossOptions> read_loss(const LossArguments& arguments) {
  lab::LossOptions options;
  options.task = arguments.task;
  if (arguments.texts.empty()) return options;
  Result<std::vector<std::string>> texts = lab::read_texts(arguments.texts);
  if (!texts.ok()) return texts.status();
  options.texts = std::move(*texts);
  return options;
}

}  // namespace linnet::cli
