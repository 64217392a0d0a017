// Sentences whose words have labels: what a tagger is scored on.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace linnet::lab {

struct TaggedSentence {
  std::vector<std::string> words, labels;
};

// CoNLL: a word and its label a line, in the first and the last column, with a tab or spaces between; sentences end at
// an empty line. Lines of "-DOCSTART-" are skipped. A line with one column, and text that is not UTF-8, are errors that
// name it; a file without a sentence is one.
Result<std::vector<TaggedSentence>> read_conll(const std::string& path);

}  // namespace linnet::lab
