// Heads of checkpoints, converted and run by a session, against PyTorch (tests/oracles/make_tiny_heads.py).

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "converters/convert.h"
#include "converters/json_file.h"
#include "quant/quantize.h"
#include "quant/running_model.h"
#include "runtime/session.h"
#include "tests/oracles/npy.h"

namespace linnet {
namespace {

// Float models in single precision; a wrong weight, sign, type or order moves these values by more than 0.01.
constexpr double kTolerance = 1e-4;

std::string folder_of(const std::string& name) { return std::string(LINNET_TEST_DATA) + "/models/heads/" + name; }

ConvertOptions with_head(const std::string& head) {
  ConvertOptions options;
  options.head = head;
  return options;
}

struct Case {
  const char* family;
  const char* task;
  fbs::HeadKind kind;
  std::vector<std::string> labels;
};

const std::vector<std::string> kTags = {"O", "B-ANIMAL", "I-ANIMAL", "B-PLACE", "I-PLACE"};
const Case kCases[] = {
    {"bert", "classification", fbs::HeadKind::Classification, {"negative", "neutral", "positive"}},
    {"distilbert", "classification", fbs::HeadKind::MultiLabel, {"calm", "loud"}},
    {"electra", "classification", fbs::HeadKind::Regression, {"LABEL_0"}},
    {"mpnet", "classification", fbs::HeadKind::MultiLabel, {"relevant"}},
    {"bert", "tagging", fbs::HeadKind::TokenClassification, kTags},
    {"distilbert", "tagging", fbs::HeadKind::TokenClassification, kTags},
    {"electra", "tagging", fbs::HeadKind::TokenClassification, kTags},
    {"mpnet", "tagging", fbs::HeadKind::TokenClassification, kTags},
    {"bert", "qa", fbs::HeadKind::Span, {}},
    {"distilbert", "qa", fbs::HeadKind::Span, {}},
    {"electra", "qa", fbs::HeadKind::Span, {}},
    {"mpnet", "qa", fbs::HeadKind::Span, {}},
    {"bert", "fill_mask", fbs::HeadKind::MaskedToken, {}},
    {"distilbert", "fill_mask", fbs::HeadKind::MaskedToken, {}},
    {"electra", "fill_mask", fbs::HeadKind::MaskedToken, {}},
    {"mpnet", "fill_mask", fbs::HeadKind::MaskedToken, {}},
};

class HeadTest : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    folder_ = folder_of(std::string(GetParam().family) + "_" + GetParam().task);
    // A language model's head has to be asked for.
    const bool masked = GetParam().kind == fbs::HeadKind::MaskedToken;
    Result<EditableModel> editable = convert_checkpoint(folder_, with_head(masked ? "fill-mask" : ""), nullptr);
    ASSERT_TRUE(editable.ok()) << editable.status().message();
    editable_ = std::move(*editable);
    Result<RunningModel> running = RunningModel::start(editable_);
    ASSERT_TRUE(running.ok()) << running.status().message();
    float_ = std::move(*running);
    const Result<nlohmann::json> cases = internal::read_json(folder_ + "/expected/cases.json");
    ASSERT_TRUE(cases.ok());
    cases_ = *cases;
  }

  uint32_t scores() const { return float_.model().graph().heads()->Get(0)->value(); }

  // The scores of all cases by their token ids.
  static std::vector<float> run(RunningModel& loaded, const nlohmann::json& cases) {
    std::vector<int32_t> ids;
    std::vector<size_t> lengths;
    for (const auto& sequence : cases["ids"]) {
      const auto one = sequence.get<std::vector<int32_t>>();
      ids.insert(ids.end(), one.begin(), one.end());
      lengths.push_back(one.size());
    }
    const auto begins = cases["second_begin"].get<std::vector<size_t>>();
    const uint32_t value = loaded.model().graph().heads()->Get(0)->value();
    const fbs::Value& of = loaded.model().value(value);
    std::vector<float> rows((of.rows() == fbs::RowKind::Token ? ids.size() : lengths.size()) * of.width());
    const Tap tap = {value, rows.data(), of.width()};
    const Status status = loaded.session().run(ids.data(), lengths.data(), lengths.size(), &tap, 1, begins.data());
    EXPECT_TRUE(status.ok()) << status.message();
    return rows;
  }

