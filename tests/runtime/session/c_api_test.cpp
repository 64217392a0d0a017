#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <linnet/linnet.hpp>
#include <string>
#include <unistd.h>
#include <vector>

#include "base/parallel.h"

// Through the public headers (and what the machine is); the model comes as a file, as a user's would.
namespace {

std::string model_file() { return std::string(LINNET_TEST_DATA) + "/models/v1/tiny_bert.linnet"; }

TEST(CApi, OpensRunsAndCloses) {
  linnet_error error;
  linnet_model* model = nullptr;
  ASSERT_EQ(linnet_model_open(model_file().c_str(), &model, &error), LINNET_OK) << error.message;
  linnet_session* session = nullptr;
  ASSERT_EQ(linnet_session_create(model, nullptr, &session, &error), LINNET_OK) << error.message;
  const size_t width = linnet_model_width(model, nullptr);
  ASSERT_GT(width, 0u);
  EXPECT_EQ(linnet_model_is_per_token(model, "hidden"), 1);
  EXPECT_EQ(linnet_model_is_per_token(model, nullptr), 0);
  EXPECT_EQ(linnet_model_is_per_token(model, "nothing"), -1);
  EXPECT_EQ(linnet_model_width(model, "nothing"), 0u);
  EXPECT_GT(linnet_session_memory(session), 0u);
  EXPECT_STRNE(linnet_session_isa(session), "");

  std::vector<float> rows(2 * width);
  const int32_t ids[] = {2, 5, 6, 3, 2, 7, 3};
  const size_t lengths[] = {4, 3};
  ASSERT_EQ(linnet_run(session, ids, lengths, 2, nullptr, rows.data(), width, &error), LINNET_OK) << error.message;
  EXPECT_EQ(linnet_run(session, ids, lengths, 2, "nothing", rows.data(), width, &error), LINNET_NOT_FOUND);
  EXPECT_NE(std::string(error.message).find("nothing"), std::string::npos);
  EXPECT_EQ(linnet_run(session, ids, lengths, 2, nullptr, rows.data(), width - 1, &error), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(linnet_run(session, nullptr, lengths, 2, nullptr, rows.data(), width, nullptr), LINNET_INVALID_ARGUMENT);
  linnet_session_free(session);
  linnet_model_close(model);
}

#if !defined(__wasi__)  // tests write no files there
// The embedding of some token ids.
std::vector<float> embed(const linnet_model* model) {
  linnet_session* session = nullptr;
  EXPECT_EQ(linnet_session_create(model, nullptr, &session, nullptr), LINNET_OK);
  std::vector<float> row(linnet_model_width(model, nullptr));
  const int32_t ids[] = {2, 5, 6, 3};
  const size_t length = 4;
  EXPECT_EQ(linnet_run(session, ids, &length, 1, nullptr, row.data(), row.size(), nullptr), LINNET_OK);
  linnet_session_free(session);
  return row;
}

// A model in the middle of another file, as an asset of an Android package is: at an offset that can be mapped, and at
// one that cannot.
TEST(CApi, OpensAModelInsideAFile) {
  std::ifstream file(model_file(), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  linnet_model* whole = nullptr;
  ASSERT_EQ(linnet_model_open(model_file().c_str(), &whole, nullptr), LINNET_OK);
  const std::vector<float> expected = embed(whole);
  linnet_model_close(whole);
  const std::string path = testing::TempDir() + "/c_api_package." + std::to_string(getpid());
  for (const size_t offset : {64u * 77, 4u * 1001}) {
    std::ofstream(path, std::ios::binary) << std::string(offset, 'x') << bytes << "more";
    const int descriptor = ::open(path.c_str(), O_RDONLY);
    linnet_model* model = nullptr;
    linnet_error error;
    ASSERT_EQ(linnet_model_open_fd(descriptor, offset, bytes.size(), &model, &error), LINNET_OK) << error.message;
    linnet_model* none = nullptr;
    EXPECT_EQ(linnet_model_open_fd(descriptor, offset, bytes.size() + 5, &none, &error), LINNET_INVALID_ARGUMENT);
    EXPECT_EQ(linnet_model_open_fd(descriptor, offset + 4, bytes.size(), &none, &error), LINNET_CORRUPT);
    EXPECT_EQ(none, nullptr);
    ::close(descriptor);
    EXPECT_EQ(embed(model), expected) << offset;
    linnet_model_close(model);
  }
  std::remove(path.c_str());
}
#endif

TEST(CApi, ReportsAMissingFileAndADamagedOne) {
  linnet_error error;
  linnet_model* model = nullptr;
  EXPECT_EQ(linnet_model_open("no such file", &model, &error), LINNET_NOT_FOUND);
  EXPECT_EQ(model, nullptr);
  alignas(64) const unsigned char junk[64] = {1, 2, 3};
  EXPECT_EQ(linnet_model_from_memory(junk, sizeof junk, &model, &error), LINNET_CORRUPT);
  EXPECT_EQ(linnet_model_from_memory(junk + 1, 32, &model, &error), LINNET_INVALID_ARGUMENT);
}

TEST(CApi, SaysWhereLinearLayersRun) {
  linnet_model* model = nullptr;
  ASSERT_EQ(linnet_model_open(model_file().c_str(), &model, nullptr), LINNET_OK);
  linnet_session_options options = {};
  options.size = sizeof options;
  options.isa = "scalar";
  linnet_session* session = nullptr;
  ASSERT_EQ(linnet_session_create(model, &options, &session, nullptr), LINNET_OK);
  const size_t count = linnet_session_linear_layers(session);
  EXPECT_EQ(count, 8u);
  linnet_linear_place place;
  ASSERT_EQ(linnet_session_linear_layer(session, 1, &place, nullptr), LINNET_OK);
  EXPECT_STREQ(place.op, "layer.0.attention");
  EXPECT_STREQ(place.layer, "output");
  EXPECT_EQ(std::string(place.runs_on).rfind("gemm_f32_", 0), 0u) << place.runs_on;
  EXPECT_EQ(place.reason, nullptr);
  EXPECT_EQ(linnet_session_linear_layer(session, count, &place, nullptr), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(place.op, nullptr);
  EXPECT_EQ(linnet_session_linear_layer(session, 0, nullptr, nullptr), LINNET_INVALID_ARGUMENT);
  linnet_session_free(session);

  options.backend = "blas";
  linnet_error error;
  EXPECT_EQ(linnet_session_create(model, &options, &session, &error), LINNET_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "unknown backend \"blas\"; there are onednn and xnnpack");
  linnet_model_close(model);
}

TEST(CApi, ThreadsAreOneForEachFastCoreUnlessTheCallerSays) {
  linnet_model* model = nullptr;
  ASSERT_EQ(linnet_model_open(model_file().c_str(), &model, nullptr), LINNET_OK);
  linnet_session_options options = {};
  options.size = sizeof options;
  for (const size_t threads : {0u, 1u, 3u}) {
    if (threads > 1 && !linnet::kHasThreads) continue;
    options.threads = threads;
    linnet_session* session = nullptr;
    ASSERT_EQ(linnet_session_create(model, &options, &session, nullptr), LINNET_OK);
    EXPECT_EQ(linnet_session_threads(session), threads > 0 ? threads : linnet::default_threads());
    linnet_session_free(session);
  }
  linnet_session* session = nullptr;
  ASSERT_EQ(linnet_session_create(model, nullptr, &session, nullptr), LINNET_OK);
  EXPECT_EQ(linnet_session_threads(session), linnet::default_threads());
  linnet_session_free(session);
  linnet_model_close(model);
}

TEST(CApi, AcceptsTheOptionsOfAnOlderHeader) {
  linnet_model* model = nullptr;
  ASSERT_EQ(linnet_model_open(model_file().c_str(), &model, nullptr), LINNET_OK);
  linnet_session_options options = {};
  options.size = offsetof(linnet_session_options, isa);
  options.max_pass_tokens = 100;
  options.isa = "nonsense that an older caller's struct would not reach";
  linnet_session* session = nullptr;
  EXPECT_EQ(linnet_session_create(model, &options, &session, nullptr), LINNET_OK);
  linnet_session_free(session);
  options.size = 0;
  EXPECT_EQ(linnet_session_create(model, &options, &session, nullptr), LINNET_INVALID_ARGUMENT);
  linnet_model_close(model);
}

TEST(CppApi, EmbedsTextsAlikeAloneAndTogether) {
  linnet::Model model;
  linnet::Error error = model.open(model_file().c_str());
  ASSERT_FALSE(error) << error.message();
  linnet::Session session;
  error = session.create(model);
  ASSERT_FALSE(error) << error.message();
  const std::vector<std::string_view> texts = {"hello world", "", "a b c"};
  std::vector<float> together(texts.size() * model.width()), alone(model.width());
  error = session.embed(texts, together);
  ASSERT_FALSE(error) << error.message();
  for (size_t i = 0; i < texts.size(); ++i) {
    error = session.embed({&texts[i], 1}, alone);
    ASSERT_FALSE(error) << error.message();
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + static_cast<ptrdiff_t>(i * model.width())));
  }
  EXPECT_TRUE(session.embed(texts, alone)) << "three rows cannot fit into one";
  const std::string_view broken = "a\xff";
  error = session.embed({&broken, 1}, alone);
  EXPECT_EQ(error.code(), LINNET_INVALID_ARGUMENT);
}

std::string head_file(const char* name) { return std::string(LINNET_TEST_DATA) + "/models/v1/" + name; }

TEST(CApi, ClassifiesTextsAndPairs) {
  linnet::Model model;
  linnet::Error error = model.open(head_file("bert_classifier.linnet").c_str());
  ASSERT_FALSE(error) << error.message();
  ASSERT_EQ(model.heads(), 1u);
  linnet_head head;
  error = model.head(0, head);
  ASSERT_FALSE(error) << error.message();
  EXPECT_EQ(head.kind, LINNET_CLASSIFICATION);
  EXPECT_STREQ(head.output, "scores");
  ASSERT_EQ(head.labels, 3u);
  EXPECT_STREQ(model.label(0, 1), "neutral");
  EXPECT_EQ(model.label(0, 3), nullptr);
  EXPECT_EQ(model.label(1, 0), nullptr);
  EXPECT_EQ(model.head(1, head).code(), LINNET_NOT_FOUND);

  linnet::Session session;
  error = session.create(model);
  ASSERT_FALSE(error) << error.message();
  const std::vector<std::string_view> firsts = {"the cat runs", "", "a dog"}, seconds = {"is it small?", "water", ""};
  std::vector<float> alone(9), pairs(9), scores(3);
  error = session.classify(0, 3, firsts, {}, alone);
  ASSERT_FALSE(error) << error.message();
  error = session.classify(0, 3, firsts, seconds, pairs);
  ASSERT_FALSE(error) << error.message();
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(alone[3 * i] + alone[3 * i + 1] + alone[3 * i + 2], 1.0f, 1e-6f);
    EXPECT_NEAR(pairs[3 * i] + pairs[3 * i + 1] + pairs[3 * i + 2], 1.0f, 1e-6f);
  }
  EXPECT_NE(alone, pairs);
  // The same as the scores of the tokens, through softmax.
  int32_t ids[32];
  size_t count = 0;
  ASSERT_EQ(linnet_tokenize(session.get(), firsts[0].data(), firsts[0].size(), nullptr, ids, 32, &count, nullptr),
            LINNET_OK);
  error = session.run({ids, count}, {&count, 1}, "scores", scores.data(), 3);
  ASSERT_FALSE(error) << error.message();
  double sum = 0;
  for (const float score : scores) sum += std::exp(double{score});
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(alone[i], std::exp(double{scores[i]}) / sum, 1e-7);

  EXPECT_EQ(session.classify(1, 3, firsts, {}, alone).code(), LINNET_NOT_FOUND);
  EXPECT_EQ(session.classify(0, 3, firsts, {seconds.data(), 2}, alone).code(), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(session.classify(0, 3, firsts, {}, scores).code(), LINNET_INVALID_ARGUMENT);
  const std::string_view broken = "a\xff";
  EXPECT_EQ(session.classify(0, 3, {&broken, 1}, {&firsts[0], 1}, scores).code(), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(session.classify(0, 3, {&firsts[0], 1}, {&broken, 1}, scores).code(), LINNET_INVALID_ARGUMENT);
  EXPECT_EQ(
      linnet_classify(session.get(), 0, nullptr, nullptr, nullptr, nullptr, 1, nullptr, scores.data(), 3, nullptr),
      LINNET_INVALID_ARGUMENT);
}

TEST(CApi, RefusesToClassifyByATagger) {
  linnet::Model model;
  ASSERT_FALSE(model.open(head_file("electra_tagger.linnet").c_str()));
  linnet_head head;
  ASSERT_FALSE(model.head(0, head));
  EXPECT_EQ(head.kind, LINNET_TOKEN_CLASSIFICATION);
  EXPECT_EQ(model.is_per_token(head.output), true);
  linnet::Session session;
  ASSERT_FALSE(session.create(model));
  const std::string_view text = "the cat";
  std::vector<float> row(head.labels);
  EXPECT_EQ(session.classify(0, head.labels, {&text, 1}, {}, row).code(), LINNET_UNSUPPORTED);
}

// On every target and instruction set; tests/runtime/heads/ has the other heads, whose models are made by the tools.
TEST(CApi, TagsByWhatTheTokensScore) {
  linnet::Model model;
  ASSERT_FALSE(model.open(head_file("electra_tagger.linnet").c_str()));
  linnet::Session session;
  ASSERT_FALSE(session.create(model));
  const std::vector<std::string_view> texts = {"the big cat runs", "", "a dog"};
  std::vector<linnet_entity> entities(6);
  size_t found = 0;
  linnet::Error error = session.tag(0, texts, entities, found);
  ASSERT_FALSE(error) << error.message();
  linnet_head head;
  ASSERT_FALSE(model.head(0, head));
  size_t next = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    int32_t ids[32];
    size_t count = 0;
    ASSERT_EQ(linnet_tokenize(session.get(), texts[i].data(), texts[i].size(), nullptr, ids, 32, &count, nullptr),
              LINNET_OK);
    std::vector<float> scores(count * head.labels);
    ASSERT_FALSE(session.run({ids, count}, {&count, 1}, head.output, scores.data(), head.labels));
    std::string type;                         // of the entity that may go on
    for (size_t t = 1; t + 1 < count; ++t) {  // each word of these texts is one token
      const float* const row = scores.data() + t * head.labels;
      const std::string label = model.label(0, static_cast<size_t>(std::max_element(row, row + head.labels) - row));
      const std::string of = label == "O" ? "" : label.substr(2);
      if (label != "O" && (label[0] == 'B' || of != type)) {
        ASSERT_LT(next, found);
        EXPECT_EQ(entities[next].text, i);
        EXPECT_EQ(entities[next].label, of);
        EXPECT_TRUE(entities[next].score > 0 && entities[next].score <= 1);
        ++next;
      }
      type = of;
    }
  }
  EXPECT_EQ(next, found);
  EXPECT_GT(found, 0u);
}

}  // namespace
