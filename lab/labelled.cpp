#include "lab/labelled.h"

#include <algorithm>
#include <charconv>
#include <cinttypes>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

#include "lab/csv.h"
#include "lab/embed_file.h"
#include "lab/lines.h"
#include "lab/utf8.h"

namespace linnet::lab {

namespace {

using Fields = std::vector<std::string>;

std::string trimmed(const std::string& text) {
  const char* spaces = " \t\r\n";
  const size_t begin = text.find_first_not_of(spaces);
  return begin == std::string::npos ? std::string() : text.substr(begin, text.find_last_not_of(spaces) + 1 - begin);
}

bool are_names(const Fields& fields) {
  return fields == Fields{"text", "label"} || fields == Fields{"sentence", "label"};
}

// Collects what the readers of the three formats find.
class Collector {
 public:
  explicit Collector(const std::string& name) : name_(name) {}

  Status broken(uint64_t line, const char* what) const {
    return Status::error(Code::corrupt, "%s line %" PRIu64 ": %s", name_.c_str(), line, what);
  }

  Status add(uint64_t line, const Fields& fields) {
    if (texts_.empty() && !skipped_ && are_names(fields)) {
      skipped_ = true;
      return Status();
    }
    if (fields.size() != 2) return broken(line, "not 2 fields, a text and a label");
    LabelledText text{fields[0], trimmed(fields[1]), line};
    if (text.label.empty()) return broken(line, "the label is missing");
    if (find_invalid_utf8(text.text) != std::string::npos || find_invalid_utf8(text.label) != std::string::npos) {
      return broken(line, "not valid UTF-8; convert the file first");
    }
    texts_.push_back(std::move(text));
    return Status();
  }

  Result<std::vector<LabelledText>> take() {
    if (texts_.empty()) return Status::error(Code::corrupt, "%s holds no labelled text", name_.c_str());
    return std::move(texts_);
  }

 private:
  std::string name_;
  std::vector<LabelledText> texts_;
  bool skipped_ = false;
};

Status read_csv(const std::string& path, Collector* out) {
  Result<CsvReader> csv = CsvReader::open(path);
  if (!csv.ok()) return csv.status();
  Fields fields;
  for (;;) {
    const Result<bool> more = csv->next(&fields);
    if (!more.ok()) return more.status();
    if (!*more) return Status();
    LINNET_RETURN_IF_ERROR(out->add(csv->line(), fields));
  }
}

Status json_fields(const std::string& line, uint64_t number, const Collector& out, Fields* fields) {
  const nlohmann::ordered_json object = nlohmann::ordered_json::parse(line, nullptr, false);
  if (!object.is_object()) return out.broken(number, "not a JSON object");
  const auto text = object.find("text"), label = object.find("label");
  if (text == object.end() || !text->is_string()) return out.broken(number, "\"text\" is missing or no string");
  if (label == object.end() || !(label->is_string() || label->is_number() || label->is_boolean())) {
    return out.broken(number, "\"label\" is missing or neither a string nor a number");
  }
  *fields = {text->get<std::string>(), label->is_string() ? label->get<std::string>() : label->dump()};
  return Status();
}

Status read_lines(const std::string& path, bool json, Collector* out) {
  Result<LineReader> lines = LineReader::open(path);
  if (!lines.ok()) return lines.status();
  std::string line;
  Fields fields;
  for (;;) {
    const Result<bool> more = next_text_line(*lines, &line);
    if (!more.ok()) return more.status();
    if (!*more) return Status();
    if (json) {
      LINNET_RETURN_IF_ERROR(json_fields(line, lines->number(), *out, &fields));
    } else {
      if (line.back() == '\r') line.pop_back();
      fields.clear();
      for (size_t begin = 0; begin <= line.size();) {
        const size_t end = std::min(line.find('\t', begin), line.size());
        fields.push_back(line.substr(begin, end - begin));
        begin = end + 1;
      }
    }
    LINNET_RETURN_IF_ERROR(out->add(lines->number(), fields));
  }
}

}  // namespace

Result<std::vector<LabelledText>> read_labelled(const std::string& path) {
  Collector collector(path);
  const bool json = path.ends_with(".jsonl"), csv = path.ends_with(".csv");
  if (!json && !csv && !path.ends_with(".tsv")) {
    return Status::error(Code::invalid_argument, "'%s' does not end in .tsv, .csv or .jsonl", path.c_str());
  }
  const Status status = csv ? read_csv(path, &collector) : read_lines(path, json, &collector);
  if (!status.ok()) return status;
  return collector.take();
}

std::vector<Text> texts_of(const std::vector<LabelledText>& texts) {
  std::vector<Text> result;
  result.reserve(texts.size());
  for (const LabelledText& text : texts) result.push_back({text.text.data(), text.text.size()});
  return result;
}

std::vector<std::string> labels_of(const std::vector<LabelledText>& texts) {
  const auto number = [](const std::string& label) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), value);
    const bool whole = error == std::errc() && end == label.data() + label.size();
    return std::pair(!whole, whole ? value : 0);  // numbers first
  };
  std::set<std::string> different;
  for (const LabelledText& text : texts) different.insert(text.label);
  std::vector<std::string> labels(different.begin(), different.end());
  std::stable_sort(labels.begin(), labels.end(),
                   [&](const std::string& a, const std::string& b) { return number(a) < number(b); });
  return labels;
}

Result<std::vector<uint32_t>> classes_of(const std::vector<LabelledText>& texts,
                                         const std::vector<std::string>& labels) {
  std::unordered_map<std::string, uint32_t> index;
  for (uint32_t i = 0; i < labels.size(); ++i) index[labels[i]] = i;
  std::vector<uint32_t> classes;
  classes.reserve(texts.size());
  for (const LabelledText& text : texts) {
    const auto found = index.find(text.label);
    if (found == index.end()) {
      return Status::error(Code::invalid_argument, "the model has no label '%s'", text.label.c_str());
    }
    classes.push_back(found->second);
  }
  return classes;
}

Result<std::vector<double>> numbers_of(const std::vector<LabelledText>& texts) {
  std::vector<double> numbers;
  numbers.reserve(texts.size());
  for (const LabelledText& text : texts) {
    double number = 0;
    const char* const last = text.label.data() + text.label.size();
    const auto [end, error] = std::from_chars(text.label.data(), last, number);
    if (error != std::errc() || end != last || !std::isfinite(number)) {
      const std::string where =
          text.line > 0 ? "line " + std::to_string(text.line) : "text " + std::to_string(&text - texts.data());
      return Status::error(Code::corrupt, "%s: the label '%s' is not a number", where.c_str(), text.label.c_str());
    }
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace linnet::lab
