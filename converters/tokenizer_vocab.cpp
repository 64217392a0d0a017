// Reads vocab.txt with tokenizer_config.json, special_tokens_map.json and added_tokens.json as the BertTokenizer and
// MPNetTokenizer of Hugging Face transformers 5 build themselves from these files.
#include <algorithm>
#include <map>

#include "converters/tokenizer_parts.h"
#include "runtime/text/unicode.h"
#include "runtime/text/utf8.h"

namespace linnet::tokenizer_import {
namespace {

constexpr const char* kNamed[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                  "pad_token", "cls_token", "mask_token"};

// Lines are tokens and their numbers are ids; white space at the end of a line is not part of the token, and of equal
// lines the last one counts.
Status read_lines(const std::string& text, Parts& parts) {
  const auto* data = reinterpret_cast<const uint8_t*>(text.data());
  const size_t valid = utf8::valid_prefix(data, text.size());
  if (valid != text.size()) return Status::error(Code::corrupt, "vocab.txt: not valid UTF-8 at byte %zu", valid);
  uint32_t id = 0;
  for (size_t begin = 0; begin < text.size(); ++id) {
    size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    size_t last = begin;  // behind the last character that is no white space
    for (const uint8_t* at = data + begin; at < data + end;) {
      if ((unicode::flags(utf8::decode(at)) & unicode::kSpace) == 0) last = static_cast<size_t>(at - data);
    }
    parts.vocabulary[text.substr(begin, last - begin)] = id;
    begin = end + 1;
  }
  return Status();
}

// Which class transformers would choose, as the name of the model family: "bert" or "mpnet".
Status find_family(const std::string& folder, const Json& configuration, std::string& family) {
  std::string name;
  if (configuration.is_object()) {
    LINNET_RETURN_IF_ERROR(optional(configuration, "tokenizer_config.json", "tokenizer_class", name));
  }
  const bool fast = name.size() > 4 && name.compare(name.size() - 4, 4, "Fast") == 0;
  const std::string base = fast ? name.substr(0, name.size() - 4) : name;
  if (base.empty()) {
    Json model;
    LINNET_RETURN_IF_ERROR(read_json(folder + "/config.json", model));
    family = "bert";
    if (model.is_object()) LINNET_RETURN_IF_ERROR(optional(model, "config.json", "model_type", family));
    for (const char* same :
         {"distilbert", "electra", "mobilebert", "convbert", "layoutlm", "squeezebert", "nomic_bert"}) {
      if (family == same) family = "bert";
    }
    if (family == "bert" || family == "mpnet") return Status();
    return Status::error(Code::unsupported, "vocab.txt of a model of type '%s'; 'bert' and 'mpnet' are understood",
                         family.c_str());
  }
  family = base == "MPNetTokenizer" ? "mpnet" : "bert";
  for (const char* known : {"BertTokenizer", "MPNetTokenizer", "DistilBertTokenizer", "ElectraTokenizer",
                            "MobileBertTokenizer", "ConvBertTokenizer"}) {
    if (base == known) return Status();
  }
  return Status::error(Code::unsupported, "vocab.txt for a tokenizer_class '%s' is not understood", name.c_str());
}

// A token given as text or as {"content": ...}. What the flags of an object do not say follows from `token`.
Status read_value(const Json& value, const char* where, Token& token) {
  if (value.is_string()) {
    token.content = value.get<std::string>();
    return Status();
  }
  if (!value.is_object()) return Status::error(Code::corrupt, "%s: a token is neither text nor an object", where);
  LINNET_RETURN_IF_ERROR(only_fields(
      value, where, {"__type", "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"}));
  return read_token(value, where, token);
}

struct Tokens {
  std::map<std::string, Token> named;  // by "cls_token" ...
  std::vector<Token> extra;            // extra_special_tokens
  std::map<uint32_t, Token> added;     // by the id that the file gives
};

Status read_named(const Json& file, const char* where, bool mpnet, Tokens& tokens) {
  for (const auto& item : file.items()) {
    const std::string& key = item.key();
    const bool named = std::find(std::begin(kNamed), std::end(kNamed), key) != std::end(kNamed);
    if (named) {
      if (item.value().is_null()) continue;
      Token token;
      token.lstrip =
          mpnet && key == "mask_token" && item.value().is_string();  // MPNet's mask takes the space before it
      LINNET_RETURN_IF_ERROR(read_value(item.value(), where, token));
      token.special = true;
      tokens.named[key] = token;
    } else if (key == "extra_special_tokens" || key == "additional_special_tokens") {
      if (item.value().is_null() || item.value().empty()) continue;
      if (!item.value().is_array()) {
        return Status::error(Code::unsupported, "%s: '%s' is not a list", where, key.c_str());
      }
      tokens.extra.clear();
      for (const Json& value : item.value()) {
        Token token;
        LINNET_RETURN_IF_ERROR(read_value(value, where, token));
        token.special = true;
        tokens.extra.push_back(token);
      }
    } else if (key.size() > 6 && key.compare(key.size() - 6, 6, "_token") == 0 && !item.value().is_null() &&
               !item.value().is_boolean()) {
      return Status::error(Code::unsupported, "%s: the special token '%s' is not understood", where, key.c_str());
    }
  }
  return Status();
}

Status read_added(const Json& decoder, Tokens& tokens) {
  const char* where = "tokenizer_config.json: added_tokens_decoder";
  if (!decoder.is_object()) return Status::error(Code::corrupt, "%s: not a JSON object", where);
  for (const auto& item : decoder.items()) {
    const std::string& key = item.key();
    if (key.empty() || key.size() > 9 || key.find_first_not_of("0123456789") != std::string::npos) {
      return Status::error(Code::corrupt, "%s: '%s' is not an id", where, key.c_str());
    }
    if (!item.value().is_object()) return Status::error(Code::corrupt, "%s: '%s' is not an object", where, key.c_str());
    Token token;
    LINNET_RETURN_IF_ERROR(optional(item.value(), where, "special", token.special));
    token.normalized = !token.special;
    LINNET_RETURN_IF_ERROR(read_value(item.value(), where, token));
    token.declared_id = std::stol(key);
    tokens.added[static_cast<uint32_t>(token.declared_id)] = token;
  }
  return Status();
}

// added_tokens.json of old checkpoints: {"token": id}.
Status read_old_added(const Json& file, Tokens& tokens) {
  for (const auto& item : file.items()) {
    if (!item.value().is_number_unsigned() || item.value().get<uint64_t>() > UINT32_MAX) {
      return Status::error(Code::corrupt, "added_tokens.json: the id of '%s' is not a whole number",
                           item.key().c_str());
    }
    Token token;
    token.content = item.key();
    for (const auto& [name, named] : tokens.named) token.special = token.special || named.content == token.content;
    for (const Token& extra : tokens.extra) token.special = token.special || extra.content == token.content;
    token.normalized = !token.special;
    token.declared_id = item.value().get<uint32_t>();
    tokens.added[item.value().get<uint32_t>()] = token;
  }
  return Status();
}

bool contains(const std::vector<Token>& tokens, const std::string& content) {
  return std::any_of(tokens.begin(), tokens.end(), [&](const Token& token) { return token.content == content; });
}

}  // namespace

Status from_vocabulary_file(const std::string& folder, const std::string& vocabulary, const Json& configuration,
                            Parts& parts) {
  std::string family;
  LINNET_RETURN_IF_ERROR(find_family(folder, configuration, family));
  LINNET_RETURN_IF_ERROR(read_lines(vocabulary, parts));

  Tokens tokens;
  const bool mpnet = family == "mpnet";
  const auto default_token = [&](const char* name, const char* content, bool lstrip = false) {
    Token& token = tokens.named[name];
    token.content = content;
    token.lstrip = lstrip;
    token.special = true;
  };
  default_token("unk_token", "[UNK]");
  default_token("sep_token", mpnet ? "</s>" : "[SEP]");
  default_token("pad_token", mpnet ? "<pad>" : "[PAD]");
  default_token("cls_token", mpnet ? "<s>" : "[CLS]");
  default_token("mask_token", mpnet ? "<mask>" : "[MASK]", mpnet);
  if (mpnet) {
    default_token("bos_token", "<s>");
    default_token("eos_token", "</s>");
  }
  bool has_decoder = false;
  if (configuration.is_object()) {
    LINNET_RETURN_IF_ERROR(read_named(configuration, "tokenizer_config.json", mpnet, tokens));
    const auto decoder = configuration.find("added_tokens_decoder");
    has_decoder = decoder != configuration.end();
    if (has_decoder) LINNET_RETURN_IF_ERROR(read_added(*decoder, tokens));
  }
  if (!has_decoder) {
    Json special_tokens;
    Json old_added;
    LINNET_RETURN_IF_ERROR(read_json(folder + "/special_tokens_map.json", special_tokens));
    if (special_tokens.is_object()) {
      LINNET_RETURN_IF_ERROR(read_named(special_tokens, "special_tokens_map.json", mpnet, tokens));
    }
    LINNET_RETURN_IF_ERROR(read_json(folder + "/added_tokens.json", old_added));
    if (old_added.is_object()) LINNET_RETURN_IF_ERROR(read_old_added(old_added, tokens));
  }

  for (const auto& [id, token] : tokens.added) parts.added_tokens.push_back(token);
  for (const char* name : kNamed) {
    const auto named = tokens.named.find(name);
    if (named == tokens.named.end()) continue;
    if (!contains(parts.added_tokens, named->second.content)) {
      parts.added_tokens.push_back(named->second);
      continue;
    }
    for (Token& token : parts.added_tokens) {
      if (token.content == named->second.content) token.special = true;
    }
  }
  for (const Token& token : tokens.extra) {
    if (!contains(parts.added_tokens, token.content)) parts.added_tokens.push_back(token);
  }

  parts.unknown_token = tokens.named["unk_token"].content;
  parts.first_token = tokens.named["cls_token"].content;
  parts.last_token = tokens.named["sep_token"].content;
  parts.pad_token = tokens.named["pad_token"].content;
  parts.mask_token = tokens.named["mask_token"].content;
  // BERT: [CLS] A [SEP] B [SEP], B of type 1; MPNet: <s> A </s></s> B </s>, without types.
  parts.last_between = mpnet ? 2 : 1;
  parts.second_token_type = mpnet ? 0 : 1;
  if (configuration.is_object()) {
    const char* where = "tokenizer_config.json";
    LINNET_RETURN_IF_ERROR(optional(configuration, where, "do_lower_case", parts.lowercase));
    parts.strip_accents = parts.lowercase;
    LINNET_RETURN_IF_ERROR(optional(configuration, where, "strip_accents", parts.strip_accents));
    LINNET_RETURN_IF_ERROR(optional(configuration, where, "tokenize_chinese_chars", parts.handle_chinese_characters));
  }
  return Status();
}

}  // namespace linnet::tokenizer_import
