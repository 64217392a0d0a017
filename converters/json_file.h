// The JSON files of a checkpoint: read without exceptions, and fields fetched with their types checked. Every error
// names the file and the field.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/status.h"

namespace linnet::internal {

// JSON files above this size are refused; the largest real ones (a tokenizer's) stay below a quarter of it.
inline constexpr size_t kMaxJsonBytes = size_t{256} << 20;

// A JSON object and where it came from.
struct JsonFile {
  std::string path;
  nlohmann::json object;

  bool has(const char* key) const;  // present and not null
  const nlohmann::json* find(const char* key) const;

  // Optional fields: `value` keeps its default when the field is missing or null. A field of another type is `corrupt`.
  Status get(const char* key, bool* value) const;
  Status get(const char* key, std::string* value) const;
  Status get(const char* key, double* value) const;
  // A whole number in [lowest, highest].
  Status get(const char* key, uint64_t lowest, uint64_t highest, uint64_t* value) const;
  // The same, but a missing field is `corrupt` too.
  Status require(const char* key, uint64_t lowest, uint64_t highest, uint64_t* value) const;
  Status require(const char* key, std::string* value) const;
};

bool file_exists(const std::string& path);
std::string join_path(const std::string& folder, const std::string& name);

// Parses text as one JSON value. Null bytes, invalid UTF-8, a key that stands twice in one object and a nesting deeper
// than 64 are refused. `what` names the text in errors.
Result<nlohmann::json> parse_json(std::string_view text, const char* what);

// Reads a file whose content must be a JSON object.
Result<JsonFile> read_json_object(const std::string& path);
// Reads any JSON value.
Result<nlohmann::json> read_json(const std::string& path);

}  // namespace linnet::internal
