// UTF-8 in memory: checked once, then read without checks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace linnet::utf8 {

// Bytes of the longest valid prefix: `bytes` when all is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms,
// nothing above U+10FFFF), else where the first ill-formed sequence begins.
inline size_t valid_prefix(const uint8_t* text, size_t bytes) {
  const auto continues = [&](size_t at, uint8_t low, uint8_t high) {
    return at < bytes && text[at] >= low && text[at] <= high;
  };
  size_t i = 0;
  while (i < bytes) {
    const uint8_t lead = text[i];
    if (lead < 0x80) {
      uint64_t eight;
      while (bytes - i >= 8 && (std::memcpy(&eight, text + i, 8), (eight & 0x8080808080808080u) == 0)) i += 8;
      while (i < bytes && text[i] < 0x80) ++i;
    } else if (lead >= 0xc2 && lead <= 0xdf) {
      if (!continues(i + 1, 0x80, 0xbf)) return i;
      i += 2;
    } else if ((lead & 0xf0) == 0xe0) {
      const uint8_t low = lead == 0xe0 ? 0xa0 : 0x80;
      const uint8_t high = lead == 0xed ? 0x9f : 0xbf;
      if (!continues(i + 1, low, high) || !continues(i + 2, 0x80, 0xbf)) return i;
      i += 3;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      const uint8_t low = lead == 0xf0 ? 0x90 : 0x80;
      const uint8_t high = lead == 0xf4 ? 0x8f : 0xbf;
      if (!continues(i + 1, low, high) || !continues(i + 2, 0x80, 0xbf) || !continues(i + 3, 0x80, 0xbf)) return i;
      i += 4;
    } else {
      return i;
    }
  }
  return bytes;
}

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
