#include "lab/tokens.h"

#include <charconv>
#include <cstdlib>
#include <cstring>

#include "base/checked.h"

namespace linnet::lab {

namespace {

const fbs::Embed* embed_op(const Model& model) {
  for (uint32_t i = 0; i < count_of(model.graph().ops()); ++i) {
    if (const fbs::Embed* embed = model.graph().ops()->Get(i)->body_as_Embed()) return embed;
  }
  return nullptr;
}

}  // namespace

void TextEncoder::Release::operator()(void* memory) const { std::free(memory); }

Result<TextEncoder> TextEncoder::create(const Model& model, const char* prompt) {
  if (model.tokenizer() == nullptr) return Status::error(Code::unsupported, "the model has no tokenizer");
  const Result<const char*> text = model.find_prompt(prompt);
  if (!text.ok()) return text.status();
  TextEncoder encoder;
  encoder.model_ = &model;
  encoder.prompt_ = *text;
  encoder.scratch_.reset(std::aligned_alloc(64, round_up(model.tokenizer()->scratch_bytes(), 64) + 64));
  if (encoder.scratch_ == nullptr) return Status::error(Code::out_of_memory, "no memory for the tokenizer");
  return encoder;
}

Status TextEncoder::encode(std::string_view text, bool truncate, std::vector<int32_t>* ids) {
  const size_t max_tokens = truncate ? model_->max_tokens() : 0;
  // Whole words become at most one id a character; normalization makes at most a few characters of one.
  const size_t capacity = truncate ? max_tokens : 4 * (prompt_.size() + text.size()) + 64;
  ids->resize(capacity);
  const Result<size_t> count = model_->tokenizer()->encode(prompt_.data(), prompt_.size(), text.data(), text.size(),
                                                           max_tokens, scratch_.get(), ids->data(), capacity);
  if (!count.ok()) return count.status();
  ids->resize(*count);
  return Status();
}

std::string TextEncoder::token(int32_t id) const {
  size_t bytes = 0;
  const char* text = model_->tokenizer()->token(static_cast<uint32_t>(id), &bytes);
  return text != nullptr ? std::string(text, bytes) : std::string();
}

Result<std::vector<int32_t>> parse_ids(std::string_view text) {
  std::vector<int32_t> ids;
  for (size_t at = 0; at < text.size();) {
    if (std::strchr(" ,\t\r", text[at]) != nullptr) {
      ++at;
      continue;
    }
    int32_t id = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), id);
    const size_t next = static_cast<size_t>(end - text.data());
    if (error != std::errc() || id < 0 || (next < text.size() && std::strchr(" ,\t\r", text[next]) == nullptr)) {
      const size_t length = std::min(text.find_first_of(" ,\t\r", at), text.size()) - at;
      return Status::error(Code::invalid_argument, "'%.*s' is not a token id",
                           static_cast<int>(std::min<size_t>(length, 40)), text.data() + at);
    }
    ids.push_back(id);
    at = next;
  }
  if (ids.empty()) return Status::error(Code::invalid_argument, "a sequence of no token ids");
  return ids;
}

std::vector<int32_t> sample_ids(const Model& model, size_t count) {
  const fbs::Embed* embed = embed_op(model);
  const uint64_t rows = model.word_rows();
  std::vector<int32_t> ids(count, 0);
  if (rows < 2) return ids;
  uint64_t state = 0x9e3779b97f4a7c15;
  for (int32_t& id : ids) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    id = static_cast<int32_t>((state >> 33) % rows);
    // A padding token does not advance the position in some models, which would make the work unlike a text's.
    if (id == embed->position_pad_id()) id = id > 0 ? id - 1 : id + 1;
  }
  return ids;
}

}  // namespace linnet::lab
