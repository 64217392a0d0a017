// Whether bytes are UTF-8, told before a model sees them, so that a message can name the line.
#pragma once

#include <cstddef>
#include <string_view>

namespace linnet::lab {

// The position of the first byte that does not belong to a well-formed sequence (no overlong forms, no surrogates,
// nothing above U+10FFFF), or npos.
size_t find_invalid_utf8(std::string_view text);

}  // namespace linnet::lab
