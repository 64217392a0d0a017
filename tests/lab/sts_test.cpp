#include "lab/sts.h"

#include <cmath>

#include "lab/statistics.h"
#include "tests/lab/files.h"

namespace linnet::lab {
namespace {

class Sts : public FolderTest {};

// Texts are angles in degrees; the embedding is the point on the unit circle.
const Embedder kAngles{2, [](const std::vector<Text>& texts, float* rows) {
                         for (const Text& text : texts) {
                           const double angle = std::stod(std::string(text.data, text.bytes)) * 3.14159265358979 / 180;
                           *rows++ = static_cast<float>(std::cos(angle));
                           *rows++ = static_cast<float>(std::sin(angle));
                         }
                         return Status();
                       }};

TEST_F(Sts, CorrelatesCosinesWithScores) {
  // Cosines fall with the angle; the scores agree but for one pair of neighbours.
  const Result<std::vector<StsPair>> pairs =
      read_sts(write("a.csv", "sentence1,sentence2,score\n0,10,5\n10,\"40\",4\n20,70,2\r\n0,70,3\n0,90,1\n"));
  ASSERT_TRUE(pairs.ok()) << pairs.status().message();
  ASSERT_EQ(pairs->size(), 5u);
  for (const size_t batch : {1u, 2u, 5u, 64u}) {
    const Result<Evaluation> result = evaluate_sts(kAngles, *pairs, batch);
    ASSERT_TRUE(result.ok()) << result.status().message();
    EXPECT_EQ(result->count, 5u);
    EXPECT_EQ(result->counted, "pairs");
    ASSERT_EQ(result->metrics.size(), 2u);
    EXPECT_EQ(result->metrics[0].name, "spearman");
    EXPECT_EQ(result->metrics[1].name, "pearson");
    // Ranks differ in one swap: 1 - 6 * 2 / (5 * 24).
    EXPECT_NEAR(result->metrics[0].value, 0.9, 1e-12);
    std::vector<double> cosines;
    for (const double angle : {10, 30, 50, 70, 90}) cosines.push_back(std::cos(angle * 3.14159265358979 / 180));
    // Embeddings are rounded to float: 2^-24 each.
    EXPECT_NEAR(result->metrics[1].value, pearson(cosines, std::vector<double>{5, 4, 2, 3, 1}), 1e-6);
  }
}

TEST_F(Sts, ErrorsNameTheLine) {
  const auto error = [&](const std::string& text) {
    const Result<std::vector<StsPair>> pairs = read_sts(write("a.csv", text));
    return pairs.ok() ? std::string("none") : std::string(pairs.status().message());
  };
  EXPECT_NE(error("a,b,1\nc,d\n").find("line 2: not 3 fields"), std::string::npos);
  EXPECT_NE(error("a,b,1\nc,d,high\n").find("line 2: the score is not a number"), std::string::npos);
  EXPECT_NE(error("a,b,1\nc,d,1x\n").find("line 2: the score is not a number"), std::string::npos);
  EXPECT_NE(error("a,b,1\nc,d,nan\n").find("line 2: the score is not a number"), std::string::npos);
  EXPECT_NE(error("a,b,1\nc,\xff,1\n").find("line 2: not valid UTF-8"), std::string::npos);
  EXPECT_NE(error("a,b,1\n").find("two pairs"), std::string::npos);
  EXPECT_NE(error("").find("two pairs"), std::string::npos);
}

TEST_F(Sts, EqualScoresAreAnErrorNotANumber) {
  const Result<std::vector<StsPair>> pairs = read_sts(write("a.csv", "0,10,3\n0,20,3\n"));
  ASSERT_TRUE(pairs.ok());
  EXPECT_FALSE(evaluate_sts(kAngles, *pairs, 2).ok());
}

}  // namespace
}  // namespace linnet::lab
