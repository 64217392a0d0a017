// Converted checkpoints run by a session, from token ids and from text, against PyTorch.

#include "runtime/session.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>

#include "converters/convert.h"
#include "converters/json_file.h"
#include "tests/oracles/npy.h"

namespace linnet {
namespace {

// The expectations are of the encoder, also where a checkpoint has a head.
ConvertOptions encoder_only() {
  ConvertOptions options;
  options.head = "none";
  return options;
}

// Float models in single precision; a wrong weight, sign or scale moves these values by more than 0.01.
constexpr double kTolerance = 1e-4;

class SessionTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_ = std::string(LINNET_TEST_DATA) + "/models/hf/" + GetParam();
    Result<EditableModel> editable = convert_checkpoint(folder_, encoder_only(), nullptr);
    ASSERT_TRUE(editable.ok()) << editable.status().message();
    const Result<std::vector<uint8_t>> bytes = serialize_model(*editable);
    ASSERT_TRUE(bytes.ok()) << bytes.status().message();
    memory_ = std::make_unique<uint8_t[]>(bytes->size() + 64);
    uint8_t* aligned = memory_.get() + (64 - reinterpret_cast<uintptr_t>(memory_.get()) % 64) % 64;
    std::memcpy(aligned, bytes->data(), bytes->size());
    Result<Model> model = Model::from_memory(aligned, bytes->size());
    ASSERT_TRUE(model.ok()) << model.status().message();
    model_ = std::move(*model);
    const Result<nlohmann::json> cases = internal::read_json(folder_ + "/expected/cases.json");
    ASSERT_TRUE(cases.ok());
    cases_ = *cases;
    Result<Session> session = Session::create(model_);
    ASSERT_TRUE(session.ok()) << session.status().message();
    session_ = std::move(*session);
  }

  static double worst_difference(const std::vector<float>& found, const oracle::Npy& expected) {
    if (found.size() != expected.data.size()) return 1e9;
    double worst = 0;
    for (size_t i = 0; i < found.size(); ++i) {
      const double difference = std::abs(double{found[i]} - double{expected.data[i]});
      if (!(difference <= worst)) worst = difference;  // NaN too
    }
    return worst;
  }

  // The text of the prompt that the cases were made with; the default one's where they name none.
  const char* prompt() const {
    const bool named = cases_["prompt"].is_string();
    const std::string name = named ? cases_["prompt"].get<std::string>() : "";
    const Result<const char*> text = model_.find_prompt(named ? name.c_str() : nullptr);
    EXPECT_TRUE(text.ok()) << text.status().message();
    return text.ok() ? *text : "";
  }

  oracle::Npy expected(const char* file) const { return oracle::read_npy(folder_ + "/expected/" + file); }

  std::string folder_;
  std::unique_ptr<uint8_t[]> memory_;
  Model model_;
  Session session_;
  nlohmann::json cases_;
};

TEST_P(SessionTest, TokenIdsGiveTheHiddenStatesAndEmbeddingsOfPyTorch) {
  std::vector<int32_t> ids;
  std::vector<size_t> lengths;
  for (const auto& sequence : cases_["sequences"]) {
    const auto one = sequence.get<std::vector<int32_t>>();
    ids.insert(ids.end(), one.begin(), one.end());
    lengths.push_back(one.size());
  }
  const Result<uint32_t> hidden = model_.find_value("hidden"), embedding = model_.find_value("sentence_embedding");
  ASSERT_TRUE(hidden.ok() && embedding.ok());
  const size_t hidden_width = model_.value(*hidden).width(), out_width = model_.value(*embedding).width();
  std::vector<float> rows(ids.size() * hidden_width), pooled(lengths.size() * out_width);
  const Tap taps[] = {{*hidden, rows.data(), hidden_width}, {*embedding, pooled.data(), out_width}};
  const Status status = session_.run(ids.data(), lengths.data(), lengths.size(), taps, 2);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_LE(worst_difference(rows, expected("hidden.npy")), kTolerance);
  EXPECT_LE(worst_difference(pooled, expected("pooled.npy")), kTolerance);
}

TEST_P(SessionTest, TextsGiveTheEmbeddingsOfSentenceTransformers) {
  const auto texts = cases_["texts"].get<std::vector<std::string>>();
  std::vector<Text> views;
  for (const std::string& text : texts) views.push_back({text.data(), text.size()});
  const size_t width = model_.value(*model_.find_value(nullptr)).width();
  std::vector<float> rows(texts.size() * width);
  const Status status = session_.embed(views.data(), views.size(), prompt(), rows.data(), width);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_LE(worst_difference(rows, expected("texts.npy")), kTolerance);
}

TEST_P(SessionTest, TextsGiveTheTokenIdsOfHuggingFace) {
  for (size_t i = 0; i < cases_["texts"].size(); ++i) {
    const std::string text = cases_["texts"][i];
    std::vector<int32_t> ids(model_.max_tokens());
    const Result<size_t> count =
        session_.tokenize({text.data(), text.size()}, prompt(), model_.max_tokens(), ids.data(), ids.size());
    ASSERT_TRUE(count.ok()) << count.status().message();
    ids.resize(*count);
    EXPECT_EQ(ids, cases_["text_ids"][i].get<std::vector<int32_t>>()) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, SessionTest,
                         ::testing::Values("tiny_bert", "bert_gelu_new", "bert_relu", "bert_silu", "distilbert_gelu",
                                           "electra_gelu", "mpnet_gelu"),
                         [](const auto& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace linnet
