// Arbitrary text, settings, added tokens and vocabulary bytes for the tokenizer. Beyond what the sanitizers see, it
// fails when an id is out of range, when a buffer is overrun, or when the prompt, the truncation or a second run change
// an answer that they must not change.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fuzzer/FuzzedDataProvider.h>
#include <string>
#include <vector>

#include "model/linnet_generated.h"
#include "model/vocabulary_build.h"
#include "runtime/text/tokenizer.h"
#include "runtime/text/utf8.h"

namespace {

using linnet::Code;
using linnet::Result;
using linnet::Tokenizer;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "tokenizer_fuzz: %s\n", what);
  std::abort();
}

// What is left of the bytes when those that are not UTF-8 are taken out.
std::string valid_utf8(const std::string& bytes) {
  std::string text;
  size_t at = 0;
  while (at < bytes.size()) {
    const auto* rest = reinterpret_cast<const uint8_t*>(bytes.data()) + at;
    const size_t valid = linnet::utf8::valid_prefix(rest, bytes.size() - at);
    text.append(bytes, at, valid);
    at += valid + 1;
  }
  return text;
}

std::string some_text(FuzzedDataProvider& data, size_t most) {
  const std::string bytes = data.ConsumeRandomLengthString(most);
  return data.ConsumeProbability<float>() < 0.1f ? bytes : valid_utf8(bytes);
}

linnet::fbs::TokenizerT some_settings(FuzzedDataProvider& data, uint32_t ids) {
  linnet::fbs::TokenizerT graph;
  const auto some_id = [&] { return data.ConsumeIntegralInRange<uint32_t>(0, ids == 0 ? 0 : ids - 1); };
  graph.vocabulary_size = ids;
  graph.unknown_id = some_id();
  graph.continuing_prefix = data.ConsumeBool() ? "##" : some_text(data, 70);
  graph.max_word_characters = data.ConsumeBool() ? 100 : data.ConsumeIntegralInRange<uint32_t>(0, 1001);
  graph.clean_text = data.ConsumeBool();
  graph.handle_chinese_characters = data.ConsumeBool();
  graph.strip_accents = data.ConsumeBool();
  graph.lowercase = data.ConsumeBool();
  for (int i = data.ConsumeIntegralInRange(0, 2); i > 0; --i) graph.prefix_ids.push_back(some_id());
  for (int i = data.ConsumeIntegralInRange(0, 2); i > 0; --i) graph.suffix_ids.push_back(some_id());
  for (int i = data.ConsumeIntegralInRange(0, 6); i > 0; --i) {
    auto token = std::make_unique<linnet::fbs::AddedTokenT>();
    token->content = some_text(data, 12);
    token->id = some_id();
    token->single_word = data.ConsumeBool();
    token->lstrip = data.ConsumeBool();
    token->rstrip = data.ConsumeBool();
    token->normalized = data.ConsumeBool();
    graph.added_tokens.push_back(std::move(token));
  }
  if (data.ConsumeProbability<float>() < 0.95f) {  // as create() wants them
    auto& tokens = graph.added_tokens;
    std::sort(tokens.begin(), tokens.end(), [](const auto& a, const auto& b) {
      return a->normalized != b->normalized ? b->normalized : a->content < b->content;
    });
    tokens.erase(std::unique(tokens.begin(), tokens.end(),
                             [](const auto& a, const auto& b) {
                               return a->normalized == b->normalized && a->content == b->content;
                             }),
                 tokens.end());
  }
  return graph;
}

std::vector<uint8_t> some_vocabulary(FuzzedDataProvider& data, uint32_t* ids) {
  std::vector<linnet::VocabularyToken> tokens;
  const int count = data.ConsumeIntegralInRange(0, 30);
  for (int i = 0; i < count; ++i) {
    linnet::VocabularyToken token;
    token.bytes = data.ConsumeRandomLengthString(6);
    token.searchable = data.ConsumeProbability<float>() < 0.9f;
    for (const auto& other : tokens) {
      if (other.bytes == token.bytes) token.searchable = false;
    }
    tokens.push_back(token);
  }
  *ids = static_cast<uint32_t>(tokens.size());
  Result<std::vector<uint8_t>> section = linnet::build_vocabulary(tokens);
  if (!section.ok()) return {};
  if (data.ConsumeProbability<float>() < 0.2f && !section->empty()) {
    const size_t at = data.ConsumeIntegralInRange<size_t>(0, section->size() - 1);
    (*section)[at] = data.ConsumeIntegral<uint8_t>();
  }
  return *section;
}

