// Text to token ids, exactly as Hugging Face's BertNormalizer, BertPreTokenizer and WordPiece do it
// (docs/tokenizer.md).
//
// The tokenizer reads its vocabulary and its settings straight from a verified model; encoding never allocates: the
// caller hands in scratch memory that was sized once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "model/vocabulary.h"
#include "runtime/text/words.h"

namespace linnet::fbs {
struct Tokenizer;
}

namespace linnet {

// Limits of what a model may ask for; `create` refuses more.
inline constexpr uint32_t kTokenizerMaxWordCharacters = 1000;
inline constexpr uint32_t kTokenizerMaxAddedTokenBytes = 1000;
inline constexpr uint32_t kTokenizerMaxPrefixBytes = 64;

// A view of one model's tokenizer. Copyable; valid as long as the model's bytes are.
class Tokenizer {
 public:
  Tokenizer() = default;

  // `graph` is the tokenizer table of a verified model and `vocabulary` its vocabulary section. Reads all of the
  // section once (some 0.1 ms for 30,000 tokens) and checks every byte that encoding relies on: `corrupt` or `limit`
  // errors name what is wrong.
  static Result<Tokenizer> create(const fbs::Tokenizer* graph, const uint8_t* vocabulary, size_t vocabulary_bytes);

  // Bytes of the scratch memory that one encode call at a time wants; it may lie at any address that is a multiple
  // of 8. Does not depend on the text.
  size_t scratch_bytes() const;

  // Encodes `text` (UTF-8, `bytes` long) behind `prefix_text` (the prompt; may be empty) into ids[0..capacity) and
  // returns how many there are. Special tokens included, the result is truncated to max_tokens on the right as Hugging
  // Face truncates (the text's tokens are cut, the suffix ids stay). max_tokens == 0 means no truncation. A result that
  // needs more than `capacity` ids is a `limit` error. max_tokens smaller than the number of special tokens is an
  // `invalid_argument` error. Text that is not valid UTF-8, anywhere, is an `invalid_argument` error that names the
  // position of the first bad byte. Never allocates; takes time proportional to the text. ids are undefined after an
  // error.
  // With `spans` ([capacity]), it also says which bytes of `text` each token comes from, as Hugging Face's offsets do;
  // special tokens and those of the prompt get an empty span at 0. Then `text` must be shorter than 4 GiB.
  Result<size_t> encode(const char* prefix_text, size_t prefix_bytes, const char* text, size_t bytes, size_t max_tokens,
                        void* scratch, int32_t* ids, size_t capacity, TokenSpan* spans = nullptr) const;

  // The tokens of the text alone, without special ones before and behind it, at most `most` of them (SIZE_MAX: all).
  // Otherwise as encode.
  Result<size_t> encode_alone(const char* prefix_text, size_t prefix_bytes, const char* text, size_t bytes, size_t most,
                              void* scratch, int32_t* ids, size_t capacity, TokenSpan* spans = nullptr) const;

  // Encodes two texts as one sequence, the prompt before the first one. When they are too long together, the longer one
  // is cut (Hugging Face's "longest_first"). *second_begin is where the tokens of the second text begin. `capacity`
  // must be pair_capacity(max_tokens). A tokenizer that takes no pairs is `unsupported`.
  Result<size_t> encode_pair(const char* prefix_text, size_t prefix_bytes, const char* first, size_t first_bytes,
                             const char* second, size_t second_bytes, size_t max_tokens, void* scratch, int32_t* ids,
                             size_t capacity, size_t* second_begin) const;
  static constexpr size_t pair_capacity(size_t max_tokens) { return 2 * max_tokens; }

  bool takes_pairs() const;
  // Whether the token of an id goes on with the word of the token before it ("##ing").
  bool continues_word(int32_t id) const;
  // The settings; null for a tokenizer that was not created.
  const fbs::Tokenizer* graph() const { return graph_; }

  // The token of an id (not null-terminated), or null with *bytes = 0 when there is none.
  const char* token(uint32_t id, size_t* bytes) const { return vocabulary_.token(id, bytes); }
  // The id of a token, added ones included, or -1.
  int32_t id(const char* token, size_t bytes) const;
  uint32_t vocabulary_size() const { return vocabulary_.size(); }

 private:
  // Added tokens that are looked for in the text itself, and in the normalized text.
  enum Kind { kInText = 0, kInNormalized = 1 };

  // The pieces of the scratch memory, and its size.
  struct Scratch {
    TokenSpan* sources;
    TokenSpan* window_sources;
    uint32_t* hashes;
    char32_t* pending;
    size_t characters;  // of a word, and of what waits
    uint8_t* word;
    uint8_t* window;
    size_t bytes;
  };

  Status check_settings() const;
  Status read_added_tokens();
  Scratch scratch(void* memory) const;
  void run(const char* prefix_text, size_t prefix_bytes, const char* text, size_t bytes, bool stop_when_full,
           void* memory, IdBuffer& out) const;

  const fbs::Tokenizer* graph_ = nullptr;
  Vocabulary vocabulary_;
  uint32_t prefix_hash_ = 0;         // state of the vocabulary's hash behind the continuing prefix
  uint32_t added_[3] = {};           // added tokens of kind k: added_[k] to added_[k + 1] of the model's list
  uint32_t longest_normalized_ = 0;  // bytes
  uint64_t first_bytes_[2][4] = {};  // by kind: a bit for each byte that an added token begins with
};

}  // namespace linnet
