// Reads Hugging Face's tokenizer.json.
#include "converters/tokenizer_parts.h"

namespace linnet::tokenizer_import {
namespace {

std::string type_of(const Json& object) {
  if (!object.is_object()) return "";
  const auto type = object.find("type");
  return type != object.end() && type->is_string() ? type->get<std::string>() : "";
}

Status unsupported_type(const char* what, const std::string& type) {
  return Status::error(Code::unsupported, "tokenizer.json: %s of type '%s'; only BERT's is understood", what,
                       type.empty() ? "(none)" : type.c_str());
}

// A Sequence of one step is that step.
const Json& unwrap(const Json& step, const char* list) {
  if (type_of(step) == "Sequence") {
    const auto steps = step.find(list);
    if (steps != step.end() && steps->is_array() && steps->size() == 1) return unwrap((*steps)[0], list);
  }
  return step;
}

Status read_normalizer(const Json& field, Parts& parts) {
  if (field.is_null()) {
    parts.clean_text = parts.handle_chinese_characters = parts.strip_accents = parts.lowercase = false;
    return Status();
  }
  const char* where = "tokenizer.json: normalizer";
  const Json& step = unwrap(field, "normalizers");
  if (type_of(step) == "Sequence") {
    return Status::error(Code::unsupported, "%s: a Sequence of several; only BertNormalizer alone is understood",
                         where);
  }
  if (type_of(step) != "BertNormalizer") return unsupported_type("normalizer", type_of(step));
  LINNET_RETURN_IF_ERROR(
      only_fields(step, where, {"type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase"}));
  LINNET_RETURN_IF_ERROR(required(step, where, "clean_text", parts.clean_text));
  LINNET_RETURN_IF_ERROR(required(step, where, "handle_chinese_chars", parts.handle_chinese_characters));
  LINNET_RETURN_IF_ERROR(required(step, where, "lowercase", parts.lowercase));
  parts.strip_accents = parts.lowercase;  // null follows lowercase
  return optional(step, where, "strip_accents", parts.strip_accents);
}

Status read_pre_tokenizer(const Json& field) {
  const Json& step = unwrap(field, "pretokenizers");
  if (type_of(step) != "BertPreTokenizer") return unsupported_type("pre_tokenizer", type_of(step));
  return only_fields(step, "tokenizer.json: pre_tokenizer", {"type"});
}

Status read_model(const Json& model, Parts& parts) {
  const char* where = "tokenizer.json: model";
  if (!model.is_object()) return Status::error(Code::corrupt, "%s: not a JSON object", where);
  // Files of before 2022 have no type; the fields then say what it is.
  if (model.contains("type") ? type_of(model) != "WordPiece" : !model.contains("max_input_chars_per_word")) {
    return Status::error(Code::unsupported, "%s: type '%s'; only WordPiece is understood", where,
                         type_of(model).empty() ? "(none)" : type_of(model).c_str());
  }
  LINNET_RETURN_IF_ERROR(only_fields(
      model, where, {"type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab"}));
  LINNET_RETURN_IF_ERROR(required(model, where, "unk_token", parts.unknown_token));
  LINNET_RETURN_IF_ERROR(required(model, where, "continuing_subword_prefix", parts.continuing_prefix));
  LINNET_RETURN_IF_ERROR(required(model, where, "max_input_chars_per_word", parts.max_word_characters));
  const auto vocabulary = model.find("vocab");
  if (vocabulary == model.end() || !vocabulary->is_object()) {
    return Status::error(Code::corrupt, "%s: 'vocab' is missing or not an object", where);
  }
  for (const auto& item : vocabulary->items()) {
    if (!item.value().is_number_unsigned() || item.value().get<uint64_t>() > UINT32_MAX) {
      return Status::error(Code::corrupt, "%s: the id of '%s' is not a whole number", where, item.key().c_str());
    }
    parts.vocabulary[item.key()] = item.value().get<uint32_t>();
  }
  return Status();
}

Status read_added_tokens(const Json& field, Parts& parts) {
  if (field.is_null()) return Status();
  const char* where = "tokenizer.json: added_tokens";
  if (!field.is_array()) return Status::error(Code::corrupt, "%s: not an array", where);
  for (const Json& entry : field) {
    LINNET_RETURN_IF_ERROR(
        only_fields(entry, where, {"id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"}));
    Token token;
    uint32_t id = 0;
    LINNET_RETURN_IF_ERROR(required(entry, where, "id", id));
    token.declared_id = id;
    for (const char* flag : {"single_word", "lstrip", "rstrip", "normalized", "special"}) {
      bool value;
      LINNET_RETURN_IF_ERROR(required(entry, where, flag, value));
    }
    LINNET_RETURN_IF_ERROR(read_token(entry, where, token));
    parts.added_tokens.push_back(std::move(token));
  }
  return Status();
}

// One place of a template: a text ("A", "B") or a special token's ids, and the token type it gets.
struct TemplatePiece {
  std::string sequence;
  std::vector<uint32_t> ids;
  uint32_t type = 0;
};

Result<std::vector<TemplatePiece>> read_pieces(const Json& list, const Json& special) {
  const char* where = "tokenizer.json: post_processor";
  std::vector<TemplatePiece> pieces;
  for (const Json& entry : list) {
    TemplatePiece piece;
    const bool text = entry.is_object() && entry.size() == 1 && entry.contains("Sequence");
    if (!text && !(entry.is_object() && entry.size() == 1 && entry.contains("SpecialToken"))) {
      return Status::error(Code::unsupported, "%s: a piece of the template is neither text nor special token", where);
    }
    const Json& body = entry.begin().value();
    std::string id;
    LINNET_RETURN_IF_ERROR(required(body, where, "id", id));
    LINNET_RETURN_IF_ERROR(optional(body, where, "type_id", piece.type));
    if (text) {
      piece.sequence = id;
      pieces.push_back(std::move(piece));
      continue;
    }
    const auto found = special.find(id);
    if (found == special.end() || !found->is_object() || !found->contains("ids") || !(*found)["ids"].is_array()) {
      return Status::error(Code::corrupt, "%s: the special token '%s' has no ids", where, id.c_str());
    }
    for (const Json& value : (*found)["ids"]) {
      if (!value.is_number_unsigned() || value.get<uint64_t>() > UINT32_MAX) {
        return Status::error(Code::corrupt, "%s: an id of '%s' is not a whole number", where, id.c_str());
      }
      piece.ids.push_back(value.get<uint32_t>());
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

// The template of two texts, where it is that of one text, with something and the second text before its end. Any other
// is left alone: then the tokenizer takes no pairs.
void read_pair_template(const std::vector<TemplatePiece>& pieces, Parts& parts) {
  std::vector<uint32_t> ids[3];  // before A, between, behind B
  size_t texts = 0;
  uint32_t second_type = 0;
  for (const TemplatePiece& piece : pieces) {
    if (!piece.sequence.empty()) {
      if (texts == 2 || piece.sequence != (texts == 0 ? "A" : "B")) return;
      if (++texts == 2) second_type = piece.type;
    } else {
      ids[texts].insert(ids[texts].end(), piece.ids.begin(), piece.ids.end());
    }
    if (piece.type != (texts == 2 ? second_type : 0)) return;
  }
  if (texts != 2 || ids[0] != parts.prefix_ids || ids[1].empty() || ids[2] != parts.suffix_ids) return;
  parts.pair_ids = ids[1];
  parts.second_token_type = second_type;
}

Status read_template(const Json& step, Parts& parts) {
  const char* where = "tokenizer.json: post_processor";
  LINNET_RETURN_IF_ERROR(only_fields(step, where, {"type", "single", "pair", "special_tokens"}));
  const auto single = step.find("single"), pair = step.find("pair");
  const auto special = step.find("special_tokens");
  if (single == step.end() || !single->is_array() || special == step.end() || !special->is_object()) {
    return Status::error(Code::corrupt, "%s: 'single' or 'special_tokens' is missing", where);
  }
  const Result<std::vector<TemplatePiece>> pieces = read_pieces(*single, *special);
  if (!pieces.ok()) return pieces.status();
  bool text_seen = false;
  for (const TemplatePiece& piece : *pieces) {
    if (piece.sequence.empty()) {
      std::vector<uint32_t>& ids = text_seen ? parts.suffix_ids : parts.prefix_ids;
      ids.insert(ids.end(), piece.ids.begin(), piece.ids.end());
      continue;
    }
    if (text_seen || piece.sequence != "A") {
      return Status::error(Code::unsupported, "%s: the template of one text must have sequence A once", where);
    }
    text_seen = true;
  }
  if (!text_seen) return Status::error(Code::unsupported, "%s: the template has no place for the text", where);
  if (pair == step.end() || !pair->is_array()) return Status();
  const Result<std::vector<TemplatePiece>> of_two = read_pieces(*pair, *special);
  if (!of_two.ok()) return of_two.status();
  read_pair_template(*of_two, parts);
  return Status();
}

// [token, id] of BertProcessing and RobertaProcessing.
Status read_pair(const Json& step, const char* name, std::vector<uint32_t>& ids) {
  const auto pair = step.find(name);
  if (pair == step.end() || !pair->is_array() || pair->size() != 2 || !(*pair)[1].is_number_unsigned() ||
      (*pair)[1].get<uint64_t>() > UINT32_MAX) {
    return Status::error(Code::corrupt, "tokenizer.json: post_processor: '%s' is not a token and its id", name);
  }
  ids.push_back((*pair)[1].get<uint32_t>());
  return Status();
}

Status read_post_processor(const Json& field, Parts& parts) {
  if (field.is_null()) return Status();
  const Json& step = unwrap(field, "processors");
  const std::string type = type_of(step);
  if (type == "TemplateProcessing") return read_template(step, parts);
  if (type != "BertProcessing" && type != "RobertaProcessing") return unsupported_type("post_processor", type);
  // RobertaProcessing's other two fields change character offsets, never ids.
  LINNET_RETURN_IF_ERROR(
      only_fields(step, "tokenizer.json: post_processor", {"type", "sep", "cls", "trim_offsets", "add_prefix_space"}));
  LINNET_RETURN_IF_ERROR(read_pair(step, "cls", parts.prefix_ids));
  LINNET_RETURN_IF_ERROR(read_pair(step, "sep", parts.suffix_ids));
  // BERT: [CLS] A [SEP] B [SEP], B of type 1; RoBERTa: <s> A </s></s> B </s>, all of type 0.
  const bool bert = type == "BertProcessing";
  parts.pair_ids = parts.suffix_ids;
  if (!bert) parts.pair_ids.push_back(parts.suffix_ids[0]);
  parts.second_token_type = bert ? 1 : 0;
  return Status();
}

Status read_truncation(const Json& field, Parts& parts) {
  if (field.is_null()) return Status();
  const char* where = "tokenizer.json: truncation";
  LINNET_RETURN_IF_ERROR(only_fields(field, where, {"direction", "max_length", "strategy", "stride"}));
  std::string direction = "Right";
  std::string strategy;
  LINNET_RETURN_IF_ERROR(optional(field, where, "direction", direction));
  LINNET_RETURN_IF_ERROR(required(field, where, "strategy", strategy));
  LINNET_RETURN_IF_ERROR(required(field, where, "max_length", parts.truncation));
  if (direction != "Right") {
    return Status::error(Code::unsupported, "%s: direction '%s'; only the right side is cut", where, direction.c_str());
  }
  if (strategy != "LongestFirst" && strategy != "OnlyFirst") {
    return Status::error(Code::unsupported, "%s: strategy '%s' does not work on one text", where, strategy.c_str());
  }
  return Status();
}

Status read_padding(const Json& field, Parts& parts) {
  if (field.is_null()) return Status();
  const char* where = "tokenizer.json: padding";
  LINNET_RETURN_IF_ERROR(
      only_fields(field, where, {"strategy", "direction", "pad_to_multiple_of", "pad_id", "pad_type_id", "pad_token"}));
  uint32_t id = 0;
  LINNET_RETURN_IF_ERROR(required(field, where, "pad_id", id));
  parts.pad_id = id;
  return Status();
}

const Json& field_of(const Json& file, const char* name) {
  static const Json null;
  const auto found = file.find(name);
  return found == file.end() ? null : *found;
}

// transformers rebuilds a BERT tokenizer from its configuration; where that says something else than tokenizer.json,
// the person should know that the file was followed.
void compare_settings(const Json& configuration, Parts& parts) {
  const auto differs = [&](const char* name, bool used) {
    const auto value = configuration.find(name);
    if (value != configuration.end() && value->is_boolean() && value->get<bool>() != used) {
      parts.warnings.push_back(std::string("tokenizer_config.json says ") + name + " = " + (used ? "false" : "true") +
                               ", tokenizer.json says the opposite; tokenizer.json is followed");
    }
  };
  differs("do_lower_case", parts.lowercase);
  differs("strip_accents", parts.strip_accents);
  differs("tokenize_chinese_chars", parts.handle_chinese_characters);
}

std::string token_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("content") && value["content"].is_string()) {
    return value["content"].get<std::string>();
  }
  return "";
}

// Tokens that only the configuration knows are added by transformers, but are no part of tokenizer.json.
void compare_tokens(const Json& configuration, const Json& special_tokens, Parts& parts) {
  const auto check = [&](const std::string& text, const char* file) {
    if (text.empty()) return;
    for (const Token& token : parts.added_tokens) {
      if (token.content == text) return;
    }
    const std::string warning = std::string(file) + " names the token '" + text +
                                "', which is no added token of tokenizer.json; text that contains it is split";
    for (const std::string& known : parts.warnings) {
      if (known == warning) return;
    }
    parts.warnings.push_back(warning);
  };
  if (configuration.is_object() && configuration.contains("added_tokens_decoder") &&
      configuration["added_tokens_decoder"].is_object()) {
    for (const auto& item : configuration["added_tokens_decoder"].items()) {
      check(token_text(item.value()), "tokenizer_config.json");
    }
  }
  for (const char* name :
       {"unk_token", "sep_token", "pad_token", "cls_token", "mask_token", "bos_token", "eos_token"}) {
    if (configuration.is_object() && configuration.contains(name)) {
      check(token_text(configuration[name]), "tokenizer_config.json");
    }
    if (special_tokens.is_object() && special_tokens.contains(name)) {
      check(token_text(special_tokens[name]), "special_tokens_map.json");
    }
  }
}

}  // namespace

Status from_tokenizer_json(const Json& file, const Json& configuration, const Json& special_tokens, Parts& parts) {
  LINNET_RETURN_IF_ERROR(only_fields(file, "tokenizer.json",
                                     {"version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
                                      "post_processor", "decoder", "model"}));
  std::string version = "1.0";
  LINNET_RETURN_IF_ERROR(optional(file, "tokenizer.json", "version", version));
  if (version != "1.0") {
    return Status::error(Code::unsupported, "tokenizer.json: version '%s', 1.0 is understood", version.c_str());
  }
  LINNET_RETURN_IF_ERROR(read_model(field_of(file, "model"), parts));
  LINNET_RETURN_IF_ERROR(read_normalizer(field_of(file, "normalizer"), parts));
  LINNET_RETURN_IF_ERROR(read_pre_tokenizer(field_of(file, "pre_tokenizer")));
  LINNET_RETURN_IF_ERROR(read_added_tokens(field_of(file, "added_tokens"), parts));
  LINNET_RETURN_IF_ERROR(read_post_processor(field_of(file, "post_processor"), parts));
  LINNET_RETURN_IF_ERROR(read_truncation(field_of(file, "truncation"), parts));
  LINNET_RETURN_IF_ERROR(read_padding(field_of(file, "padding"), parts));
  // The decoder turns ids into text, which this runtime does not do.
  if (configuration.is_object()) compare_settings(configuration, parts);
  compare_tokens(configuration, special_tokens, parts);
  for (const Json* source : {&special_tokens, &configuration}) {
    if (!source->is_object()) continue;
    if (source->contains("pad_token")) parts.pad_token = token_text((*source)["pad_token"]);
    if (source->contains("mask_token")) parts.mask_token = token_text((*source)["mask_token"]);
  }
  for (const Token& token : parts.added_tokens) {
    const bool usual = token.content == "[MASK]" || token.content == "<mask>";
    if (parts.mask_token.empty() && token.special && usual) parts.mask_token = token.content;
  }
  return Status();
}

}  // namespace linnet::tokenizer_import
