#include "runtime/heads/sequences.h"

#include <algorithm>

namespace linnet {

Result<TokenizedText> tokenize_text(Session& session, const std::string& text) {
  TokenizedText result;
  // No token is made of less than a byte.
  result.ids.resize(text.size() + 1);
  result.spans.resize(text.size() + 1);
  const Result<size_t> count =
      session.tokenize_alone({text.data(), text.size()}, result.ids.data(), result.ids.size(), result.spans.data());
  if (!count.ok()) return count.status();
  result.ids.resize(*count);
  result.spans.resize(*count);
  return result;
}

std::vector<Window> windows_of(size_t tokens, size_t room, size_t overlap) {
  std::vector<Window> windows;
  for (size_t begin = 0;; begin += room - overlap) {
    windows.push_back({begin, std::min(begin + room, tokens)});
    if (windows.back().end == tokens) return windows;
  }
}

void SequenceBatch::append(const flatbuffers::Vector<uint32_t>* special) {
  for (uint32_t i = 0; i < count_of(special); ++i) ids_.push_back(static_cast<int32_t>(special->Get(i)));
}

void SequenceBatch::add(std::span<const int32_t> text) {
  const fbs::Tokenizer& tokenizer = *model_.graph().tokenizer();
  const size_t begin = ids_.size();
  append(tokenizer.prefix_ids());
  text_begins_.push_back(ids_.size());
  ids_.insert(ids_.end(), text.begin(), text.end());
  append(tokenizer.suffix_ids());
  lengths_.push_back(ids_.size() - begin);
  second_begins_.push_back(lengths_.back());
}

void SequenceBatch::add_pair(std::span<const int32_t> first, std::span<const int32_t> second) {
  const fbs::Tokenizer& tokenizer = *model_.graph().tokenizer();
  const size_t begin = ids_.size();
  append(tokenizer.prefix_ids());
  ids_.insert(ids_.end(), first.begin(), first.end());
  append(tokenizer.pair_ids());
  text_begins_.push_back(ids_.size());
  second_begins_.push_back(ids_.size() - begin);
  ids_.insert(ids_.end(), second.begin(), second.end());
  append(tokenizer.suffix_ids());
  lengths_.push_back(ids_.size() - begin);
}

Result<std::vector<float>> SequenceBatch::run(Session& session, uint32_t value) const {
  const size_t width = model_.value(value).width();
  std::vector<float> rows(ids_.size() * width);
  const Tap tap = {value, rows.data(), width};
  const Status status = session.run(ids_.data(), lengths_.data(), lengths_.size(), &tap, 1, second_begins_.data());
  if (!status.ok()) return status;
  return rows;
}

size_t special_tokens(const Model& model, bool pair) {
  const fbs::Tokenizer& tokenizer = *model.graph().tokenizer();
  return count_of(tokenizer.prefix_ids()) + count_of(tokenizer.suffix_ids()) +
         (pair ? count_of(tokenizer.pair_ids()) : 0);
}

}  // namespace linnet
