// Writes the page of a sample comparison, for the test in the browser.
#include <cstdio>
#include <string>

#include "lab/report/page.h"
#include "tests/lab/report/sample.h"

int main(int argc, char** argv) {
  using namespace linnet::lab;
  if (argc != 3) {
    std::fprintf(stderr, "usage: report_sample small|large OUT.html\n");
    return 2;
  }
  const bool small = std::string(argv[1]) == "small";
  const std::string page = report_page(small ? small_comparison() : large_comparison());
  std::FILE* file = std::fopen(argv[2], "wb");
  if (file == nullptr) return 1;
  const bool written = std::fwrite(page.data(), 1, page.size(), file) == page.size();
  return std::fclose(file) == 0 && written ? 0 : 1;
}
