// Text for HTML and SVG. Names of models and files are written by anyone: nothing of them may become markup.
#pragma once

#include <string>
#include <string_view>

namespace linnet::lab {

// Safe as the content of an element and within quotes of either kind. Bytes that are not UTF-8 and control characters
// become U+FFFD, which readers see.
std::string escaped(std::string_view text);

// The number of characters that a well-formed text has, and its first `most` (with "\u2026" for what was cut).
size_t characters(std::string_view text);
std::string shortened(const std::string& text, size_t most);

}  // namespace linnet::lab
