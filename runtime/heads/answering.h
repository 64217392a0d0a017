// Extractive question answering: the piece of a text that answers a question.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "runtime/session.h"

namespace linnet {

struct AnswerOptions {
  size_t top = 1;
  size_t max_tokens = 15;    // of an answer
  size_t max_question = 64;  // tokens; a longer question is cut, also where it leaves the text less than half
  size_t overlap = 128;      // tokens that windows of a long text share; less where the model takes few
};

struct Answer {
  size_t begin = 0, end = 0;  // bytes of the text, whole words
  double score = 0;           // probability of its first times that of its last token, over all tokens of the text
};

// The best answers, the best first, of which no two overlap; fewer than asked for where the text has no more. The
// logits of a token are those of the window where their sum is largest, as in the scripts for SQuAD. Needs a model with
// a head for spans and a tokenizer that takes pairs. A text without words has no answers.
Result<std::vector<Answer>> find_answers(const Model& model, Session& session, const std::string& question,
                                         const std::string& text, const AnswerOptions& options);

}  // namespace linnet
