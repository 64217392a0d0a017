#include "lab/embedder.h"

#include <algorithm>

namespace linnet::lab {

namespace {

Result<Embedder> reader_of(const Model& model, Session& session, uint32_t index, const std::string& prompt) {
  if (model.tokenizer() == nullptr) {
    return Status::error(Code::unsupported, "the model has no tokenizer; give it token ids (linnet run)");
  }
  const fbs::Value& value = model.value(index);
  if (value.rows() != fbs::RowKind::Sequence) {
    return Status::error(Code::unsupported,
                         "the model's output '%s' has one row per token, not one per text; read it with linnet run",
                         text_of(value.name()));
  }
  Embedder embedder;
  embedder.width = value.width();
  embedder.embed = [&session, index, prompt, width = embedder.width](const std::vector<Text>& texts, float* rows) {
    return session.read(index, texts.data(), texts.size(), prompt.c_str(), rows, width);
  };
  return embedder;
}

}  // namespace

Result<std::vector<float>> embed_texts(const Embedder& embedder, std::span<const Text> texts, size_t batch,
                                       const Progress& progress, uint64_t done, uint64_t total) {
  if (total == 0) total = texts.size();
  std::vector<float> rows(texts.size() * embedder.width);
  for (size_t begin = 0; begin < texts.size(); begin += batch) {
    const size_t count = std::min(batch, texts.size() - begin);
    const auto part = texts.subspan(begin, count);
    const Status status = embedder.embed({part.begin(), part.end()}, rows.data() + begin * embedder.width);
    if (!status.ok()) return status;
    if (progress && !progress(done + begin + count, total)) return Status::error(Code::io, "interrupted");
  }
  return rows;
}

Result<std::string> prompt_text(const Model& model, const std::string& name) {
  const Result<const char*> text = model.find_prompt(name.empty() ? nullptr : name.c_str());
  if (!text.ok()) return text.status();
  return std::string(*text);
}

Result<Embedder> session_embedder(const Model& model, Session& session, const std::string& prompt) {
  const Result<uint32_t> output = model.find_value(nullptr);
  if (!output.ok()) return output.status();
  return reader_of(model, session, *output, prompt);
}

Result<Embedder> session_scorer(const Model& model, Session& session, const fbs::Head& head,
                                const std::string& prompt) {
  return reader_of(model, session, head.value(), prompt);
}

}  // namespace linnet::lab
