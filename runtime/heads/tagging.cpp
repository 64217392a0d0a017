#include "runtime/heads/tagging.h"

#include <algorithm>
#include <cstring>

#include "runtime/heads/scores.h"
#include "runtime/heads/sequences.h"

namespace linnet {

namespace {

// What the head says of a token.
struct Labelled {
  uint32_t label;
  float probability;
};
static_assert(sizeof(Labelled) == 8);  // a row of a SequenceBatch

struct Reader {
  Labelled* tokens;
  size_t labels;

  static void see(void* self, size_t row, const float* scores) {
    const Reader& reader = *static_cast<const Reader*>(self);
    const float* const best = std::max_element(scores, scores + reader.labels);
    reader.tokens[row] = {static_cast<uint32_t>(best - scores), Softmax(scores, reader.labels).of(*best)};
  }
};

// How many tokens of a window stand on the narrower side of a token of it.
size_t context_of(const Window& window, size_t token) { return std::min(token - window.begin, window.end - 1 - token); }

// Whether the window behind that of a token is the better one for it.
bool next_is_better(const Window& window, const Window& next, size_t token) {
  return token >= window.end || (token >= next.begin && context_of(next, token) > context_of(window, token));
}

bool begins_with(const char* label, char mark) { return label[0] == mark && label[1] == '-'; }

}  // namespace

Result<Tagger> Tagger::create(const Model& model, Session& session) {
  constexpr fbs::HeadKind kKind = fbs::HeadKind::TokenClassification;
  const fbs::Head* head = find_head(model, kKind, kKind);
  if (head != nullptr) return Tagger(model, session, *head);
  return Status::error(Code::unsupported,
                       "the model has no tagger; convert a checkpoint with a token classification head");
}

Status Tagger::tag(const Text* texts, size_t count, const WordSink& sink) const {
  const Tokenizer* const tokenizer = model_->tokenizer();
  if (tokenizer == nullptr) return Status::error(Code::unsupported, "the model has no tokenizer");
  SequenceBatch batch(*model_);
  const size_t most = model_->max_tokens();
  if (most < batch.around() + 2) {
    return Status::error(Code::unsupported, "the model takes no more than %zu tokens", most);
  }
  const size_t room = most - batch.around(), overlap = room / 4;

  CallMemory memory(*session_);
  auto* const tokens = static_cast<TokenizedText*>(memory.take(Checked(count) * sizeof(TokenizedText)));
  if (tokens == nullptr) return CallMemory::none();
  size_t sequences = 0;
  Checked together = 0;
  for (size_t i = 0; i < count; ++i) {
    const Status status = tokenize_text(*session_, texts[i], memory, tokens + i);
    if (!status.ok()) return Status::error(status.code(), "text %zu: %s", i, status.message());
    const Windows windows = {tokens[i].count, room, overlap};
    sequences += windows.count();
    together = together + Checked(windows.count()) * overlap + tokens[i].count;
  }
  LINNET_RETURN_IF_ERROR(batch.reserve(memory, sequences, together));
  for (size_t i = 0; i < count; ++i) batch.add(tokens[i], {tokens[i].count, room, overlap});
  Reader reader = {static_cast<Labelled*>(batch.rows()), labels()};
  LINNET_RETURN_IF_ERROR(batch.run(*session_, {head_->value(), nullptr, 0, Reader::see, &reader}));

  size_t sequence = 0;
  for (size_t i = 0; i < count; ++i) {
    const TokenizedText& text = tokens[i];
    const Windows windows = {text.count, room, overlap};
    TaggedWord word;
    size_t best = 0;  // windows before it end too early for this token
    for (size_t t = 0; t < text.count; ++t) {
      if (t == 0 || !tokenizer->continues_word(text.ids[t])) {
        if (t > 0) sink.take(sink.self, word);
        while (best + 1 < windows.count() && next_is_better(windows[best], windows[best + 1], t)) ++best;
        const Labelled& found = reader.tokens[batch.text_begin(sequence + best) + t - windows[best].begin];
        word = {i, text.spans[t].begin, 0, found.label, found.probability};
      }
      word.end = text.spans[t].end;
    }
    if (text.count > 0) sink.take(sink.self, word);
    sequence += windows.count();
  }
  return Status();
}

void EntityJoiner::add(const TaggedWord& word, const char* label) {
  const bool begins = begins_with(label, 'B');
  const char* const type = begins || begins_with(label, 'I') ? label + 2 : label;
  if (std::strcmp(label, "O") == 0) {
    type_ = nullptr;
    return;
  }
  if (type_ != nullptr && !begins && word.text == text_ && std::strcmp(type, type_) == 0) {
    ++words_;
    if (count_ > capacity_) return;
    Entity& entity = entities_[count_ - 1];
    entity.end = word.end;
    entity.score += (word.probability - entity.score) / static_cast<double>(words_);
    return;
  }
  if (count_ < capacity_) entities_[count_] = {word.text, word.begin, word.end, type, word.probability};
  ++count_;
  text_ = word.text;
  words_ = 1;
  type_ = type;
}

}  // namespace linnet
