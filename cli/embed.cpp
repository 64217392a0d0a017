#include "cli/common.h"
#include "cli/progress.h"
#include "lab/embed_file.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  std::string input = "-";
  std::string output = "-";
  std::string prompt;
  size_t batch = 32;
  size_t threads = 0;
  BackendOptions backend;
  bool json = false;
};

Status run(const Options& options) {
  LINNET_RETURN_IF_ERROR(check_output(options.output));
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  const Result<std::string> prompt = prompt_text(*model, options.prompt);
  if (!prompt.ok()) return prompt.status();
  Result<Session> session = create_session(*model, options.backend, options.threads, options.batch);
  if (!session.ok()) return session.status();
  const Result<lab::Embedder> embedder = lab::session_embedder(*model, *session, *prompt);
  if (!embedder.ok()) return embedder.status();
  Result<lab::LineReader> lines = lab::LineReader::open(options.input);
  if (!lines.ok()) return lines.status();
  const Result<std::unique_ptr<lab::RowWriter>> rows = lab::RowWriter::create(options.output, embedder->width);
  if (!rows.ok()) return rows.status();

  Progress progress("embedding");
  const Result<lab::EmbedReport> report =
      lab::embed_lines(*embedder, *lines, options.batch, **rows, std::ref(progress));
  if (!report.ok()) return report.status();
  if (options.output == "-") return Status();  // standard output is the result
  if (options.json) {
    Json json = {{"output", options.output},   {"lines", report->lines}, {"width", embedder->width},
                 {"seconds", report->seconds}, {"isa", session->isa()},  {"threads", session->threads()}};
    add_places(options.backend, lab::linear_places(*model, *session), &json);
    print(json);
  } else {
    print("%s: %llu rows of %zu (%.2f s, %s)\n", options.output.c_str(), static_cast<unsigned long long>(report->lines),
          embedder->width, report->seconds, session->isa());
  }
  return Status();
}

}  // namespace

void add_embed(CommandLine& line) {
  Command& command =
      line.add("embed", "Embed texts, one a line, in constant memory however many there are",
               {"linnet embed minilm.linnet --in sentences.txt -o embeddings.npy",
                "linnet embed minilm.linnet --in sentences.txt -o embeddings.jsonl --batch 64 --threads 4",
                "echo 'A bird sings.' | linnet embed minilm.linnet",
                "linnet embed e5.linnet --prompt query --in questions.txt -o questions.npy"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  add_input(command, &options->input);
  command
      .add_text("-o,--output", "OUT", &options->output,
                "OUT.npy: float32 [lines, width]; OUT.jsonl: one JSON object a line; -: the same on standard output")
      .check = has_extension({".npy", ".jsonl"}, true);
  add_batch(command, &options->batch);
  add_threads(command, &options->threads);
  add_backend(command, &options->backend);
  add_prompt(command, &options->prompt);
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
