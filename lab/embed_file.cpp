#include "lab/embed_file.h"

#include "lab/timing.h"

namespace linnet::lab {

namespace {
// A batch ends early when its lines are this long together, so that very long lines do not multiply.
constexpr size_t kBatchBytes = 4 << 20;
}  // namespace

Status for_each_batch(LineReader& lines, size_t batch, const LineBatch& work, const Progress& progress) {
  std::vector<std::string> held;
  for (bool more = true; more;) {
    size_t count = 0, bytes = 0;
    while (count < batch && bytes < kBatchBytes) {
      if (held.size() == count) held.emplace_back();
      const Result<bool> read = lines.next(&held[count]);
      if (!read.ok()) return read.status();
      more = *read;
      if (!more) break;
      LINNET_RETURN_IF_ERROR(check_line(lines, held[count]));
      bytes += held[count++].size();
    }
    if (count == 0) break;
    const uint64_t first = lines.number() - count + 1;
    const Status status = work({held.data(), count}, first);
    if (!status.ok()) {
      std::string range = line_name(lines, first);
      if (count > 1) range += " to " + std::to_string(first + count - 1);
      return status.within(range.c_str());
    }
    if (progress && !progress(lines.bytes_read(), lines.total_bytes())) {
      return Status::error(Code::io, "interrupted after %s", line_name(lines, first + count - 1).c_str());
    }
  }
  return Status();
}

Result<EmbedReport> embed_lines(const Embedder& embedder, LineReader& lines, size_t batch, RowWriter& rows,
                                const Progress& progress) {
  EmbedReport report;
  const double begin = steady_seconds();
  std::vector<Text> texts;
  std::vector<float> output(batch * embedder.width);
  const auto embed = [&](std::span<const std::string> held, uint64_t) {
    texts.clear();
    for (const std::string& line : held) texts.push_back({line.data(), line.size()});
    LINNET_RETURN_IF_ERROR(embedder.embed(texts, output.data()));
    LINNET_RETURN_IF_ERROR(rows.write(output.data(), texts.size()));
    report.lines += texts.size();
    return Status();
  };
  LINNET_RETURN_IF_ERROR(for_each_batch(lines, batch, embed, progress));
  LINNET_RETURN_IF_ERROR(rows.commit());
  report.seconds = steady_seconds() - begin;
  return report;
}

}  // namespace linnet::lab
