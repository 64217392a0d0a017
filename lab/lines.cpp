#include "lab/lines.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>

#include "lab/utf8.h"

namespace linnet::lab {

namespace {
constexpr size_t kBufferBytes = 1 << 16;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
}  // namespace

LineReader& LineReader::operator=(LineReader&& other) noexcept {
  if (this != &other) {
    close();
    name_ = std::move(other.name_);
    file_ = other.file_;
    other.file_ = nullptr;
    buffer_ = std::move(other.buffer_);
    position_ = other.position_;
    end_ = other.end_;
    number_ = other.number_;
    bytes_read_ = other.bytes_read_;
    total_bytes_ = other.total_bytes_;
  }
  return *this;
}

void LineReader::close() {
  if (file_ != nullptr && file_ != stdin) std::fclose(file_);
  file_ = nullptr;
}

Result<LineReader> LineReader::open(const std::string& path) {
  LineReader reader;
  reader.name_ = path == "-" ? "standard input" : path;
  reader.file_ = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (reader.file_ == nullptr) {
    return Status::error(errno == ENOENT ? Code::not_found : Code::io, "cannot read '%s': %s", path.c_str(),
                         std::strerror(errno));
  }
  struct stat information {};
  if (fstat(fileno(reader.file_), &information) == 0 && S_ISREG(information.st_mode)) {
    reader.total_bytes_ = static_cast<uint64_t>(information.st_size);
  }
  reader.buffer_.resize(kBufferBytes);
  return reader;
}

Status LineReader::fill() {
  position_ = 0;
  end_ = std::fread(buffer_.data(), 1, buffer_.size(), file_);
  if (end_ == 0 && std::ferror(file_) != 0) {
    return Status::error(Code::io, "cannot read %s: %s", name_.c_str(), std::strerror(errno));
  }
  return Status();
}

Result<bool> LineReader::next(std::string* line) {
  line->clear();
  bool any = false;
  for (;;) {
    if (position_ == end_) {
      LINNET_RETURN_IF_ERROR(fill());
      if (end_ == 0) {
        number_ += any ? 1 : 0;
        return any;
      }
    }
    any = true;
    const char* begin = buffer_.data() + position_;
    const void* newline = std::memchr(begin, '\n', end_ - position_);
    const size_t length =
        newline != nullptr ? static_cast<size_t>(static_cast<const char*>(newline) - begin) : end_ - position_;
    line->append(begin, length);
    position_ += length;
    bytes_read_ += length;
    if (newline != nullptr) {
      ++position_;
      ++bytes_read_;
      ++number_;
      return true;
    }
  }
}

std::string line_name(const LineReader& lines, uint64_t number) {
  return lines.name() + " line " + std::to_string(number);
}

Status broken_line(const LineReader& lines, uint64_t number, const std::string& what) {
  return Status::error(Code::corrupt, "%s: %s", line_name(lines, number).c_str(), what.c_str());
}

Status check_line(const LineReader& lines, const std::string& line) {
  const size_t bad = find_invalid_utf8(line);
  if (bad == std::string_view::npos) return Status();
  return Status::error(Code::invalid_argument, "%s: byte %zu (0x%02x) is not valid UTF-8; convert the file first",
                       line_name(lines, lines.number()).c_str(), bad + 1, static_cast<uint8_t>(line[bad]));
}

Result<bool> next_text_line(LineReader& lines, std::string* line) {
  for (;;) {
    const Result<bool> more = lines.next(line);
    if (!more.ok()) return more.status();
    if (!*more) return false;
    LINNET_RETURN_IF_ERROR(check_line(lines, *line));
    if (!std::all_of(line->begin(), line->end(), is_space)) return true;
  }
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < line.size();) {
    while (at < line.size() && is_space(line[at])) ++at;
    const size_t begin = at;
    while (at < line.size() && !is_space(line[at])) ++at;
    if (at > begin) words.push_back(line.substr(begin, at - begin));
  }
  return words;
}

}  // namespace linnet::lab
