// What heads say of texts that are longer than the model takes, against windows that are run by hand. The models are
// the tiny checkpoints of tests/data/models/heads, which take 30 tokens.

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "converters/convert.h"
#include "lab/findings.h"
#include "quant/running_model.h"
#include "runtime/heads/sequences.h"

namespace linnet {
namespace {

const char* const kText =
    "The big cat runs over the small house. A dog, a bird; and WATER! playing under blue houses 24 times? The cat "
    "under the water is big, it is not the bird: unplayed, quickly, under the house.";

class Heads : public ::testing::Test {
 protected:
  void load(const std::string& name, const std::string& head = "", uint32_t max_tokens = 0) {
    ConvertOptions options;
    options.head = head;
    options.max_tokens = max_tokens;
    Result<EditableModel> editable =
        convert_checkpoint(std::string(LINNET_TEST_DATA) + "/models/heads/" + name, options, nullptr);
    ASSERT_TRUE(editable.ok()) << editable.status().message();
    Result<RunningModel> running = RunningModel::start(*editable);
    ASSERT_TRUE(running.ok()) << running.status().message();
    running_ = std::move(*running);
    value_ = running_.model().graph().heads()->Get(0)->value();
  }

  // The scores of all tokens of one sequence.
  std::vector<float> run(const std::vector<int32_t>& ids, size_t second_begin) {
    const size_t width = running_.model().value(value_).width(), length = ids.size();
    std::vector<float> rows(length * width);
    const Tap tap = {value_, rows.data(), width};
    EXPECT_TRUE(running_.session().run(ids.data(), &length, 1, &tap, 1, &second_begin).ok());
    return rows;
  }

  struct Tokens {
    std::vector<int32_t> ids;
    std::vector<TokenSpan> spans;
  };
  Tokens tokenize(const std::string& text) {
    CallMemory memory(running_.session());
    TokenizedText found;
    EXPECT_TRUE(tokenize_text(running_.session(), view(text), memory, &found).ok());
    return {{found.ids, found.ids + found.count}, {found.spans, found.spans + found.count}};
  }

  void expect_tags_of_windows(const std::string& text, size_t room, size_t overlap);

  static Text view(const std::string& text) { return {text.data(), text.size()}; }
  Result<std::vector<Answer>> find(const std::string& question, const std::string& text, const AnswerOptions& options,
                                   size_t top) {
    return lab::find_answers(running_.model(), running_.session(), view(question), view(text), options, top);
  }
  Result<std::vector<std::vector<Filler>>> fill(const std::string& text, size_t top) {
    return lab::fill_masks(running_.model(), running_.session(), view(text), top);
  }

