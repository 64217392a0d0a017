#include <algorithm>
#include <cmath>

#include "cli/common.h"
#include "lab/embed_file.h"
#include "lab/embedder.h"
#include "lab/lines.h"

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

// The best labels of one text, with their probabilities.
Status print_labels(const fbs::Head& head, const float* scores, size_t top, bool json) {
  const size_t count = head.labels()->size();
  std::vector<std::pair<double, uint32_t>> order(count);
  const double most = *std::max_element(scores, scores + count);
  double sum = 0;
  for (uint32_t i = 0; i < count; ++i) {
    order[i] = {std::exp(static_cast<double>(scores[i]) - most), i};
    sum += order[i].first;
  }
  if (!std::isfinite(sum)) return Status::error(Code::non_finite, "a score is not a number");
  top = std::min(top, count);
  std::partial_sort(
      order.begin(), order.begin() + static_cast<ptrdiff_t>(top), order.end(),
      [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  Json labels = Json::array();
  std::string text;
  for (size_t i = 0; i < top; ++i) {
    const char* label = text_of(head.labels()->Get(order[i].second));
    const double probability = order[i].first / sum;
    if (json) labels.push_back({{"label", label}, {"probability", probability}});
    char number[32];
    std::snprintf(number, sizeof number, "\t%.4f", probability);
    if (i > 0) text += '\t';
    text += label;
    text += number;
  }
  if (json) text = labels.dump(-1, ' ', false, Json::error_handler_t::replace);
  text += '\n';
  std::fwrite(text.data(), 1, text.size(), stdout);
  return Status();
}

Status run(const Options& options) {
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  const fbs::Head* head = find_classifier(*model);
  if (head == nullptr) {
    return Status::error(Code::unsupported, "%s has no classifier; train one with linnet fit", options.model.c_str());
  }
  const Result<std::string> prompt = prompt_text(*model, options.prompt);
  if (!prompt.ok()) return prompt.status();
  Result<lab::LineReader> lines = lab::LineReader::open(options.input);
  if (!lines.ok()) return lines.status();
  Result<Session> session = create_session(*model, options.backend, options.threads, options.batch);
  if (!session.ok()) return session.status();
  const Result<lab::Embedder> scorer = lab::session_scorer(*model, *session, *head, *prompt);
  if (!scorer.ok()) return scorer.status();

  std::vector<std::string> part;
  std::vector<Text> texts;
  std::vector<float> scores(options.batch * scorer->width);
  for (bool more = true; more;) {
    part.clear();
    while (more && part.size() < options.batch) {
      std::string line;
      const Result<bool> read = lines->next(&line);
      if (!read.ok()) return read.status();
      more = *read;
      if (!more) break;
      LINNET_RETURN_IF_ERROR(lab::check_line(*lines, line));
      part.push_back(std::move(line));
    }
    texts.clear();
    for (const std::string& line : part) texts.push_back({line.data(), line.size()});
    LINNET_RETURN_IF_ERROR(scorer->embed(texts, scores.data()));
    for (size_t i = 0; i < part.size(); ++i) {
      LINNET_RETURN_IF_ERROR(print_labels(*head, scores.data() + i * scorer->width, options.top, options.json));
    }
    if (std::ferror(stdout) != 0) return Status::error(Code::io, "cannot write to standard output");
  }
  return Status();
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
