// Cross-encoders: how well each of some texts goes with a query, read together.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "runtime/session.h"

namespace linnet {

class Reranker {
 public:
  // Needs a model with a head of one score a sequence and a tokenizer that takes pairs. Both must outlive it.
  static Result<Reranker> create(const Model& model, Session& session, const std::string& prompt);

  // One score a text, as the head means it: a probability, or the number itself.
  Result<std::vector<float>> score(const std::string& query, std::span<const Text> texts, size_t batch) const;

 private:
  Session* session_ = nullptr;
  const fbs::Head* head_ = nullptr;
  std::string prompt_;
};

// The places of the texts by their scores, the best first; equal scores in the order of the texts.
std::vector<uint32_t> ranking_of(std::span<const float> scores);

}  // namespace linnet
