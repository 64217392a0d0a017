// The linnet command: arguments and printing.

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>

#include "cli/common.h"

namespace {

enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2 };

// One line, whatever names and files put into the message.
int report(ExitCode code, std::string message) {
  for (char& c : message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  std::fprintf(stderr, "linnet: %s\n", message.c_str());
  return code;
}

int run(int argc, char** argv) {
  using namespace linnet::cli;
  CommandLine line(
      "linnet", LINNET_VERSION, "Compressed transformer encoders: convert, quantize, measure and run them.",
      {"linnet convert all-MiniLM-L6-v2 -o minilm.linnet", "linnet quantize minilm.linnet -o minilm-int8.linnet",
       "linnet embed minilm-int8.linnet --in sentences.txt -o embeddings.npy"},
      "'linnet COMMAND --help' explains a command. Exit codes: 0 done, 1 failed, 2 not understood.");
  add_convert(line);
  add_quantize(line);
  add_inspect(line);
  add_verify(line);
  add_cpu(line);
  add_tokenize(line);
  add_embed(line);
  add_run(line);
  add_bench(line);
  add_eval(line);
  add_compare(line);
  add_fit(line);
  add_classify(line);
  add_tag(line);
  add_answer(line);
  add_fill_mask(line);
  add_rerank(line);
  add_sensitivity(line);
  add_tune(line);
  add_completion(line);

  const CommandLine::Parsed parsed = line.parse(argc, argv);
  if (!parsed.error.empty()) return report(kUsage, parsed.error);
  linnet::Status status;
  if (parsed.command != nullptr) {
    status = parsed.command->action();
  } else {
    std::fputs(parsed.text.c_str(), stdout);
  }
  const bool printed = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  const int reason = errno;
  if (!status.ok()) return report(kFailed, status.message());
  if (!printed) return report(kFailed, std::string("cannot write to standard output: ") + std::strerror(reason));
  return kDone;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    return report(kFailed, "out of memory");
  } catch (const std::exception& error) {
    return report(kFailed, std::string("internal error: ") + error.what());
  }
}
