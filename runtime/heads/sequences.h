// Sequences of token ids made by hand, for heads that say something about places in a text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "runtime/session.h"

namespace linnet {

// All tokens of a text, without special ones, and the bytes that each comes from.
struct TokenizedText {
  std::vector<int32_t> ids;
  std::vector<TokenSpan> spans;
};
Result<TokenizedText> tokenize_text(Session& session, const std::string& text);

// Tokens [begin, end) of a text.
struct Window {
  size_t begin = 0, end = 0;
};
// A text of `tokens` tokens cut into windows of at most `room`, each `overlap` tokens into the one before; one window
// when they fit, an empty one for an empty text. room > overlap.
std::vector<Window> windows_of(size_t tokens, size_t room, size_t overlap);

// Sequences that are run together, and the rows of one value for them.
class SequenceBatch {
 public:
  // Special tokens are the tokenizer's.
  explicit SequenceBatch(const Model& model) : model_(model) {}

  void add(std::span<const int32_t> text);
  void add_pair(std::span<const int32_t> first, std::span<const int32_t> second);

  size_t count() const { return lengths_.size(); }
  // Where in the rows of all tokens the (last) text of a sequence begins.
  size_t text_begin(size_t sequence) const { return text_begins_[sequence]; }

  // The rows of a value with one row a token, `width` floats each, those of all sequences one after the other.
  Result<std::vector<float>> run(Session& session, uint32_t value) const;

 private:
  void append(const flatbuffers::Vector<uint32_t>* special);

  const Model& model_;
  std::vector<int32_t> ids_;
  std::vector<size_t> lengths_, second_begins_, text_begins_;
};

// Tokens that the tokenizer puts around one text, and around and between two.
size_t special_tokens(const Model& model, bool pair);

}  // namespace linnet
