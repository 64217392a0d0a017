// Text to token ids, exactly as Hugging Face's BertNormalizer, BertPreTokenizer and WordPiece do it.
//
// The tokenizer reads its vocabulary and its settings straight from a verified model; encoding never allocates: the
// caller hands in a scratch object that was sized once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"

namespace linnet::fbs {
struct Tokenizer;
}

namespace linnet {

// A view of one model's tokenizer. Copyable; valid as long as the model's bytes are.
class Tokenizer {
 public:
  // Working memory of one encode call at a time; one per thread. Its size does not depend on the text.
  class Scratch;

  Tokenizer() = default;

  // `graph` is the tokenizer table of a verified model and `vocabulary` its vocabulary section. Checks what verification
  // of the section's bytes has to check (the section is only read here, not when the model is opened for `run`).
  static Result<Tokenizer> create(const fbs::Tokenizer* graph, const uint8_t* vocabulary, size_t vocabulary_bytes);

  // Bytes and alignment (64) of the scratch memory that encode wants.
  size_t scratch_bytes() const;

  // Encodes `text` (UTF-8, `bytes` long) behind `prefix_text` (the prompt; may be empty) into ids[0..capacity).
  // Special tokens included, the result is truncated to max_tokens on the right as Hugging Face truncates (the text's
  // tokens are cut, the suffix ids stay). max_tokens == 0 means no truncation; then a text that needs more than
  // `capacity` ids is a `limit` error. Text that is not valid UTF-8 is an `invalid_argument` error that names the
  // position of the first bad byte. Never allocates.
  Result<size_t> encode(const char* prefix_text, size_t prefix_bytes, const char* text, size_t bytes, size_t max_tokens,
                        void* scratch, int32_t* ids, size_t capacity) const;

  // The token of an id (not null-terminated), or null with *bytes = 0 when there is none.
  const char* token(uint32_t id, size_t* bytes) const;
  // The id of a token, or -1.
  int32_t id(const char* token, size_t bytes) const;
  uint32_t vocabulary_size() const { return vocabulary_size_; }

 private:
  const fbs::Tokenizer* graph_ = nullptr;
  const uint8_t* vocabulary_ = nullptr;
  uint32_t vocabulary_size_ = 0;
};

}  // namespace linnet
