// Sequences of token ids made by hand, for heads that say something about places in a text.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "runtime/heads/call_memory.h"
#include "runtime/session.h"

namespace linnet {

// All tokens of a text, without special ones, and the bytes that each comes from.
struct TokenizedText {
  int32_t* ids = nullptr;
  TokenSpan* spans = nullptr;
  size_t count = 0;
};
Status tokenize_text(Session& session, const Text& text, CallMemory& memory, TokenizedText* tokens);

// `unsupported` unless two texts can be one sequence.
Status check_pairs(const Model& model);

// Tokens [begin, end) of a text.
struct Window {
  size_t begin = 0, end = 0;
};

// A text of `tokens` tokens cut into windows of at most `room`, each `overlap` tokens into the one before; one window
// when they fit, an empty one for an empty text. room > overlap, but for a text that fits.
struct Windows {
  size_t tokens = 0, room = 0, overlap = 0;

  size_t count() const { return tokens <= room ? 1 : 1 + ceil_div(tokens - room, room - overlap); }
  Window operator[](size_t index) const {
    const size_t begin = index * (room - overlap);
    return {begin, tokens - begin < room ? tokens : begin + room};
  }
};

// Sequences that are run together, each a window of a text, with special tokens around it and, where they are pairs,
// another text before it.
class SequenceBatch {
 public:
  // `first` (null: no pairs) must outlive the batch. The model must have a tokenizer.
  explicit SequenceBatch(const Model& model, const TokenizedText* first = nullptr);

  // Tokens of a sequence that are not the window's.
  size_t around() const { return around_; }

  // Room for all windows of all texts, before any is added: so many sequences, of so many tokens together without
  // those around them; and for 8 bytes that are to be known of each token, `rows`.
  Status reserve(CallMemory& memory, size_t sequences, Checked tokens);
  void add(const TokenizedText& text, const Windows& windows);

  void* rows() const { return rows_; }
  // Where among the rows the window of a sequence begins.
  size_t text_begin(size_t sequence) const { return text_begins_[sequence]; }

  // Reads a value with one row a token, those of all sequences one after the other.
  Status run(Session& session, const Tap& tap) const {
    return session.run(ids_, lengths_, sequences_, &tap, 1, second_begins_);
  }

 private:
  void put(const int32_t* ids, size_t count);
  void put(const flatbuffers::Vector<uint32_t>* special);

  const fbs::Tokenizer& tokenizer_;
  const TokenizedText* first_;
  size_t around_;
  size_t sequences_ = 0, tokens_ = 0;
  void* rows_ = nullptr;
  int32_t* ids_ = nullptr;
  size_t *lengths_ = nullptr, *second_begins_ = nullptr, *text_begins_ = nullptr;  // [sequences]
};

}  // namespace linnet
