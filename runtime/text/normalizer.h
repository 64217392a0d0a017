// BertNormalizer of Hugging Face tokenizers, one scalar value at a time and in constant memory.
//
// That program runs clean_text, handle_chinese_chars, strip_accents (NFD, then without marks) and lowercase one after
// the other over the whole text. Each of them works on every value by itself, with one exception: NFD puts the
// non-starters behind a letter into canonical order. So each value goes through all four at once, and only the
// non-starters that survive (musical stems, tone marks and viramas that count as spacing, and marks younger than that
// program's Unicode 8) wait in a buffer for the next starter.
//
// The buffer holds `pending_capacity` of them. A longer run is ordered in pieces of that size. These values never split
// words, so a caller who gives as many places as a word may have characters cannot see the difference in a word.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/text/unicode.h"
#include "runtime/text/utf8.h"

namespace linnet {

struct NormalizerSettings {
  bool clean_text = true;
  bool handle_chinese_characters = true;
  bool strip_accents = true;
  bool lowercase = true;
};

// Sink: `void character(char32_t)` takes the normalized text; `bool done()` ends it early. A sink with
// `const uint8_t* ascii(const uint8_t* text, const uint8_t* end)` reads a run of ASCII (at least one byte) itself.
template <typename Sink>
class Normalizer {
 public:
  Normalizer(const NormalizerSettings& settings, Sink& sink, char32_t* pending, size_t pending_capacity)
      : settings_(settings), sink_(sink), pending_(pending), pending_capacity_(pending_capacity) {}

  // Valid UTF-8 that continues what came before.
  void run(const uint8_t* text, const uint8_t* end) {
    while (text < end && !sink_.done()) {
      if constexpr (requires { sink_.ascii(text, end); }) {
        if (*text < 0x80) {
          flush();
          text = sink_.ascii(text, end);
          continue;
        }
      }
      clean(utf8::decode(text));
    }
  }

  // The end of a text that is normalized by itself.
  void finish() { flush(); }

 private:
  void clean(char32_t c) {
    uint8_t flags = unicode::flags(c);
    if (settings_.clean_text) {
      if ((flags & unicode::kControl) != 0) return;
      if ((flags & unicode::kSpace) != 0) {
        c = ' ';
        flags = unicode::kSpace;
      }
    }
    if (settings_.handle_chinese_characters && c >= 0x3400 && unicode::is_chinese(c)) {
      flush();
      sink_.character(' ');
      strip(c, flags);
      flush();
      sink_.character(' ');
    } else {
      strip(c, flags);
    }
  }

  void strip(char32_t c, uint8_t flags) {
    if (!settings_.strip_accents) return lower(c, flags);
    if ((flags & (unicode::kMark | unicode::kNonStarter)) != 0) {
      if ((flags & unicode::kNonStarter) == 0) {
        flush();
      } else if ((flags & unicode::kMark) == 0) {
        wait(c);
      }
      return;
    }
    flush();
    if ((flags & unicode::kDecomposes) == 0 && !unicode::is_hangul_syllable(c)) return lower(c, flags);
    char32_t parts[3];
    const size_t count = unicode::strip(c, parts);
    for (size_t i = 0; i < count; ++i) {
      const uint8_t part = unicode::flags(parts[i]);
      if ((part & unicode::kNonStarter) != 0) {
        wait(parts[i]);
      } else {
        flush();
        lower(parts[i], part);
      }
    }
  }

  void lower(char32_t c, uint8_t flags) {
    if (!settings_.lowercase || (flags & unicode::kUppercase) == 0) return sink_.character(c);
    if (c == 0x130) {
      sink_.character('i');
      c = 0x307;
    } else {
      c = unicode::lower(c);
    }
    sink_.character(c);
  }

  void wait(char32_t c) {
    if (pending_count_ == pending_capacity_) flush();
    pending_[pending_count_++] = c;
  }

  // Stable, by rank; there are few ranks, and mostly one value.
  void flush() {
    if (pending_count_ == 0) return;
    if (pending_count_ == 1) {
      sink_.character(pending_[0]);
    } else {
      for (uint8_t rank = 1; rank <= unicode::kHighestRank; ++rank) {
        for (size_t i = 0; i < pending_count_; ++i) {
          if (unicode::rank(pending_[i]) == rank) sink_.character(pending_[i]);
        }
      }
    }
    pending_count_ = 0;
  }

  const NormalizerSettings settings_;
  Sink& sink_;
  char32_t* pending_;
  size_t pending_capacity_;
  size_t pending_count_ = 0;
};

}  // namespace linnet
