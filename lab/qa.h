// Question answering on SQuAD's data, by SQuAD's measures.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "lab/evaluation.h"
#include "lab/progress.h"
#include "runtime/session.h"

namespace linnet::lab {

struct Question {
  std::string text;
  uint32_t paragraph = 0;            // its index
  std::vector<std::string> answers;  // at least one
};

struct SquadData {
  std::vector<std::string> paragraphs;
  std::vector<Question> questions;
  std::vector<std::string> notes;
};

// A file of SQuAD v1.1's form. Questions without an answer (v2.0 has them) are left out, and a note says how many.
Result<SquadData> read_squad(const std::string& path);

// normalize_answer of SQuAD's evaluate-v1.1.py: lower case, without ASCII punctuation and the words a, an, the; words
// with one space between them.
std::string normalize_answer(const std::string& text);

// exact_match_score and f1_score of that script, the best over the answers of people: 0 or 1, and 0 to 1.
double exact_match(const std::string& found, const std::vector<std::string>& answers);
double answer_f1(const std::string& found, const std::vector<std::string>& answers);

// Metrics: f1, exact_match. The best answer of the model counts; where it has none, it is the empty text.
Result<Evaluation> evaluate_qa(const Model& model, Session& session, const SquadData& data, const Progress& progress);

}  // namespace linnet::lab
