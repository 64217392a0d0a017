// What heads say, through the public headers: the same as the C++ classes say, and errors.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <linnet/linnet.hpp>
#include <string>
#include <vector>

#include "tests/runtime/heads/tiny_head.h"

namespace {

const std::string kText =
    "The big cat runs over the small house. A dog, a bird; and WATER! playing under blue houses 24 times? The cat "
    "under the water is big, it is not the bird: unplayed, quickly, under the h\xc3\xb6use.";
const char kBroken[] = "the \xff cat";

// Counts what it has out, and has no more once `left` is 0.
struct CountingAllocator {
  long out = 0, left = 1000000;

  static void* allocate(void* self, size_t bytes, size_t alignment) {
    auto* const counting = static_cast<CountingAllocator*>(self);
    if (counting->left == 0) return nullptr;
    --counting->left;
    ++counting->out;
    return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  }
  static void release(void* self, void* memory) {
    --static_cast<CountingAllocator*>(self)->out;
    std::free(memory);
  }
};

// A model of a tiny checkpoint and a session over it.
struct Opened {
  TinyHead tiny;
  CountingAllocator allocator;
  linnet::Model model;
  linnet::Session session;

  explicit Opened(const std::string& checkpoint, const std::string& head = "",
                  TinyHead::Without without = TinyHead::Without::nothing)
      : tiny(checkpoint, head, without) {
    linnet::Error error = model.open(tiny.file());
    EXPECT_FALSE(error) << error.message();
    linnet_session_options options = {};
    options.allocate = CountingAllocator::allocate;
    options.release = CountingAllocator::release;
    options.allocator_self = &allocator;
    error = session.create(model, options);
    EXPECT_FALSE(error) << error.message();
  }

  // Calls `call` with memory, and then with none and one block more each time: it is to give back what it took.
  template <typename Call>
  void expect_to_need_memory(const Call& call) {
    const long before = allocator.out;
    EXPECT_EQ(call(), LINNET_OK);
    EXPECT_EQ(allocator.out, before);
    linnet_code code = LINNET_OUT_OF_MEMORY;
    long blocks = 0;
    for (; code == LINNET_OUT_OF_MEMORY && blocks < 100; ++blocks) {
      allocator.left = blocks;
      code = call();
      EXPECT_EQ(allocator.out, before);
    }
    EXPECT_EQ(code, LINNET_OK);
    EXPECT_GT(blocks, 1) << "without memory it was done, too";
    allocator.left = 1000000;
  }
};

std::vector<std::string_view> views_of(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

void expect_equal(const std::vector<linnet_entity>& found, const std::vector<linnet_entity>& wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].text, wanted[i].text);
    EXPECT_EQ(found[i].begin, wanted[i].begin);
    EXPECT_EQ(found[i].end, wanted[i].end);
    EXPECT_STREQ(found[i].label, wanted[i].label);
    EXPECT_EQ(found[i].score, wanted[i].score);
  }
}

TEST(CApiHeads, TagAsTheClassesDo) {
  Opened opened("bert_tagging");
  // More than the C++ layer and the C interface hand on at a time.
  std::vector<std::string> texts;
  for (size_t i = 0; i < 300; ++i)
    texts.push_back(i % 3 == 0 ? kText : i % 3 == 1 ? "" : "the cat" + std::to_string(i));
  const std::vector<linnet_entity> wanted = opened.tiny.tag(texts);
  ASSERT_GT(wanted.size(), 300u);
  std::vector<linnet_entity> entities(wanted.size());
  size_t found = 0;
  const linnet::Error error = opened.session.tag(0, views_of(texts), entities, found);
  ASSERT_FALSE(error) << error.message();
  ASSERT_EQ(found, wanted.size());
  expect_equal(entities, wanted);

  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  std::fill(entities.begin(), entities.end(), linnet_entity{});
  ASSERT_EQ(linnet_tag(opened.session.get(), 0, pointers.data(), nullptr, texts.size(), entities.data(),
                       entities.size(), &found, nullptr),
            LINNET_OK);
  ASSERT_EQ(found, wanted.size());
  expect_equal(entities, wanted);
  ASSERT_EQ(linnet_tag(opened.session.get(), 0, nullptr, nullptr, 0, nullptr, 0, &found, nullptr), LINNET_OK);
  EXPECT_EQ(found, 0u);
}

