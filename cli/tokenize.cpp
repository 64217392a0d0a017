#include "cli/common.h"
#include "lab/embed_file.h"
#include "lab/tokens.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  std::string input = "-";
  std::string prompt;
  bool whole = false;
  bool json = false;
};

void print_ids(const std::vector<int32_t>& ids) {
  std::string text;
  for (const int32_t id : ids) {
    if (!text.empty()) text += ' ';
    text += std::to_string(id);
  }
  text += '\n';
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_json(const std::vector<int32_t>& ids, const lab::TextEncoder& encoder) {
  Json json = {{"ids", ids}, {"tokens", Json::array()}};
  for (const int32_t id : ids) json["tokens"].push_back(encoder.token(id));
  print_line(json);
}

Status run(const Options& options) {
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  Result<lab::TextEncoder> encoder =
      lab::TextEncoder::create(*model, options.prompt.empty() ? nullptr : options.prompt.c_str());
  if (!encoder.ok()) return encoder.status();
  Result<lab::LineReader> lines = lab::LineReader::open(options.input);
  if (!lines.ok()) return lines.status();

  std::string line;
  std::vector<int32_t> ids;
  for (;;) {
    const Result<bool> more = lines->next(&line);
    if (!more.ok()) return more.status();
    if (!*more) return Status();
    LINNET_RETURN_IF_ERROR(lab::check_line(*lines, line));
    const Status status = encoder->encode(line, !options.whole, &ids);
    if (!status.ok()) return status.within(lab::line_name(*lines, lines->number()).c_str());
    if (options.json) {
      print_json(ids, *encoder);
    } else {
      print_ids(ids);
    }
    LINNET_RETURN_IF_ERROR(check_printed());
  }
}

}  // namespace

void add_tokenize(CommandLine& line) {
  Command& command = line.add(
      "tokenize", "Print the token ids of each line of text, special tokens included, one line of ids a line",
      {"linnet tokenize minilm.linnet --in sentences.txt", "echo 'Hello!' | linnet tokenize minilm.linnet --json"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  add_input(command, &options->input);
  add_prompt(command, &options->prompt);
  command.add_flag("--no-truncation", &options->whole, "Do not cut texts at the model's maximum length");
  command.add_flag("--json", &options->json, "Print one JSON object a line: {\"ids\": [...], \"tokens\": [...]}");
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
