#include "lab/json_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>

namespace linnet::lab {

namespace {

using Json = nlohmann::json;

constexpr size_t kMostBytes = 64 << 20;

}  // namespace

Result<Json> parse_json(const std::string& text, const std::string& name) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    return Status::error(Code::corrupt, "%s: not JSON: %s", name.c_str(), error.what());
  }
}

Result<Json> read_json(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr)
    return Status::error(Code::not_found, "cannot read '%s': %s", path.c_str(), std::strerror(errno));
  std::string text;
  char buffer[65536];
  for (size_t count; (count = std::fread(buffer, 1, sizeof buffer, file.get())) > 0;) {
    text.append(buffer, count);
    if (text.size() > kMostBytes) return Status::error(Code::limit, "%s: more than 64 MB", path.c_str());
  }
  if (std::ferror(file.get()) != 0) {
    return Status::error(Code::io, "cannot read '%s': %s", path.c_str(), std::strerror(errno));
  }
  return parse_json(text, path);
}

const Json& member(const Json& object, const char* name) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string text_at(const Json& object, const char* name, const std::string& fallback) {
  const Json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : fallback;
}

double number_at(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace linnet::lab
