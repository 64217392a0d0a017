#include "tests/runtime/heads/tiny_head.h"

#include <gtest/gtest.h>
#include <utility>

#include "converters/convert.h"
#include "lab/findings.h"
#include "quant/running_model.h"

struct TinyHead::Inside {
  linnet::RunningModel running;
};

namespace {

linnet::Text view(const std::string& text) { return {text.data(), text.size()}; }

// What there is, or nothing, with the current test failed.
template <typename T>
T taken(linnet::Result<T> result) {
  EXPECT_TRUE(result.ok()) << result.status().message();
  return std::move(*result);
}

template <typename T>
std::vector<T> joined(const std::vector<std::vector<T>>& lists) {
  std::vector<T> all;
  for (const std::vector<T>& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace

TinyHead::TinyHead(const std::string& checkpoint, const std::string& head, Without without)
    : inside_(std::make_unique<Inside>()) {
  linnet::ConvertOptions options;
  options.head = head;
  linnet::EditableModel editable = taken(
      linnet::convert_checkpoint(std::string(LINNET_TEST_DATA) + "/models/heads/" + checkpoint, options, nullptr));
  if (without == Without::pairs) editable.graph.tokenizer->pair_ids.clear();
  if (without == Without::mask) editable.graph.tokenizer->mask_id = -1;
  inside_->running = taken(linnet::RunningModel::start(editable));
}

TinyHead::~TinyHead() = default;

std::span<const unsigned char> TinyHead::file() const {
  const linnet::ModelView& view = inside_->running.model().view();
  return {view.bytes(), view.size()};
}

std::vector<linnet_entity> TinyHead::tag(const std::vector<std::string>& texts) const {
  const linnet::Tagger tagger = taken(linnet::Tagger::create(inside_->running.model(), inside_->running.session()));
  return joined(taken(linnet::lab::find_entities(tagger, linnet::lab::views_of(texts))));
}

std::vector<linnet_span> TinyHead::answer(const std::string& question, const std::string& text, size_t max_tokens,
                                          size_t top) {
  linnet::AnswerOptions options;
  options.max_tokens = max_tokens;
  return taken(linnet::lab::find_answers(inside_->running.model(), inside_->running.session(), view(question),
                                         view(text), options, top));
}

std::vector<linnet_filler> TinyHead::fill_mask(const std::string& text, size_t top) {
  return joined(taken(linnet::lab::fill_masks(inside_->running.model(), inside_->running.session(), view(text), top)));
}

std::vector<float> TinyHead::rerank(const std::string& query, const std::vector<std::string>& texts) {
  const linnet::Reranker reranker =
      taken(linnet::Reranker::create(inside_->running.model(), inside_->running.session(), ""));
  std::vector<float> scores(texts.size());
  const linnet::Status status =
      reranker.score(view(query), linnet::lab::views_of(texts).data(), texts.size(), scores.data());
  EXPECT_TRUE(status.ok()) << status.message();
  return scores;
}
