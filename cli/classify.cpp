#include "cli/text_input.h"
#include "lab/classification.h"
#include "lab/embed_file.h"
#include "lab/task.h"

namespace linnet::cli {

namespace {

struct Options : TextOptions {
  size_t top = 0;
};

// Prints the best labels of each row of scores, with their probabilities.
class LabelPrinter : public lab::RowWriter {
 public:
  LabelPrinter(const fbs::Head& head, size_t top, bool json)
      : head_(head), count_(head.labels()->size()), top_(top), json_(json) {
    // One label is right, or each by itself.
    if (top_ == 0) top_ = head.kind() == fbs::HeadKind::Classification ? 1 : count_;
  }

  Status write(const float* rows, size_t count) override {
    for (size_t i = 0; i < count; ++i) LINNET_RETURN_IF_ERROR(print_labels(rows + i * count_));
    return check_printed();
  }
  Status commit() override { return Status(); }

 private:
  Status print_labels(const float* scores) {
    const Result<std::vector<lab::RankedLabel>> ranked = lab::rank_labels(head_.kind(), {scores, count_}, top_);
    if (!ranked.ok()) return ranked.status();
    const char* const key = head_.kind() == fbs::HeadKind::Regression ? "score" : "probability";
    Json labels = Json::array();
    std::string text;
    for (const lab::RankedLabel& one : *ranked) {
      const char* label = text_of(head_.labels()->Get(one.label));
      if (json_) labels.push_back({{"label", label}, {key, one.score}});
      char number[32];
      std::snprintf(number, sizeof number, "\t%.4f", one.score);
      if (!text.empty()) text += '\t';
      text += label;
      text += number;
    }
    if (json_) {
      print_line(labels);
    } else {
      text += '\n';
      std::fwrite(text.data(), 1, text.size(), stdout);
    }
    return Status();
  }

  const fbs::Head& head_;
  size_t count_, top_;
  bool json_;
};

Status run(const Options& options) {
  TextInput in;
  LINNET_RETURN_IF_ERROR(in.open(options));
  const Result<const fbs::Head*> head = lab::find_classifier(in.model);
  if (!head.ok()) return head.status().within(options.model.c_str());
  const Result<lab::Embedder> scorer = lab::session_scorer(in.model, in.session, **head, in.prompt);
  if (!scorer.ok()) return scorer.status();
  LabelPrinter printer(**head, options.top, options.json);
  return lab::embed_lines(*scorer, in.lines, options.batch, printer).status();
}

}  // namespace

void add_classify(CommandLine& line) {
  Command& command = line.add("classify", "Label texts, one a line, by a model's classifier: label, tab, probability",
                              {"linnet classify sentiment.linnet --in texts.txt",
                               "echo 'What a film!' | linnet classify sentiment.linnet --top 2 --json"});
  auto options = std::make_shared<Options>();
  add_text_input(command, options.get());
  command.add_number("--top", &options->top, 0, 65536,
                     "So many labels a text, the most probable first; 0: one, or all where each is right or wrong by "
                     "itself");
  add_batch(command, &options->batch);
  add_prompt(command, &options->prompt);
  command.add_flag("--json", &options->json, "Print a JSON list a line: [{\"label\": ..., \"probability\": ...}, ...]");
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
