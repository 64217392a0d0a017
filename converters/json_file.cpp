#include "converters/json_file.h"

#include <filesystem>
#include <set>
#include <vector>

#include "base/file_map.h"

namespace linnet::internal {

namespace {

constexpr int kMaxDepth = 64;

Status wrong_type(const JsonFile& file, const char* key, const char* wanted) {
  return Status::error(Code::corrupt, "%s: '%s' is not %s", file.path.c_str(), key, wanted);
}

// True when brackets are nested deeper than kMaxDepth. Looked at before parsing, because the parser's memory grows with
// the depth.
bool nested_too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

bool file_exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

std::string join_path(const std::string& folder, const std::string& name) {
  if (name.empty()) return folder;
  return folder.empty() || folder.back() == '/' ? folder + name : folder + "/" + name;
}

Result<nlohmann::json> parse_json(std::string_view text, const char* what) {
  if (nested_too_deep(text)) return Status::error(Code::corrupt, "%s: nested deeper than %d", what, kMaxDepth);
  std::vector<std::set<std::string>> open;  // the keys of every object that is open
  Status fault;
  const auto callback = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start) open.emplace_back();
    if (event == Event::object_end) open.pop_back();
    if (event == Event::key && !open.back().insert(parsed.get_ref<const std::string&>()).second && fault.ok()) {
      fault = Status::error(Code::corrupt, "%s: '%s' stands there twice", what,
                            parsed.get_ref<const std::string&>().c_str());
    }
    return true;
  };
  nlohmann::json value = nlohmann::json::parse(text.begin(), text.end(), callback, /*allow_exceptions=*/false);
  LINNET_RETURN_IF_ERROR(fault);
  if (value.is_discarded()) return Status::error(Code::corrupt, "%s is not valid JSON", what);
  return value;
}

Result<nlohmann::json> read_json(const std::string& path) {
  const Result<FileMap> map = FileMap::open(path.c_str());
  if (!map.ok()) return map.status();
  if (map->size() > kMaxJsonBytes) {
    return Status::error(Code::limit, "%s has %zu bytes, more than a JSON file may have (%zu)", path.c_str(),
                         map->size(), kMaxJsonBytes);
  }
  return parse_json({reinterpret_cast<const char*>(map->data()), map->size()}, path.c_str());
}

Result<JsonFile> read_json_object(const std::string& path) {
  Result<nlohmann::json> value = read_json(path);
  if (!value.ok()) return value.status();
  if (!value->is_object()) return Status::error(Code::corrupt, "%s is not a JSON object", path.c_str());
  return JsonFile{path, std::move(*value)};
}

const nlohmann::json* JsonFile::find(const char* key) const {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}
bool JsonFile::has(const char* key) const { return find(key) != nullptr; }

Status JsonFile::get(const char* key, bool* value) const {
  const nlohmann::json* field = find(key);
  if (field == nullptr) return Status();
  if (!field->is_boolean()) return wrong_type(*this, key, "true or false");
  *value = field->get<bool>();
  return Status();
}

Status JsonFile::get(const char* key, std::string* value) const {
  const nlohmann::json* field = find(key);
  if (field == nullptr) return Status();
  if (!field->is_string()) return wrong_type(*this, key, "a string");
  *value = field->get_ref<const std::string&>();
  return Status();
}

Status JsonFile::get(const char* key, double* value) const {
  const nlohmann::json* field = find(key);
  if (field == nullptr) return Status();
  if (!field->is_number()) return wrong_type(*this, key, "a number");
  *value = field->get<double>();
  return Status();
}

Status JsonFile::get(const char* key, uint64_t lowest, uint64_t highest, uint64_t* value) const {
  const nlohmann::json* field = find(key);
  if (field == nullptr) return Status();
  const bool whole =
      field->is_number_unsigned() && field->get<uint64_t>() >= lowest && field->get<uint64_t>() <= highest;
  if (!whole) {
    return Status::error(Code::corrupt, "%s: '%s' is not a whole number from %llu to %llu", path.c_str(), key,
                         static_cast<unsigned long long>(lowest), static_cast<unsigned long long>(highest));
  }
  *value = field->get<uint64_t>();
  return Status();
}

Status JsonFile::require(const char* key, uint64_t lowest, uint64_t highest, uint64_t* value) const {
  if (!has(key)) return Status::error(Code::corrupt, "%s: '%s' is missing", path.c_str(), key);
  return get(key, lowest, highest, value);
}

Status JsonFile::require(const char* key, std::string* value) const {
  if (!has(key)) return Status::error(Code::corrupt, "%s: '%s' is missing", path.c_str(), key);
  return get(key, value);
}

}  // namespace linnet::internal
