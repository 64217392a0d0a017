// A progress bar on standard error, and the end of long work by an interrupt.
#pragma once

#include <cstdint>
#include <string>

namespace linnet::cli {

// Draws only when standard error is a terminal and the work takes longer than a moment, counted from the first update:
// the parts of a work may have one each. While it lives, an interrupt (Ctrl-C) asks the work to end, so that it can
// remove what it has written; a second one ends the program at once.
class Progress {
 public:
  explicit Progress(std::string what);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  // `total` 0: not known. False after an interrupt.
  bool update(uint64_t done, uint64_t total);

  bool operator()(uint64_t done, uint64_t total) { return update(done, total); }

 private:
  std::string what_;
  bool terminal_;
  bool begun_ = false, drawn_ = false;
  double started_ = 0, last_ = 0;
};

}  // namespace linnet::cli
