// Extractive question answering: the piece of a text that answers a question.
#pragma once

#include <cstddef>

#include "base/status.h"
#include "linnet/linnet.h"
#include "runtime/session.h"

namespace linnet {

struct AnswerOptions {
  size_t max_tokens = 15;    // of an answer
  size_t max_question = 64;  // tokens; a longer question is cut, also where it leaves the text less than half
  size_t overlap = 128;      // tokens that windows of a long text share; less where the model takes few
};

// Bytes of the text, whole words; the score is the probability of its first times that of its last token, over all
// tokens of the text.
using Answer = linnet_span;

// The `top` best answers, the best first, of which no two overlap; *count says how many the text has. The logits of a
// token are those of the window where their sum is largest, as in the scripts for SQuAD. Needs a head for spans and a
// tokenizer that takes pairs. A text without words has no answers.
Status find_answers(const Model& model, Session& session, const fbs::Head& head, const Text& question, const Text& text,
                    const AnswerOptions& options, Answer* answers, size_t top, size_t* count);

}  // namespace linnet
