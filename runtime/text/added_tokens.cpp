#include "runtime/text/added_tokens.h"

#include <cstring>

#include "runtime/text/unicode.h"
#include "runtime/text/utf8.h"

namespace linnet {
namespace {

bool is_word(char32_t c) { return (unicode::flags(c) & unicode::kWord) != 0; }
bool is_space(char32_t c) { return (unicode::flags(c) & unicode::kSpace) != 0; }

}  // namespace

char32_t TwoPartText::at(size_t i, size_t* next) const {
  const uint8_t* from = i < first_bytes ? first + i : second + (i - first_bytes);
  const uint8_t* end = from;
  const char32_t c = utf8::decode(end);
  *next = i + static_cast<size_t>(end - from);
  return c;
}

char32_t TwoPartText::before(size_t i, size_t* begin) const {
  do {
    --i;
  } while (utf8::is_continuation((*this)[i]));
  *begin = i;
  size_t next;
  return at(i, &next);
}

const fbs::AddedToken* TextSplitter::find(size_t* begin, size_t* end) {
  const size_t size = text_.size();
  for (size_t i = search_; i < size; ++i) {
    if (!set_.may_begin(text_[i])) continue;
    const fbs::AddedToken* token = set_.longest([&](size_t depth) { return text_[i + depth]; }, size - i);
    if (token == nullptr) continue;
    *begin = i;
    *end = search_ = i + token->content()->size();
    return token;
  }
  search_ = size;
  return nullptr;
}

// Where the white space that begins at `from` ends. Remembers it, so that a text of tokens that are themselves white
// space is not measured anew from each of them.
size_t TextSplitter::space_end(size_t from) {
  if (from >= space_begin_ && from <= space_end_) return space_end_;
  space_begin_ = space_end_ = from;
  size_t next;
  while (space_end_ < text_.size() && is_space(text_.at(space_end_, &next))) space_end_ = next;
  return space_end_;
}

bool TextSplitter::next(Piece& piece) {
  if (finished_) return false;
  size_t begin = 0;
  size_t end = 0;
  size_t neighbour;
  while (!set_.empty()) {
    const fbs::AddedToken* token = find(&begin, &end);
    if (token == nullptr) break;
    if (token->single_word() && ((begin > 0 && is_word(text_.before(begin, &neighbour))) ||
                                 (end < text_.size() && is_word(text_.at(end, &neighbour))))) {
      continue;
    }
    if (token->lstrip()) {
      // What an earlier token took is no longer there to be taken.
      while (begin > plain_ && is_space(text_.before(begin, &neighbour))) begin = neighbour;
      if (begin < plain_) begin = plain_;
    }
    if (token->rstrip()) end = space_end(end);
    piece.begin = plain_;
    piece.end = begin > plain_ ? begin : plain_;
    piece.token = begin < end ? token : nullptr;
    piece.token_end = plain_ = end;
    return true;
  }
  finished_ = true;
  piece.begin = plain_;
  piece.end = text_.size();
  piece.token = nullptr;
  return true;
}

void NormalizedSplitter::character(char32_t c) {
  if (done()) return;
  if (tail_ + 4 > window_bytes(longest_)) {
    std::memmove(window_, window_ + head_, tail_ - head_);
    if (sources_ != nullptr) std::memmove(sources_, sources_ + head_, (tail_ - head_) * sizeof(TokenSpan));
    tail_ -= head_;
    head_ = 0;
  }
  const size_t bytes = utf8::encode(c, window_ + tail_);
  for (size_t i = 0; i < bytes && sources_ != nullptr; ++i) sources_[tail_ + i] = source_;
  tail_ += bytes;
  // Enough for the longest token and the character behind it.
  while (tail_ - head_ >= longest_ + 4) step();
}

void NormalizedSplitter::finish() {
  while (head_ < tail_) step();
  head_ = tail_ = 0;
  before_ = 0;
}

// Takes a token, or characters that no token begins with, off the head of the window.
void NormalizedSplitter::step() {
  const uint8_t* head = window_ + head_;
  const uint8_t* tail = window_ + tail_;
  const fbs::AddedToken* token = nullptr;
  if (set_.may_begin(*head)) {
    token = set_.longest([&](size_t depth) { return head[depth]; }, static_cast<size_t>(tail - head));
  }
  const uint8_t* end = head + (token == nullptr ? utf8::sequence_bytes(*head) : token->content()->size());
  if (token != nullptr && token->single_word()) {
    const uint8_t* behind = end;
    if (is_word(before_) || (end < tail && is_word(utf8::decode(behind)))) token = nullptr;
  }
  if (token != nullptr) {
    const size_t last = static_cast<size_t>(end - window_) - 1;
    const TokenSpan span = sources_ == nullptr ? TokenSpan() : TokenSpan{sources_[head_].begin, sources_[last].end};
    words_.add(static_cast<int32_t>(token->id()), span);
  }
  while (head < end) {
    if (sources_ != nullptr) words_.source(sources_[head - window_]);
    before_ = utf8::decode(head);
    if (token == nullptr) words_.character(before_);
  }
  head_ = static_cast<size_t>(end - window_);
}

}  // namespace linnet
