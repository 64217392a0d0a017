#include "lab/embedder.h"

namespace linnet::lab {

Result<Embedder> session_embedder(const Model& model, Session& session, const std::string& prompt) {
  if (model.tokenizer() == nullptr) {
    return Status::error(Code::unsupported, "the model has no tokenizer; give it token ids (linnet run)");
  }
  const Result<uint32_t> output = model.find_value(nullptr);
  if (!output.ok()) return output.status();
  const fbs::Value& value = model.value(*output);
  if (value.rows() != fbs::RowKind::Sequence) {
    return Status::error(Code::unsupported,
                         "the model's output '%s' has one row per token, not one per text; read it with linnet run",
                         text_of(value.name()));
  }
  Embedder embedder;
  embedder.width = value.width();
  embedder.embed = [&session, prompt, width = embedder.width](const std::vector<Text>& texts, float* rows) {
    return session.embed(texts.data(), texts.size(), prompt.c_str(), rows, width);
  };
  return embedder;
}

}  // namespace linnet::lab