TEST(CApiHeads, TagSaysHowManyThereAreWhenTheyDoNotFit) {
  Opened opened("bert_tagging");
  const std::vector<std::string> texts(3, kText);
  const std::vector<linnet_entity> wanted = opened.tiny.tag(texts);
  const char* const pointers[] = {kText.c_str(), kText.c_str(), kText.c_str()};
  for (const size_t capacity : {size_t{0}, size_t{1}, wanted.size() - 1}) {
    std::vector<linnet_entity> entities(capacity + 1);
    entities[capacity].label = "untouched";
    size_t found = 0;
    linnet_error error;
    EXPECT_EQ(linnet_tag(opened.session.get(), 0, pointers, nullptr, 3, capacity > 0 ? entities.data() : nullptr,
                         capacity, &found, &error),
              LINNET_LIMIT);
    EXPECT_EQ(std::string(error.message),
              std::to_string(wanted.size()) + " entities are more than " + std::to_string(capacity));
    EXPECT_EQ(found, wanted.size());
    EXPECT_STREQ(entities[capacity].label, "untouched");
    entities.pop_back();
    expect_equal(entities, {wanted.begin(), wanted.begin() + static_cast<ptrdiff_t>(capacity)});
  }
}

TEST(CApiHeads, AnswerAsTheClassesDo) {
  Opened opened("electra_qa");
  const std::string question = "where is the cat?";
  for (const size_t longest : {1u, 4u, 15u}) {
    const std::vector<linnet_span> wanted = opened.tiny.answer(question, kText, longest, 100);
    ASSERT_GT(wanted.size(), 3u);
    std::vector<linnet_span> answers(100);
    size_t found = 0;
    linnet_answer_options options = {};
    options.max_answer_tokens = longest == 15 ? 0 : longest;
    const linnet::Error error = opened.session.answer(0, question, kText, answers, found, options);
    ASSERT_FALSE(error) << error.message();
    ASSERT_EQ(found, wanted.size());
    for (size_t i = 0; i < found; ++i) {
      EXPECT_EQ(answers[i].begin, wanted[i].begin);
      EXPECT_EQ(answers[i].end, wanted[i].end);
      EXPECT_EQ(answers[i].score, wanted[i].score);
    }
    // The best of fewer are the same.
    std::vector<linnet_span> best(2);
    ASSERT_FALSE(opened.session.answer(0, question, kText, best, found, options));
    ASSERT_EQ(found, 2u);
    EXPECT_EQ(std::memcmp(best.data(), answers.data(), 2 * sizeof(linnet_span)), 0);
  }
  size_t found = 9;
  ASSERT_FALSE(opened.session.answer(0, question, kText, {}, found));
  EXPECT_EQ(found, 0u);
  std::vector<linnet_span> answers(1);
  ASSERT_FALSE(opened.session.answer(0, question, " \n", answers, found));
  EXPECT_EQ(found, 0u) << "there are no words";
}