  RunningModel running_;
  uint32_t value_ = 0;
};

TEST(Windows, CoverAllTokensAndOverlap) {
  EXPECT_EQ((Windows{0, 5, 2}).count(), 1u);
  EXPECT_EQ((Windows{5, 5, 2}).count(), 1u);
  EXPECT_EQ((Windows{5, 5, 5}).count(), 1u);
  EXPECT_EQ((Windows{6, 5, 2}).count(), 2u);
  const Windows windows = {12, 5, 2};
  ASSERT_EQ(windows.count(), 4u);
  EXPECT_EQ(windows[1].begin, 3u);
  EXPECT_EQ(windows[1].end, 8u);
  EXPECT_EQ(windows[3].begin, 9u);
  EXPECT_EQ(windows[3].end, 12u);
}

// Tags a text among others and each of its words by hand, in windows of `room` tokens.
void Heads::expect_tags_of_windows(const std::string& text, size_t room, size_t overlap) {
  const Result<Tagger> tagger = Tagger::create(running_.model(), running_.session());
  ASSERT_TRUE(tagger.ok());
  const std::vector<std::string> texts = {"", text, "the cat"};
  const Result<std::vector<std::vector<TaggedWord>>> tagged = lab::tag_words(*tagger, lab::views_of(texts));
  ASSERT_TRUE(tagged.ok()) << tagged.status().message();
  ASSERT_EQ(tagged->size(), 3u);
  EXPECT_TRUE((*tagged)[0].empty());
  EXPECT_EQ((*tagged)[2].size(), 2u);

  const Tokens tokens = tokenize(text);
  const size_t width = 5, count = tokens.ids.size();
  ASSERT_GT(count, 2 * room) << "the text is to need three windows";
  size_t next = 0;
  for (size_t t = 0; t < count; ++t) {
    if (running_.model().tokenizer()->continues_word(tokens.ids[t])) continue;
    // The window in which the narrower side of the token is widest, the first of equals.
    size_t best_begin = 0, best = 0;
    bool any = false;
    for (size_t begin = 0;; begin += room - overlap) {
      const size_t end = std::min(begin + room, count);
      if (t >= begin && t < end && (!any || std::min(t - begin, end - 1 - t) > best)) {
        best = std::min(t - begin, end - 1 - t);
        best_begin = begin;
        any = true;
      }
      if (end == count) break;
    }
    std::vector<int32_t> ids = {2};  // [CLS]
    ids.insert(ids.end(), tokens.ids.begin() + static_cast<ptrdiff_t>(best_begin),
               tokens.ids.begin() + static_cast<ptrdiff_t>(std::min(best_begin + room, count)));
    ids.push_back(3);  // [SEP]
    const std::vector<float> rows = run(ids, ids.size());
    const float* row = rows.data() + (1 + t - best_begin) * width;
    double sum = 0;
    for (size_t i = 0; i < width; ++i) sum += std::exp(double{row[i]});
    const size_t label = static_cast<size_t>(std::max_element(row, row + width) - row);
    ASSERT_LT(next, (*tagged)[1].size());
    const TaggedWord& word = (*tagged)[1][next++];
    EXPECT_EQ(word.text, 1u);
    EXPECT_EQ(word.begin, tokens.spans[t].begin);
    EXPECT_EQ(word.label, label) << "token " << t;
    EXPECT_NEAR(word.probability, std::exp(double{row[label]}) / sum, 1e-6) << "token " << t;
  }
  EXPECT_EQ(next, (*tagged)[1].size());
}

TEST_F(Heads, TagALongTextByTheWindowWithMostAroundAWord) {
  ASSERT_NO_FATAL_FAILURE(load("bert_tagging"));
  expect_tags_of_windows(kText, 28, 7);
}

// Words of more tokens than windows share: no word begins where one window is as good as the next.
TEST_F(Heads, TagWordsThatReachOverWhatWindowsShare) {
  ASSERT_NO_FATAL_FAILURE(load("bert_tagging"));
  std::string text;
  for (size_t i = 0; i < 40; ++i) text += "thekqvwrnzbx cat ";
  expect_tags_of_windows(text, 28, 7);
}

TEST_F(Heads, TagByWindowsThatShareNothing) {
  ASSERT_NO_FATAL_FAILURE(load("bert_tagging", "", 5));
  expect_tags_of_windows(kText, 3, 0);
  ASSERT_NO_FATAL_FAILURE(load("bert_tagging", "", 4));
  expect_tags_of_windows(kText, 2, 0);
}

TEST_F(Heads, AnswersAreTheBestPairsOfAllWindows) {
  ASSERT_NO_FATAL_FAILURE(load("electra_qa"));
  const std::string question = "where is the cat?";
  const Tokens asked = tokenize(question), tokens = tokenize(kText);
  const size_t room = 30 - 3 - asked.ids.size(), overlap = room / 2, count = tokens.ids.size();
  double best = -1e9, begins = 0, ends = 0;
  size_t first = 0, last = 0;
  for (size_t begin = 0;; begin += room - overlap) {
    const size_t end = std::min(begin + room, count);
    std::vector<int32_t> ids = {2};
    ids.insert(ids.end(), asked.ids.begin(), asked.ids.end());
    ids.push_back(3);
    const size_t second = ids.size();
    ids.insert(ids.end(), tokens.ids.begin() + static_cast<ptrdiff_t>(begin),
               tokens.ids.begin() + static_cast<ptrdiff_t>(end));
    ids.push_back(3);
    const std::vector<float> rows = run(ids, second);
    for (size_t i = begin; i < end; ++i) {
      begins += std::exp(double{rows[2 * (second + i - begin)]});
      ends += std::exp(double{rows[2 * (second + i - begin) + 1]});
      for (size_t k = i; k < std::min(end, i + 4); ++k) {
        const double logit = double{rows[2 * (second + i - begin)]} + rows[2 * (second + k - begin) + 1];
        if (logit <= best) continue;
        best = logit;
        first = i;
        last = k;
      }
    }
    if (end == count) break;
  }
  while (running_.model().tokenizer()->continues_word(tokens.ids[first])) --first;
  while (last + 1 < count && running_.model().tokenizer()->continues_word(tokens.ids[last + 1])) ++last;

  AnswerOptions options;
  options.max_tokens = 4;
  const Result<std::vector<Answer>> answers = find(question, kText, options, 5);
  ASSERT_TRUE(answers.ok()) << answers.status().message();
  ASSERT_EQ(answers->size(), 5u);
  EXPECT_EQ((*answers)[0].begin, tokens.spans[first].begin);
  EXPECT_EQ((*answers)[0].end, tokens.spans[last].end);
  EXPECT_NEAR((*answers)[0].score, std::exp(best) / begins / ends, 1e-9);
  for (size_t i = 1; i < answers->size(); ++i) {
    EXPECT_LE((*answers)[i].score, (*answers)[i - 1].score);
    for (size_t k = 0; k < i; ++k) {
      EXPECT_TRUE((*answers)[i].end <= (*answers)[k].begin || (*answers)[k].end <= (*answers)[i].begin);
    }
  }
  EXPECT_TRUE(find(question, " \n", options, 5)->empty());
  EXPECT_EQ(find("", kText, options, 5).status().code(), Code::invalid_argument);
}

TEST_F(Heads, MasksAreFilledByTheMostProbableTokens) {
  ASSERT_NO_FATAL_FAILURE(load("mpnet_fill_mask", "fill-mask"));
  const std::string text = "the <mask> runs over <mask>";
  const Result<std::vector<std::vector<Filler>>> masks = fill(text, 1000);
  ASSERT_TRUE(masks.ok()) << masks.status().message();
  ASSERT_EQ(masks->size(), 2u);
  for (const std::vector<Filler>& mask : *masks) {
    EXPECT_EQ(mask.size(), running_.model().tokenizer()->vocabulary_size());
    double sum = 0;
    for (size_t i = 0; i < mask.size(); ++i) {
      sum += mask[i].score;
      EXPECT_GE(mask[i > 0 ? i - 1 : 0].score, mask[i].score);
    }
    EXPECT_NEAR(sum, 1, 1e-5);
  }
  int32_t ids[16];
  const Result<size_t> count = running_.session().tokenize({text.data(), text.size()}, "", 16, ids, 16);
  ASSERT_TRUE(count.ok());
  const std::vector<float> rows = run({ids, ids + *count}, *count);
  const size_t width = running_.model().value(value_).width();
  const float* row = rows.data() + 2 * width;  // <s> the <mask>
  EXPECT_EQ((*masks)[0][0].id, std::max_element(row, row + width) - row);
  const Status none = fill("the cat", 1).status();
  EXPECT_EQ(none.code(), Code::invalid_argument);
  EXPECT_STREQ(none.message(), "the text has no <mask> among its first 30 tokens");
}

TEST_F(Heads, OfAnotherKindAreRefused) {
  ASSERT_NO_FATAL_FAILURE(load("bert_classification"));
  EXPECT_EQ(Tagger::create(running_.model(), running_.session()).status().code(), Code::unsupported);
  EXPECT_EQ(find("x", "y", {}, 1).status().code(), Code::unsupported);
  EXPECT_EQ(fill("[MASK]", 1).status().code(), Code::unsupported);
  EXPECT_EQ(Reranker::create(running_.model(), running_.session(), "").status().code(), Code::unsupported)
      << "it has three labels";
}

}  // namespace
}  // namespace linnet
