#include "lab/trec_lines.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace linnet::lab {

Result<std::vector<QrelsLine>> read_qrels(LineReader& lines) {
  std::vector<QrelsLine> judgements;
  std::string line;
  for (bool first = true;; first = false) {
    const Result<bool> more = next_text_line(lines, &line);
    if (!more.ok()) return more.status();
    if (!*more) return judgements;
    const std::vector<std::string_view> words = words_of(line);
    if (words.size() != 3 && words.size() != 4) {
      return broken_line(lines, lines.number(), "neither query, 0, document, grade nor query, document, grade");
    }
    const std::string_view number = words.back();
    QrelsLine judgement{std::string(words[0]), std::string(words[words.size() - 2]), 0, lines.number()};
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), judgement.grade);
    if (error != std::errc() || end != number.data() + number.size()) {
      if (first && words.size() == 3) continue;  // the names of the columns
      return broken_line(lines, lines.number(), "the grade '" + std::string(number) + "' is not a whole number");
    }
    judgements.push_back(std::move(judgement));
  }
}

Result<std::vector<RunLine>> read_run(LineReader& lines) {
  std::vector<RunLine> found;
  std::string line;
  for (;;) {
    const Result<bool> more = next_text_line(lines, &line);
    if (!more.ok()) return more.status();
    if (!*more) return found;
    const std::vector<std::string_view> words = words_of(line);
    if (words.size() != 6) {
      return broken_line(lines, lines.number(), "not the 6 fields of a run: query, Q0, document, rank, score, name");
    }
    const std::string score(words[4]);
    char* end = nullptr;
    RunLine one{std::string(words[0]), std::string(words[2]), std::strtod(score.c_str(), &end), lines.number()};
    if (end != score.c_str() + score.size() || !std::isfinite(one.score)) {
      return broken_line(lines, lines.number(), "the score '" + score + "' is not a number");
    }
    found.push_back(std::move(one));
  }
}

}  // namespace linnet::lab
