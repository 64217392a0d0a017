// What the heads of a model say of texts: entities, answers, tokens for a mask, orders.
#include <algorithm>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "lab/embedder.h"
#include "lab/utf8.h"
#include "python/src/call_progress.h"
#include "python/src/errors.h"
#include "python/src/model.h"
#include "python/src/texts.h"
#include "runtime/heads/answering.h"
#include "runtime/heads/filling.h"
#include "runtime/heads/reranking.h"
#include "runtime/heads/tagging.h"

namespace linnet::python {

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using TypedTexts = nb::typed<nb::list, nb::str>;

// A call of the session is not longer than this, so that others have their turn and Ctrl-C is heard.
constexpr size_t kMostTexts = 256;

std::vector<std::string> copies_of(const TextList& texts) {
  std::vector<std::string> copies;
  copies.reserve(texts.texts().size());
  for (const Text& text : texts.texts()) copies.emplace_back(text.data, text.bytes);
  return copies;
}

// (text, begin, end): bytes [begin, end) of a text, by its characters.
nb::tuple piece_of(const std::string& whole, size_t begin, size_t end) {
  return nb::make_tuple(text(whole.data() + begin, end - begin), lab::characters_before(whole, begin),
                        lab::characters_before(whole, end));
}

nb::list tag(const ModelHandle& handle, const TypedTexts& list, size_t batch, const nb::object& progress) {
  const std::shared_ptr<OpenModel> open = handle.get();
  const std::vector<std::string> texts = copies_of(TextList(list));
  CallProgress call(progress);
  using Entities = std::vector<std::vector<Entity>>;
  const Entities found = take(call.run([&]() -> Result<Entities> {
    Entities entities;
    batch = std::min(batch, kMostTexts);
    for (size_t begin = 0; begin < texts.size(); begin += batch) {
      const size_t end = std::min(begin + batch, texts.size());
      Result<SessionPool::Lease> session = open->pool->take();
      if (!session.ok()) return session.status();
      const Result<Tagger> tagger = Tagger::create(open->model, **session);
      if (!tagger.ok()) return tagger.status();
      const auto words =
          tagger->tag({texts.begin() + static_cast<ptrdiff_t>(begin), texts.begin() + static_cast<ptrdiff_t>(end)});
      if (!words.ok()) return words.status().within(("from text " + std::to_string(begin)).c_str());
      for (const std::vector<TaggedWord>& one : *words) {
        entities.push_back(entities_of(one, tagger->labels()));
      }
      if (!call(end, texts.size())) return Status::error(Code::io, "interrupted");
    }
    return entities;
  }));
  nb::list result;
  for (size_t i = 0; i < found.size(); ++i) {
    nb::list entities;
    for (const Entity& entity : found[i]) {
      entities.append(nb::make_tuple(text(entity.label.data(), entity.label.size()),
                                     piece_of(texts[i], entity.begin, entity.end), entity.score));
    }
    result.append(entities);
  }
  return result;
}

nb::list answer(const ModelHandle& handle, const TypedTexts& question_and_text, size_t top, size_t most) {
  const std::shared_ptr<OpenModel> open = handle.get();
  const std::vector<std::string> both = copies_of(TextList(question_and_text));
  AnswerOptions options;
  options.top = top;
  options.max_tokens = most;
  CallProgress call;
  using Answers = std::vector<Answer>;
  const Answers answers = take(call.run([&]() -> Result<Answers> {
    Result<Session> session = open->pool->create();
    if (!session.ok()) return session.status();
    return find_answers(open->model, *session, both[0], both[1], options);
  }));
  nb::list result;
  for (const Answer& each : answers) {
    result.append(nb::make_tuple(piece_of(both[1], each.begin, each.end), each.score));
  }
  return result;
}

nb::list fill_mask(const ModelHandle& handle, const TypedTexts& list, size_t top) {
  const std::shared_ptr<OpenModel> open = handle.get();
  const std::vector<std::string> texts = copies_of(TextList(list));
  CallProgress call;
  using Masks = std::vector<std::vector<Filler>>;
  const Masks masks = take(call.run([&]() -> Result<Masks> {
    // One text a pass: the scores of a token are as many as there are tokens in the vocabulary.
    Result<Session> session = open->pool->create(open->model.max_tokens());
    if (!session.ok()) return session.status();
    return fill_masks(open->model, *session, texts[0], top);
  }));
  nb::list result;
  for (const std::vector<Filler>& mask : masks) {
    nb::list fillers;
    for (const Filler& filler : mask) {
      fillers.append(nb::make_tuple(text(filler.token.data(), filler.token.size()), filler.id, filler.probability));
    }
    result.append(fillers);
  }
  return result;
}

nb::list rerank(const ModelHandle& handle, const TypedTexts& query, const TypedTexts& list, size_t batch,
                const std::string& prompt, const nb::object& progress) {
  const std::shared_ptr<OpenModel> open = handle.get();
  const std::vector<std::string> asked = copies_of(TextList(query));
  const TextList texts(list);
  CallProgress call(progress);
  const std::vector<float> scores = take(call.run([&]() -> Result<std::vector<float>> {
    std::vector<float> all;
    const std::span<const Text> given(texts.texts());
    batch = std::min(batch, kMostTexts);
    for (size_t begin = 0; begin < given.size(); begin += batch) {
      Result<SessionPool::Lease> session = open->pool->take();
      if (!session.ok()) return session.status();
      const Result<Reranker> reranker = Reranker::create(open->model, **session, prompt);
      if (!reranker.ok()) return reranker.status();
      const size_t count = std::min(batch, given.size() - begin);
      const Result<std::vector<float>> part = reranker->score(asked[0], given.subspan(begin, count), batch);
      if (!part.ok()) return part.status();
      all.insert(all.end(), part->begin(), part->end());
      if (!call(begin + count, given.size())) return Status::error(Code::io, "interrupted");
    }
    return all;
  }));
  nb::list result;
  for (const uint32_t i : ranking_of(scores)) result.append(nb::make_tuple(i, scores[i]));
  return result;
}

}  // namespace

void bind_heads(nb::module_& module) {
  module.def("tag", &tag, "model"_a, "texts"_a, "batch"_a, "progress"_a.none(),
             nb::sig("def tag(model: Model, texts: list[str], batch: int, progress: object | None) -> "
                     "list[list[tuple[str, tuple[str, int, int], float]]]"),
             "For each text its entities: label, (text, begin, end), score.");
  module.def("answer", &answer, "model"_a, "question_and_text"_a, "top"_a, "most"_a,
             nb::sig("def answer(model: Model, question_and_text: list[str], top: int, most: int) -> "
                     "list[tuple[tuple[str, int, int], float]]"),
             "The best answers: (text, begin, end), score.");
  module.def("fill_mask", &fill_mask, "model"_a, "texts"_a, "top"_a,
             nb::sig("def fill_mask(model: Model, texts: list[str], top: int) -> list[list[tuple[str, int, float]]]"),
             "For each mask of one text its most probable tokens: token, id, probability.");
  module.def("rerank", &rerank, "model"_a, "query"_a, "texts"_a, "batch"_a, "prompt"_a, "progress"_a.none(),
             nb::sig("def rerank(model: Model, query: list[str], texts: list[str], batch: int, prompt: str, "
                     "progress: object | None) -> list[tuple[int, float]]"),
             "The places of the texts by their scores for one query, the best first.");
}

}  // namespace linnet::python
