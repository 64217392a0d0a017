// The golden files of every format version open and run, and give what they gave when they were made.

#include <cstring>
#include <gtest/gtest.h>

#include "converters/json_file.h"
#include "model/edit.h"
#include "runtime/kernels/kernels.h"
#include "runtime/session.h"
#include "tests/oracles/npy.h"

namespace linnet {
namespace {

const std::string kFolder = std::string(LINNET_TEST_DATA) + "/models/v1";

TEST(GoldenModel, OfVersion1IsSound) {
  for (const char* name : {"/tiny_bert.linnet", "/tiny_bert_int8.linnet"}) {
    const Result<FileMap> map = FileMap::open((kFolder + name).c_str());
    ASSERT_TRUE(map.ok()) << map.status().message();
    const Result<ModelView> view = ModelView::open(map->data(), map->size());
    ASSERT_TRUE(view.ok()) << view.status().message();
    EXPECT_TRUE(verify_sections(*view).ok());
    EXPECT_STREQ(text_of(view->graph()->producer()), "linnet 0.1.0");
    EXPECT_TRUE(load_model(kFolder + name).ok());
  }
}

// The embeddings of the cases' texts, in rows of the width that `expected` has.
std::vector<float> embed_cases(const char* model_name, const char* isa, const oracle::Npy& expected) {
  const Result<Model> model = Model::open((kFolder + model_name).c_str());
  EXPECT_TRUE(model.ok()) << model.status().message();
  SessionOptions options;
  options.isa = isa;
  Result<Session> session = Session::create(*model, options);
  EXPECT_TRUE(session.ok()) << session.status().message();
  const Result<nlohmann::json> cases = internal::read_json(kFolder + "/expected/cases.json");
  EXPECT_TRUE(cases.ok());
  const auto texts = (*cases)["texts"].get<std::vector<std::string>>();
  EXPECT_EQ(expected.rows, texts.size());
  std::vector<Text> views;
  for (const std::string& text : texts) views.push_back({text.data(), text.size()});
  const Result<const char*> prompt = model->find_prompt((*cases)["prompt"].get<std::string>().c_str());
  EXPECT_TRUE(prompt.ok()) << prompt.status().message();
  std::vector<float> rows(expected.data.size());
  const Status status = session->embed(views.data(), views.size(), *prompt, rows.data(), expected.columns);
  EXPECT_TRUE(status.ok()) << status.message();
  return rows;
}

TEST(GoldenModel, OfVersion1GivesTheEmbeddingsOfPyTorch) {
  const oracle::Npy expected = oracle::read_npy(kFolder + "/expected/texts.npy");
  const std::vector<float> rows = embed_cases("/tiny_bert.linnet", nullptr, expected);
  for (size_t i = 0; i < rows.size(); ++i) ASSERT_NEAR(rows[i], expected.data[i], 1e-4) << i;
}

// The numerics contract over time: an INT8 file gives the bytes that it gave when it was made, on every instruction
// set.
TEST(GoldenModel, Int8OfVersion1GivesTheBytesOfTheDayItWasMade) {
  const oracle::Npy expected = oracle::read_npy(kFolder + "/expected/int8_texts.npy");
  const kernels::KernelTable* tables[16];
  const size_t count = kernels::available_tables(tables, 16);
  for (size_t i = 0; i < count; ++i) {
    const std::vector<float> rows = embed_cases("/tiny_bert_int8.linnet", tables[i]->isa, expected);
    ASSERT_EQ(std::memcmp(rows.data(), expected.data.data(), rows.size() * sizeof(float)), 0) << tables[i]->isa;
  }
}

}  // namespace
}  // namespace linnet
