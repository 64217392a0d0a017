#include "cli/text_input.h"

namespace linnet::cli {

void add_text_input(Command& command, TextOptions* options) {
  add_model(command, &options->model);
  add_input(command, &options->input);
  add_threads(command, &options->threads);
  add_backend(command, &options->backend);
}

Status TextInput::open(const TextOptions& options) {
  Result<Model> opened = open_model(options.model);
  if (!opened.ok()) return opened.status();
  model = std::move(*opened);
  Result<std::string> text = prompt_text(model, options.prompt);
  if (!text.ok()) return text.status();
  prompt = std::move(*text);
  Result<lab::LineReader> reader = lab::LineReader::open(options.input);
  if (!reader.ok()) return reader.status();
  lines = std::move(*reader);
  // A pass of one text needs no more memory than the longest one.
  const size_t pass_tokens = options.batch == 1 ? model.max_tokens() : 0;
  Result<Session> created = create_session(model, options.backend, options.threads, options.batch, pass_tokens);
  if (!created.ok()) return created.status();
  session = std::move(*created);
  return Status();
}

}  // namespace linnet::cli
