#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lab/tagged_data.h"
#include "lab/tagging_score.h"

namespace linnet::lab {
namespace {

using Json = nlohmann::json;
using Labels = std::vector<std::string>;

std::vector<Json> read_cases(const char* name) {
  std::ifstream file(std::string(LINNET_TEST_DATA "/heads/") + name);
  std::vector<Json> cases;
  std::string line;
  while (std::getline(file, line)) cases.push_back(Json::parse(line));
  return cases;
}

TEST(Chunks, AreCountedAsBySeqeval) {
  const std::vector<Json> cases = read_cases("tagging.jsonl");
  ASSERT_GE(cases.size(), 30u);
  for (const Json& given : cases) {
    ChunkCounts sum;
    for (size_t i = 0; i < given["wanted"].size(); ++i) {
      const ChunkCounts counts = count_chunks(given["found"][i].get<Labels>(), given["wanted"][i].get<Labels>());
      sum.right += counts.right;
      sum.found += counts.found;
      sum.wanted += counts.wanted;
    }
    const auto ratio = [](double part, double whole) { return whole > 0 ? part / whole : 0.0; };
    EXPECT_NEAR(ratio(sum.right, sum.found), given["precision"].get<double>(), 1e-12) << given.dump();
    EXPECT_NEAR(ratio(sum.right, sum.wanted), given["recall"].get<double>(), 1e-12) << given.dump();
    EXPECT_NEAR(ratio(2 * sum.right, sum.found + sum.wanted), given["f1"].get<double>(), 1e-12) << given.dump();
  }
}

TEST(Chunks, OfOneSequence) {
  const std::vector<Chunk> wanted = {{"PER", 0, 1}, {"LOC", 2, 2}, {"LOC", 3, 3}};
  EXPECT_EQ(chunks_of({"I-PER", "I-PER", "B-LOC", "B-LOC", "O"}), wanted);
  EXPECT_TRUE(chunks_of({}).empty());
}

class Conll : public ::testing::Test {
 protected:
  Result<std::vector<TaggedSentence>> read(const std::string& text) {
    const std::string path = testing::TempDir() + "linnet_conll_test.conll";
    std::ofstream(path, std::ios::binary) << text;
    return read_conll(path);
  }
  void fails(const std::string& text, const char* says) {
    const auto read_back = read(text);
    ASSERT_FALSE(read_back.ok());
    EXPECT_NE(std::string(read_back.status().message()).find(says), std::string::npos) << read_back.status().message();
  }
};

TEST_F(Conll, ReadsFirstAndLastColumns) {
  const auto read_back = read("-DOCSTART- -X- O\n\nAda NNP B-PER\r\nwrote VBD O\n\n\nin\tO\nNew York\tB-LOC");
  ASSERT_TRUE(read_back.ok()) << read_back.status().message();
  ASSERT_EQ(read_back->size(), 2u);
  EXPECT_EQ((*read_back)[0].words, (Labels{"Ada", "wrote"}));
  EXPECT_EQ((*read_back)[0].labels, (Labels{"B-PER", "O"}));
  EXPECT_EQ((*read_back)[1].words, (Labels{"in", "New York"}));
}

TEST_F(Conll, NamesTheLineThatIsBroken) {
  fails("Ada\tB-PER\nalone\n", "line 2: a word and its label are needed");
  fails("Ada\tB-PER\n\xff\tO\n", "line 2: byte 1 (0xff)");
  fails("\n\n", "holds no sentence");
}

}  // namespace
}  // namespace linnet::lab
