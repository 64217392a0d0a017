#include "cli/common.h"
#include "lab/classification.h"
#include "lab/embed_file.h"
#include "lab/task.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  std::string input = "-";
  std::string prompt;
  size_t top = 1;
  size_t batch = 32;
  size_t threads = 0;
  BackendOptions backend;
  bool json = false;
};

// Prints the best labels of each row of scores, with their probabilities.
class LabelPrinter : public lab::RowWriter {
 public:
  LabelPrinter(const fbs::Head& head, size_t top, bool json)
      : head_(head), count_(head.labels()->size()), top_(top), json_(json) {}

  Status write(const float* rows, size_t count) override {
    for (size_t i = 0; i < count; ++i) LINNET_RETURN_IF_ERROR(print_labels(rows + i * count_));
    return std::ferror(stdout) != 0 ? Status::error(Code::io, "cannot write to standard output") : Status();
  }
  Status commit() override { return Status(); }

 private:
  Status print_labels(const float* scores) {
    const Result<std::vector<lab::RankedLabel>> ranked = lab::rank_labels({scores, count_}, top_);
    if (!ranked.ok()) return ranked.status();
    Json labels = Json::array();
    std::string text;
    for (const lab::RankedLabel& each : *ranked) {
      const char* label = text_of(head_.labels()->Get(each.label));
      if (json_) labels.push_back({{"label", label}, {"probability", each.probability}});
      char number[32];
      std::snprintf(number, sizeof number, "\t%.4f", each.probability);
      if (!text.empty()) text += '\t';
      text += label;
      text += number;
    }
    if (json_) text = labels.dump(-1, ' ', false, Json::error_handler_t::replace);
    text += '\n';
    std::fwrite(text.data(), 1, text.size(), stdout);
    return Status();
  }

  const fbs::Head& head_;
  size_t count_, top_;
  bool json_;
};

Status run(const Options& options) {
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  const Result<const fbs::Head*> head = lab::find_classifier(*model);
  if (!head.ok()) return head.status().within(options.model.c_str());
  const Result<std::string> prompt = prompt_text(*model, options.prompt);
  if (!prompt.ok()) return prompt.status();
  Result<lab::LineReader> lines = lab::LineReader::open(options.input);
  if (!lines.ok()) return lines.status();
  Result<Session> session = create_session(*model, options.backend, options.threads, options.batch);
  if (!session.ok()) return session.status();
  const Result<lab::Embedder> scorer = lab::session_scorer(*model, *session, **head, *prompt);
  if (!scorer.ok()) return scorer.status();
  LabelPrinter printer(**head, options.top, options.json);
  return lab::embed_lines(*scorer, *lines, options.batch, printer).status();
}

}  // namespace

void add_classify(CommandLine& line) {
  Command& command = line.add("classify", "Label texts, one a line, by a model's classifier: label, tab, probability",
                              {"linnet classify sentiment.linnet --in texts.txt",
                               "echo 'What a film!' | linnet classify sentiment.linnet --top 2 --json"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  add_input(command, &options->input);
  command.add_number("--top", &options->top, 1, 65536, "So many labels a text, the most probable first");
  add_batch(command, &options->batch);
  add_threads(command, &options->threads);
  add_backend(command, &options->backend);
  add_prompt(command, &options->prompt);
  command.add_flag("--json", &options->json, "Print a JSON list a line: [{\"label\": ..., \"probability\": ...}, ...]");
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
