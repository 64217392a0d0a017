#include "runtime/heads/tagging.h"

#include <algorithm>
#include <cmath>

#include "runtime/heads/scores.h"
#include "runtime/heads/sequences.h"

namespace linnet {

namespace {

// "B-PER" -> "PER"; a label without "B-" or "I-" is its own type.
std::string type_of(const std::string& label) {
  return label.starts_with("B-") || label.starts_with("I-") ? label.substr(2) : label;
}

// How many tokens of a window stand on the narrower side of a token.
size_t context_of(const Window& window, size_t token) { return std::min(token - window.begin, window.end - 1 - token); }

}  // namespace

Result<Tagger> Tagger::create(const Model& model, Session& session) {
  constexpr fbs::HeadKind kKind = fbs::HeadKind::TokenClassification;
  const fbs::Head* head = find_head(model, kKind, kKind);
  if (head == nullptr) {
    return Status::error(Code::unsupported,
                         "the model has no tagger; convert a checkpoint with a token classification head");
  }
  if (model.tokenizer() == nullptr) return Status::error(Code::unsupported, "the model has no tokenizer");
  Tagger tagger;
  tagger.model_ = &model;
  tagger.session_ = &session;
  tagger.value_ = head->value();
  for (uint32_t i = 0; i < head->labels()->size(); ++i) tagger.labels_.emplace_back(text_of(head->labels()->Get(i)));
  return tagger;
}

Result<std::vector<std::vector<TaggedWord>>> Tagger::tag(const std::vector<std::string>& texts) const {
  const size_t special = special_tokens(*model_, false), most = model_->max_tokens();
  if (most < special + 2) return Status::error(Code::unsupported, "the model takes no more than %zu tokens", most);
  const size_t room = most - special, overlap = room / 4;
  SequenceBatch batch(*model_);
  std::vector<TokenizedText> tokens;
  std::vector<std::vector<Window>> windows;
  for (size_t i = 0; i < texts.size(); ++i) {
    Result<TokenizedText> tokenized = tokenize_text(*session_, texts[i]);
    if (!tokenized.ok()) return tokenized.status().within(("text " + std::to_string(i + 1)).c_str());
    tokens.push_back(std::move(*tokenized));
    windows.push_back(windows_of(tokens.back().ids.size(), room, overlap));
    const std::span<const int32_t> ids(tokens.back().ids);
    for (const Window& window : windows.back()) batch.add(ids.subspan(window.begin, window.end - window.begin));
  }
  Result<std::vector<float>> rows = batch.run(*session_, value_);
  if (!rows.ok()) return rows.status();

  const size_t width = labels_.size();
  std::vector<std::vector<TaggedWord>> result(texts.size());
  size_t sequence = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    const TokenizedText& text = tokens[i];
    size_t best = 0;  // windows before it end too early for this token
    for (size_t t = 0; t < text.ids.size(); ++t) {
      const TokenSpan span = text.spans[t];
      if (t > 0 && model_->tokenizer()->continues_word(text.ids[t])) {
        result[i].back().end = span.end;
        continue;
      }
      while (best + 1 < windows[i].size() && windows[i][best + 1].begin <= t &&
             context_of(windows[i][best + 1], t) > context_of(windows[i][best], t)) {
        ++best;
      }
      float* row = rows->data() + (batch.text_begin(sequence + best) + t - windows[i][best].begin) * width;
      const Status status = finish_scores(fbs::HeadKind::TokenClassification, row, width);
      if (!status.ok()) return status.within(("text " + std::to_string(i + 1)).c_str());
      const float* label = std::max_element(row, row + width);
      result[i].push_back({span.begin, span.end, static_cast<uint32_t>(label - row), *label});
    }
    sequence += windows[i].size();
  }
  return result;
}

std::vector<Entity> entities_of(const std::vector<TaggedWord>& words, const std::vector<std::string>& labels) {
  std::vector<Entity> entities;
  size_t joined = 0;  // words of the last entity
  bool open = false;  // the last entity may go on
  for (const TaggedWord& word : words) {
    const std::string& label = labels[word.label];
    const std::string type = type_of(label);
    if (label == "O") {
      open = false;
      continue;
    }
    if (open && !label.starts_with("B-") && entities.back().label == type) {
      Entity& entity = entities.back();
      entity.end = word.end;
      entity.score += (word.probability - entity.score) / static_cast<double>(++joined);
      continue;
    }
    entities.push_back({type, word.begin, word.end, word.probability});
    joined = 1;
    open = true;
  }
  return entities;
}

}  // namespace linnet
