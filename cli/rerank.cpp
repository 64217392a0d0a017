#include <algorithm>

#include "cli/text_input.h"
#include "lab/embed_file.h"
#include "lab/findings.h"

namespace linnet::cli {

namespace {

struct Options : TextOptions {
  std::string query;
  size_t top = 0;
};

Status run(const Options& options) {
  TextInput in;
  LINNET_RETURN_IF_ERROR(in.open(options));
  const Result<Reranker> reranker = Reranker::create(in.model, in.session, in.prompt.c_str());
  if (!reranker.ok()) return reranker.status().within(options.model.c_str());

  std::vector<std::string> texts;
  std::vector<float> scores;
  const auto score = [&](std::span<const std::string> held, uint64_t) {
    texts.insert(texts.end(), held.begin(), held.end());
    scores.resize(texts.size());
    return reranker->score({options.query.data(), options.query.size()}, lab::views_of(held).data(), held.size(),
                           scores.data() + (texts.size() - held.size()));
  };
  LINNET_RETURN_IF_ERROR(lab::for_each_batch(in.lines, options.batch, score));
  std::vector<uint32_t> order = lab::ranking_of(scores);
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
  add_text_input(command, options.get());
  command.add_text("--query", "TEXT", &options->query, "The query").required = true;
  command.add_number("--top", &options->top, 0, 1U << 30, "Print so many; 0: all");
  add_batch(command, &options->batch);
  add_prompt(command, &options->prompt);
  command.add_flag("--json", &options->json, "Print a JSON list: [{\"line\", \"score\", \"text\"}, ...]");
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
