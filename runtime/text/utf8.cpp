#include "runtime/text/utf8.h"

#include <cstring>

namespace linnet::utf8 {

size_t valid_prefix(const uint8_t* text, size_t bytes) {
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

}  // namespace linnet::utf8
