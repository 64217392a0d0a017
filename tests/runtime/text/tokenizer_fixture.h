// A tokenizer that owns what it views, for tests and for tokenizer_dump.
#pragma once

#include <string>
#include <vector>

#include "converters/tokenizer_import.h"
#include "runtime/text/normalizer.h"
#include "runtime/text/tokenizer.h"

namespace linnet {

class TestTokenizer {
 public:
  // From a checkpoint folder, or from tables made by hand.
  Status load(const std::string& folder) {
    Result<ImportedTokenizer> imported = import_tokenizer(folder);
    if (!imported.ok()) return imported.status();
    warnings_ = imported->warnings;
    truncation_ = imported->truncation;
    model_max_length_ = imported->model_max_length;
    return load(imported->graph, std::move(imported->vocabulary));
  }

  Status load(const fbs::TokenizerT& graph, std::vector<uint8_t> vocabulary) {
    vocabulary_ = std::move(vocabulary);
    builder_.Clear();
    builder_.Finish(fbs::Tokenizer::Pack(builder_, &graph));
    const auto* table = flatbuffers::GetRoot<fbs::Tokenizer>(builder_.GetBufferPointer());
    const Result<Tokenizer> created = Tokenizer::create(table, vocabulary_.data(), vocabulary_.size());
    if (!created.ok()) return created.status();
    tokenizer_ = *created;
    settings_ = {table->clean_text(), table->handle_chinese_characters(), table->strip_accents(), table->lowercase()};
    scratch_.assign(tokenizer_.scratch_bytes() / 8 + 1, 0);
    return Status();
  }

  Status encode(const std::string& prefix, const std::string& text, size_t max_tokens, std::vector<int32_t>& ids) {
    // A token for each byte and the surroundings: a lowercase letter may have more bytes than what it came from, but
    // never more characters than the text has bytes.
    ids.assign(prefix.size() + 2 * text.size() + 64, -7);
    const Result<size_t> count = tokenizer_.encode(prefix.data(), prefix.size(), text.data(), text.size(), max_tokens,
                                                   scratch(), ids.data(), ids.size());
    if (!count.ok()) return count.status();
    ids.resize(*count);
    return Status();
  }

  Status encode_traced(const std::string& text, std::vector<int32_t>& ids, std::vector<TokenSpan>& spans) {
    ids.assign(2 * text.size() + 64, -7);
    spans.assign(ids.size(), {7, 7});
    const Result<size_t> count =
        tokenizer_.encode("", 0, text.data(), text.size(), 0, scratch(), ids.data(), ids.size(), spans.data());
    if (!count.ok()) return count.status();
    ids.resize(*count);
    spans.resize(*count);
    return Status();
  }

  std::string normalized(const std::string& text) const {
    struct Sink {
      std::string text;
      void character(char32_t c) {
        uint8_t bytes[4];
        text.append(reinterpret_cast<const char*>(bytes), utf8::encode(c, bytes));
      }
      bool done() const { return false; }
    } sink;
    std::vector<char32_t> pending(text.size() + 1);
    Normalizer<Sink> normalizer(settings_, sink, pending.data(), pending.size());
    const auto* data = reinterpret_cast<const uint8_t*>(text.data());
    normalizer.run(data, data + text.size());
    normalizer.finish();
    return sink.text;
  }

  const Tokenizer* operator->() const { return &tokenizer_; }
  void* scratch() { return scratch_.data(); }
  const std::vector<std::string>& warnings() const { return warnings_; }
  uint32_t truncation() const { return truncation_; }
  uint32_t model_max_length() const { return model_max_length_; }

 private:
  std::vector<uint8_t> vocabulary_;
  flatbuffers::FlatBufferBuilder builder_;
  Tokenizer tokenizer_;
  NormalizerSettings settings_;
  std::vector<uint64_t> scratch_;
  std::vector<std::string> warnings_;
  uint32_t truncation_ = 0;
  uint32_t model_max_length_ = 0;
};

}  // namespace linnet
