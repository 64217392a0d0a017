#include "runtime/heads/reranking.h"

#include "runtime/heads/scores.h"
#include "runtime/heads/sequences.h"

namespace linnet {

namespace {

Status no_cross_encoder() {
  return Status::error(Code::unsupported,
                       "the model is no cross-encoder: it has no head that gives one score to two texts");
}

}  // namespace

Result<Reranker> Reranker::create(const Model& model, Session& session, const char* prompt) {
  Reranker reranker;
  reranker.session_ = &session;
  reranker.head_ = find_head(model, fbs::HeadKind::Classification, fbs::HeadKind::Regression);
  reranker.prompt_ = prompt;
  if (reranker.head_ == nullptr) return no_cross_encoder();
  LINNET_RETURN_IF_ERROR(check(model, *reranker.head_));
  return reranker;
}

Status Reranker::check(const Model& model, const fbs::Head& head) {
  return count_of(head.labels()) == 1 ? check_pairs(model) : no_cross_encoder();
}

Status Reranker::score(const Text& query, const Text* texts, size_t count, float* scores) const {
  return read_scores(*session_, *head_, &query, count, prompt_, scores, 1, texts, true);
}

}  // namespace linnet
