// The tiny checkpoints of tests/data/models/hf, converted, against what PyTorch computes with them
// (tests/oracles/make_tiny_models.py).

#include <cmath>
#include <gtest/gtest.h>

#include "converters/convert.h"
#include "converters/json_file.h"
#include "tests/oracles/npy.h"
#include "tests/oracles/reference_run.h"

namespace linnet {
namespace {

// The expectations are of the encoder, also where a checkpoint has a head.
ConvertOptions encoder_only() {
  ConvertOptions options;
  options.head = "none";
  return options;
}

class OracleTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_ = std::string(LINNET_TEST_DATA) + "/models/hf/" + GetParam();
    Result<EditableModel> model = convert_checkpoint(folder_, encoder_only(), &report_);
    ASSERT_TRUE(model.ok()) << model.status().message();
    model_ = std::move(*model);
    const Result<nlohmann::json> cases = internal::read_json(folder_ + "/expected/cases.json");
    ASSERT_TRUE(cases.ok()) << cases.status().message();
    cases_ = *cases;
  }

  // Runs `sequences` and compares value `value` with the rows of expected/`file`.
  void compare(const char* sequences, uint32_t value, const char* file) {
    const oracle::Npy expected = oracle::read_npy(folder_ + "/expected/" + file);
    ASSERT_FALSE(expected.data.empty()) << file;
    size_t row = 0;
    double worst = 0;
    for (const auto& ids : cases_[sequences]) {
      const oracle::Rows rows = oracle::reference_run(model_, ids.get<std::vector<int32_t>>())[value];
      ASSERT_EQ(rows.width, expected.columns);
      ASSERT_LE(row + rows.rows, expected.rows);
      for (size_t r = 0; r < rows.rows; ++r, ++row) {
        for (size_t c = 0; c < rows.width; ++c) {
          worst = std::max(worst, std::abs(rows.at(r, c) - double{expected.data[row * rows.width + c]}));
        }
      }
    }
    EXPECT_EQ(row, expected.rows);
    // Both sides compute in double over the same weights; what differs is the float of the file, of 1/sqrt(head width)
    // folded into Q, and of the expected values.
    EXPECT_LE(worst, 4e-6) << file;
  }

  std::string folder_;
  EditableModel model_;
  ConvertReport report_;
  nlohmann::json cases_;
};

TEST_P(OracleTest, HiddenStatesAreThoseOfPyTorch) {
  ASSERT_EQ(model_.graph.outputs.size(), 2u);
  EXPECT_EQ(model_.graph.values[model_.graph.outputs[0]]->name, "hidden");
  compare("sequences", model_.graph.outputs[0], "hidden.npy");
}

TEST_P(OracleTest, SentenceEmbeddingsAreThoseOfPyTorch) {
  EXPECT_EQ(model_.graph.values[model_.graph.outputs[1]]->name, "sentence_embedding");
  compare("sequences", model_.graph.outputs[1], "pooled.npy");
  compare("text_ids", model_.graph.outputs[1], "texts.npy");
}

TEST_P(OracleTest, ConversionIsDeterministicAndValid) {
  const Result<std::vector<uint8_t>> first = serialize_model(model_);
  ASSERT_TRUE(first.ok()) << first.status().message();
  Result<EditableModel> again = convert_checkpoint(folder_, encoder_only(), nullptr);
  ASSERT_TRUE(again.ok());
  const Result<std::vector<uint8_t>> second = serialize_model(*again);
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(*first == *second);
  const std::string text(first->begin(), first->end());
  EXPECT_EQ(text.find(LINNET_TEST_DATA), std::string::npos) << "a path of this machine is in the file";
}

INSTANTIATE_TEST_SUITE_P(Models, OracleTest,
                         testing::Values("tiny_bert", "bert_gelu_new", "bert_relu", "bert_silu", "distilbert_gelu",
                                         "electra_gelu", "mpnet_gelu"),
                         [](const auto& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace linnet
