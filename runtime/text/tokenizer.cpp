#include "runtime/text/tokenizer.h"

#include "model/linnet_generated.h"
#include "runtime/text/added_tokens.h"
#include "runtime/text/normalizer.h"
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

size_t Tokenizer::scratch_bytes() const {
  const size_t characters = graph_->max_word_characters() + size_t{1};
  return Words::hash_bytes(characters) + sizeof(char32_t) * characters + Words::word_bytes(characters) +
         round_up(NormalizedSplitter::window_bytes(longest_normalized_), 8);
}

Result<size_t> Tokenizer::encode(const char* prefix_text, size_t prefix_bytes, const char* text, size_t bytes,
                                 size_t max_tokens, void* scratch, int32_t* ids, size_t capacity) const {
  LINNET_RETURN_IF_ERROR(check_utf8("prompt", prefix_text, prefix_bytes));
  LINNET_RETURN_IF_ERROR(check_utf8("text", text, bytes));
  const size_t before = vector_size(graph_->prefix_ids());
  const size_t special = before + vector_size(graph_->suffix_ids());
  const bool truncate = max_tokens != 0;
  if (truncate && max_tokens < special) {
    return Status::error(Code::invalid_argument, "truncation to %zu tokens leaves no room for the %zu special ones",
                         max_tokens, special);
  }
  if (capacity < special) {
    return Status::error(Code::limit, "room for %zu ids is too small for the %zu special tokens", capacity, special);
  }
  const size_t room = capacity - special;
  const bool stop_when_full = truncate && max_tokens - special <= room;

  const size_t characters = graph_->max_word_characters() + size_t{1};
  auto* memory = static_cast<uint8_t*>(scratch);
  auto* hashes = reinterpret_cast<uint32_t*>(memory);
  auto* pending = reinterpret_cast<char32_t*>(memory + Words::hash_bytes(characters));
  uint8_t* word = memory + Words::hash_bytes(characters) + sizeof(char32_t) * characters;
  uint8_t* window = word + Words::word_bytes(characters);

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
  IdBuffer out{ids + before, stop_when_full ? max_tokens - special : room, 0};
  Words words(pieces, settings.clean_text, settings.lowercase, word, hashes, out, stop_when_full);
  const AddedTokenSet in_text{graph_->added_tokens(), added_[kInText], added_[kInText + 1], first_bytes_[kInText]};
  const AddedTokenSet in_normalized{graph_->added_tokens(), added_[kInNormalized], added_[kInNormalized + 1],
                                    first_bytes_[kInNormalized]};
  NormalizedSplitter splitter(in_normalized, longest_normalized_, window, words);
  Normalizer<Words> to_words(settings, words, pending, characters);
  Normalizer<NormalizedSplitter> to_splitter(settings, splitter, pending, characters);

  const TwoPartText whole{as_bytes(prefix_text), prefix_bytes, as_bytes(text), bytes};
  TextSplitter pieces_of_text(in_text, whole);
  TextSplitter::Piece piece;
  while (!words.done() && pieces_of_text.next(piece)) {
    if (in_normalized.empty()) {
      normalize_piece(to_words, whole, piece.begin, piece.end);
    } else {
      normalize_piece(to_splitter, whole, piece.begin, piece.end);
      splitter.finish();
    }
    words.end_word();
    if (piece.token != nullptr) words.add(static_cast<int32_t>(piece.token->id()));
  }
  if (out.count > out.capacity) {
    if (!stop_when_full) {
      return Status::error(Code::limit, "the text needs more than %zu token ids; truncate it or give more room",
                           capacity);
    }
    out.count = out.capacity;
  }
  for (size_t i = 0; i < before; ++i) {
    ids[i] = static_cast<int32_t>(graph_->prefix_ids()->Get(static_cast<flatbuffers::uoffset_t>(i)));
  }
  const size_t end = before + out.count;
  for (size_t i = before; i < special; ++i) {
    ids[end + i - before] =
        static_cast<int32_t>(graph_->suffix_ids()->Get(static_cast<flatbuffers::uoffset_t>(i - before)));
  }
  return end + special - before;
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
