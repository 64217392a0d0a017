#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/heads/tagging.h"

namespace linnet {
namespace {

using Json = nlohmann::json;

TEST(Entities, AreJoinedAsByThePipelineOfTransformers) {
  std::ifstream file(LINNET_TEST_DATA "/heads/entities.jsonl");
  std::string line;
  size_t count = 0;
  for (; std::getline(file, line); ++count) {
    const Json given = Json::parse(line);
    const auto labels = given["labels"].get<std::vector<std::string>>();
    std::vector<TaggedWord> words;
    for (size_t i = 0; i < labels.size(); ++i) {
      words.push_back({i, i + 1, static_cast<uint32_t>(i), given["probabilities"][i].get<double>()});
    }
    const std::vector<Entity> entities = entities_of(words, labels);
    ASSERT_EQ(entities.size(), given["entities"].size()) << line;
    for (size_t i = 0; i < entities.size(); ++i) {
      const Json& wanted = given["entities"][i];
      EXPECT_EQ(entities[i].label, wanted[0].get<std::string>()) << line;
      EXPECT_EQ(entities[i].begin, wanted[1].get<size_t>()) << line;
      EXPECT_EQ(entities[i].end, wanted[2].get<size_t>() + 1) << line;
      EXPECT_NEAR(entities[i].score, wanted[3].get<double>(), 1e-12) << line;
    }
  }
  EXPECT_GE(count, 30u);
}

}  // namespace
}  // namespace linnet
