// The linnet command: arguments and printing. CLI11 reports by exceptions; they end here.

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>

#include "cli/common.h"

namespace {

using linnet::cli::Action;

enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2 };

// One line, whatever names and files put into the message.
int report(ExitCode code, std::string message) {
  for (char& c : message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  std::fprintf(stderr, "linnet: %s\n", message.c_str());
  return code;
}

// CLI11's own words for arguments that nothing took are about all of them, those that stand beside the wrong one too.
std::string describe(const CLI::App& root, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) return error.what();
  const std::vector<std::string> extra = root.remaining(true);
  for (const std::string& word : extra) {
    if (word.size() > 1 && word[0] == '-') return "unknown option '" + word.substr(0, word.find('=')) + "'";
  }
  if (extra.empty()) return error.what();
  return (root.get_subcommands().empty() ? "unknown command '" : "too many arguments: '") + extra.front() + "'";
}

int run(int argc, char** argv) {
  CLI::App root("Compressed transformer encoders: convert, quantize, measure and run them.", "linnet");
  root.set_version_flag("--version", "linnet " LINNET_VERSION);
  root.require_subcommand(0, 1);  // none is told below, in words of our own
  root.footer(
      "Examples:\n"
      "  linnet convert all-MiniLM-L6-v2 -o minilm.linnet\n"
      "  linnet quantize minilm.linnet -o minilm-int8.linnet\n"
      "  linnet embed minilm-int8.linnet --in sentences.txt -o embeddings.npy\n"
      "'linnet COMMAND --help' explains a command. Exit codes: 0 done, 1 failed, 2 not understood.");
  Action action;
  linnet::cli::add_convert(root, &action);
  linnet::cli::add_quantize(root, &action);
  linnet::cli::add_inspect(root, &action);
  linnet::cli::add_verify(root, &action);
  linnet::cli::add_cpu(root, &action);
  linnet::cli::add_tokenize(root, &action);
  linnet::cli::add_embed(root, &action);
  linnet::cli::add_run(root, &action);
  linnet::cli::add_bench(root, &action);
  linnet::cli::add_eval(root, &action);
  linnet::cli::add_completion(root, &action);

  try {
    root.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help and --version
    return root.exit(success);
  } catch (const CLI::ParseError& error) {
    const std::vector<CLI::App*> chosen = root.get_subcommands();
    const std::string command = chosen.empty() ? "linnet" : "linnet " + chosen.front()->get_name();
    return report(kUsage, describe(root, error) + "; see '" + command + " --help'");
  }

  if (!action) return report(kUsage, "a command is missing; see 'linnet --help'");

  const linnet::Status status = action();
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
