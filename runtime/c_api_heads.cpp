// The C interface of what heads say.
#include "linnet/linnet.h"
#include "runtime/c_api.h"
#include "runtime/heads/answering.h"
#include "runtime/heads/filling.h"
#include "runtime/heads/reranking.h"
#include "runtime/heads/scores.h"
#include "runtime/heads/tagging.h"

namespace {

using linnet::Code;
using linnet::Status;
using linnet::Text;
using linnet::c_api::in_groups;
using linnet::c_api::null_argument;
using linnet::c_api::report;
using linnet::fbs::Head;
using linnet::fbs::HeadKind;

static_assert(static_cast<int>(HeadKind::MaskedToken) == LINNET_MASKED_TOKEN &&
              static_cast<int>(HeadKind::MAX) == LINNET_MASKED_TOKEN);

const Head* head_at(const linnet::Model& model, size_t index) {
  const auto* heads = model.graph().heads();
  return index < linnet::count_of(heads) ? heads->Get(static_cast<uint32_t>(index)) : nullptr;
}

Status no_head(size_t index) { return Status::error(Code::not_found, "the model has no head %zu", index); }

// A head of a kind from `first` to `last`.
Status find_head(const linnet_session* session, size_t index, HeadKind first, HeadKind last, const Head** head) {
  *head = head_at(*session->model, index);
  if (*head == nullptr) return no_head(index);
  if ((*head)->kind() >= first && (*head)->kind() <= last) return Status();
  return Status::error(Code::unsupported, "head %zu is of another kind: linnet_model_head tells it", index);
}

// Whether a pointer to `count` elements is missing.
template <typename T>
bool is_missing(const T* elements, size_t count) {
  return elements == nullptr && count > 0;
}

// The scores of a head for texts, for pairs, or with a `query` for that and each text.
linnet_code score(linnet_session* session, size_t head, const Text* query, const linnet::c_api::Texts& texts,
                  const linnet::c_api::Texts& seconds, size_t count, const char* prompt, float* out, size_t stride,
                  linnet_error* error) {
  if (session == nullptr || is_missing(texts.texts, count) || is_missing(out, count)) return null_argument(error);
  const Head* found = nullptr;
  Status status = find_head(session, head, HeadKind::Classification, HeadKind::Regression, &found);
  if (status.ok() && query != nullptr) status = linnet::Reranker::check(*session->model, *found);
  if (!status.ok()) return report(status, error);
  const linnet::Result<const char*> prompt_text = session->model->find_prompt(prompt);
  if (!prompt_text.ok()) return report(prompt_text.status(), error);
  const auto read = [&](const Text* group, const Text* second_group, size_t first, size_t here) {
    return linnet::read_scores(session->session, *found, query != nullptr ? query : group, here, *prompt_text,
                               out + first * stride, stride, query != nullptr ? group : second_group, query != nullptr);
  };
  return in_groups(texts, seconds, count, read, error);
}

// Joins the words of the caller's texts.
struct WordJoiner {
  const linnet::Tagger& tagger;
  linnet::EntityJoiner joiner;
  size_t first = 0;  // of the texts that words are counted from

  static void take(void* self, const linnet::TaggedWord& word) {
    WordJoiner& words = *static_cast<WordJoiner*>(self);
    linnet::TaggedWord of_all = word;
    of_all.text += words.first;
    words.joiner.add(of_all, words.tagger.label(word.label));
  }
};

}  // namespace

