#include "lab/rows.h"

#include <cerrno>
#include <charconv>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "base/atomic_file.h"
#include "lab/npy.h"

namespace linnet::lab {

namespace {

class NpyRows : public RowWriter {
 public:
  explicit NpyRows(NpyWriter writer) : writer_(std::move(writer)) {}
  Status write(const float* rows, size_t count) override { return writer_.write(rows, count); }
  Status commit() override { return writer_.commit(); }

 private:
  NpyWriter writer_;
};

class JsonRows : public RowWriter {
 public:
  explicit JsonRows(size_t width) : width_(width) {}

  Status write(const float* rows, size_t count) override {
    text_.clear();
    for (size_t row = 0; row < count; ++row) {
      text_ += "{\"row\": " + std::to_string(++rows_) + ", \"embedding\": [";
      for (size_t i = 0; i < width_; ++i) {
        if (i > 0) text_ += ", ";
        append(rows[row * width_ + i]);
      }
      text_ += "]}\n";
    }
    return put(text_);
  }

 protected:
  virtual Status put(const std::string& text) = 0;

 private:
  void append(float value) {
    if (!std::isfinite(value)) {  // JSON has no NaN
      text_ += "null";
      return;
    }
    char digits[32];
    const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value);
    text_.append(digits, end);
  }

  size_t width_;
  uint64_t rows_ = 0;
  std::string text_;
};

class JsonFileRows : public JsonRows {
 public:
  JsonFileRows(size_t width, AtomicFile file) : JsonRows(width), file_(std::move(file)) {}
  Status commit() override { return file_.commit(); }

 protected:
  Status put(const std::string& text) override { return file_.write(text.data(), text.size()); }

 private:
  AtomicFile file_;
};

class JsonOutputRows : public JsonRows {
 public:
  using JsonRows::JsonRows;
  Status commit() override { return std::fflush(stdout) == 0 ? Status() : failed(); }

 protected:
  // Flushed batch by batch, so that a reader at the other end of a pipe gets its answers as they come.
  Status put(const std::string& text) override {
    const bool good = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    return good ? Status() : failed();
  }

 private:
  static Status failed() {
    return Status::error(Code::io, "cannot write to standard output: %s", std::strerror(errno));
  }
};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() > end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

Result<std::unique_ptr<RowWriter>> RowWriter::create(const std::string& path, size_t width) {
  if (path == "-") return std::unique_ptr<RowWriter>(std::make_unique<JsonOutputRows>(width));
  if (ends_with(path, ".npy")) {
    Result<NpyWriter> writer = NpyWriter::create(path, width);
    if (!writer.ok()) return writer.status();
    return std::unique_ptr<RowWriter>(std::make_unique<NpyRows>(std::move(*writer)));
  }
  if (ends_with(path, ".jsonl")) {
    Result<AtomicFile> file = AtomicFile::create(path);
    if (!file.ok()) return file.status();
    return std::unique_ptr<RowWriter>(std::make_unique<JsonFileRows>(width, std::move(*file)));
  }
  return Status::error(Code::invalid_argument, "'%s': rows are written to *.npy, *.jsonl or -", path.c_str());
}

}  // namespace linnet::lab
