// Drives the tokenizer from outside: tokenizer_dump FOLDER [--max TOKENS] [--prefix TEXT] [--normalize] < cases.
//
// A case is a 4-byte little-endian length and that many bytes of text. Each gives one line: its token ids, or "error"
// and the message; with --normalize its normalized text in hexadecimal. --bench N encodes all cases N times and prints
// the speed instead. The comparison with Hugging Face (tests/oracles/tokenizer_compare.py) reads this.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "tests/runtime/text/tokenizer_fixture.h"

namespace {

int fail(const linnet::Status& status) {
  std::fprintf(stderr, "tokenizer_dump: %s: %s\n", linnet::code_name(status.code()), status.message());
  return 1;
}

std::vector<std::string> read_cases() {
  std::vector<std::string> cases;
  uint8_t size[4];
  while (std::fread(size, 1, 4, stdin) == 4) {
    const uint32_t bytes = size[0] | size[1] << 8 | size[2] << 16 | static_cast<uint32_t>(size[3]) << 24;
    std::string text(bytes, '\0');
    if (std::fread(text.data(), 1, bytes, stdin) != bytes) break;
    cases.push_back(std::move(text));
  }
  return cases;
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder;
  std::string prefix;
  size_t max_tokens = 0;
  size_t rounds = 0;
  bool normalize = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--max") == 0 && i + 1 < argc) {
      max_tokens = std::strtoul(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--bench") == 0 && i + 1 < argc) {
      rounds = std::strtoul(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--prefix") == 0 && i + 1 < argc) {
      prefix = argv[++i];
    } else if (std::strcmp(argv[i], "--normalize") == 0) {
      normalize = true;
    } else {
      folder = argv[i];
    }
  }
  linnet::TestTokenizer tokenizer;
  const linnet::Status status = tokenizer.load(folder);
  if (!status.ok()) return fail(status);
  for (const std::string& warning : tokenizer.warnings()) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  const std::vector<std::string> cases = read_cases();

  if (rounds > 0) {
    size_t bytes = 0;
    size_t longest = 0;
    for (const std::string& text : cases) {
      bytes += text.size();
      if (text.size() > longest) longest = text.size();
    }
    std::vector<int32_t> ids(longest + 16);
    size_t tokens = 0;
    double best = 1e30;
    for (size_t round = 0; round < rounds; ++round) {
      tokens = 0;
      const auto start = std::chrono::steady_clock::now();
      for (const std::string& text : cases) {
        const auto count = tokenizer->encode(nullptr, 0, text.data(), text.size(), max_tokens, tokenizer.scratch(),
                                             ids.data(), ids.size());
        tokens += count.ok() ? *count : 0;
      }
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      if (seconds.count() < best) best = seconds.count();
    }
    std::printf("%zu texts, %zu bytes, %zu tokens: %.2f ns a byte, %.1f MB/s, %.1f million tokens/s (best of %zu)\n",
                cases.size(), bytes, tokens, best * 1e9 / static_cast<double>(bytes),
                static_cast<double>(bytes) / best / 1e6, static_cast<double>(tokens) / best / 1e6, rounds);
    return 0;
  }
  for (const std::string& text : cases) {
    if (normalize) {
      for (const char c : tokenizer.normalized(text))
        std::printf("%02x", static_cast<unsigned>(static_cast<uint8_t>(c)));
      std::printf("\n");
      continue;
    }
    std::vector<int32_t> ids;
    const linnet::Status encoded = tokenizer.encode(prefix, text, max_tokens, ids);
    if (!encoded.ok()) {
      std::printf("error %s\n", encoded.message());
      continue;
    }
    for (size_t i = 0; i < ids.size(); ++i) std::printf(i == 0 ? "%d" : " %d", ids[i]);
    std::printf("\n");
  }
  return 0;
}
