#include "lab/utf8.h"

#include <cstdint>

namespace linnet::lab {

size_t find_invalid_utf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  for (size_t at = 0; at < text.size();) {
    const uint8_t lead = byte(at);
    size_t length = 1;
    uint8_t low = 0x80, high = 0xbf;  // what the second byte may be (Unicode, table 3-7)
    if (lead >= 0x80) {
      if (lead >= 0xc2 && lead <= 0xdf) {
        length = 2;
      } else if (lead >= 0xe0 && lead <= 0xef) {
        length = 3;
        if (lead == 0xe0) low = 0xa0;
        if (lead == 0xed) high = 0x9f;
      } else if (lead >= 0xf0 && lead <= 0xf4) {
        length = 4;
        if (lead == 0xf0) low = 0x90;
        if (lead == 0xf4) high = 0x8f;
      } else {
        return at;
      }
      if (text.size() - at < length) return at;
      if (byte(at + 1) < low || byte(at + 1) > high) return at;
      for (size_t i = 2; i < length; ++i) {
        if ((byte(at + i) & 0xc0) != 0x80) return at;
      }
    }
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace linnet::lab
