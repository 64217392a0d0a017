// Added tokens of Hugging Face tokenizers: found in the text before anything else looks at it, the longest at the
// leftmost place, never overlapping. Those that are not `normalized` are found in the text itself; what lies between
// them is normalized, and there the others are found.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/linnet_generated.h"
#include "runtime/text/words.h"

namespace linnet {

// The added tokens of one kind: tokens [begin, end) of the model's list, ascending by their bytes, none equal.
struct AddedTokenSet {
  const flatbuffers::Vector<flatbuffers::Offset<fbs::AddedToken>>* tokens = nullptr;
  uint32_t begin = 0;
  uint32_t end = 0;
  const uint64_t* first_bytes = nullptr;  // 256 bits: the bytes that some token begins with

  bool empty() const { return begin == end; }
  bool may_begin(uint8_t byte) const { return (first_bytes[byte / 64] >> (byte % 64) & 1) != 0; }
  const fbs::AddedToken& operator[](uint32_t index) const { return *tokens->Get(index); }

  // The longest token that the bytes byte(0), byte(1), ... byte(available - 1) begin with, or null.
  template <typename Byte>
  const fbs::AddedToken* longest(const Byte& byte, size_t available) const {
    const fbs::AddedToken* found = nullptr;
    uint32_t low = begin;
    uint32_t high = end;
    for (size_t depth = 0;; ++depth) {
      // Tokens [low, high) agree with the text in their first `depth` bytes; the shortest comes first.
      if (low < high && (*this)[low].content()->size() == depth) found = &(*this)[low++];
      if (low >= high || depth == available) return found;
      const uint8_t wanted = byte(depth);
      low = first_with(low, high, depth, wanted);
      if (wanted < 0xff) high = first_with(low, high, depth, static_cast<uint8_t>(wanted + 1));
    }
  }

 private:
  // First of the tokens [low, high) whose byte at `depth` is not below `wanted`.
  uint32_t first_with(uint32_t low, uint32_t high, size_t depth, uint8_t wanted) const {
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      if (static_cast<uint8_t>((*this)[middle].content()->Data()[depth]) < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
};

// A text in two parts, the prompt and what follows it; valid UTF-8.
struct TwoPartText {
  const uint8_t* first = nullptr;
  size_t first_bytes = 0;
  const uint8_t* second = nullptr;
  size_t second_bytes = 0;

  size_t size() const { return first_bytes + second_bytes; }
  uint8_t operator[](size_t i) const { return i < first_bytes ? first[i] : second[i - first_bytes]; }
  // The scalar value that begins at i < size(), and the one that ends at i > 0; *next and *begin say where.
  char32_t at(size_t i, size_t* next) const;
  char32_t before(size_t i, size_t* begin) const;
};

// Cuts a text at the added tokens that are found in the text itself.
class TextSplitter {
 public:
  TextSplitter(const AddedTokenSet& set, const TwoPartText& text) : set_(set), text_(text) {}

  struct Piece {
    size_t begin = 0;  // plain text, may be empty
    size_t end = 0;
    const fbs::AddedToken* token = nullptr;  // behind it; null at the end of the text
    size_t token_end = 0;                    // it takes [end, token_end)
  };
  // False when there is nothing left.
  bool next(Piece& piece);

 private:
  const fbs::AddedToken* find(size_t* begin, size_t* end);
  size_t space_end(size_t from);

  const AddedTokenSet& set_;
  const TwoPartText& text_;
  size_t search_ = 0;       // where the next token may begin
  size_t plain_ = 0;        // where the next plain text begins
  size_t space_begin_ = 1;  // a run of white space that was measured before; none while it ends before it begins
  size_t space_end_ = 0;
  bool finished_ = false;
};

// A sink of the normalizer that finds the added tokens of normalized text and hands the rest on to Words.
class NormalizedSplitter {
 public:
  // Bytes of the window for tokens of at most `longest` bytes, and of where they come from.
  static constexpr size_t window_bytes(size_t longest) { return 2 * (longest + 8); }
  static constexpr size_t source_bytes(size_t longest) { return sizeof(TokenSpan) * window_bytes(longest); }

  // `sources` is null when nobody asks.
  NormalizedSplitter(const AddedTokenSet& set, size_t longest, uint8_t* window, TokenSpan* sources, Words& words)
      : set_(set), words_(words), window_(window), sources_(sources), longest_(longest) {}

  void source(TokenSpan span) { source_ = span; }
  void character(char32_t c);
  // The normalized text ends here.
  void finish();
  bool done() const { return words_.done(); }

 private:
  void step();

  const AddedTokenSet& set_;
  Words& words_;
  uint8_t* window_;
  TokenSpan* sources_;
  TokenSpan source_;
  size_t longest_;
  size_t head_ = 0;
  size_t tail_ = 0;
  char32_t before_ = 0;  // what ends at head_; at the start of a text 0, which is no \w
};

}  // namespace linnet
