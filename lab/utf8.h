// UTF-8 as the tools need it: whether bytes are it, told before a model sees them so that a message can name the line,
// and offsets in characters.
#pragma once

#include <cstddef>
#include <string_view>

namespace linnet::lab {

// The position of the first byte that does not belong to a well-formed sequence (no overlong forms, no surrogates,
// nothing above U+10FFFF), or npos.
size_t find_invalid_utf8(std::string_view text);

// Characters (Unicode scalar values) of valid text before byte `bytes`.
size_t characters_before(std::string_view text, size_t bytes);

}  // namespace linnet::lab
