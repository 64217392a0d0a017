#include "converters/tokenizer_import.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "converters/tokenizer_parts.h"

namespace linnet {
namespace tokenizer_import {
namespace {

Status wrong_type(const char* where, const char* name, const char* wanted) {
  return Status::error(Code::corrupt, "%s: '%s' is missing or not %s", where, name, wanted);
}

bool absent(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null();
}

}  // namespace

Status read_text(const std::string& path, std::string& text, bool* exists) {
  std::error_code error;
  *exists = std::filesystem::exists(path, error);
  if (!*exists) return Status();
  std::ifstream stream(path, std::ios::binary);
  text.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  if (!stream.is_open() || stream.bad()) return Status::error(Code::io, "%s: cannot be read", path.c_str());
  return Status();
}

Status read_json(const std::string& path, Json& json) {
  std::string text;
  bool exists = false;
  json = Json();
  LINNET_RETURN_IF_ERROR(read_text(path, text, &exists));
  if (!exists) return Status();
  json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return Status::error(Code::corrupt, "%s: not a JSON object in UTF-8", path.c_str());
  return Status();
}

Status required(const Json& object, const char* where, const char* name, std::string& value) {
  if (absent(object, name) || !object[name].is_string()) return wrong_type(where, name, "a string");
  value = object[name].get<std::string>();
  return Status();
}

Status required(const Json& object, const char* where, const char* name, bool& value) {
  if (absent(object, name) || !object[name].is_boolean()) return wrong_type(where, name, "true or false");
  value = object[name].get<bool>();
  return Status();
}

Status required(const Json& object, const char* where, const char* name, uint32_t& value) {
  if (absent(object, name) || !object[name].is_number_unsigned() || object[name].get<uint64_t>() > UINT32_MAX) {
    return wrong_type(where, name, "a whole number of 32 bits");
  }
  value = object[name].get<uint32_t>();
  return Status();
}

Status optional(const Json& object, const char* where, const char* name, std::string& value) {
  return absent(object, name) ? Status() : required(object, where, name, value);
}
Status optional(const Json& object, const char* where, const char* name, bool& value) {
  return absent(object, name) ? Status() : required(object, where, name, value);
}
Status optional(const Json& object, const char* where, const char* name, uint32_t& value) {
  return absent(object, name) ? Status() : required(object, where, name, value);
}

Status only_fields(const Json& object, const char* where, std::initializer_list<const char*> names) {
  if (!object.is_object()) return Status::error(Code::corrupt, "%s: not a JSON object", where);
  for (const auto& item : object.items()) {
    bool known = false;
    for (const char* name : names) known = known || item.key() == name;
    if (!known) {
      return Status::error(Code::unsupported, "%s: the field '%s' is not understood", where, item.key().c_str());
    }
  }
  return Status();
}

Status read_token(const Json& object, const char* where, Token& token) {
  LINNET_RETURN_IF_ERROR(required(object, where, "content", token.content));
  LINNET_RETURN_IF_ERROR(optional(object, where, "single_word", token.single_word));
  LINNET_RETURN_IF_ERROR(optional(object, where, "lstrip", token.lstrip));
  LINNET_RETURN_IF_ERROR(optional(object, where, "rstrip", token.rstrip));
  LINNET_RETURN_IF_ERROR(optional(object, where, "normalized", token.normalized));
  return optional(object, where, "special", token.special);
}

Status read_configuration(const Json& configuration, Parts& parts) {
  if (configuration.is_null()) return Status();
  const char* where = "tokenizer_config.json";
  std::string side = "right";
  LINNET_RETURN_IF_ERROR(optional(configuration, where, "truncation_side", side));
  if (side != "right") {
    return Status::error(Code::unsupported, "%s: truncation_side '%s'; only the right side is cut", where,
                         side.c_str());
  }
  // transformers writes 1e30 for "no limit"; above a million it is none in practice.
  const auto length = configuration.find("model_max_length");
  if (length != configuration.end() && length->is_number_unsigned() && length->get<uint64_t>() > 0 &&
      length->get<uint64_t>() <= 1000000) {
    parts.model_max_length = length->get<uint32_t>();
  }
  bool basic = true;
  LINNET_RETURN_IF_ERROR(optional(configuration, where, "do_basic_tokenize", basic));
  if (!basic)
    parts.warnings.push_back(
        "tokenizer_config.json: do_basic_tokenize = false has no effect (nor has it in transformers 5)");
  const auto never_split = configuration.find("never_split");
  if (never_split != configuration.end() && !never_split->is_null() && !never_split->empty()) {
    parts.warnings.push_back("tokenizer_config.json: never_split has no effect (nor has it in transformers 5)");
  }
  return Status();
}

}  // namespace tokenizer_import

Result<ImportedTokenizer> import_tokenizer(const std::string& folder) {
  using tokenizer_import::Json;
  tokenizer_import::Parts parts;
  Json file;
  Json configuration;
  LINNET_RETURN_IF_ERROR(tokenizer_import::read_json(folder + "/tokenizer.json", file));
  LINNET_RETURN_IF_ERROR(tokenizer_import::read_json(folder + "/tokenizer_config.json", configuration));
  if (!file.is_null()) {
    Json special_tokens;
    LINNET_RETURN_IF_ERROR(tokenizer_import::read_json(folder + "/special_tokens_map.json", special_tokens));
    LINNET_RETURN_IF_ERROR(tokenizer_import::from_tokenizer_json(file, configuration, special_tokens, parts));
  } else {
    std::string vocabulary;
    bool exists = false;
    LINNET_RETURN_IF_ERROR(tokenizer_import::read_text(folder + "/vocab.txt", vocabulary, &exists));
    if (!exists) {
      return Status::error(Code::not_found, "%s: neither tokenizer.json nor vocab.txt is there", folder.c_str());
    }
    LINNET_RETURN_IF_ERROR(tokenizer_import::from_vocabulary_file(folder, vocabulary, configuration, parts));
  }
  LINNET_RETURN_IF_ERROR(tokenizer_import::read_configuration(configuration, parts));
  return tokenizer_import::assemble(parts);
}

}  // namespace linnet
