#include "lab/report/html.h"

#include <algorithm>

#include "lab/utf8.h"

namespace linnet::lab {

namespace {

constexpr const char* kReplacement = "\xEF\xBF\xBD";

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

void append_escaped(std::string* out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': *out += "&amp;"; break;
      case '<': *out += "&lt;"; break;
      case '>': *out += "&gt;"; break;
      case '"': *out += "&quot;"; break;
      case '\'': *out += "&#39;"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          *out += c == '\n' ? "\n" : kReplacement;
        } else {
          *out += c;
        }
    }
  }
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t bad = find_invalid_utf8(text);
    append_escaped(&out, text.substr(0, bad));
    if (bad == std::string_view::npos) break;
    out += kReplacement;
    text.remove_prefix(bad + 1);
  }
  return out;
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string shortened(const std::string& text, size_t most) {
  if (characters(text) <= most) return text;
  size_t end = 0;
  for (size_t count = 0; end < text.size(); ++end) {
    if (begins_character(text[end]) && ++count == most) break;
  }
  return text.substr(0, end) + "\u2026";
}

}  // namespace linnet::lab
