#include "runtime/heads/filling.h"

#include <algorithm>

#include "runtime/heads/scores.h"

namespace linnet {

namespace {

std::string token_text(const Tokenizer& tokenizer, int32_t id) {
  size_t bytes = 0;
  const char* token = tokenizer.token(static_cast<uint32_t>(id), &bytes);
  return token == nullptr ? std::string() : std::string(token, bytes);
}

}  // namespace

Result<std::string> mask_of(const Model& model) {
  const int32_t id = model.tokenizer() == nullptr ? -1 : model.graph().tokenizer()->mask_id();
  if (id < 0) return Status::error(Code::unsupported, "the model's tokenizer has no mask");
  return token_text(*model.tokenizer(), id);
}

Result<std::vector<std::vector<Filler>>> fill_masks(const Model& model, Session& session, const std::string& text,
                                                    size_t top) {
  constexpr fbs::HeadKind kKind = fbs::HeadKind::MaskedToken;
  const fbs::Head* head = find_head(model, kKind, kKind);
  if (head == nullptr) {
    return Status::error(Code::unsupported,
                         "the model has no language model's head; convert the checkpoint with --head fill-mask");
  }
  const Result<std::string> mask = mask_of(model);
  if (!mask.ok()) return mask.status();
  const int32_t mask_id = model.graph().tokenizer()->mask_id();

  std::vector<int32_t> ids(model.max_tokens());
  const Result<size_t> count =
      session.tokenize({text.data(), text.size()}, nullptr, ids.size(), ids.data(), ids.size());
  if (!count.ok()) return count.status();
  ids.resize(*count);
  if (std::find(ids.begin(), ids.end(), mask_id) == ids.end()) {
    return Status::error(Code::invalid_argument, "the text has no %s among its first %zu tokens", mask->c_str(),
                         model.max_tokens());
  }
  const size_t width = model.value(head->value()).width();
  std::vector<float> rows(ids.size() * width);
  const Tap tap = {head->value(), rows.data(), width};
  const Status status = session.run(ids.data(), &*count, 1, &tap, 1);
  if (!status.ok()) return status;

  // A table may have more rows than there are tokens.
  const size_t tokens = std::min<size_t>(width, model.tokenizer()->vocabulary_size());
  std::vector<std::vector<Filler>> result;
  std::vector<uint32_t> order(tokens);
  for (size_t t = 0; t < ids.size(); ++t) {
    if (ids[t] != mask_id) continue;
    float* row = rows.data() + t * width;
    LINNET_RETURN_IF_ERROR(finish_scores(kKind, row, width));
    for (uint32_t i = 0; i < tokens; ++i) order[i] = i;
    const size_t kept = std::min(top, tokens);
    std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(kept), order.end(),
                      [&](uint32_t a, uint32_t b) { return row[a] != row[b] ? row[a] > row[b] : a < b; });
    result.emplace_back();
    for (size_t i = 0; i < kept; ++i) {
      const int32_t id = static_cast<int32_t>(order[i]);
      result.back().push_back({id, token_text(*model.tokenizer(), id), row[order[i]]});
    }
  }
  return result;
}

}  // namespace linnet
