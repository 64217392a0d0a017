// A model told in words and numbers: what `linnet inspect` shows.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "model/view.h"

namespace linnet::lab {

// Everything: graph, values, sizes, quantization, tokenizer, prompts, provenance.
nlohmann::ordered_json describe(const ModelView& view);

// The same for people; built from describe()'s result, so that the two cannot differ.
std::string describe_text(const nlohmann::ordered_json& description);

// Text from a file that anyone may have written, without the control characters that a terminal would obey.
std::string printable(std::string text);

// "23.4 MB" (powers of 1,000), "1.5 kB", "17 bytes".
std::string human_bytes(uint64_t bytes);

}  // namespace linnet::lab
