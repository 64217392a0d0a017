// BertPreTokenizer and WordPiece of Hugging Face tokenizers: normalized text in, token ids out.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/vocabulary.h"

namespace linnet {

// Bytes [begin, end) of a text.
struct TokenSpan {
  uint32_t begin = 0;
  uint32_t end = 0;
};

// Where ids go (nowhere when `ids` is null: they are counted), and with `spans` where in the text they come from.
// Counts on when it is full, up to the size of a word.
struct IdBuffer {
  int32_t* ids = nullptr;
  size_t capacity = 0;
  size_t count = 0;
  TokenSpan* spans = nullptr;

  void add(int32_t id, TokenSpan span) {
    if (ids != nullptr && count < capacity) {
      ids[count] = id;
      if (spans != nullptr) spans[count] = span;
    }
    ++count;
  }
};

// WordPiece: the longest token at each place of a word, from the left; the unknown token for the whole word when there
// is a place without one, or when the word has too many characters.
struct WordPiece {
  Vocabulary vocabulary;
  int32_t unknown_id = 0;
  uint32_t max_characters = 0;
  const uint8_t* prefix = nullptr;  // stands before the pieces that do not start the word ("##")
  size_t prefix_bytes = 0;
  uint32_t prefix_hash = kVocabularyHashStart;  // state of the hash behind the prefix

  // `hashes` has room for as many values as the word has bytes. `sources` says where in the text each byte comes from;
  // null when nobody asks.
  void add(const uint8_t* word, size_t bytes, uint32_t* hashes, const TokenSpan* sources, IdBuffer& out) const;
};

// A sink of the normalizer that splits at white space and punctuation and hands the words on.
class Words {
 public:
  // Bytes of scratch for words of `max_characters`.
  static constexpr size_t word_bytes(size_t max_characters) { return 4 * max_characters; }
  static constexpr size_t hash_bytes(size_t max_characters) { return sizeof(uint32_t) * word_bytes(max_characters); }
  static constexpr size_t source_bytes(size_t max_characters) { return sizeof(TokenSpan) * word_bytes(max_characters); }

  // `word`, `hashes` and `sources` (used when `out` wants spans) have the sizes above; `clean_text` and `lowercase` are
  // for the ASCII that is read directly. It is done when `out` is full and one more id would not fit, or, with
  // `stop_when_full`, when it is full.
  Words(const WordPiece& pieces, bool clean_text, bool lowercase, uint8_t* word, uint32_t* hashes, TokenSpan* sources,
        IdBuffer& out, bool stop_when_full);

  // What comes next comes from there. Without spans nobody calls it.
  void source(TokenSpan span) {
    settle();
    source_ = span;
  }

  // A normalized scalar value.
  void character(char32_t c);

  // Normalizes and takes a run of ASCII; returns where it ends.
  const uint8_t* ascii(const uint8_t* text, const uint8_t* end);

  // The text ends here, or something else than text follows.
  void end_word() {
    if (characters_ != 0) add_word();
  }

  // An id that did not come from a word, but from `span` of the text.
  void add(int32_t id, TokenSpan span) {
    end_word();
    if (!done()) out_.add(id, span);
  }

  bool done() const { return out_.count >= stop_at_; }

 private:
  void add_word();
  void settle();

  const WordPiece& pieces_;
  IdBuffer& out_;
  const uint8_t* classes_;
  uint8_t* word_;
  uint32_t* hashes_;
  TokenSpan* sources_;  // of the bytes of the word; null when nobody asks
  size_t stop_at_;
  size_t bytes_ = 0;
  size_t characters_ = 0;  // may exceed max_characters; then word_ holds only the first ones
  TokenSpan source_;       // of what comes now
  TokenSpan word_span_;
  size_t settled_bytes_ = 0, settled_characters_ = 0;  // how far sources_ and word_span_ are
};

}  // namespace linnet
