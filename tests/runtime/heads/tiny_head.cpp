#include "tests/runtime/heads/tiny_head.h"

#include <cstring>
#include <gtest/gtest.h>
#include <new>
#include <utility>

#include "converters/convert.h"
#include "lab/findings.h"
#include "model/layout.h"
#include "runtime/session.h"

struct TinyHead::Inside {
  struct Free {
    void operator()(uint8_t* bytes) const { ::operator delete(bytes, std::align_val_t(linnet::kSectionAlignment)); }
  };
  std::unique_ptr<uint8_t, Free> bytes;
  size_t size = 0;
  linnet::Model model;
  mutable linnet::Session session;
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
  const std::vector<uint8_t> file = taken(linnet::serialize_model(editable));
  inside_->bytes.reset(static_cast<uint8_t*>(::operator new(file.size(), std::align_val_t(linnet::kSectionAlignment))));
  inside_->size = file.size();
  std::memcpy(inside_->bytes.get(), file.data(), file.size());
  inside_->model = taken(linnet::Model::from_memory(inside_->bytes.get(), file.size()));
  inside_->session = taken(linnet::Session::create(inside_->model));
}

TinyHead::~TinyHead() = default;

std::span<const unsigned char> TinyHead::file() const { return {inside_->bytes.get(), inside_->size}; }

std::vector<linnet_entity> TinyHead::tag(const std::vector<std::string>& texts) const {
  const linnet::Tagger tagger = taken(linnet::Tagger::create(inside_->model, inside_->session));
  return joined(taken(linnet::lab::find_entities(tagger, linnet::lab::views_of(texts))));
}

std::vector<linnet_span> TinyHead::answer(const std::string& question, const std::string& text, size_t max_tokens,
                                          size_t top) {
  linnet::AnswerOptions options;
  options.max_tokens = max_tokens;
  return taken(linnet::lab::find_answers(inside_->model, inside_->session, view(question), view(text), options, top));
}

std::vector<linnet_filler> TinyHead::fill_mask(const std::string& text, size_t top) {
  return joined(taken(linnet::lab::fill_masks(inside_->model, inside_->session, view(text), top)));
}

std::vector<float> TinyHead::rerank(const std::string& query, const std::vector<std::string>& texts) {
  const linnet::Reranker reranker = taken(linnet::Reranker::create(inside_->model, inside_->session, ""));
  std::vector<float> scores(texts.size());
  const linnet::Status status =
      reranker.score(view(query), linnet::lab::views_of(texts).data(), texts.size(), scores.data());
  EXPECT_TRUE(status.ok()) << status.message();
  return scores;
}