  static double worst(const std::vector<float>& found, const std::vector<float>& expected) {
    if (found.size() != expected.size()) return 1e9;
    double most = 0;
    for (size_t i = 0; i < found.size(); ++i) {
      const double difference = std::abs(double{found[i]} - double{expected[i]});
      if (!(difference <= most)) most = difference;
    }
    return most;
  }

  std::string folder_;
  EditableModel editable_;
  RunningModel float_;
  nlohmann::json cases_;
};

TEST_P(HeadTest, HasItsKindLabelsAndOutputs) {
  const fbs::HeadT& head = *editable_.graph.heads.at(0);
  EXPECT_EQ(head.kind, GetParam().kind);
  EXPECT_EQ(head.labels, GetParam().labels);
  ASSERT_EQ(editable_.graph.outputs.size(), 2u);
  EXPECT_EQ(editable_.graph.outputs[0], head.value);
  EXPECT_EQ(editable_.graph.values[editable_.graph.outputs[1]]->name, "hidden");
  EXPECT_GE(editable_.graph.tokenizer->mask_id, 0);
}

TEST_P(HeadTest, GivesTheScoresOfPyTorch) {
  const oracle::Npy expected = oracle::read_npy(folder_ + "/expected/scores.npy");
  EXPECT_LE(worst(run(float_, cases_), expected.data), kTolerance);
}

// What the second text's tokens are told apart by is not lost: without it the scores are others.
TEST_P(HeadTest, TypesOfTokensMatterWhereTheFamilyHasThem) {
  const bool types = GetParam().family == std::string("bert") || GetParam().family == std::string("electra");
  nlohmann::json without = cases_;
  for (size_t i = 0; i < without["ids"].size(); ++i) without["second_begin"][i] = without["ids"][i].size();
  const double moved = worst(run(float_, cases_), run(float_, without));
  if (types) {
    EXPECT_GT(moved, 0.01);
  } else {
    EXPECT_EQ(moved, 0.0);
  }
}

TEST_P(HeadTest, PairsOfTextsGiveTheSameAsTheirIds) {
  const size_t width = float_.model().value(scores()).width();
  if (float_.model().value(scores()).rows() != fbs::RowKind::Sequence) {
    std::vector<float> row(width);
    const Text text = {"a", 1};
    const Status status = float_.session().read(scores(), &text, 1, "", row.data(), width, &text);
    EXPECT_EQ(status.code(), Code::unsupported) << "its scores are of tokens";
    return;
  }
  const std::vector<float> expected = run(float_, cases_);
  for (size_t i = 0; i < cases_["pairs"].size(); ++i) {
    const auto& pair = cases_["pairs"][i];
    const auto first = pair[0].get<std::string>(), second = pair[1].is_null() ? "" : pair[1].get<std::string>();
    const Text texts[] = {{first.data(), first.size()}, {second.data(), second.size()}};
    std::vector<float> row(width);
    const Status status =
        float_.session().read(scores(), texts, 1, "", row.data(), width, pair[1].is_null() ? nullptr : texts + 1);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(std::memcmp(row.data(), expected.data() + i * width, width * sizeof(float)), 0) << pair.dump();
  }
}

TEST_P(HeadTest, KeepsItsLastLayerInFloatAndItsAnswerInInt8) {
  const Result<EditableModel> quantized = quantize_int8(editable_, {}, nullptr);
  ASSERT_TRUE(quantized.ok()) << quantized.status().message();
  EditableModel copy = *quantized;
  Result<RunningModel> running = RunningModel::start(copy);
  ASSERT_TRUE(running.ok()) << running.status().message();
  RunningModel int8 = std::move(*running);
  const auto* last = int8.model().graph().ops()->Get(int8.model().graph().ops()->size() - 1)->body_as_Dense();
  ASSERT_NE(last, nullptr);
  const bool is_float = int8.model().view().tensor(last->linear()->weight())->type() == fbs::ElementType::F32;
  EXPECT_EQ(is_float, GetParam().kind != fbs::HeadKind::MaskedToken);
  const std::vector<float> a = run(float_, cases_), b = run(int8, cases_);
  ASSERT_EQ(a.size(), b.size());
  double dot = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    dot += double{a[i]} * b[i];
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  EXPECT_GT(dot / std::sqrt(aa * bb), 0.99);  // layers of 16 inputs are rough; a wrong one gives about 0
}

