#include "lab/tagged_data.h"

#include "lab/embed_file.h"
#include "lab/lines.h"

namespace linnet::lab {

Result<std::vector<TaggedSentence>> read_conll(const std::string& path) {
  Result<LineReader> lines = LineReader::open(path);
  if (!lines.ok()) return lines.status();
  std::vector<TaggedSentence> sentences;
  TaggedSentence sentence;
  const auto finish = [&] {
    if (!sentence.words.empty()) sentences.push_back(std::move(sentence));
    sentence = {};
  };
  std::string line;
  for (;;) {
    const Result<bool> more = lines->next(&line);
    if (!more.ok()) return more.status();
    if (!*more) break;
    LINNET_RETURN_IF_ERROR(check_line(*lines, line));
    // A word may hold spaces where tabs divide the columns.
    const char* const dividers = line.find('\t') != std::string::npos ? "\t" : " ";
    const size_t last = line.find_last_not_of(" \t\r");
    if (last == std::string::npos) {
      finish();
      continue;
    }
    line.resize(last + 1);
    if (line.starts_with("-DOCSTART-")) continue;
    const size_t word_end = line.find_first_of(dividers), label_begin = line.find_last_of(dividers);
    if (word_end == std::string::npos || word_end == 0) {
      return Status::error(Code::invalid_argument, "%s: a word and its label are needed, with a tab or a space between",
                           line_name(*lines, lines->number()).c_str());
    }
    sentence.words.push_back(line.substr(0, word_end));
    sentence.labels.push_back(line.substr(label_begin + 1));
  }
  finish();
  if (sentences.empty()) return Status::error(Code::invalid_argument, "%s holds no sentence", path.c_str());
  return sentences;
}

}  // namespace linnet::lab
