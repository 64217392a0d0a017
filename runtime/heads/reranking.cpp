#include "runtime/heads/reranking.h"

#include <algorithm>
#include <numeric>

#include "runtime/heads/scores.h"

namespace linnet {

Result<Reranker> Reranker::create(const Model& model, Session& session, const std::string& prompt) {
  const fbs::Head* head = find_head(model, fbs::HeadKind::Classification, fbs::HeadKind::Regression);
  if (head == nullptr || head->labels()->size() != 1) {
    return Status::error(Code::unsupported,
                         "the model is no cross-encoder: it has no head that gives one score to two texts");
  }
  if (model.tokenizer() == nullptr || !model.tokenizer()->takes_pairs()) {
    return Status::error(Code::unsupported, "the model's tokenizer does not say how two texts make one sequence");
  }
  Reranker reranker;
  reranker.session_ = &session;
  reranker.head_ = head;
  reranker.prompt_ = prompt;
  return reranker;
}

Result<std::vector<float>> Reranker::score(const std::string& query, std::span<const Text> texts, size_t batch) const {
  std::vector<float> scores(texts.size());
  const std::vector<Text> queries(std::min(batch, texts.size()), Text{query.data(), query.size()});
  for (size_t begin = 0; begin < texts.size(); begin += batch) {
    const size_t count = std::min(batch, texts.size() - begin);
    const Status status = session_->read(head_->value(), queries.data(), count, prompt_.c_str(), scores.data() + begin,
                                         1, texts.data() + begin);
    if (!status.ok()) return status;
  }
  for (float& score : scores) LINNET_RETURN_IF_ERROR(finish_scores(head_->kind(), &score, 1));
  return scores;
}

std::vector<uint32_t> ranking_of(std::span<const float> scores) {
  std::vector<uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return scores[a] > scores[b]; });
  return order;
}

}  // namespace linnet
