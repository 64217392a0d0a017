#include <cstring>

#include "model/layout.h"
#include "runtime/session.h"

namespace linnet {

namespace {

// Appends ", name" to a list that is cut when it is full.
void append_name(char* list, size_t capacity, const char* name) {
  const size_t used = std::strlen(list);
  std::snprintf(list + used, capacity - used, "%s%s", used > 0 ? ", " : "", name);
}

}  // namespace

Result<Model> Model::open(const char* path) {
  Result<FileMap> map = FileMap::open(path);
  if (!map.ok()) return map.status();
  Result<Model> model = from_map(static_cast<FileMap&&>(*map));
  if (!model.ok()) return model.status().within(path);
  return model;
}

Result<Model> Model::from_map(FileMap map) {
  Model model;
  model.map_ = static_cast<FileMap&&>(map);
  Result<ModelView> view = ModelView::open(model.map_.data(), model.map_.size());
  if (!view.ok()) return view.status();
  model.view_ = *view;
  LINNET_RETURN_IF_ERROR(model.initialize());
  return model;
}

Result<Model> Model::from_memory(const uint8_t* bytes, size_t size) {
  Result<ModelView> view = ModelView::open(bytes, size);
  if (!view.ok()) return view.status();
  Model model;
  model.view_ = *view;
  LINNET_RETURN_IF_ERROR(model.initialize());
  return model;
}

Status Model::initialize() {
  max_positions_ = kMaxSequence;
  word_rows_ = UINT64_MAX;
  for (uint32_t i = 0; i < graph().ops()->size(); ++i) {
    const fbs::Embed* embed = graph().ops()->Get(i)->body_as_Embed();
    if (embed == nullptr) continue;
    const uint64_t words = view_.tensor(embed->word())->shape()->Get(0);
    if (words < word_rows_) word_rows_ = words;
    if (embed->position() < 0) continue;
    const size_t rows = static_cast<size_t>(view_.tensor(embed->position())->shape()->Get(0));
    if (rows - embed->position_offset() < max_positions_) max_positions_ = rows - embed->position_offset();
  }
  const fbs::Tokenizer* tokenizer = graph().tokenizer();
  if (tokenizer == nullptr) return Status();
  Result<Tokenizer> created = Tokenizer::create(tokenizer, view_.section(tokenizer->vocabulary()),
                                                static_cast<size_t>(view_.tensor(tokenizer->vocabulary())->bytes()));
  if (!created.ok()) return created.status();
  tokenizer_ = *created;
  has_tokenizer_ = true;
  return Status();
}

Result<uint32_t> Model::find_value(const char* name) const {
  const auto* outputs = graph().outputs();
  if (name == nullptr || *name == '\0') return outputs->Get(outputs->size() - 1);
  for (uint32_t i = 0; i < count_of(graph().values()); ++i) {
    if (std::strcmp(text_of(value(i).name()), name) == 0) return i;
  }
  char names[512] = "";
  for (uint32_t i = 0; i < outputs->size(); ++i) {
    append_name(names, sizeof names, text_of(value(outputs->Get(i)).name()));
  }
  return Status::error(Code::not_found,
                       "the model has no value named '%.200s'; its outputs are %s ('linnet inspect' "
                       "lists every value)",
                       name, names);
}

Result<const char*> Model::find_prompt(const char* name) const {
  const bool is_default = name == nullptr;
  if (is_default) name = text_of(graph().default_prompt());
  if (is_default && *name == '\0') return "";
  char names[512] = "";
  for (uint32_t i = 0; i < count_of(graph().prompts()); ++i) {
    const fbs::Prompt& prompt = *graph().prompts()->Get(i);
    if (std::strcmp(text_of(prompt.name()), name) == 0) return text_of(prompt.text());
    append_name(names, sizeof names, text_of(prompt.name()));
  }
  return Status::error(Code::not_found, "the model has no prompt named '%.200s'; it has %s", name,
                       *names != '\0' ? names : "none");
}

}  // namespace linnet
