// UTF-8 in memory: checked once, then read without checks.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet::utf8 {

// Bytes of the longest valid prefix: `bytes` when all is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms,
// nothing above U+10FFFF), else where the first ill-formed sequence begins.
size_t valid_prefix(const uint8_t* text, size_t bytes);

inline bool is_continuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }

// Bytes of the sequence that starts with `lead`, in valid UTF-8.
inline size_t sequence_bytes(uint8_t lead) { return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4; }

// The scalar value at *text, which it moves behind; valid UTF-8 only.
inline char32_t decode(const uint8_t*& text) {
  const uint8_t lead = *text++;
  if (lead < 0x80) return lead;
  char32_t value = *text++ & 0x3fu;
  if (lead < 0xe0) return ((lead & 0x1fu) << 6) | value;
  value = (value << 6) | (*text++ & 0x3fu);
  if (lead < 0xf0) return ((lead & 0x0fu) << 12) | value;
  value = (value << 6) | (*text++ & 0x3fu);
  return ((lead & 0x07u) << 18) | value;
}

// Writes a scalar value as 1 to 4 bytes and returns how many.
inline size_t encode(char32_t value, uint8_t* to) {
  if (value < 0x80) {
    to[0] = static_cast<uint8_t>(value);
    return 1;
  }
  if (value < 0x800) {
    to[0] = static_cast<uint8_t>(0xc0 | (value >> 6));
    to[1] = static_cast<uint8_t>(0x80 | (value & 0x3f));
    return 2;
  }
  if (value < 0x10000) {
    to[0] = static_cast<uint8_t>(0xe0 | (value >> 12));
    to[1] = static_cast<uint8_t>(0x80 | ((value >> 6) & 0x3f));
    to[2] = static_cast<uint8_t>(0x80 | (value & 0x3f));
    return 3;
  }
  to[0] = static_cast<uint8_t>(0xf0 | (value >> 18));
  to[1] = static_cast<uint8_t>(0x80 | ((value >> 12) & 0x3f));
  to[2] = static_cast<uint8_t>(0x80 | ((value >> 6) & 0x3f));
  to[3] = static_cast<uint8_t>(0x80 | (value & 0x3f));
  return 4;
}

}  // namespace linnet::utf8
