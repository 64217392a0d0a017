// From the settings of a tokenizer to the tables of a model.
#include <algorithm>

#include "converters/tokenizer_parts.h"
#include "model/vocabulary_build.h"
#include "runtime/text/normalizer.h"
#include "runtime/text/tokenizer.h"

namespace linnet::tokenizer_import {
namespace {

constexpr uint32_t kMostIds = 1u << 23;

struct StringSink {
  std::string text;
  void character(char32_t c) {
    uint8_t bytes[4];
    text.append(reinterpret_cast<const char*>(bytes), utf8::encode(c, bytes));
  }
  bool done() const { return false; }
};

std::string normalized(const Parts& parts, const std::string& text) {
  StringSink sink;
  std::vector<char32_t> pending(text.size() + 1);
  Normalizer<StringSink> normalizer(
      {parts.clean_text, parts.handle_chinese_characters, parts.strip_accents, parts.lowercase}, sink, pending.data(),
      pending.size());
  const auto* data = reinterpret_cast<const uint8_t*>(text.data());
  normalizer.run(data, data + text.size());
  normalizer.finish();
  return sink.text;
}

bool all_space(const std::string& text) {
  const auto* at = reinterpret_cast<const uint8_t*>(text.data());
  const auto* end = at + text.size();
  while (at < end) {
    if ((unicode::flags(utf8::decode(at)) & unicode::kSpace) == 0) return false;
  }
  return true;
}

// An added token with its id, and what is looked for in the text.
struct Added {
  Token token;
  uint32_t id = 0;
  std::string pattern;
};

// Ids as Hugging Face gives them: a token that the vocabulary has keeps that id, the others are numbered from the size
// of the vocabulary on. A token that comes twice keeps its last flags.
Status give_ids(Parts& parts, std::vector<Added>& added) {
  auto next = static_cast<uint32_t>(parts.vocabulary.size());
  for (Token& token : parts.added_tokens) {
    if (token.content.empty()) {
      parts.warnings.push_back("an added token without text is left out");
      continue;
    }
    const auto same = std::find_if(added.begin(), added.end(),
                                   [&](const Added& other) { return other.token.content == token.content; });
    if (same != added.end()) {
      same->token = token;
      continue;
    }
    const auto known = parts.vocabulary.find(token.content);
    const uint32_t id = known != parts.vocabulary.end() ? known->second : next++;
    if (token.declared_id >= 0 && token.declared_id != static_cast<int64_t>(id)) {
      parts.warnings.push_back("added token '" + token.content + "' is said to have id " +
                               std::to_string(token.declared_id) + ", Hugging Face gives it " + std::to_string(id));
    }
    added.push_back({token, id, ""});
  }
  return Status();
}

Status make_patterns(const Parts& parts, std::vector<Added>& added) {
  for (Added& entry : added) {
    const char* content = entry.token.content.c_str();
    entry.pattern = entry.token.normalized ? normalized(parts, entry.token.content) : entry.token.content;
    if (entry.pattern.empty()) {
      return Status::error(Code::unsupported, "added token '%s': nothing is left of it when it is normalized", content);
    }
    if (entry.pattern.size() > kTokenizerMaxAddedTokenBytes) {
      return Status::error(Code::unsupported, "added token of %zu bytes, at most %u are supported",
                           entry.pattern.size(), kTokenizerMaxAddedTokenBytes);
    }
  }
  std::sort(added.begin(), added.end(), [](const Added& a, const Added& b) {
    return a.token.normalized != b.token.normalized ? b.token.normalized : a.pattern < b.pattern;
  });
  for (size_t i = 1; i < added.size(); ++i) {
    const Added& a = added[i - 1];
    const Added& b = added[i];
    if (a.token.normalized == b.token.normalized && a.pattern == b.pattern) {
      return Status::error(Code::unsupported,
                           "added tokens '%s' and '%s' are equal when normalized; Hugging Face chooses at random",
                           a.token.content.c_str(), b.token.content.c_str());
    }
  }
  for (const Added& space : added) {
    if (!space.token.lstrip || !all_space(space.pattern)) continue;
    for (const Added& other : added) {
      if (other.token.rstrip && other.token.normalized == space.token.normalized) {
        return Status::error(Code::unsupported,
                             "added token of id %u is white space with lstrip, and '%s' has rstrip; Hugging Face fails "
                             "on text with both",
                             space.id, other.token.content.c_str());
      }
    }
  }
  return Status();
}

Status list_tokens(const Parts& parts, const std::vector<Added>& added, std::vector<VocabularyToken>& tokens) {
  uint64_t count = 0;
  for (const auto& [token, id] : parts.vocabulary) count = std::max<uint64_t>(count, id + uint64_t{1});
  for (const Added& entry : added) count = std::max<uint64_t>(count, entry.id + uint64_t{1});
  if (count > kMostIds) {
    return Status::error(Code::limit, "token ids up to %llu, at most %u are supported",
                         static_cast<unsigned long long>(count - 1), kMostIds - 1);
  }
  tokens.resize(static_cast<size_t>(count));
  std::vector<bool> taken(tokens.size(), false);
  for (const auto& [token, id] : parts.vocabulary) {
    if (taken[id]) {
      return Status::error(Code::unsupported, "tokens '%s' and '%s' of the vocabulary both have id %u", token.c_str(),
                           tokens[id].bytes.c_str(), id);
    }
    taken[id] = true;
    tokens[id].bytes = token;
  }
  for (const Added& entry : added) {
    if (parts.vocabulary.count(entry.token.content) != 0) continue;
    if (taken[entry.id]) {
      return Status::error(Code::unsupported,
                           "added token '%s' gets id %u, which is '%s' in the vocabulary; the vocabulary has gaps",
                           entry.token.content.c_str(), entry.id, tokens[entry.id].bytes.c_str());
    }
    taken[entry.id] = true;
    tokens[entry.id] = {entry.token.content, false};
  }
  return Status();
}

int64_t find_id(const Parts& parts, const std::vector<Added>& added, const std::string& token) {
  for (const Added& entry : added) {
    if (entry.token.content == token) return entry.id;
  }
  const auto known = parts.vocabulary.find(token);
  return known != parts.vocabulary.end() ? static_cast<int64_t>(known->second) : -1;
}

Status find_surroundings(Parts& parts, const std::vector<Added>& added) {
  for (const bool first : {true, false}) {
    const std::string& token = first ? parts.first_token : parts.last_token;
    if (token.empty()) continue;
    const int64_t id = find_id(parts, added, token);
    if (id < 0) return Status::error(Code::corrupt, "the special token '%s' has no id", token.c_str());
    (first ? parts.prefix_ids : parts.suffix_ids).push_back(static_cast<uint32_t>(id));
    if (!first) parts.pair_ids.assign(parts.last_between, static_cast<uint32_t>(id));
  }
  return Status();
}

}  // namespace

Result<ImportedTokenizer> assemble(Parts& parts) {
  ImportedTokenizer result;
  const auto unknown = parts.vocabulary.find(parts.unknown_token);
  if (unknown == parts.vocabulary.end()) {
    return Status::error(Code::unsupported, "the unknown token '%s' is not in the vocabulary of %zu tokens",
                         parts.unknown_token.c_str(), parts.vocabulary.size());
  }
  if (parts.max_word_characters > kTokenizerMaxWordCharacters ||
      parts.continuing_prefix.size() > kTokenizerMaxPrefixBytes) {
    return Status::error(Code::unsupported,
                         "words of %u characters and a continuing prefix of %zu bytes, at most %u and %u are supported",
                         parts.max_word_characters, parts.continuing_prefix.size(), kTokenizerMaxWordCharacters,
                         kTokenizerMaxPrefixBytes);
  }
  std::vector<Added> added;
  std::vector<VocabularyToken> tokens;
  LINNET_RETURN_IF_ERROR(give_ids(parts, added));
  LINNET_RETURN_IF_ERROR(find_surroundings(parts, added));
  LINNET_RETURN_IF_ERROR(make_patterns(parts, added));
  LINNET_RETURN_IF_ERROR(list_tokens(parts, added, tokens));
  for (const auto* ids : {&parts.prefix_ids, &parts.pair_ids, &parts.suffix_ids}) {
    for (const uint32_t id : *ids) {
      if (id >= tokens.size()) {
        return Status::error(Code::corrupt, "the post-processor puts id %u around a text, there are %zu ids", id,
                             tokens.size());
      }
    }
  }
  int64_t pad = parts.pad_id >= 0 ? parts.pad_id : find_id(parts, added, parts.pad_token);
  if (pad >= static_cast<int64_t>(tokens.size())) {
    parts.warnings.push_back("the padding id " + std::to_string(pad) + " is no token's and is left out");
    pad = -1;
  }
  Result<std::vector<uint8_t>> section = build_vocabulary(tokens);
  if (!section.ok()) return section.status();

  fbs::TokenizerT& graph = result.graph;
  graph.vocabulary_size = static_cast<uint32_t>(tokens.size());
  graph.unknown_id = unknown->second;
  graph.continuing_prefix = parts.continuing_prefix;
  graph.max_word_characters = parts.max_word_characters;
  graph.clean_text = parts.clean_text;
  graph.handle_chinese_characters = parts.handle_chinese_characters;
  graph.strip_accents = parts.strip_accents;
  graph.lowercase = parts.lowercase;
  graph.prefix_ids = parts.prefix_ids;
  graph.suffix_ids = parts.suffix_ids;
  graph.pad_id = static_cast<int32_t>(pad);
  graph.pair_ids = parts.pair_ids;
  graph.second_token_type = parts.second_token_type;
  graph.mask_id = static_cast<int32_t>(parts.mask_token.empty() ? -1 : find_id(parts, added, parts.mask_token));
  for (const Added& entry : added) {
    auto token = std::make_unique<fbs::AddedTokenT>();
    token->content = entry.pattern;
    token->id = entry.id;
    token->single_word = entry.token.single_word;
    token->lstrip = entry.token.lstrip;
    token->rstrip = entry.token.rstrip;
    token->normalized = entry.token.normalized;
    token->special = entry.token.special;
    graph.added_tokens.push_back(std::move(token));
  }
  result.vocabulary = std::move(*section);
  result.truncation = parts.truncation;
  result.model_max_length = parts.model_max_length;
  result.warnings = std::move(parts.warnings);
  return result;
}

}  // namespace linnet::tokenizer_import
