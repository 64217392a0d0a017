#include "lab/embed_file.h"

#include "lab/timing.h"
#include "lab/utf8.h"

namespace linnet::lab {

namespace {
// A batch ends early when its lines are this long together, so that very long lines do not multiply.
constexpr size_t kBatchBytes = 4 << 20;
}  // namespace

std::string line_name(const LineReader& lines, uint64_t number) {
  return lines.name() + " line " + std::to_string(number);
}

Status check_line(const LineReader& lines, const std::string& line) {
  const size_t bad = find_invalid_utf8(line);
  if (bad == std::string_view::npos) return Status();
  return Status::error(Code::invalid_argument, "%s: byte %zu (0x%02x) is not valid UTF-8; convert the file first",
                       line_name(lines, lines.number()).c_str(), bad + 1, static_cast<uint8_t>(line[bad]));
}

Result<EmbedReport> embed_lines(const Embedder& embedder, LineReader& lines, size_t batch, RowWriter& rows,
                                const Progress& progress) {
  EmbedReport report;
  const double begin = steady_seconds();
  std::vector<std::string> held(batch);
  std::vector<Text> texts;
  std::vector<float> output(batch * embedder.width);
  for (bool more = true; more;) {
    texts.clear();
    size_t bytes = 0;
    while (texts.size() < batch && bytes < kBatchBytes) {
      std::string& line = held[texts.size()];
      const Result<bool> read = lines.next(&line);
      if (!read.ok()) return read.status();
      more = *read;
      if (!more) break;
      LINNET_RETURN_IF_ERROR(check_line(lines, line));
      texts.push_back({line.data(), line.size()});
      bytes += line.size();
    }
    if (texts.empty()) break;
    const Status status = embedder.embed(texts, output.data());
    if (!status.ok()) {
      const std::string range = line_name(lines, report.lines + 1) + " to " + std::to_string(lines.number());
      return status.within(range.c_str());
    }
    LINNET_RETURN_IF_ERROR(rows.write(output.data(), texts.size()));
    report.lines += texts.size();
    if (progress && !progress(lines.bytes_read(), lines.total_bytes())) {
      return Status::error(Code::io, "interrupted after %s", line_name(lines, report.lines).c_str());
    }
  }
  LINNET_RETURN_IF_ERROR(rows.commit());
  report.seconds = steady_seconds() - begin;
  return report;
}

Result<std::vector<std::string>> read_texts(const std::string& path) {
  Result<LineReader> lines = LineReader::open(path);
  if (!lines.ok()) return lines.status();
  std::vector<std::string> texts;
  std::string line;
  for (;;) {
    const Result<bool> more = lines->next(&line);
    if (!more.ok()) return more.status();
    if (!*more) break;
    LINNET_RETURN_IF_ERROR(check_line(*lines, line));
    if (!line.empty()) texts.push_back(line);
  }
  if (texts.empty()) return Status::error(Code::invalid_argument, "%s holds no text", lines->name().c_str());
  return texts;
}

}  // namespace linnet::lab
