// How much resident memory the first answer of a model costs a process, and how much of that it had to touch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"

namespace linnet::testing_support {

struct FirstAnswer {
  size_t tokens = 0;
  size_t growth = 0;          // resident bytes after the answer less those before the file was opened
  size_t touched_file = 0;    // whole pages of the file: graph, vocabulary, weights, the rows used of the tables
  size_t touched_memory = 0;  // of the session

  size_t touched() const { return touched_file + touched_memory; }
  double ratio() const { return static_cast<double>(growth) / static_cast<double>(touched()); }
};

// The bar: growth <= 1.3 x touched. What lies between them is code, stack, pages that buffers begin and end in, and the
// neighbours of a page that Linux maps along with it when they are in its cache already.
inline constexpr double kMostGrowth = 1.3;

// Whether the file is dropped from the system's cache before it is opened. What is mapped along with a page depends on
// how the file came into the cache: 16 pages as a rule, but since Linux 6.18 a whole folio, as large as what was
// written or read at once. Such pages cost no memory that the cache does not hold anyway, but they are counted.
enum class PageCache { dropped, as_it_is };

// Opens the file, makes a session with the default limits and gives the first answer: for `ids`, or for `text` when
// there are none. Only the first call of a process tells the truth: memory that was freed before may be used again.
// Linux only (`unsupported` elsewhere).
Result<FirstAnswer> measure_first_answer(const std::string& path, const std::string& text,
                                         const std::vector<int32_t>& ids, PageCache cache);

}  // namespace linnet::testing_support