// Encodes into buffers of exactly the promised sizes, so that the address sanitizer sees an overrun.
Code encode(const Tokenizer& tokenizer, const std::string& prompt, const std::string& text, size_t max_tokens,
            size_t capacity, std::vector<int32_t>& ids) {
  std::vector<uint64_t> scratch((tokenizer.scratch_bytes() + 7) / 8);
  std::vector<int32_t> room(capacity);
  const std::vector<char> exact_prompt(prompt.begin(), prompt.end());
  const std::vector<char> exact_text(text.begin(), text.end());
  const Result<size_t> count =
      tokenizer.encode(exact_prompt.data(), exact_prompt.size(), exact_text.data(), exact_text.size(), max_tokens,
                       scratch.data(), room.data(), room.size());
  ids.clear();
  if (!count.ok()) return count.status().code();
  require(*count <= capacity, "more ids than there is room for");
  require(max_tokens == 0 || *count <= max_tokens, "more ids than the truncation allows");
  ids.assign(room.begin(), room.begin() + static_cast<ptrdiff_t>(*count));
  for (const int32_t id : ids) {
    require(id >= 0 && static_cast<uint32_t>(id) < tokenizer.vocabulary_size(), "an id out of range");
  }
  return Code::ok;
}

void check(const Tokenizer& tokenizer, size_t special, FuzzedDataProvider& data) {
  const std::string prompt = some_text(data, 20);
  const size_t max_tokens = data.ConsumeIntegralInRange<size_t>(0, 20);
  const size_t capacity = data.ConsumeIntegralInRange<size_t>(0, 30);
  const std::string bytes = data.ConsumeRemainingBytesAsString();
  const std::string text = bytes.empty() || bytes[0] % 8 == 0 ? bytes : valid_utf8(bytes);
  std::vector<int32_t> ids;
  std::vector<int32_t> all;
  encode(tokenizer, prompt, text, max_tokens, capacity, ids);

  const size_t enough = prompt.size() + 3 * text.size() + special + 64;
  const bool valid = valid_utf8(prompt) == prompt && valid_utf8(text) == text;
  const Code code = encode(tokenizer, prompt, text, 0, enough + 2 * prompt.size(), all);
  require((code == Code::ok) == valid, "valid text is encoded, other text is not");
  if (!valid) return;
  require(encode(tokenizer, "", prompt + text, 0, enough + 2 * prompt.size(), ids) == Code::ok && ids == all,
          "the prompt is a part of the text");
  if (max_tokens >= special && max_tokens != 0) {
    require(encode(tokenizer, prompt, text, max_tokens, std::max(max_tokens, special), ids) == Code::ok,
            "truncation keeps the ids within their room");
    require(ids.size() == std::min(all.size(), max_tokens), "truncation cuts no more than it must");
  }
  size_t token_bytes;
  for (const int32_t id : all) {
    const char* token = tokenizer.token(static_cast<uint32_t>(id), &token_bytes);
    if (token != nullptr) tokenizer.id(token, token_bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  FuzzedDataProvider data(bytes, size);
  const int kind = data.ConsumeIntegralInRange(0, 7);
  if (kind == 0) {  // a vocabulary section of any bytes
    const std::vector<uint8_t> section = data.ConsumeRemainingBytes<uint8_t>();
    const Result<linnet::Vocabulary> view = linnet::Vocabulary::open(section.data(), section.size());
    if (!view.ok()) return 0;
    size_t token_bytes;
    for (uint32_t id = 0; id < view->size(); ++id) {
      const char* token = view->token(id, &token_bytes);
      if (token != nullptr) require(view->find(token, token_bytes) < static_cast<int32_t>(view->size()), "a bad id");
    }
    return 0;
  }
  uint32_t ids = 0;
  const std::vector<uint8_t> section = some_vocabulary(data, &ids);
  if (kind == 1) {  // a tokenizer table of any bytes that flatbuffers accepts
    const std::string table = data.ConsumeRandomLengthString(4096);
    const std::vector<uint8_t> buffer(table.begin(), table.end());
    flatbuffers::Verifier verifier(buffer.data(), buffer.size());
    if (buffer.size() < 8 || !verifier.VerifyBuffer<linnet::fbs::Tokenizer>(nullptr)) return 0;
    const auto* graph = flatbuffers::GetRoot<linnet::fbs::Tokenizer>(buffer.data());
    const Result<Tokenizer> tokenizer = Tokenizer::create(graph, section.data(), section.size());
    const size_t special = (graph->prefix_ids() == nullptr ? 0 : graph->prefix_ids()->size()) +
                           (graph->suffix_ids() == nullptr ? 0 : graph->suffix_ids()->size());
    if (tokenizer.ok()) check(*tokenizer, special, data);
    return 0;
  }
  const linnet::fbs::TokenizerT settings = some_settings(data, ids);
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(linnet::fbs::Tokenizer::Pack(builder, &settings));
  const auto* graph = flatbuffers::GetRoot<linnet::fbs::Tokenizer>(builder.GetBufferPointer());
  const Result<Tokenizer> tokenizer = Tokenizer::create(graph, section.data(), section.size());
  if (tokenizer.ok()) check(*tokenizer, settings.prefix_ids.size() + settings.suffix_ids.size(), data);
  return 0;
}
