#include "lab/findings.h"

#include <algorithm>
#include <numeric>

#include "runtime/heads/scores.h"

namespace linnet::lab {

std::vector<Text> views_of(std::span<const std::string> texts) {
  std::vector<Text> views;
  views.reserve(texts.size());
  for (const std::string& text : texts) views.push_back({text.data(), text.size()});
  return views;
}

Result<std::vector<std::vector<TaggedWord>>> tag_words(const Tagger& tagger, std::span<const Text> texts) {
  std::vector<std::vector<TaggedWord>> words(texts.size());
  const auto take = [](void* self, const TaggedWord& word) {
    (*static_cast<std::vector<std::vector<TaggedWord>>*>(self))[word.text].push_back(word);
  };
  const Status status = tagger.tag(texts.data(), texts.size(), {take, &words});
  if (!status.ok()) return status;
  return words;
}

Result<std::vector<std::vector<Entity>>> find_entities(const Tagger& tagger, std::span<const Text> texts) {
  const Result<std::vector<std::vector<TaggedWord>>> words = tag_words(tagger, texts);
  if (!words.ok()) return words.status();
  std::vector<std::vector<Entity>> entities;
  for (const std::vector<TaggedWord>& of_text : *words) {
    std::vector<Entity> joined(of_text.size());
    EntityJoiner joiner(joined.data(), joined.size());
    for (const TaggedWord& word : of_text) joiner.add(word, tagger.label(word.label));
    joined.resize(joiner.count());
    entities.push_back(std::move(joined));
  }
  return entities;
}

Result<std::vector<Answer>> find_answers(const Model& model, Session& session, const Text& question, const Text& text,
                                         const AnswerOptions& options, size_t top) {
  const fbs::Head* head = find_head(model, fbs::HeadKind::Span, fbs::HeadKind::Span);
  if (head == nullptr) {
    return Status::error(Code::unsupported,
                         "the model does not answer questions; convert a checkpoint with a question-answering head");
  }
  std::vector<Answer> answers(top);
  size_t count = 0;
  const Status status =
      linnet::find_answers(model, session, *head, question, text, options, answers.data(), top, &count);
  if (!status.ok()) return status;
  answers.resize(count);
  return answers;
}

Result<std::vector<std::vector<Filler>>> fill_masks(const Model& model, Session& session, const Text& text,
                                                    size_t top) {
  constexpr fbs::HeadKind kKind = fbs::HeadKind::MaskedToken;
  const fbs::Head* head = find_head(model, kKind, kKind);
  if (head == nullptr) {
    return Status::error(Code::unsupported,
                         "the model has no language model's head; convert the checkpoint with --head fill-mask");
  }
  if (model.tokenizer() != nullptr) top = std::min<size_t>(top, model.tokenizer()->vocabulary_size());
  // Without room it says how many masks there are before it runs the model.
  std::vector<Filler> fillers;
  size_t masks = 0;
  Status status = linnet::fill_masks(model, session, *head, text, top, nullptr, 0, &masks);
  if (status.code() == Code::limit && masks > 0) {
    fillers.resize(masks * top);
    status = linnet::fill_masks(model, session, *head, text, top, fillers.data(), fillers.size(), &masks);
  }
  if (!status.ok()) return status;
  std::vector<std::vector<Filler>> result;
  for (auto first = fillers.begin(); first != fillers.end(); first += static_cast<ptrdiff_t>(top)) {
    result.emplace_back(first, first + static_cast<ptrdiff_t>(top));
  }
  return result;
}

std::vector<uint32_t> ranking_of(std::span<const float> scores) {
  std::vector<uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return scores[a] > scores[b]; });
  return order;
}

}  // namespace linnet::lab
