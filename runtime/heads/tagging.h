// Tagging: labels of the words of a text, and the entities that they make.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "linnet/linnet.h"
#include "runtime/session.h"

namespace linnet {

// A word as the tokenizer sees it: bytes [begin, end) of one of the texts, and what the head says of its first token.
struct TaggedWord {
  size_t text = 0;
  size_t begin = 0, end = 0;
  uint32_t label = 0;
  double probability = 0;
};

// Who is told of words, in their order.
struct WordSink {
  void (*take)(void* self, const TaggedWord& word);
  void* self;
};

class Tagger {
 public:
  Tagger() = default;
  // By a head for token classification. All three must outlive the tagger.
  Tagger(const Model& model, Session& session, const fbs::Head& head)
      : model_(&model), session_(&session), head_(&head) {}
  // By the model's first such head; one that has none is `unsupported`.
  static Result<Tagger> create(const Model& model, Session& session);

  // The words of each text. A text longer than the model takes is cut into windows that overlap, and each word gets
  // the label of the window in which most stands on both sides of it.
  Status tag(const Text* texts, size_t count, const WordSink& sink) const;

  uint32_t labels() const { return count_of(head_->labels()); }
  const char* label(uint32_t index) const { return text_of(head_->labels()->Get(index)); }

 private:
  const Model* model_ = nullptr;
  Session* session_ = nullptr;
  const fbs::Head* head_ = nullptr;
};

using Entity = linnet_entity;

// Joins words of one type that follow each other, as transformers' pipeline does (aggregation_strategy="first"): "O" is
// no entity, "B-" begins a new one, and any other change of type does.
class EntityJoiner {
 public:
  // Writes the first `capacity` entities.
  EntityJoiner(Entity* entities, size_t capacity) : entities_(entities), capacity_(capacity) {}

  // Labels and what they point to must outlive the entities.
  void add(const TaggedWord& word, const char* label);

  // How many there are, whatever the capacity.
  size_t count() const { return count_; }

 private:
  Entity* entities_;
  size_t capacity_;
  size_t count_ = 0;
  size_t text_ = 0, words_ = 0;  // of the last entity
  const char* type_ = nullptr;   // of the last entity where it may go on, else null
};

}  // namespace linnet
