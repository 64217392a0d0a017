#include "runtime/heads/answering.h"

#include <algorithm>
#include <cmath>

#include "runtime/heads/scores.h"
#include "runtime/heads/sequences.h"

namespace linnet {

namespace {

// A pair of tokens of the text, the first and the last one of an answer.
struct Candidate {
  size_t first, last;
  double logit;
};

// The log of the sum of e^x over one of the two columns, over all tokens of the text in all windows.
double log_sum(const std::vector<std::pair<double, double>>& logits, bool second) {
  double most = -HUGE_VAL, sum = 0;
  for (const auto& pair : logits) most = std::max(most, second ? pair.second : pair.first);
  for (const auto& pair : logits) sum += exp_of((second ? pair.second : pair.first) - most);
  return most + std::log(sum);
}

}  // namespace

Result<std::vector<Answer>> find_answers(const Model& model, Session& session, const std::string& question,
                                         const std::string& text, const AnswerOptions& options) {
  const fbs::Head* head = find_head(model, fbs::HeadKind::Span, fbs::HeadKind::Span);
  if (head == nullptr) {
    return Status::error(Code::unsupported,
                         "the model does not answer questions; convert a checkpoint with a question-answering head");
  }
  if (model.tokenizer() == nullptr || !model.tokenizer()->takes_pairs()) {
    return Status::error(Code::unsupported, "the model's tokenizer does not say how two texts make one sequence");
  }
  Result<TokenizedText> asked = tokenize_text(session, question);
  if (!asked.ok()) return asked.status().within("question");
  if (asked->ids.empty()) return Status::error(Code::invalid_argument, "the question is empty");
  const Result<TokenizedText> tokens = tokenize_text(session, text);
  if (!tokens.ok()) return tokens.status().within("text");
  const size_t special = special_tokens(model, true), most = model.max_tokens();
  if (most < special + 4) return Status::error(Code::unsupported, "the model takes no more than %zu tokens", most);
  if (asked->ids.size() > options.max_question) asked->ids.resize(options.max_question);
  // Where both do not fit, at least half of the tokens are the text's.
  const size_t half = (most - special) / 2;
  if (asked->ids.size() + tokens->ids.size() + special > most && asked->ids.size() > half) asked->ids.resize(half);
  const size_t room = most - special - asked->ids.size();

  SequenceBatch batch(model);
  const std::vector<Window> windows = windows_of(tokens->ids.size(), room, std::min(options.overlap, room / 2));
  const std::span<const int32_t> ids(tokens->ids);
  for (const Window& window : windows) batch.add_pair(asked->ids, ids.subspan(window.begin, window.end - window.begin));
  const Result<std::vector<float>> rows = batch.run(session, head->value());
  if (!rows.ok()) return rows.status();

  std::vector<std::pair<double, double>> all;
  std::vector<Candidate> candidates;
  const size_t longest = std::max<size_t>(options.max_tokens, 1);
  for (size_t w = 0; w < windows.size(); ++w) {
    const float* row = rows->data() + 2 * batch.text_begin(w);
    const size_t count = windows[w].end - windows[w].begin;
    for (size_t i = 0; i < count; ++i) {
      if (!std::isfinite(row[2 * i]) || !std::isfinite(row[2 * i + 1])) {
        return Status::error(Code::non_finite, "a score is not a number");
      }
      all.emplace_back(row[2 * i], row[2 * i + 1]);
      // Of the answers that begin here, the best one of each end.
      for (size_t k = i; k < std::min(count, i + longest); ++k) {
        candidates.push_back({windows[w].begin + i, windows[w].begin + k, double{row[2 * i]} + row[2 * k + 1]});
      }
    }
  }
  const double normalizer = all.empty() ? 0 : log_sum(all, false) + log_sum(all, true);
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    if (a.logit != b.logit) return a.logit > b.logit;
    return a.first != b.first ? a.first < b.first : a.last < b.last;
  });
  std::vector<Answer> answers;
  const Tokenizer& tokenizer = *model.tokenizer();
  for (Candidate candidate : candidates) {
    if (answers.size() >= options.top) break;
    while (candidate.first > 0 && tokenizer.continues_word(ids[candidate.first])) --candidate.first;
    while (candidate.last + 1 < ids.size() && tokenizer.continues_word(ids[candidate.last + 1])) ++candidate.last;
    const Answer answer = {tokens->spans[candidate.first].begin, tokens->spans[candidate.last].end,
                           exp_of(candidate.logit - normalizer)};
    const bool overlaps = std::any_of(answers.begin(), answers.end(), [&](const Answer& other) {
      return answer.begin < other.end && other.begin < answer.end;
    });
    if (!overlaps && answer.begin < answer.end) answers.push_back(answer);
  }
  return answers;
}

}  // namespace linnet
