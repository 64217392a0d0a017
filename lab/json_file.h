// Reading a JSON file that anyone may have written.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/status.h"

namespace linnet::lab {

// A text. What is wrong with it is an error that gives its `name`, and the place.
Result<nlohmann::json> parse_json(const std::string& text, const std::string& name);
// A whole file of at most 64 MB; errors name it.
Result<nlohmann::json> read_json(const std::string& path);

// A member by its name, without the exceptions of the library: null when `object` is none or has no such member.
const nlohmann::json& member(const nlohmann::json& object, const char* name);
// A string or a number of a member; the fallback when it is something else.
std::string text_at(const nlohmann::json& object, const char* name, const std::string& fallback = "");
double number_at(const nlohmann::json& object, const char* name);  // NaN

}  // namespace linnet::lab