TEST(CApiHeads, FillMasksAsTheClassesDo) {
  Opened opened("mpnet_fill_mask", "fill-mask");
  const std::string text = "the <mask> runs over <mask>";
  const std::vector<linnet_filler> wanted = opened.tiny.fill_mask(text, 3);
  ASSERT_EQ(wanted.size(), 6u);
  std::vector<linnet_filler> fillers(7);
  size_t masks = 0;
  const linnet::Error error = opened.session.fill_mask(0, text, 3, fillers, masks);
  ASSERT_FALSE(error) << error.message();
  ASSERT_EQ(masks, 2u);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(fillers[i].id, wanted[i].id);
    EXPECT_EQ(std::string_view(fillers[i].token, fillers[i].bytes), std::string_view(wanted[i].token, wanted[i].bytes));
    EXPECT_EQ(fillers[i].score, wanted[i].score);
  }
  // More than the vocabulary has.
  std::vector<linnet_filler> all(2 * 1000);
  ASSERT_FALSE(opened.session.fill_mask(0, text, 1000, all, masks));
  double sum = 0;
  size_t tokens = 0;
  for (size_t i = 0; i < 1000; ++i) {
    sum += all[i].score;
    tokens += all[i].id >= 0 ? 1 : 0;
  }
  EXPECT_NEAR(sum, 1, 1e-5);
  EXPECT_GT(tokens, 20u);
  EXPECT_LT(tokens, 1000u);
  EXPECT_EQ(all[tokens].id, -1);
  EXPECT_EQ(all[999].token, nullptr);
  EXPECT_EQ(std::memcmp(&all[1000].score, &fillers[3].score, sizeof(double)), 0);
}

TEST(CApiHeads, FillMaskNeedsAMaskAndRoom) {
  Opened opened("mpnet_fill_mask", "fill-mask");
  std::vector<linnet_filler> fillers(3);
  size_t masks = 9;
  linnet::Error error = opened.session.fill_mask(0, "the cat", 1, fillers, masks);
  EXPECT_EQ(error.code(), LINNET_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message(), "the text has no <mask> among its first 30 tokens");
  EXPECT_EQ(masks, 0u);
  error = opened.session.fill_mask(0, "the <mask> runs <mask>", 2, fillers, masks);
  EXPECT_EQ(error.code(), LINNET_LIMIT);
  EXPECT_EQ(masks, 2u);
  error = opened.session.fill_mask(0, "<mask>", SIZE_MAX, fillers, masks);
  EXPECT_EQ(error.code(), LINNET_LIMIT);
  error = opened.session.fill_mask(0, kBroken, 1, fillers, masks);
  EXPECT_EQ(error.code(), LINNET_INVALID_ARGUMENT);
  Opened without("mpnet_fill_mask", "fill-mask", TinyHead::Without::mask);
  EXPECT_EQ(without.session.fill_mask(0, "<mask>", 1, fillers, masks).code(), LINNET_UNSUPPORTED);
}

TEST(CApiHeads, RerankAsTheClassesDo) {
  Opened opened("mpnet_classification");
  const std::string query = "how do birds fly?";
  std::vector<std::string> texts;
  for (size_t i = 0; i < 300; ++i) texts.push_back(i % 2 == 0 ? kText : "the bird " + std::to_string(i));
  texts.emplace_back();
  const std::vector<float> wanted = opened.tiny.rerank(query, texts);
  std::vector<float> scores(texts.size());
  const linnet::Error error = opened.session.rerank(0, query, views_of(texts), scores);
  ASSERT_FALSE(error) << error.message();
  EXPECT_EQ(scores, wanted);
  // As pairs for the classifier that it is.
  std::vector<float> pairs(texts.size());
  const std::vector<std::string_view> queries(texts.size(), query);
  ASSERT_FALSE(opened.session.classify(0, 1, queries, views_of(texts), pairs));
  EXPECT_EQ(scores, pairs);
  EXPECT_EQ(opened.session.rerank(0, query, views_of(texts), {scores.data(), 3}).code(), LINNET_INVALID_ARGUMENT);
}

