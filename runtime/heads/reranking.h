// Cross-encoders: how well each of some texts goes with a query, read together.
#pragma once

#include <cstddef>

#include "base/status.h"
#include "runtime/session.h"

namespace linnet {

class Reranker {
 public:
  // By the model's first head for texts, which must give one score, and its tokenizer, which must take pairs. All must
  // outlive it. `prompt` is the text put before the query.
  static Result<Reranker> create(const Model& model, Session& session, const char* prompt);
  // Whether that is so of a head for texts, else `unsupported`.
  static Status check(const Model& model, const fbs::Head& head);

  // One score a text, as the head means it: a probability, or the number itself.
  Status score(const Text& query, const Text* texts, size_t count, float* scores) const;

 private:
  Session* session_ = nullptr;
  const fbs::Head* head_ = nullptr;
  const char* prompt_ = nullptr;
};

}  // namespace linnet
