#include "runtime/heads/sequences.h"

#include <cstring>

namespace linnet {

Status tokenize_text(Session& session, const Text& text, CallMemory& memory, TokenizedText* tokens) {
  // No token is made of less than a byte.
  const Checked most = Checked(text.bytes) + 1;
  tokens->spans = static_cast<TokenSpan*>(memory.take(most * (sizeof(TokenSpan) + sizeof(int32_t))));
  if (tokens->spans == nullptr) return CallMemory::none();
  tokens->ids = reinterpret_cast<int32_t*>(tokens->spans + most.value());
  const Result<size_t> count = session.tokenize_alone(text, tokens->ids, most.value(), tokens->spans);
  tokens->count = *count;
  return count.status();
}

Status check_pairs(const Model& model) {
  if (model.tokenizer() != nullptr && model.tokenizer()->takes_pairs()) return Status();
  return Status::error(Code::unsupported, "the model's tokenizer does not say how two texts make one sequence");
}

SequenceBatch::SequenceBatch(const Model& model, const TokenizedText* first)
    : tokenizer_(*model.graph().tokenizer()),
      first_(first),
      around_(count_of(tokenizer_.prefix_ids()) + count_of(tokenizer_.suffix_ids())) {
  if (first != nullptr) around_ += first->count + count_of(tokenizer_.pair_ids());
}

Status SequenceBatch::reserve(CallMemory& memory, size_t sequences, Checked tokens) {
  const Checked all = Checked(sequences) * around_ + tokens;
  rows_ = memory.take(all * (sizeof(uint64_t) + sizeof *ids_) + Checked(sequences) * (3 * sizeof *lengths_));
  if (rows_ == nullptr) return CallMemory::none();
  lengths_ = reinterpret_cast<size_t*>(static_cast<uint64_t*>(rows_) + all.value());
  second_begins_ = lengths_ + sequences;
  text_begins_ = second_begins_ + sequences;
  ids_ = reinterpret_cast<int32_t*>(text_begins_ + sequences);
  return Status();
}

void SequenceBatch::put(const int32_t* ids, size_t count) {
  if (count > 0) std::memcpy(ids_ + tokens_, ids, count * sizeof *ids);
  tokens_ += count;
}

void SequenceBatch::put(const flatbuffers::Vector<uint32_t>* special) {
  for (uint32_t i = 0; i < count_of(special); ++i) ids_[tokens_++] = static_cast<int32_t>(special->Get(i));
}

void SequenceBatch::add(const TokenizedText& text, const Windows& windows) {
  for (size_t w = 0; w < windows.count(); ++w) {
    const size_t begin = tokens_;
    put(tokenizer_.prefix_ids());
    if (first_ != nullptr) {
      put(first_->ids, first_->count);
      put(tokenizer_.pair_ids());
    }
    const Window window = windows[w];
    const size_t text_begin = tokens_;
    put(text.ids + window.begin, window.end - window.begin);
    put(tokenizer_.suffix_ids());
    text_begins_[sequences_] = text_begin;
    lengths_[sequences_] = tokens_ - begin;
    second_begins_[sequences_] = first_ != nullptr ? text_begin - begin : tokens_ - begin;
    ++sequences_;
  }
}

}  // namespace linnet
