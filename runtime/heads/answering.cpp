#include "runtime/heads/answering.h"

#include <algorithm>
#include <cmath>

#include "runtime/heads/scores.h"
#include "runtime/heads/sequences.h"

namespace linnet {

namespace {

// The first and the last token of what may be an answer.
struct Candidate {
  size_t first, last;
  double logit;
};

// Whether `a` is the better one: by the logits, and of equals the one that begins, then the one that ends first.
bool better(const Candidate& a, const Candidate& b) {
  if (a.logit != b.logit) return a.logit > b.logit;
  return a.first != b.first ? a.first < b.first : a.last < b.last;
}

// The answer of a candidate: whole words.
Answer widen(const Candidate& candidate, const Tokenizer& tokenizer, const TokenizedText& text) {
  size_t first = candidate.first, last = candidate.last;
  while (first > 0 && tokenizer.continues_word(text.ids[first])) --first;
  while (last + 1 < text.count && tokenizer.continues_word(text.ids[last + 1])) ++last;
  return {text.spans[first].begin, text.spans[last].end, 0};
}

// Whether an answer has a byte and shares none with those that there are.
bool is_new(const Answer& answer, const Answer* answers, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (answer.begin < answers[i].end && answers[i].begin < answer.end) return false;
  }
  return answer.begin < answer.end;
}

// The scores of the tokens of a text in all its windows: of each, that of being the first and that of being the last
// token of an answer.
struct SpanScores {
  const SequenceBatch& batch;
  const Windows& windows;
  const float* rows;

  const float* row(size_t window) const { return rows + 2 * batch.text_begin(window); }

  // The product of the sums of e^x over both columns is *sums * e^*most.
  void normalize(double* most, double* sums) const {
    float largest[2] = {-HUGE_VALF, -HUGE_VALF};
    double sum[2] = {0, 0};
    for (const bool adds : {false, true}) {
      for (size_t w = 0; w < windows.count(); ++w) {
        const size_t count = 2 * (windows[w].end - windows[w].begin);
        for (size_t i = 0; i < count; ++i) {
          const float score = row(w)[i];
          if (adds) {
            sum[i % 2] += exp_of(double{score} - largest[i % 2]);
          } else if (score > largest[i % 2]) {
            largest[i % 2] = score;
          }
        }
      }
    }
    *most = double{largest[0]} + largest[1];
    *sums = sum[0] * sum[1];
  }
};

}  // namespace

Status find_answers(const Model& model, Session& session, const fbs::Head& head, const Text& question, const Text& text,
                    const AnswerOptions& options, Answer* answers, size_t top, size_t* count) {
  *count = 0;
  LINNET_RETURN_IF_ERROR(check_pairs(model));
  CallMemory memory(session);
  TokenizedText asked, tokens;
  Status status = tokenize_text(session, question, memory, &asked);
  if (!status.ok()) return status.within("question");
  if (asked.count == 0) return Status::error(Code::invalid_argument, "the question is empty");
  status = tokenize_text(session, text, memory, &tokens);
  if (!status.ok()) return status.within("text");
  if (tokens.count == 0) return Status();

  const TokenizedText none;
  const size_t special = SequenceBatch(model, &none).around(), most = model.max_tokens();
  if (most < special + 4) return Status::error(Code::unsupported, "the model takes no more than %zu tokens", most);
  asked.count = std::min(asked.count, options.max_question);
  // Where both do not fit, at least half of the tokens are the text's.
  const size_t half = (most - special) / 2;
  if (asked.count + tokens.count + special > most) asked.count = std::min(asked.count, half);
  SequenceBatch batch(model, &asked);
  const size_t room = most - batch.around();
  const Windows windows = {tokens.count, room, std::min(options.overlap, room / 2)};
  LINNET_RETURN_IF_ERROR(
      batch.reserve(memory, windows.count(), Checked(windows.count()) * windows.overlap + tokens.count));
  batch.add(tokens, windows);
  auto* const rows = static_cast<float*>(batch.rows());
  LINNET_RETURN_IF_ERROR(batch.run(session, {head.value(), rows, 2}));

  const SpanScores scores = {batch, windows, rows};
  double normal, sums;
  scores.normalize(&normal, &sums);
  // Each round takes the best candidate behind the one that was taken last: what is before that and was not taken
  // overlaps an answer, now and later.
  const size_t longest = std::max<size_t>(options.max_tokens, 1);
  Candidate last = {0, 0, HUGE_VAL};
  for (; *count < top; ++*count) {
    Candidate best = {0, 0, -HUGE_VAL};
    for (size_t w = 0; w < windows.count(); ++w) {
      const Window window = windows[w];
      const float* const row = scores.row(w);
      const size_t width = window.end - window.begin;
      for (size_t i = 0; i < width; ++i) {
        for (size_t k = i; k < width && k - i < longest; ++k) {
          const Candidate next = {window.begin + i, window.begin + k, double{row[2 * i]} + row[2 * k + 1]};
          if (!better(next, best) || !better(last, next)) continue;
          const Answer answer = widen(next, *model.tokenizer(), tokens);
          if (!is_new(answer, answers, *count)) continue;
          best = next;
          answers[*count] = answer;
        }
      }
    }
    if (best.logit == -HUGE_VAL) break;
    answers[*count].score = exp_of(best.logit - normal) / sums;
    last = best;
  }
  return Status();
}

}  // namespace linnet
