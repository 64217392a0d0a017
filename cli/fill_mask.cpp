#include "cli/common.h"
#include "lab/embed_file.h"
#include "runtime/heads/filling.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  std::string input = "-";
  size_t top = 5;
  size_t threads = 0;
  BackendOptions backend;
  bool json = false;
};

Status print_fillers(const std::vector<std::vector<Filler>>& masks, uint64_t line, bool json) {
  if (json) {
    Json list = Json::array();
    for (const std::vector<Filler>& mask : masks) {
      Json fillers = Json::array();
      for (const Filler& filler : mask) {
        fillers.push_back({{"token", filler.token}, {"id", filler.id}, {"probability", filler.probability}});
      }
      list.push_back(fillers);
    }
    print_line(list);
  } else {
    for (size_t m = 0; m < masks.size(); ++m) {
      for (const Filler& filler : masks[m]) {
        print("%llu\t%zu\t%s\t%.4f\n", static_cast<unsigned long long>(line), m + 1, filler.token.c_str(),
              filler.probability);
      }
    }
  }
  return check_printed();
}

Status run(const Options& options) {
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  Result<lab::LineReader> lines = lab::LineReader::open(options.input);
  if (!lines.ok()) return lines.status();
  // One text a pass: the scores of a token are as many as there are tokens in the vocabulary.
  Result<Session> session = create_session(*model, options.backend, options.threads, 1, model->max_tokens());
  if (!session.ok()) return session.status();
  const auto fill = [&](std::span<const std::string> texts, uint64_t first) {
    const Result<std::vector<std::vector<Filler>>> masks = fill_masks(*model, *session, texts[0], options.top);
    return masks.ok() ? print_fillers(*masks, first, options.json) : masks.status();
  };
  return lab::for_each_batch(*lines, 1, fill);
}

}  // namespace

void add_fill_mask(CommandLine& line) {
  Command& command = line.add(
      "fill-mask", "Say what may stand for each mask of a text, one a line: line, mask, token, probability, with tabs",
      {"echo 'The capital of France is [MASK].' | linnet fill-mask bert.linnet",
       "linnet fill-mask bert.linnet --in texts.txt --top 10 --json"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  add_input(command, &options->input);
  command.add_number("--top", &options->top, 1, 65536, "So many tokens a mask, the most probable first");
  add_threads(command, &options->threads);
  add_backend(command, &options->backend);
  command.add_flag(
      "--json", &options->json,
      "Print a JSON list a line, in it one list a mask: [[{\"token\", \"id\", \"probability\"}, ...], ...]");
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
