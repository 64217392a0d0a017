#include "runtime/text/tokenizer.h"

#include "model/linnet_generated.h"
#include "runtime/text/added_tokens.h"
#include "runtime/text/normalizer.h"
#include "runtime/text/unicode.h"
#include "runtime/text/utf8.h"
#include "runtime/text/words.h"

namespace linnet {
namespace {

size_t vector_size(const flatbuffers::Vector<uint32_t>* vector) { return vector == nullptr ? 0 : vector->size(); }

const uint8_t* as_bytes(const char* text) { return reinterpret_cast<const uint8_t*>(text); }

int compare(const flatbuffers::String& a, const flatbuffers::String& b) {
  const size_t common = a.size() < b.size() ? a.size() : b.size();
  const int order = common == 0 ? 0 : std::memcmp(a.Data(), b.Data(), common);
  if (order != 0) return order;
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

Status check_utf8(const char* what, const char* text, size_t bytes) {
  const size_t valid = utf8::valid_prefix(as_bytes(text), bytes);
  if (valid == bytes) return Status();
  return Status::error(Code::invalid_argument, "the %s is not valid UTF-8 at byte %zu (0x%02x); convert it to UTF-8",
                       what, valid, static_cast<unsigned>(as_bytes(text)[valid]));
}

// Bytes [begin, end) of prompt and text together, as bytes of the text.
TokenSpan span_in_text(const TwoPartText& whole, size_t begin, size_t end) {
  const size_t prompt = whole.first_bytes;
  if (end <= prompt) return {};
  return {static_cast<uint32_t>(begin > prompt ? begin - prompt : 0), static_cast<uint32_t>(end - prompt)};
}

// The same as normalize_piece, telling the sink where each scalar value comes from. What waits in the normalizer is let
// out before the next value does it, so that it is not taken for a part of that one.
template <typename Sink>
void normalize_traced(Normalizer<Sink>& normalizer, Sink& sink, const TwoPartText& text, size_t begin, size_t end) {
  while (begin < end && !sink.done()) {
    size_t next;
    const uint8_t* bytes = begin < text.first_bytes ? text.first + begin : text.second + (begin - text.first_bytes);
    (void)text.at(begin, &next);
    sink.source(span_in_text(text, begin, next));
    normalizer.run(bytes, bytes + (next - begin));
    begin = next;
    constexpr uint8_t kWaits = unicode::kControl | unicode::kMark | unicode::kNonStarter;
    if (begin >= end || (unicode::flags(text.at(begin, &next)) & kWaits) == 0) normalizer.finish();
  }
}

// Normalizes the bytes [begin, end) of the text as one text of its own.
template <typename Sink>
void normalize_piece(Normalizer<Sink>& normalizer, const TwoPartText& text, size_t begin, size_t end) {
  if (begin < text.first_bytes) {
    const size_t stop = end < text.first_bytes ? end : text.first_bytes;
    normalizer.run(text.first + begin, text.first + stop);
    begin = stop;
  }
  if (begin < end) {
    normalizer.run(text.second + (begin - text.first_bytes), text.second + (end - text.first_bytes));
  }
  normalizer.finish();
}

// Writes special tokens, which come from nowhere in the text; returns how many.
size_t put(const flatbuffers::Vector<uint32_t>* special, int32_t* ids, TokenSpan* spans) {
  for (flatbuffers::uoffset_t i = 0; i < vector_size(special); ++i) {
    ids[i] = static_cast<int32_t>(special->Get(i));
    if (spans != nullptr) spans[i] = {};
  }
  return vector_size(special);
}

}  // namespace

Result<Tokenizer> Tokenizer::create(const fbs::Tokenizer* graph, const uint8_t* vocabulary, size_t vocabulary_bytes) {
  if (graph == nullptr) return Status::error(Code::not_found, "the model has no tokenizer");
  Tokenizer tokenizer;
  tokenizer.graph_ = graph;
  const Result<Vocabulary> view = Vocabulary::open(vocabulary, vocabulary_bytes);
  if (!view.ok()) return view.status();
  tokenizer.vocabulary_ = *view;
  LINNET_RETURN_IF_ERROR(tokenizer.check_settings());
  LINNET_RETURN_IF_ERROR(tokenizer.read_added_tokens());
  const flatbuffers::String* prefix = graph->continuing_prefix();
  tokenizer.prefix_hash_ = kVocabularyHashStart;
  if (prefix != nullptr) {
    tokenizer.prefix_hash_ = vocabulary_hash_add(kVocabularyHashStart, prefix->Data(), prefix->size());
  }
  return tokenizer;
}

Status Tokenizer::check_settings() const {
  const uint32_t size = vocabulary_.size();
  if (graph_->vocabulary_size() != size) {
    return Status::error(Code::corrupt, "tokenizer: its vocabulary has %u tokens, not %u", size,
                         graph_->vocabulary_size());
  }
  if (graph_->unknown_id() >= size) {
    return Status::error(Code::corrupt, "tokenizer: the unknown token's id %u is not below %u", graph_->unknown_id(),
                         size);
  }
  if (graph_->pad_id() < -1 || graph_->pad_id() >= static_cast<int64_t>(size)) {
    return Status::error(Code::corrupt, "tokenizer: the padding id %d is not below %u", graph_->pad_id(), size);
  }
  for (const auto* ids : {graph_->prefix_ids(), graph_->suffix_ids()}) {
    for (size_t i = 0; i < vector_size(ids); ++i) {
      if (ids->Get(static_cast<flatbuffers::uoffset_t>(i)) >= size) {
        return Status::error(Code::corrupt, "tokenizer: id %u around the text is not below %u",
                             ids->Get(static_cast<flatbuffers::uoffset_t>(i)), size);
      }
    }
  }
  if (graph_->max_word_characters() > kTokenizerMaxWordCharacters) {
    return Status::error(Code::limit, "tokenizer: words of %u characters, at most %u are supported",
                         graph_->max_word_characters(), kTokenizerMaxWordCharacters);
  }
  const flatbuffers::String* prefix = graph_->continuing_prefix();
  if (prefix != nullptr && prefix->size() > kTokenizerMaxPrefixBytes) {
    return Status::error(Code::limit, "tokenizer: a continuing prefix of %u bytes, at most %u are supported",
                         prefix->size(), kTokenizerMaxPrefixBytes);
  }
  return Status();
}

Status Tokenizer::read_added_tokens() {
  const auto* tokens = graph_->added_tokens();
  const uint32_t count = tokens == nullptr ? 0 : tokens->size();
  added_[1] = added_[2] = count;
  const fbs::AddedToken* previous = nullptr;
  for (uint32_t i = 0; i < count; ++i) {
    const fbs::AddedToken* token = tokens->Get(i);
    const flatbuffers::String* content = token->content();
    if (content == nullptr || content->size() == 0 ||
        utf8::valid_prefix(content->Data(), content->size()) != content->size()) {
      return Status::error(Code::corrupt, "tokenizer: added token %u is empty or not valid UTF-8", i);
    }
    if (content->size() > kTokenizerMaxAddedTokenBytes) {
      return Status::error(Code::limit, "tokenizer: added token %u has %u bytes, at most %u are supported", i,
                           content->size(), kTokenizerMaxAddedTokenBytes);
    }
    if (token->id() >= vocabulary_.size()) {
      return Status::error(Code::corrupt, "tokenizer: added token %u has id %u, which is not below %u", i, token->id(),
                           vocabulary_.size());
    }
    if (previous != nullptr &&
        (previous->normalized() > token->normalized() ||
         (previous->normalized() == token->normalized() && compare(*previous->content(), *content) >= 0))) {
      return Status::error(Code::corrupt, "tokenizer: added token %u is out of order or there twice", i);
    }
    previous = token;
    if (token->normalized()) {
      if (added_[1] == count) added_[1] = i;
      if (content->size() > longest_normalized_) longest_normalized_ = content->size();
    }
    const uint8_t first = content->Data()[0];
    first_bytes_[token->normalized() ? kInNormalized : kInText][first / 64] |= uint64_t{1} << (first % 64);
  }
  return Status();
}

size_t Tokenizer::scratch_bytes() const { return scratch(nullptr).bytes; }

// What lies where in the scratch memory, from what needs the widest alignment on.
Tokenizer::Scratch Tokenizer::scratch(void* memory) const {
  const size_t characters = graph_->max_word_characters() + size_t{1};
  auto* const begin = static_cast<uint8_t*>(memory);
  size_t used = 0;
  const auto take = [&](size_t bytes) {
    uint8_t* const at = begin == nullptr ? nullptr : begin + used;
    used += bytes;
    return at;
  };
  Scratch s;
  s.sources = reinterpret_cast<TokenSpan*>(take(Words::source_bytes(characters)));
  s.window_sources = reinterpret_cast<TokenSpan*>(take(NormalizedSplitter::source_bytes(longest_normalized_)));
  s.hashes = reinterpret_cast<uint32_t*>(take(Words::hash_bytes(characters)));
  s.pending = reinterpret_cast<char32_t*>(take(sizeof(char32_t) * characters));
  s.characters = characters;
  s.word = take(Words::word_bytes(characters));
  s.window = take(NormalizedSplitter::window_bytes(longest_normalized_));
  s.bytes = round_up(used, 8);
  return s;
}

Result<size_t> Tokenizer::encode_alone(const char* prefix_text, size_t prefix_bytes, const char* text, size_t bytes,
                                       size_t most, void* memory, int32_t* ids, size_t capacity,
                                       TokenSpan* spans) const {
  LINNET_RETURN_IF_ERROR(check_utf8("prompt", prefix_text, prefix_bytes));
  LINNET_RETURN_IF_ERROR(check_utf8("text", text, bytes));
  if (spans != nullptr && bytes > UINT32_MAX) {
    return Status::error(Code::limit, "a text of %zu bytes is too long to say where its tokens are", bytes);
  }
  const bool stop_when_full = most <= capacity;
  IdBuffer out{ids, stop_when_full ? most : capacity, 0, spans};
  run(prefix_text, prefix_bytes, text, bytes, stop_when_full, memory, out);
  if (out.count > out.capacity) {
    if (!stop_when_full) {
      return Status::error(Code::limit, "the text needs more than %zu token ids; truncate it or give more room",
                           capacity);
    }
    out.count = out.capacity;
  }
  return out.count;
}

// Valid UTF-8 to ids.
void Tokenizer::run(const char* prefix_text, size_t prefix_bytes, const char* text, size_t bytes, bool stop_when_full,
                    void* memory, IdBuffer& out) const {
  const TokenSpan* const spans = out.spans;
  const Scratch s = scratch(memory);

  WordPiece pieces;
  pieces.vocabulary = vocabulary_;
  pieces.unknown_id = static_cast<int32_t>(graph_->unknown_id());
  pieces.max_characters = graph_->max_word_characters();
  if (const flatbuffers::String* prefix = graph_->continuing_prefix(); prefix != nullptr) {
    pieces.prefix = prefix->Data();
    pieces.prefix_bytes = prefix->size();
  }
  pieces.prefix_hash = prefix_hash_;

  const NormalizerSettings settings{graph_->clean_text(), graph_->handle_chinese_characters(), graph_->strip_accents(),
                                    graph_->lowercase()};
  Words words(pieces, settings.clean_text, settings.lowercase, s.word, s.hashes, s.sources, out, stop_when_full);
  const AddedTokenSet in_text{graph_->added_tokens(), added_[kInText], added_[kInText + 1], first_bytes_[kInText]};
  const AddedTokenSet in_normalized{graph_->added_tokens(), added_[kInNormalized], added_[kInNormalized + 1],
                                    first_bytes_[kInNormalized]};
  NormalizedSplitter splitter(in_normalized, longest_normalized_, s.window,
                              spans != nullptr ? s.window_sources : nullptr, words);
  Normalizer<Words> to_words(settings, words, s.pending, s.characters);
  Normalizer<NormalizedSplitter> to_splitter(settings, splitter, s.pending, s.characters);

  const TwoPartText whole{as_bytes(prefix_text), prefix_bytes, as_bytes(text), bytes};
  TextSplitter pieces_of_text(in_text, whole);
  TextSplitter::Piece piece;
  while (!words.done() && pieces_of_text.next(piece)) {
    if (in_normalized.empty()) {
      if (spans != nullptr) {
        normalize_traced(to_words, words, whole, piece.begin, piece.end);
      } else {
        normalize_piece(to_words, whole, piece.begin, piece.end);
      }
    } else {
      if (spans != nullptr) {
        normalize_traced(to_splitter, splitter, whole, piece.begin, piece.end);
      } else {
        normalize_piece(to_splitter, whole, piece.begin, piece.end);
      }
      splitter.finish();
    }
    words.end_word();
    if (piece.token == nullptr) continue;
    words.add(static_cast<int32_t>(piece.token->id()), span_in_text(whole, piece.end, piece.token_end));
  }
}

Result<size_t> Tokenizer::encode(const char* prefix_text, size_t prefix_bytes, const char* text, size_t bytes,
                                 size_t max_tokens, void* scratch, int32_t* ids, size_t capacity,
                                 TokenSpan* spans) const {
  const size_t before = vector_size(graph_->prefix_ids());
  const size_t special = before + vector_size(graph_->suffix_ids());
  if (max_tokens != 0 && max_tokens < special) {
    return Status::error(Code::invalid_argument, "truncation to %zu tokens leaves no room for the %zu special ones",
                         max_tokens, special);
  }
  if (capacity < special) {
    return Status::error(Code::limit, "room for %zu ids is too small for the %zu special tokens", capacity, special);
  }
  TokenSpan* const inner = spans != nullptr ? spans + before : nullptr;
  const Result<size_t> count =
      encode_alone(prefix_text, prefix_bytes, text, bytes, max_tokens != 0 ? max_tokens - special : SIZE_MAX, scratch,
                   ids + before, capacity - special, inner);
  if (!count.ok()) return count.status();
  put(graph_->prefix_ids(), ids, spans);
  put(graph_->suffix_ids(), ids + before + *count, inner != nullptr ? inner + *count : nullptr);
  return *count + special;
}

Result<size_t> Tokenizer::encode_pair(const char* prefix_text, size_t prefix_bytes, const char* first,
                                      size_t first_bytes, const char* second, size_t second_bytes, size_t max_tokens,
                                      void* scratch, int32_t* ids, size_t capacity, size_t* second_begin) const {
  if (!takes_pairs()) {
    return Status::error(Code::unsupported, "the model's tokenizer does not say how two texts make one sequence");
  }
  const size_t before = vector_size(graph_->prefix_ids()), between = vector_size(graph_->pair_ids());
  const size_t special = before + between + vector_size(graph_->suffix_ids());
  if (max_tokens < special || capacity < pair_capacity(max_tokens)) {
    return Status::error(Code::invalid_argument, "truncation to %zu tokens leaves no room for the %zu special ones",
                         max_tokens, special);
  }
  // Both as long as they may be alone; then at most room + room + special <= pair_capacity ids are there.
  const size_t room = max_tokens - special;
  const Result<size_t> a =
      encode_alone(prefix_text, prefix_bytes, first, first_bytes, room, scratch, ids + before, room, nullptr);
  if (!a.ok()) return a.status();
  int32_t* const rest = ids + before + *a + between;
  const Result<size_t> b = encode_alone("", 0, second, second_bytes, room, scratch, rest, room, nullptr);
  if (!b.ok()) return b.status();
  size_t kept_a = *a, kept_b = *b;
  if (kept_a + kept_b > room) {
    // As truncate_encodings of tokenizers: the longer one gives way, or both to halves, the longer one to the larger.
    bool first_is_longer = kept_a > kept_b;
    if (kept_a == room && kept_b == room && room % 2 == 1) {
      IdBuffer all_a{nullptr, SIZE_MAX - 1, 0, nullptr}, all_b = all_a;
      run(prefix_text, prefix_bytes, first, first_bytes, false, scratch, all_a);
      run("", 0, second, second_bytes, false, scratch, all_b);
      first_is_longer = all_a.count > all_b.count;
    }
    size_t& less = first_is_longer ? kept_b : kept_a;
    size_t& more = first_is_longer ? kept_a : kept_b;
    more = less > room - less ? less : room - less;
    if (less + more > room) {
      less = room / 2;
      more = less + room % 2;
    }
  }
  *second_begin = before + kept_a + between;
  std::memmove(ids + *second_begin, rest, kept_b * sizeof *ids);
  put(graph_->prefix_ids(), ids, nullptr);
  put(graph_->pair_ids(), ids + before + kept_a, nullptr);
  put(graph_->suffix_ids(), ids + *second_begin + kept_b, nullptr);
  return kept_a + kept_b + special;
}

bool Tokenizer::takes_pairs() const { return vector_size(graph_->pair_ids()) > 0; }

bool Tokenizer::continues_word(int32_t id) const {
  const flatbuffers::String* prefix = graph_->continuing_prefix();
  size_t bytes = 0;
  const char* token = id < 0 ? nullptr : vocabulary_.token(static_cast<uint32_t>(id), &bytes);
  return token != nullptr && prefix != nullptr && prefix->size() > 0 && bytes > prefix->size() &&
         std::memcmp(token, prefix->Data(), prefix->size()) == 0;
}

int32_t Tokenizer::id(const char* token, size_t bytes) const {
  const int32_t found = vocabulary_.find(token, bytes);
  if (found >= 0 || graph_ == nullptr || graph_->added_tokens() == nullptr || bytes == 0) return found;
  for (const fbs::AddedToken* added : *graph_->added_tokens()) {
    size_t added_bytes;
    const char* content = vocabulary_.token(added->id(), &added_bytes);
    if (added_bytes == bytes && std::memcmp(content, token, bytes) == 0) return static_cast<int32_t>(added->id());
  }
  return -1;
}

}  // namespace linnet
