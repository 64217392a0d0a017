#include <algorithm>

#include "cli/common.h"
#include "lab/embed_file.h"
#include "runtime/heads/reranking.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  std::string query;
  std::string input = "-";
  std::string prompt;
  size_t top = 0;
  size_t batch = 32;
  size_t threads = 0;
  BackendOptions backend;
  bool json = false;
};

Status run(const Options& options) {
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  const Result<std::string> prompt = prompt_text(*model, options.prompt);
  if (!prompt.ok()) return prompt.status();
  Result<lab::LineReader> lines = lab::LineReader::open(options.input);
  if (!lines.ok()) return lines.status();
  Result<Session> session = create_session(*model, options.backend, options.threads, options.batch);
  if (!session.ok()) return session.status();
  const Result<Reranker> reranker = Reranker::create(*model, *session, *prompt);
  if (!reranker.ok()) return reranker.status().within(options.model.c_str());

  std::vector<std::string> texts;
  std::vector<float> scores;
  const auto score = [&](std::span<const std::string> held, uint64_t) {
    std::vector<Text> views;
    for (const std::string& text : held) views.push_back({text.data(), text.size()});
    const Result<std::vector<float>> found = reranker->score(options.query, views, options.batch);
    if (!found.ok()) return found.status();
    scores.insert(scores.end(), found->begin(), found->end());
    texts.insert(texts.end(), held.begin(), held.end());
    return Status();
  };
  LINNET_RETURN_IF_ERROR(lab::for_each_batch(*lines, options.batch, score));
  std::vector<uint32_t> order = ranking_of(scores);
  if (options.top > 0) order.resize(std::min(order.size(), options.top));
  Json list = Json::array();
  for (const uint32_t i : order) {
    if (options.json) {
      list.push_back({{"line", i + 1}, {"score", scores[i]}, {"text", texts[i]}});
    } else {
      print("%.4f\t%u\t%s\n", static_cast<double>(scores[i]), i + 1, texts[i].c_str());
    }
  }
  if (options.json) print(list);
  return Status();
}

}  // namespace

void add_rerank(CommandLine& line) {
  Command& command = line.add(
      "rerank", "Order texts, one a line, by how well they go with a query, by a cross-encoder: score, line, text",
      {"linnet rerank cross-encoder.linnet --query 'how do birds fly' --in candidates.txt --top 10"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  command.add_text("--query", "TEXT", &options->query, "The query").required = true;
  add_input(command, &options->input);
  command.add_number("--top", &options->top, 0, 1U << 30, "Print so many; 0: all");
  add_batch(command, &options->batch);
  add_threads(command, &options->threads);
  add_backend(command, &options->backend);
  add_prompt(command, &options->prompt);
  command.add_flag("--json", &options->json, "Print a JSON list: [{\"line\", \"score\", \"text\"}, ...]");
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
