// Reading text line by line. A line ends at '\n' alone: a '\r' belongs to the line, a NUL is a byte like any other, and
// the last line needs no newline. Memory does not depend on the size of the file.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace linnet::lab {

class LineReader {
 public:
  LineReader() = default;
  LineReader(LineReader&& other) noexcept { *this = static_cast<LineReader&&>(other); }
  LineReader& operator=(LineReader&& other) noexcept;
  ~LineReader() { close(); }

  // "-" reads standard input.
  static Result<LineReader> open(const std::string& path);

  // Reads the next line without its '\n'; false at the end of the file.
  Result<bool> next(std::string* line);

  const std::string& name() const { return name_; }  // for messages: the path, or "standard input"
  uint64_t number() const { return number_; }        // of the line read last, from 1
  uint64_t bytes_read() const { return bytes_read_; }
  uint64_t total_bytes() const { return total_bytes_; }  // 0 when not known (a pipe)

 private:
  void close();
  Status fill();

  std::string name_;
  std::FILE* file_ = nullptr;
  std::vector<char> buffer_;
  size_t position_ = 0, end_ = 0;
  uint64_t number_ = 0, bytes_read_ = 0, total_bytes_ = 0;
};

// "input.txt line 17", for messages.
std::string line_name(const LineReader& lines, uint64_t number);

// An error that names a line: "input.txt line 17: no label".
Status broken_line(const LineReader& lines, uint64_t number, const std::string& what);

// An error when the line that was read last is not UTF-8.
Status check_line(const LineReader& lines, const std::string& line);

// The next line that is not blank, in UTF-8; false at the end of the file.
Result<bool> next_text_line(LineReader& lines, std::string* line);

// What white space divides.
std::vector<std::string_view> words_of(std::string_view line);

}  // namespace linnet::lab
