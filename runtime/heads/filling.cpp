#include "runtime/heads/filling.h"

#include <algorithm>
#include <cmath>

#include "runtime/heads/call_memory.h"
#include "runtime/heads/scores.h"

namespace linnet {

namespace {

// Of two tokens the one that stands behind. Scores are still those of the head.
bool worse(const Filler& a, const Filler& b) { return a.score != b.score ? a.score < b.score : a.id > b.id; }

// Puts the filler at `at` in its place in a heap of `count` with the worst one at its front, which is right elsewhere.
void sift_down(Filler* heap, size_t at, size_t count) {
  for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
    if (child + 1 < count && worse(heap[child + 1], heap[child])) ++child;
    if (!worse(heap[child], heap[at])) return;
    std::swap(heap[child], heap[at]);
    at = child;
  }
}

struct Reader {
  const Tokenizer& tokenizer;
  const int32_t* ids;
  int32_t mask;
  size_t width, top;
  Filler* next;  // for the next mask

  void fill(const float* scores) {
    std::fill(next, next + top, Filler{-1, nullptr, 0, -HUGE_VAL});
    // A table may have more rows than there are tokens.
    const uint32_t tokens = static_cast<uint32_t>(std::min<size_t>(width, tokenizer.vocabulary_size()));
    for (uint32_t id = 0; id < tokens; ++id) {
      const Filler filler = {static_cast<int32_t>(id), nullptr, 0, scores[id]};
      if (!worse(next[0], filler)) continue;
      next[0] = filler;
      sift_down(next, 0, top);
    }
    const Softmax softmax(scores, width);
    for (size_t i = top; i-- > 0;) {
      std::swap(next[0], next[i]);
      sift_down(next, 0, i);
      next[i].token = tokenizer.token(static_cast<uint32_t>(next[i].id), &next[i].bytes);
      next[i].score = softmax.of(static_cast<float>(next[i].score));
    }
    next += top;
  }

  static void see(void* self, size_t row, const float* scores) {
    Reader& reader = *static_cast<Reader*>(self);
    if (reader.ids[row] == reader.mask) reader.fill(scores);
  }
};

}  // namespace

Status fill_masks(const Model& model, Session& session, const fbs::Head& head, const Text& text, size_t top,
                  Filler* fillers, size_t capacity, size_t* masks) {
  *masks = 0;
  CallMemory memory(session);
  const size_t most = model.max_tokens();
  auto* const ids = static_cast<int32_t*>(memory.take(Checked(most) * sizeof(int32_t)));
  if (ids == nullptr) return CallMemory::none();
  const Result<size_t> count = session.tokenize(text, nullptr, most, ids, most);
  if (!count.ok()) return count.status();
  const Tokenizer& tokenizer = *model.tokenizer();
  const int32_t mask = tokenizer.graph()->mask_id();
  if (mask < 0) return Status::error(Code::unsupported, "the model's tokenizer has no mask");
  for (size_t i = 0; i < *count; ++i) *masks += ids[i] == mask ? 1 : 0;
  if (*masks == 0) {
    size_t bytes = 0;
    const char* const token = tokenizer.token(static_cast<uint32_t>(mask), &bytes);
    return Status::error(Code::invalid_argument, "the text has no %.*s among its first %zu tokens",
                         static_cast<int>(bytes), token, most);
  }
  if (top > capacity / *masks) {
    return Status::error(Code::limit, "%zu fillers for each of %zu masks are more than %zu", top, *masks, capacity);
  }
  if (top == 0) return Status();
  Reader reader = {tokenizer, ids, mask, model.value(head.value()).width(), top, fillers};
  const Tap tap = {head.value(), nullptr, 0, Reader::see, &reader};
  return session.run(ids, &*count, 1, &tap, 1);
}

}  // namespace linnet
