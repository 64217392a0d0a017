// UTF-16, as Java has it, to UTF-8, as Linnet takes it. JNI's own GetStringUTFChars gives "modified" UTF-8, which
// writes U+0000 as two bytes and what lies above U+FFFF as two halves of three bytes each: not UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/text/utf8.h"

namespace linnet {

// The most bytes that a text of `length` units needs.
constexpr size_t utf8_capacity(size_t length) { return 3 * length; }

struct Utf8Length {
  size_t bytes;      // written
  size_t surrogate;  // where a surrogate without its other half stands; `length` when there is none
};

// Writes at most utf8_capacity(length) bytes, up to the first surrogate without its other half.
inline Utf8Length utf16_to_utf8(const uint16_t* text, size_t length, char* out) {
  const auto is_first = [](uint16_t unit) { return unit >= 0xd800 && unit < 0xdc00; };
  const auto is_second = [](uint16_t unit) { return unit >= 0xdc00 && unit < 0xe000; };
  size_t bytes = 0;
  for (size_t i = 0; i < length; ++i) {
    char32_t value = text[i];
    if (is_first(text[i]) && i + 1 < length && is_second(text[i + 1])) {
      value = 0x10000 + ((value - 0xd800) << 10) + (text[i + 1] - 0xdc00u);
      ++i;
    } else if (is_first(text[i]) || is_second(text[i])) {
      return {bytes, i};
    }
    bytes += utf8::encode(value, reinterpret_cast<uint8_t*>(out) + bytes);
  }
  return {bytes, length};
}

}  // namespace linnet
