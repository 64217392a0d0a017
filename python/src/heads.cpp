// What the heads of a model say of texts: entities, answers, tokens for a mask, orders.
#include <algorithm>
#include <iterator>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "lab/findings.h"
#include "lab/utf8.h"
#include "python/src/call_progress.h"
#include "python/src/errors.h"
#include "python/src/model.h"
#include "python/src/texts.h"

namespace linnet::python {

namespace nb = nanobind;
using namespace nb::literals;

namespace {

// (text, begin, end): bytes [begin, end) of a text, by its characters.
nb::tuple piece_of(const Text& whole, size_t begin, size_t end) {
  const std::string_view bytes(whole.data, whole.bytes);
  return nb::make_tuple(text(whole.data + begin, end - begin), lab::characters_before(bytes, begin),
                        lab::characters_before(bytes, end));
}

nb::list tag(const ModelHandle& handle, const TypedTexts& list, size_t batch, const nb::object& progress) {
  const std::shared_ptr<OpenModel> open = handle.get();
  const TextList kept(list);
  const std::span<const Text> texts(kept.texts());
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
      Result<Entities> part = lab::find_entities(*tagger, texts.subspan(begin, end - begin));
      if (!part.ok()) return part.status().within(("from text " + std::to_string(begin)).c_str());
      std::move(part->begin(), part->end(), std::back_inserter(entities));
      if (!call(end, texts.size())) return Status::error(Code::io, "interrupted");
    }
    return entities;
  }));
  nb::list result;
  for (size_t i = 0; i < found.size(); ++i) {
    nb::list entities;
    for (const Entity& entity : found[i]) {
      entities.append(nb::make_tuple(text(entity.label), piece_of(texts[i], entity.begin, entity.end), entity.score));
    }
    result.append(entities);
  }
  return result;
}

nb::list answer(const ModelHandle& handle, const TypedTexts& question_and_text, size_t top, size_t most) {
  const std::shared_ptr<OpenModel> open = handle.get();
  const TextList kept(question_and_text);
  const Text question = kept.texts().at(0), whole = kept.texts().at(1);
  AnswerOptions options;
  options.max_tokens = most;
  CallProgress call;
  using Answers = std::vector<Answer>;
  const Answers answers = take(call.run([&]() -> Result<Answers> {
    Result<Session> session = open->pool->create();
    if (!session.ok()) return session.status();
    return lab::find_answers(open->model, *session, question, whole, options, top);
  }));
  nb::list result;
  for (const Answer& each : answers) {
    result.append(nb::make_tuple(piece_of(whole, each.begin, each.end), each.score));
  }
  return result;
}

nb::list fill_mask(const ModelHandle& handle, const TypedTexts& list, size_t top) {
  const std::shared_ptr<OpenModel> open = handle.get();
  const TextList texts(list);
  CallProgress call;
  using Masks = std::vector<std::vector<Filler>>;
  const Masks masks = take(call.run([&]() -> Result<Masks> {
    // One text a pass: the scores of a token are as many as there are tokens in the vocabulary.
    Result<Session> session = open->pool->create(open->model.max_tokens());
    if (!session.ok()) return session.status();
    return lab::fill_masks(open->model, *session, texts.texts().at(0), top);
  }));
  nb::list result;
  for (const std::vector<Filler>& mask : masks) {
    nb::list fillers;
    for (const Filler& filler : mask) {
      fillers.append(nb::make_tuple(text(filler.token, filler.bytes), filler.id, filler.score));
    }
    result.append(fillers);
  }
  return result;
}

nb::list rerank(const ModelHandle& handle, const TypedTexts& query, const TypedTexts& list, size_t batch,
                const std::string& prompt, const nb::object& progress) {
  const std::shared_ptr<OpenModel> open = handle.get();
  const TextList asked(query);
  const TextList texts(list);
  CallProgress call(progress);
  const std::vector<float> scores = take(call.run([&]() -> Result<std::vector<float>> {
    const std::span<const Text> given(texts.texts());
    std::vector<float> all(given.size());
    batch = std::min(batch, kMostTexts);
    for (size_t begin = 0; begin < given.size(); begin += batch) {
      Result<SessionPool::Lease> session = open->pool->take();
      if (!session.ok()) return session.status();
      const Result<Reranker> reranker = Reranker::create(open->model, **session, prompt.c_str());
      if (!reranker.ok()) return reranker.status();
      const size_t count = std::min(batch, given.size() - begin);
      LINNET_RETURN_IF_ERROR(reranker->score(asked.texts().at(0), given.data() + begin, count, all.data() + begin));
      if (!call(begin + count, given.size())) return Status::error(Code::io, "interrupted");
    }
    return all;
  }));
  nb::list result;
  for (const uint32_t i : lab::ranking_of(scores)) result.append(nb::make_tuple(i, scores[i]));
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
