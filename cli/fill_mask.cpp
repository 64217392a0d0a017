#include "cli/text_input.h"
#include "lab/embed_file.h"
#include "lab/findings.h"

namespace linnet::cli {

namespace {

struct Options : TextOptions {
  size_t top = 5;
};

std::string token_of(const Filler& filler) { return {filler.token, filler.bytes}; }

Status print_fillers(const std::vector<std::vector<Filler>>& masks, uint64_t line, bool json) {
  if (json) {
    Json list = Json::array();
    for (const std::vector<Filler>& mask : masks) {
      Json fillers = Json::array();
      for (const Filler& filler : mask) {
        fillers.push_back({{"token", token_of(filler)}, {"id", filler.id}, {"probability", filler.score}});
      }
      list.push_back(fillers);
    }
    print_line(list);
  } else {
    for (size_t m = 0; m < masks.size(); ++m) {
      for (const Filler& filler : masks[m]) {
        print("%llu\t%zu\t%s\t%.4f\n", static_cast<unsigned long long>(line), m + 1, token_of(filler).c_str(),
              filler.score);
      }
    }
  }
  return check_printed();
}

Status run(const Options& options) {
  TextInput in;
  LINNET_RETURN_IF_ERROR(in.open(options));
  const auto fill = [&](std::span<const std::string> texts, uint64_t first) {
    const Text text = {texts[0].data(), texts[0].size()};
    const Result<std::vector<std::vector<Filler>>> masks = lab::fill_masks(in.model, in.session, text, options.top);
    return masks.ok() ? print_fillers(*masks, first, options.json) : masks.status();
  };
  return lab::for_each_batch(in.lines, options.batch, fill);
}

}  // namespace

void add_fill_mask(CommandLine& line) {
  Command& command = line.add(
      "fill-mask", "Say what may stand for each mask of a text, one a line: line, mask, token, probability, with tabs",
      {"echo 'The capital of France is [MASK].' | linnet fill-mask bert.linnet",
       "linnet fill-mask bert.linnet --in texts.txt --top 10 --json"});
  auto options = std::make_shared<Options>();
  options->batch = 1;  // the scores of a token are as many as there are tokens in the vocabulary
  add_text_input(command, options.get());
  command.add_number("--top", &options->top, 1, 65536, "So many tokens a mask, the most probable first");
  command.add_flag(
      "--json", &options->json,
      "Print a JSON list a line, in it one list a mask: [[{\"token\", \"id\", \"probability\"}, ...], ...]");
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
