// What the two importers of tokenizers (tokenizer.json, vocab.txt) share: the settings they find, and how the rest
// follows from them as in Hugging Face's own code.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "converters/tokenizer_import.h"

namespace linnet::tokenizer_import {

using Json = nlohmann::json;

struct Token {
  std::string content;
  bool single_word = false;
  bool lstrip = false;
  bool rstrip = false;
  bool normalized = false;
  bool special = false;
  int64_t declared_id = -1;  // what the file says; Hugging Face looks the id up by content and only warns
};

struct Parts {
  std::unordered_map<std::string, uint32_t> vocabulary;
  std::string unknown_token;
  std::string continuing_prefix = "##";
  uint32_t max_word_characters = 100;
  bool clean_text = true;
  bool handle_chinese_characters = true;
  bool strip_accents = true;
  bool lowercase = true;
  std::vector<Token> added_tokens;  // in the order in which they are added
  std::vector<uint32_t> prefix_ids;
  std::vector<uint32_t> suffix_ids;
  std::vector<uint32_t> pair_ids;  // between two texts; empty: pairs are not understood
  uint32_t second_token_type = 0;  // of the second text
  uint32_t last_between = 0;       // of `last_token` between two texts, in place of pair_ids
  // A special token before and behind the text by its content, looked up when all ids are known.
  std::string first_token;
  std::string last_token;
  std::string pad_token;
  std::string mask_token;
  int64_t pad_id = -1;
  uint32_t truncation = 0;
  uint32_t model_max_length = 0;
  std::vector<std::string> warnings;
};

// The file's text; `*exists` is false and the status ok when there is no such file.
Status read_text(const std::string& path, std::string& text, bool* exists);
// The file as JSON, an object; null when there is no such file.
Status read_json(const std::string& path, Json& json);

// Typed fields of an object. Absent and null are the same to the `optional` ones, which then leave `value` alone.
Status required(const Json& object, const char* where, const char* name, std::string& value);
Status required(const Json& object, const char* where, const char* name, bool& value);
Status required(const Json& object, const char* where, const char* name, uint32_t& value);
Status optional(const Json& object, const char* where, const char* name, std::string& value);
Status optional(const Json& object, const char* where, const char* name, bool& value);
Status optional(const Json& object, const char* where, const char* name, uint32_t& value);
// `unsupported`, with its name, for a field that is not in the list.
Status only_fields(const Json& object, const char* where, std::initializer_list<const char*> names);
// {"content": ..., "lstrip": ..., ...}; absent flags keep the values that `token` has.
Status read_token(const Json& object, const char* where, Token& token);

// Facts of tokenizer_config.json that hold with either source.
Status read_configuration(const Json& configuration, Parts& parts);

// Fills `parts` from the folder's tokenizer.json.
Status from_tokenizer_json(const Json& file, const Json& configuration, const Json& special_tokens, Parts& parts);
// Fills `parts` from vocab.txt and what the configuration files say, as transformers' BertTokenizer or MPNetTokenizer.
Status from_vocabulary_file(const std::string& folder, const std::string& vocabulary, const Json& configuration,
                            Parts& parts);

// Ids of the added tokens, their normalized forms, the section: the importer's result.
Result<ImportedTokenizer> assemble(Parts& parts);

}  // namespace linnet::tokenizer_import