TEST(CApiHeads, OfAnotherKindOrNoneAreRefused) {
  size_t count = 0;
  std::vector<linnet_entity> entities(1);
  std::vector<linnet_span> answers(1);
  std::vector<linnet_filler> fillers(1);
  std::vector<float> scores(1);
  const std::string_view text = "the [MASK]";
  const auto codes = [&](linnet::Session& session, size_t head) {
    return std::vector<linnet_code>{
        session.tag(head, {&text, 1}, entities, count).code(), session.answer(head, "x", text, answers, count).code(),
        session.fill_mask(head, text, 1, fillers, count).code(), session.rerank(head, "x", {&text, 1}, scores).code()};
  };
  const auto unsupported = LINNET_UNSUPPORTED, missing = LINNET_NOT_FOUND, ok = LINNET_OK;
  using Codes = std::vector<linnet_code>;
  Opened classifier("bert_classification");
  EXPECT_EQ(codes(classifier.session, 0), (Codes{unsupported, unsupported, unsupported, unsupported}))
      << "it has three labels";
  EXPECT_EQ(codes(classifier.session, 1), (Codes{missing, missing, missing, missing}));
  Opened reader("bert_qa");
  EXPECT_EQ(codes(reader.session, 0), (Codes{unsupported, ok, unsupported, unsupported}));
  Opened filler("bert_fill_mask", "fill-mask");
  EXPECT_EQ(codes(filler.session, 0), (Codes{unsupported, unsupported, ok, unsupported}));
  Opened reranker("electra_classification");
  EXPECT_EQ(codes(reranker.session, 0), (Codes{unsupported, unsupported, unsupported, ok}));
}

TEST(CApiHeads, PairsNeedATokenizerThatTakesThem) {
  Opened reader("bert_qa", "", TinyHead::Without::pairs);
  std::vector<linnet_span> answers(1);
  size_t found = 0;
  const linnet::Error error = reader.session.answer(0, "where?", kText, answers, found);
  EXPECT_EQ(error.code(), LINNET_UNSUPPORTED);
  EXPECT_STREQ(error.message(), "the model's tokenizer does not say how two texts make one sequence");
  Opened reranker("electra_classification", "", TinyHead::Without::pairs);
  const std::string_view text = "the cat";
  float score;
  EXPECT_EQ(reranker.session.rerank(0, "where?", {&text, 1}, {&score, 1}).code(), LINNET_UNSUPPORTED);
}

