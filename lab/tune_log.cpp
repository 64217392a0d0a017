#include "lab/tune_log.h"

#include <cinttypes>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <vector>

#include "base/atomic_file.h"
#include "lab/lines.h"

namespace linnet::lab {

namespace {

constexpr const char* kHeader = "model,options,plan,loss,worst,ms,mb,seconds,again_ms";
enum Column : uint8_t { kModel, kOptions, kPlan, kLoss, kWorst, kMs, kMb, kSeconds, kAgainMs, kColumns };

std::string hex(uint64_t hash) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016" PRIx64, hash);
  return digits;
}

std::string number_text(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.17g", value);
  return digits;
}

bool parse_number(const std::string& text, double* value) {
  char* end = nullptr;
  *value = std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0' && std::isfinite(*value);
}

// An empty text is no value.
bool parse_optional(const std::string& text, std::optional<double>* value) {
  double number = 0;
  if (text.empty()) return true;
  if (!parse_number(text, &number)) return false;
  *value = number;
  return true;
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  for (size_t begin = 0; begin <= line.size();) {
    const size_t end = std::min(line.find(',', begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return fields;
}

// What is wrong with a row, or nothing.
std::string parse_row(const std::string& line, const TuneIdentity& identity, std::string* plan, Measurement* m) {
  const std::vector<std::string> fields = fields_of(line);
  if (fields.size() != kColumns) return "not a row of " + std::to_string(kColumns) + " fields";
  if (fields[kModel] != hex(identity.model)) return "a row of another model";
  if (fields[kOptions] != hex(identity.options)) {
    return "a row that was measured with other data, options or another instruction set";
  }
  *plan = fields[kPlan];
  double megabytes = 0;
  const bool good = parse_number(fields[kLoss], &m->loss) && parse_number(fields[kMs], &m->ms) && m->ms >= 0 &&
                    parse_number(fields[kMb], &megabytes) && megabytes >= 0 && megabytes < 1e12 &&
                    parse_number(fields[kSeconds], &m->seconds) && parse_optional(fields[kWorst], &m->worst) &&
                    parse_optional(fields[kAgainMs], &m->again_ms) && (!m->again_ms || *m->again_ms >= 0);
  m->bytes = static_cast<uint64_t>(std::llround(megabytes * 1e6));
  return good ? std::string() : "a field is not a number";
}

}  // namespace

Result<TuneLog> TuneLog::open(const std::string& path, const TuneIdentity& identity,
                              const std::function<Status(const std::string& plan)>& check_plan) {
  TuneLog log;
  log.path_ = path;
  log.identity_ = identity;
  log.text_ = kHeader;
  log.text_ += '\n';
  Result<LineReader> lines = LineReader::open(path);
  if (!lines.ok()) return lines.status().code() == Code::not_found ? Result<TuneLog>(std::move(log)) : lines.status();
  std::string line;
  for (;;) {
    const uint64_t begin = lines->bytes_read();
    const Result<bool> more = lines->next(&line);
    if (!more.ok()) return more.status();
    if (!*more) break;
    const bool whole = lines->bytes_read() - begin > line.size();
    const auto broken = [&](const std::string& what) {
      return Status::error(Code::corrupt, "%s line %" PRIu64 ": %s; give --log another file", lines->name().c_str(),
                           lines->number(), what.c_str());
    };
    if (lines->number() == 1) {
      if (line != kHeader) return broken("not the log of a search");
      continue;
    }
    if (!whole) break;
    std::string plan;
    Measurement m;
    const std::string wrong = parse_row(line, identity, &plan, &m);
    if (!wrong.empty()) return broken(wrong);
    const Status status = check_plan(plan);
    if (!status.ok()) return broken(status.message());
    log.rows_[plan] = m;
    log.text_ += line;
    log.text_ += '\n';
  }
  return log;
}

const Measurement* TuneLog::find(const std::string& plan) const {
  const auto found = rows_.find(plan);
  return found != rows_.end() ? &found->second : nullptr;
}

Status TuneLog::add(const std::string& plan, const Measurement& m) {
  rows_[plan] = m;
  const std::string megabytes = number_text(static_cast<double>(m.bytes) / 1e6);
  const auto optional_text = [](const std::optional<double>& value) {
    return value ? number_text(*value) : std::string();
  };
  for (const std::string& field : {hex(identity_.model), hex(identity_.options), plan, number_text(m.loss),
                                   optional_text(m.worst), number_text(m.ms), megabytes, number_text(m.seconds)}) {
    text_ += field;
    text_ += ',';
  }
  text_ += optional_text(m.again_ms);
  text_ += '\n';
  if (path_.empty()) return Status();
  return write_atomically(path_, text_);
}

}  // namespace linnet::lab
