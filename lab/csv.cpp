#include "lab/csv.h"

#include <cinttypes>

namespace linnet::lab {

Result<CsvReader> CsvReader::open(const std::string& path) {
  Result<LineReader> lines = LineReader::open(path);
  if (!lines.ok()) return lines.status();
  CsvReader reader;
  reader.lines_ = std::move(*lines);
  return reader;
}

Result<bool> CsvReader::next(std::vector<std::string>* fields) {
  fields->clear();
  Result<bool> more = lines_.next(&text_);
  if (!more.ok() || !*more) return more;
  line_ = lines_.number();
  const auto broken = [&](const char* what) {
    return Status::error(Code::corrupt, "%s line %" PRIu64 ": %s", name().c_str(), lines_.number(), what);
  };

  std::string field;
  size_t at = 0;
  for (;;) {  // one field a turn
    field.clear();
    if (at < text_.size() && text_[at] == '"') {
      const uint64_t opened = lines_.number();
      ++at;
      for (;;) {
        if (at == text_.size()) {  // the field goes on in the next line
          more = lines_.next(&text_);
          if (!more.ok()) return more;
          if (!*more) {
            return Status::error(Code::corrupt, "%s line %" PRIu64 ": a quoted field starts here and never ends",
                                 name().c_str(), opened);
          }
          field += '\n';
          at = 0;
        } else if (text_[at] != '"') {
          field += text_[at++];
        } else if (at + 1 < text_.size() && text_[at + 1] == '"') {
          field += '"';
          at += 2;
        } else {
          ++at;
          break;
        }
      }
      if (at + 1 == text_.size() && text_[at] == '\r') ++at;
      if (at < text_.size() && text_[at] != ',') return broken("text after the closing quote of a field");
    } else {
      const size_t end = std::min(text_.find(',', at), text_.size());
      field.assign(text_, at, end - at);
      at = end;
      if (at == text_.size() && !field.empty() && field.back() == '\r') field.pop_back();
      if (field.find('"') != std::string::npos) return broken("a quote inside a field that does not start with one");
    }
    fields->push_back(field);
    if (at == text_.size()) return true;
    ++at;  // the comma
  }
}

}  // namespace linnet::lab
