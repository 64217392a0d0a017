#include "lab/lines.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace linnet::lab {

namespace {
constexpr size_t kBufferBytes = 1 << 16;
}

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

}  // namespace linnet::lab
