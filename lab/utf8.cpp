#include "lab/utf8.h"

#include "runtime/text/utf8.h"

namespace linnet::lab {

size_t find_invalid_utf8(std::string_view text) {
  const size_t valid = utf8::valid_prefix(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  return valid == text.size() ? std::string_view::npos : valid;
}

}  // namespace linnet::lab
