#include "lab/utf8.h"

#include "runtime/text/utf8.h"

namespace linnet::lab {

size_t find_invalid_utf8(std::string_view text) {
  const size_t valid = utf8::valid_prefix(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  return valid == text.size() ? std::string_view::npos : valid;
}

size_t characters_before(std::string_view text, size_t bytes) {
  size_t count = 0;
  for (size_t i = 0; i < bytes; ++i) count += utf8::is_continuation(static_cast<uint8_t>(text[i])) ? 0 : 1;
  return count;
}

}  // namespace linnet::lab