extern "C" {

size_t linnet_model_heads(const linnet_model* model) { return linnet::count_of(model->model.graph().heads()); }

linnet_code linnet_model_head(const linnet_model* model, size_t index, linnet_head* head, linnet_error* error) {
  if (model == nullptr || head == nullptr) return null_argument(error);
  *head = {};
  const Head* found = head_at(model->model, index);
  if (found == nullptr) return report(no_head(index), error);
  *head = {static_cast<linnet_head_kind>(found->kind()), linnet::text_of(model->model.value(found->value()).name()),
           linnet::count_of(found->labels())};
  return report(Status(), error);
}

const char* linnet_model_label(const linnet_model* model, size_t head, size_t label) {
  const Head* found = head_at(model->model, head);
  if (found == nullptr || label >= linnet::count_of(found->labels())) return nullptr;
  return linnet::text_of(found->labels()->Get(static_cast<uint32_t>(label)));
}

linnet_code linnet_classify(linnet_session* session, size_t head, const char* const* texts, const size_t* lengths,
                            const char* const* seconds, const size_t* second_lengths, size_t count, const char* prompt,
                            float* out, size_t stride, linnet_error* error) {
  return score(session, head, nullptr, {texts, lengths}, {seconds, second_lengths}, count, prompt, out, stride, error);
}

linnet_code linnet_tag(linnet_session* session, size_t head, const char* const* texts, const size_t* lengths,
                       size_t count, linnet_entity* entities, size_t capacity, size_t* found, linnet_error* error) {
  if (found == nullptr) return null_argument(error);
  *found = 0;
  if (session == nullptr || is_missing(texts, count) || is_missing(entities, capacity)) return null_argument(error);
  constexpr HeadKind kKind = HeadKind::TokenClassification;
  const Head* tagging = nullptr;
  const Status status = find_head(session, head, kKind, kKind, &tagging);
  if (!status.ok()) return report(status, error);
  const linnet::Tagger tagger(*session->model, session->session, *tagging);
  WordJoiner words = {tagger, linnet::EntityJoiner(entities, capacity)};
  const auto tag = [&](const Text* group, const Text*, size_t first, size_t here) {
    words.first = first;
    return tagger.tag(group, here, {WordJoiner::take, &words});
  };
  const linnet_code code = in_groups({texts, lengths}, {}, count, tag, error);
  if (code != LINNET_OK) return code;
  *found = words.joiner.count();
  if (*found <= capacity) return code;
  return report(Status::error(Code::limit, "%zu entities are more than %zu", *found, capacity), error);
}

linnet_code linnet_answer(linnet_session* session, size_t head, const char* question, size_t question_length,
                          const char* text, size_t length, const linnet_answer_options* options, linnet_span* answers,
                          size_t top, size_t* found, linnet_error* error) {
  if (found == nullptr) return null_argument(error);
  *found = 0;
  if (session == nullptr || question == nullptr || text == nullptr || is_missing(answers, top)) {
    return null_argument(error);
  }
  const Head* answering = nullptr;
  Status status = find_head(session, head, HeadKind::Span, HeadKind::Span, &answering);
  if (!status.ok()) return report(status, error);
  linnet_answer_options known = {};
  status = linnet::c_api::read_options(options, &known, sizeof known);
  if (!status.ok()) return report(status, error);
  linnet::AnswerOptions o;
  if (known.max_answer_tokens > 0) o.max_tokens = known.max_answer_tokens;
  return report(linnet::find_answers(*session->model, session->session, *answering, {question, question_length},
                                     {text, length}, o, answers, top, found),
                error);
}

linnet_code linnet_fill_mask(linnet_session* session, size_t head, const char* text, size_t length, size_t top,
                             linnet_filler* fillers, size_t capacity, size_t* masks, linnet_error* error) {
  if (masks == nullptr) return null_argument(error);
  *masks = 0;
  if (session == nullptr || text == nullptr || is_missing(fillers, capacity)) return null_argument(error);
  constexpr HeadKind kKind = HeadKind::MaskedToken;
  const Head* filling = nullptr;
  const Status status = find_head(session, head, kKind, kKind, &filling);
  if (!status.ok()) return report(status, error);
  return report(
      linnet::fill_masks(*session->model, session->session, *filling, {text, length}, top, fillers, capacity, masks),
      error);
}

linnet_code linnet_rerank(linnet_session* session, size_t head, const char* query, size_t query_length,
                          const char* const* texts, const size_t* lengths, size_t count, const char* prompt,
                          float* scores, linnet_error* error) {
  if (query == nullptr) return null_argument(error);
  const Text one = {query, query_length};
  return score(session, head, &one, {texts, lengths}, {}, count, prompt, scores, 1, error);
}

}  // extern "C"
