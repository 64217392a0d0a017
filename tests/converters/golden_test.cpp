// The golden files of every format version open and run, and give what they gave when they were made.

#include <cmath>
#include <gtest/gtest.h>

#include "converters/json_file.h"
#include "model/edit.h"
#include "runtime/session.h"
#include "tests/oracles/npy.h"

namespace linnet {
namespace {

const std::string kFolder = std::string(LINNET_TEST_DATA) + "/models/v1";

TEST(GoldenModel, OfVersion1IsSound) {
  const Result<FileMap> map = FileMap::open((kFolder + "/tiny_bert.linnet").c_str());
  ASSERT_TRUE(map.ok()) << map.status().message();
  const Result<ModelView> view = ModelView::open(map->data(), map->size());
  ASSERT_TRUE(view.ok()) << view.status().message();
  EXPECT_TRUE(verify_sections(*view).ok());
  EXPECT_STREQ(text_of(view->graph()->producer()), "linnet 0.1.0");
  EXPECT_TRUE(load_model(kFolder + "/tiny_bert.linnet").ok());
}

TEST(GoldenModel, OfVersion1GivesTheEmbeddingsOfPyTorch) {
  const Result<Model> model = Model::open((kFolder + "/tiny_bert.linnet").c_str());
  ASSERT_TRUE(model.ok()) << model.status().message();
  Result<Session> session = Session::create(*model);
  ASSERT_TRUE(session.ok()) << session.status().message();
  const Result<nlohmann::json> cases = internal::read_json(kFolder + "/expected/cases.json");
  ASSERT_TRUE(cases.ok());
  const auto texts = (*cases)["texts"].get<std::vector<std::string>>();
  std::vector<Text> views;
  for (const std::string& text : texts) views.push_back({text.data(), text.size()});
  const Result<const char*> prompt = model->find_prompt((*cases)["prompt"].get<std::string>().c_str());
  ASSERT_TRUE(prompt.ok()) << prompt.status().message();
  const oracle::Npy expected = oracle::read_npy(kFolder + "/expected/texts.npy");
  ASSERT_EQ(expected.rows, texts.size());
  std::vector<float> rows(expected.data.size());
  const Status status = session->embed(views.data(), views.size(), *prompt, rows.data(), expected.columns);
  ASSERT_TRUE(status.ok()) << status.message();
  for (size_t i = 0; i < rows.size(); ++i) ASSERT_NEAR(rows[i], expected.data[i], 1e-4) << i;
}

}  // namespace
}  // namespace linnet
