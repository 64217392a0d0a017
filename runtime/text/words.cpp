#include "runtime/text/words.h"

#include <array>

#include "runtime/text/unicode.h"
#include "runtime/text/utf8.h"

namespace linnet {
namespace {

// What to do with an ASCII byte: below 0x80 it is that byte of a word, otherwise one of these, or 0x80 | punctuation.
constexpr uint8_t kSpaceClass = 0x80;
constexpr uint8_t kDropClass = 0x81;

constexpr std::array<uint8_t, 128> ascii_classes(bool clean_text, bool lowercase) {
  std::array<uint8_t, 128> classes{};
  for (uint8_t b = 0; b < 128; ++b) {
    const bool space = b == ' ' || (b >= 0x09 && b <= 0x0d);
    const bool control = b < ' ' || b == 0x7f;
    const bool kept_by_clean_text = b == '\t' || b == '\n' || b == '\r';
    const bool upper = b >= 'A' && b <= 'Z';
    const bool letter_or_digit = upper || (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9');
    if (clean_text && control && !kept_by_clean_text) {
      classes[b] = kDropClass;
    } else if (space) {
      classes[b] = kSpaceClass;
    } else if (control || letter_or_digit) {
      classes[b] = upper && lowercase ? b + 32 : b;
    } else {
      classes[b] = 0x80 | b;
    }
  }
  return classes;
}

constexpr std::array<uint8_t, 128> kAsciiClasses[4] = {ascii_classes(false, false), ascii_classes(false, true),
                                                       ascii_classes(true, false), ascii_classes(true, true)};
// No punctuation mark may look like one of the other two.
static_assert(kSpaceClass != (0x80 | '!') && kDropClass < (0x80 | '!'));

}  // namespace

void WordPiece::add(const uint8_t* word, size_t bytes, uint32_t* hashes, const TokenSpan* sources,
                    IdBuffer& out) const {
  const auto span = [&](size_t begin, size_t end) {
    return sources == nullptr || end == 0 ? TokenSpan() : TokenSpan{sources[begin].begin, sources[end - 1].end};
  };
  const size_t longest = vocabulary.longest();
  if (bytes <= longest) {
    const uint32_t hash = vocabulary_hash_finish(vocabulary_hash_add(kVocabularyHashStart, word, bytes));
    const int32_t id = vocabulary.find(hash, nullptr, 0, word, bytes);
    if (id >= 0) return out.add(id, span(0, bytes));
  }
  const size_t first = out.count;
  size_t begin = 0;
  while (begin < bytes) {
    const size_t before = begin == 0 ? 0 : prefix_bytes;
    const size_t room = longest > before ? longest - before : 0;
    const size_t most = bytes - begin < room ? bytes - begin : room;
    const uint8_t* rest = word + begin;
    uint32_t state = begin == 0 ? kVocabularyHashStart : prefix_hash;
    for (size_t i = 0; i < most; ++i) {
      state = vocabulary_hash_add(state, rest[i]);
      hashes[i] = state;
    }
    size_t end = most;
    int32_t id = -1;
    for (; end > 0; --end) {
      if (begin + end < bytes && utf8::is_continuation(rest[end])) continue;
      id = vocabulary.find(vocabulary_hash_finish(hashes[end - 1]), prefix, before, rest, end);
      if (id >= 0) break;
    }
    if (id < 0) {
      out.count = first;
      return out.add(unknown_id, span(0, bytes));
    }
    out.add(id, span(begin, begin + end));
    begin += end;
  }
}

Words::Words(const WordPiece& pieces, bool clean_text, bool lowercase, uint8_t* word, uint32_t* hashes,
             TokenSpan* sources, IdBuffer& out, bool stop_when_full)
    : pieces_(pieces),
      out_(out),
      classes_(kAsciiClasses[(clean_text ? 2 : 0) + (lowercase ? 1 : 0)].data()),
      word_(word),
      hashes_(hashes),
      sources_(out.spans != nullptr ? sources : nullptr),
      stop_at_(stop_when_full ? out.capacity : out.capacity + 1) {}

void Words::add_word() {
  settle();
  if (!done()) {
    if (characters_ > pieces_.max_characters) {
      out_.add(pieces_.unknown_id, word_span_);
    } else {
      pieces_.add(word_, bytes_, hashes_, sources_, out_);
    }
  }
  bytes_ = settled_bytes_ = 0;
  characters_ = settled_characters_ = 0;
}

// All that was added to the word since the last call came from source_.
void Words::settle() {
  if (sources_ == nullptr || settled_characters_ == characters_) return;
  if (settled_characters_ == 0) word_span_.begin = source_.begin;
  word_span_.end = source_.end;
  for (; settled_bytes_ < bytes_; ++settled_bytes_) sources_[settled_bytes_] = source_;
  settled_characters_ = characters_;
}

void Words::character(char32_t c) {
  const uint8_t flags = unicode::flags(c);
  if ((flags & unicode::kSpace) != 0) return end_word();
  const bool punctuation = (flags & unicode::kPunctuation) != 0;
  if (punctuation) end_word();
  if (++characters_ <= pieces_.max_characters) bytes_ += utf8::encode(c, word_ + bytes_);
  if (punctuation) end_word();
}

const uint8_t* Words::ascii(const uint8_t* text, const uint8_t* end) {
  size_t bytes = bytes_;
  size_t characters = characters_;
  const size_t most = pieces_.max_characters;
  while (text < end && *text < 0x80) {
    const uint8_t c = classes_[*text++];
    if (c < 0x80) {
      if (++characters <= most) word_[bytes++] = c;
      continue;
    }
    if (c == kDropClass) continue;
    bytes_ = bytes;
    characters_ = characters;
    end_word();
    if (c != kSpaceClass) {
      characters_ = 1;
      if (most != 0) word_[bytes_++] = c & 0x7f;
      end_word();
    }
    if (done()) return end;
    bytes = 0;
    characters = 0;
  }
  bytes_ = bytes;
  characters_ = characters;
  return text;
}

}  // namespace linnet
