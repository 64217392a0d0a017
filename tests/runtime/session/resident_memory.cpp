// Prints how much resident memory the first answer of a model costs and how much of that it had to touch:
//
//     resident_memory MODEL [TEXT]
//
// The exit code is 1 when the bar does not hold.

#include <cstdio>

#include "tests/runtime/session/resident.h"

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "usage: resident_memory MODEL [TEXT]\n");
    return 2;
  }
  const char* text = argc == 3 ? argv[2] : "A small bird sings in the morning, long before anybody else is awake.";
  const linnet::Result<linnet::testing_support::FirstAnswer> first =
      linnet::testing_support::measure_first_answer(argv[1], text, {}, linnet::testing_support::PageCache::as_it_is);
  if (!first.ok()) {
    std::fprintf(stderr, "resident_memory: %s\n", first.status().message());
    return 1;
  }
  const double mb = 1e6;
  std::printf(
      "{\"tokens\": %zu, \"growth_mb\": %.2f, \"touched_mb\": %.2f, \"file_mb\": %.2f, \"session_mb\": %.2f, "
      "\"ratio\": %.3f}\n",
      first->tokens, static_cast<double>(first->growth) / mb, static_cast<double>(first->touched()) / mb,
      static_cast<double>(first->touched_file) / mb, static_cast<double>(first->touched_memory) / mb, first->ratio());
  return first->ratio() <= linnet::testing_support::kMostGrowth ? 0 : 1;
}
