#include "cli/common.h"
#include "cli/progress.h"
#include "lab/embed_file.h"
#include "lab/run_ids.h"
#include "lab/tokens.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  std::string ids;
  std::string ids_file;
  std::string tap;
  std::string output = "-";
  size_t threads = 0;
  BackendOptions backend;
  bool json = false;
};

// "101 2054 102; 101 102" to sequences.
Result<lab::Sequences> parse_sequences(std::string_view text) {
  lab::Sequences sequences;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(';', begin), text.size());
    Result<std::vector<int32_t>> ids = lab::parse_ids(text.substr(begin, end - begin));
    if (!ids.ok()) return ids.status();
    sequences.push_back(std::move(*ids));
    begin = end + 1;
  }
  return sequences;
}

Result<lab::Sequences> read_sequences(const std::string& path) {
  Result<lab::LineReader> lines = lab::LineReader::open(path);
  if (!lines.ok()) return lines.status();
  lab::Sequences sequences;
  std::string line;
  for (;;) {
    const Result<bool> more = lines->next(&line);
    if (!more.ok()) return more.status();
    if (!*more) return sequences;
    Result<std::vector<int32_t>> ids = lab::parse_ids(line);
    if (!ids.ok()) return ids.status().within(lab::line_name(*lines, lines->number()).c_str());
    sequences.push_back(std::move(*ids));
  }
}

Status run(const Options& options) {
  LINNET_RETURN_IF_ERROR(check_output(options.output));
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  const Result<uint32_t> value = model->find_value(options.tap.c_str());
  if (!value.ok()) return value.status();
  const Result<lab::Sequences> sequences =
      options.ids_file.empty() ? parse_sequences(options.ids) : read_sequences(options.ids_file);
  if (!sequences.ok()) return sequences.status();
  size_t longest = 0, tokens = 0;
  for (const std::vector<int32_t>& ids : *sequences) {
    longest = std::max(longest, ids.size());
    tokens += ids.size();
  }
  Result<Session> session =
      create_session(*model, options.backend, options.threads, 0, lab::pass_tokens(*model, longest));
  if (!session.ok()) return session.status();
  const fbs::Value& tapped = model->value(*value);
  const Result<std::unique_ptr<lab::RowWriter>> rows = lab::RowWriter::create(options.output, tapped.width());
  if (!rows.ok()) return rows.status();
  {
    Progress progress("running");
    LINNET_RETURN_IF_ERROR(lab::run_sequences(*model, *session, *sequences, *value, **rows, std::ref(progress)));
  }
  if (options.output == "-") return Status();

  const bool per_token = tapped.rows() == fbs::RowKind::Token;
  const size_t count = per_token ? tokens : sequences->size();
  if (options.json) {
    Json json = {{"output", options.output},
                 {"value", text_of(tapped.name())},
                 {"rows", per_token ? "token" : "sequence"},
                 {"shape", {count, tapped.width()}},
                 {"isa", session->isa()}};
    add_places(options.backend, lab::linear_places(*model, *session), &json);
    print(json);
  } else {
    print("%s: '%s', %zu rows of %u, one per %s (%s)\n", options.output.c_str(), text_of(tapped.name()), count,
          tapped.width(), per_token ? "token" : "sequence", session->isa());
  }
  return Status();
}

}  // namespace

void add_run(CommandLine& line) {
  Command& command =
      line.add("run", "Run token ids and write any value of the network (linnet inspect lists their names)",
               {"linnet run minilm.linnet --ids \"101 2054 102\" -o embedding.npy",
                "linnet run minilm.linnet --ids \"101 2054 102; 101 102\" --tap hidden -o hidden.npy",
                "linnet run minilm.linnet --ids-file ids.txt --tap hidden -o hidden.npy"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  Option& ids = command.add_text("--ids", "\"N N...\"", &options->ids,
                                 "Token ids, special tokens included; ';' between sequences");
  ids.check = [](std::string_view text) { return std::string(parse_sequences(text).status().message()); };
  const Option& ids_file = command.add_text("--ids-file", "FILE", &options->ids_file,
                                            "A file with one sequence of token ids a line; - for standard input");
  command.require_one_of({&ids, &ids_file});
  command.add_text("--tap", "VALUE", &options->tap, "The value to write (default: the model's default output)");
  command
      .add_text("-o,--output", "OUT", &options->output,
                "OUT.npy: float32 [rows, width]; OUT.jsonl: one JSON object a row; -: the same on standard output. A "
                "row is a token or a sequence, as the value has it, all sequences in order")
      .check = has_extension({".npy", ".jsonl"}, true);
  add_threads(command, &options->threads);
  add_backend(command, &options->backend);
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