INSTANTIATE_TEST_SUITE_P(Heads, HeadTest, ::testing::ValuesIn(kCases),
                         [](const auto& given) { return std::string(given.param.family) + "_" + given.param.task; });

// A copy of a checkpoint with some fields of config.json replaced.
class ChangedConfig : public ::testing::Test {
 protected:
  Result<EditableModel> convert(const std::string& name, const nlohmann::json& changes, const std::string& head = "") {
    folder_ = std::filesystem::path(testing::TempDir()) / "linnet_heads_test";
    std::filesystem::remove_all(folder_);
    std::filesystem::copy(folder_of(name), folder_, std::filesystem::copy_options::recursive);
    nlohmann::json config = *internal::read_json(folder_of(name) + "/config.json");
    config.update(changes);
    std::ofstream(folder_ / "config.json") << config;
    return convert_checkpoint(folder_.string(), with_head(head), &report_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  fbs::HeadKind kind(const std::string& name, const nlohmann::json& changes) {
    const Result<EditableModel> model = convert(name, changes);
    EXPECT_TRUE(model.ok()) << model.status().message();
    return model.ok() ? model->graph.heads.at(0)->kind : fbs::HeadKind::MAX;
  }

  std::filesystem::path folder_;
  ConvertReport report_;
};

TEST_F(ChangedConfig, SaysWhatTheNumbersAre) {
  const nlohmann::json null;
  EXPECT_EQ(kind("mpnet_classification", {{"sbert_ce_default_activation_function", "torch.nn.Identity"}}),
            fbs::HeadKind::Regression);
  EXPECT_EQ(kind("mpnet_classification",
                 {{"sentence_transformers", {{"activation_fn", "torch.nn.modules.linear.Identity"}}}}),
            fbs::HeadKind::Regression);
  EXPECT_EQ(kind("electra_classification", {{"problem_type", null}}), fbs::HeadKind::MultiLabel);
  EXPECT_EQ(kind("distilbert_classification", {{"problem_type", null}}), fbs::HeadKind::Classification);
  EXPECT_EQ(kind("bert_classification", {{"problem_type", "regression"}}), fbs::HeadKind::Regression);
}

TEST_F(ChangedConfig, ThatContradictsTheWeightsIsAnError) {
  const auto fails = [&](const std::string& name, const nlohmann::json& changes, const char* says,
                         const std::string& head = "") {
    const Result<EditableModel> model = convert(name, changes, head);
    ASSERT_FALSE(model.ok()) << changes.dump();
    EXPECT_NE(std::string(model.status().message()).find(says), std::string::npos) << model.status().message();
  };
  fails("bert_tagging", {{"id2label", {{"0", "O"}, {"1", "B"}}}}, "2 labels in 'id2label', but the head has 5");
  fails("bert_tagging", {{"id2label", {{"0", "O"}, {"2", "B"}}}}, "none for 1");
  fails("bert_tagging", {{"id2label", 5}}, "'id2label' is not a list");
  fails("bert_classification", {{"problem_type", "astrology"}}, "'astrology' is not known");
  fails("bert_classification", {{"architectures", {"BertForQuestionAnswering"}}}, "'qa_outputs.weight' is missing");
  fails("bert_classification", nlohmann::json::object(), "there is no head 'tag'", "tag");
}

TEST_F(ChangedConfig, OfALanguageModelGivesNoHeadUnlessAsked) {
  const Result<EditableModel> model = convert("bert_fill_mask", nlohmann::json::object());
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_TRUE(model->graph.heads.empty());
  EXPECT_EQ(model->graph.values[model->graph.outputs.back()]->name, "sentence_embedding");
}

}  // namespace
}  // namespace linnet
