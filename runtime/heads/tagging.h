// Tagging: labels of the words of a text, and the entities that they make.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "runtime/session.h"

namespace linnet {

// A word as the tokenizer sees it: the bytes [begin, end) of the text, and what the head says of its first token.
struct TaggedWord {
  size_t begin = 0, end = 0;
  uint32_t label = 0;
  double probability = 0;
};

struct Entity {
  std::string label;          // without "B-" or "I-"
  size_t begin = 0, end = 0;  // bytes of the text
  double score = 0;           // the mean probability of its words' labels
};

class Tagger {
 public:
  // Needs a model with a token classification head. Both must outlive the tagger.
  static Result<Tagger> create(const Model& model, Session& session);

  // The words of each text. A text longer than the model takes is cut into windows that overlap, and each word gets
  // the label of the window in which most stands on both sides of it.
  Result<std::vector<std::vector<TaggedWord>>> tag(const std::vector<std::string>& texts) const;

  const std::vector<std::string>& labels() const { return labels_; }

 private:
  const Model* model_ = nullptr;
  Session* session_ = nullptr;
  uint32_t value_ = 0;
  std::vector<std::string> labels_;
};

// Words of one type that follow each other, as transformers' pipeline joins them (aggregation_strategy="first"): "O" is
// no entity, "B-" begins a new one, and any other change of type does.
std::vector<Entity> entities_of(const std::vector<TaggedWord>& words, const std::vector<std::string>& labels);

}  // namespace linnet
