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
    std::vector<Entity> entities(labels.size());
    EntityJoiner joiner(entities.data(), entities.size());
    for (size_t i = 0; i < labels.size(); ++i) {
      joiner.add({7, i, i + 1, 0, given["probabilities"][i].get<double>()}, labels[i].c_str());
    }
    entities.resize(joiner.count());
    ASSERT_EQ(entities.size(), given["entities"].size()) << line;
    for (size_t i = 0; i < entities.size(); ++i) {
      const Json& wanted = given["entities"][i];
      EXPECT_EQ(entities[i].text, 7u);
      EXPECT_EQ(entities[i].label, wanted[0].get<std::string>()) << line;
      EXPECT_EQ(entities[i].begin, wanted[1].get<size_t>()) << line;
      EXPECT_EQ(entities[i].end, wanted[2].get<size_t>() + 1) << line;
      EXPECT_NEAR(entities[i].score, wanted[3].get<double>(), 1e-12) << line;
    }
  }
  EXPECT_GE(count, 30u);
}

TEST(Entities, EndWithTheirTextAndAreCountedBeyondTheirRoom) {
  Entity entities[2] = {};
  EntityJoiner joiner(entities, 2);
  joiner.add({0, 0, 3, 0, 0.5}, "I-A");
  joiner.add({0, 4, 6, 0, 1.0}, "I-A");
  joiner.add({1, 0, 3, 0, 0.25}, "I-A");
  joiner.add({1, 4, 6, 0, 0.5}, "B-A");
  joiner.add({1, 7, 9, 0, 0.5}, "I-A");
  EXPECT_EQ(joiner.count(), 3u);
  EXPECT_EQ(entities[0].end, 6u);
  EXPECT_EQ(entities[0].score, 0.75);
  EXPECT_EQ(entities[1].text, 1u);
  EXPECT_EQ(entities[1].end, 3u);
  EXPECT_EQ(entities[1].score, 0.25);
}

}  // namespace
}  // namespace linnet