TEST(CApiHeads, TextThatIsNotUtf8IsNamed) {
  std::vector<std::string_view> texts(70, "the cat");
  texts[66] = kBroken;
  std::vector<linnet_entity> entities(200);
  size_t found = 9;
  Opened tagger("electra_tagging");
  std::vector<const char*> pointers(texts.size(), "the cat");
  pointers[66] = kBroken;
  linnet_error said;
  EXPECT_EQ(linnet_tag(tagger.session.get(), 0, pointers.data(), nullptr, pointers.size(), entities.data(), 200, &found,
                       &said),
            LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(std::string(said.message).rfind("text 66: the text is not valid UTF-8 at byte 4", 0), 0u) << said.message;
  EXPECT_EQ(found, 0u);
  EXPECT_EQ(tagger.session.tag(0, texts, entities, found).code(), LINNET_INVALID_ARGUMENT);

  Opened reader("bert_qa");
  std::vector<linnet_span> answers(1);
  EXPECT_EQ(reader.session.answer(0, kBroken, "x", answers, found).code(), LINNET_INVALID_ARGUMENT);
  const linnet::Error error = reader.session.answer(0, "x", kBroken, answers, found);
  EXPECT_EQ(error.code(), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(std::string(error.message()).rfind("text: ", 0), 0u) << error.message();
  EXPECT_EQ(reader.session.answer(0, "", "x", answers, found).code(), LINNET_INVALID_ARGUMENT);

  Opened reranker("electra_classification");
  std::vector<float> scores(texts.size());
  EXPECT_EQ(reranker.session.rerank(0, "x", texts, scores).code(), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(reranker.session.rerank(0, kBroken, {texts.data(), 1}, scores).code(), LINNET_INVALID_ARGUMENT);
}

TEST(CApiHeads, NullIsRefused) {
  Opened tagger("electra_tagging"), reader("bert_qa"), filler("bert_fill_mask", "fill-mask"),
      reranker("electra_classification");
  const char* const text = "the [MASK]";
  const char* const none = nullptr;
  linnet_entity entity;
  linnet_span answer;
  linnet_filler fill;
  float score;
  size_t count;
  linnet_session *t = tagger.session.get(), *r = reader.session.get(), *f = filler.session.get(),
                 *k = reranker.session.get();
  const linnet_code codes[] = {
      linnet_tag(nullptr, 0, &text, nullptr, 1, &entity, 1, &count, nullptr),
      linnet_tag(t, 0, nullptr, nullptr, 1, &entity, 1, &count, nullptr),
      linnet_tag(t, 0, &none, nullptr, 1, &entity, 1, &count, nullptr),
      linnet_tag(t, 0, &text, nullptr, 1, nullptr, 1, &count, nullptr),
      linnet_tag(t, 0, &text, nullptr, 1, &entity, 1, nullptr, nullptr),
      linnet_answer(nullptr, 0, "x", 1, text, 3, nullptr, &answer, 1, &count, nullptr),
      linnet_answer(r, 0, nullptr, 1, text, 3, nullptr, &answer, 1, &count, nullptr),
      linnet_answer(r, 0, "x", 1, nullptr, 3, nullptr, &answer, 1, &count, nullptr),
      linnet_answer(r, 0, "x", 1, text, 3, nullptr, nullptr, 1, &count, nullptr),
      linnet_answer(r, 0, "x", 1, text, 3, nullptr, &answer, 1, nullptr, nullptr),
      linnet_fill_mask(nullptr, 0, text, 10, 1, &fill, 1, &count, nullptr),
      linnet_fill_mask(f, 0, nullptr, 10, 1, &fill, 1, &count, nullptr),
      linnet_fill_mask(f, 0, text, 10, 1, nullptr, 1, &count, nullptr),
      linnet_fill_mask(f, 0, text, 10, 1, &fill, 1, nullptr, nullptr),
      linnet_rerank(nullptr, 0, "x", 1, &text, nullptr, 1, nullptr, &score, nullptr),
      linnet_rerank(k, 0, nullptr, 1, &text, nullptr, 1, nullptr, &score, nullptr),
      linnet_rerank(k, 0, "x", 1, nullptr, nullptr, 1, nullptr, &score, nullptr),
      linnet_rerank(k, 0, "x", 1, &none, nullptr, 1, nullptr, &score, nullptr),
      linnet_rerank(k, 0, "x", 1, &text, nullptr, 1, nullptr, nullptr, nullptr),
  };
  for (const linnet_code code : codes) EXPECT_EQ(code, LINNET_INVALID_ARGUMENT) << &code - codes;
  EXPECT_EQ(linnet_rerank(k, 0, "x", 1, &text, nullptr, 1, "no such prompt", &score, nullptr), LINNET_NOT_FOUND);
  linnet_answer_options options = {};
  EXPECT_EQ(linnet_answer(r, 0, "x", 1, text, 3, &options, &answer, 1, &count, nullptr), LINNET_INVALID_ARGUMENT)
      << "options without their size";
}

TEST(CApiHeads, MemoryOfACallIsTheSessionsAndGivenBack) {
  size_t count = 0;
  {
    Opened tagger("electra_tagging");
    std::vector<linnet_entity> entities(100);
    const std::string_view text = kText;
    tagger.expect_to_need_memory([&] { return tagger.session.tag(0, {&text, 1}, entities, count).code(); });
  }
  {
    Opened reader("bert_qa");
    std::vector<linnet_span> answers(2);
    reader.expect_to_need_memory([&] { return reader.session.answer(0, "x", kText, answers, count).code(); });
  }
  Opened filler("bert_fill_mask", "fill-mask");
  std::vector<linnet_filler> fillers(2);
  filler.expect_to_need_memory([&] { return filler.session.fill_mask(0, "the [MASK]", 2, fillers, count).code(); });
}

}  // namespace
