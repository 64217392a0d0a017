#include "lab/bench.h"

#include <gtest/gtest.h>

#include "lab/cost.h"
#include "lab/machine.h"

namespace linnet::lab {
namespace {

TEST(Shapes, AreReadAndNamed) {
  const Result<std::vector<Shape>> shapes = parse_shapes("1x16,32x128");
  ASSERT_TRUE(shapes.ok());
  EXPECT_EQ(*shapes, (std::vector<Shape>{{1, 16}, {32, 128}}));
  EXPECT_EQ(shape_name((*shapes)[1]), "32x128");
  EXPECT_EQ(all_shapes({1, 2}, {3, 4}), (std::vector<Shape>{{1, 3}, {1, 4}, {2, 3}, {2, 4}}));
  for (const char* bad :
       {"", "1", "1x", "x1", "0x1", "1x0", "1x16,", "1x16x2", "65537x1", "-1x2", "1 x2", "1x99999999999"}) {
    EXPECT_FALSE(parse_shapes(bad).ok()) << bad;
  }
  EXPECT_STREQ(parse_shapes("1x16,2x1,1x16").status().message(), "'1x16' is given twice");
}

TEST(Machine, SaysWhatItIs) {
  EXPECT_FALSE(cpu_name().empty());
  EXPECT_STRNE(commit(), "");
  EXPECT_GT(peak_resident_bytes(), 1000000u);
  EXPECT_EQ(now_text().size(), std::string("2026-01-31T12:00:00Z").size());
}

class TinyModels : public ::testing::Test {
 protected:
  TinyModels() {
    Result<Model> model = Model::open(LINNET_TEST_DATA "/models/v1/tiny_bert_int8.linnet");
    EXPECT_TRUE(model.ok()) << model.status().message();
    model_ = std::move(*model);
  }
  Model model_;
};

TEST_F(TinyModels, MacsAreOfTheTypesThatAreMultiplied) {
  const Macs macs = macs_by_type(model_.graph(), 4);
  EXPECT_EQ(macs.int8, 2u * (4 * (36 * 108 + 36 * 36 + 2 * 36 * 50) + 2 * 36 * 4 * 4));
  EXPECT_EQ(macs.float32, 0u);
  EXPECT_EQ(macs.total(), multiply_accumulates(model_.graph(), 4));
  Result<Model> floats = Model::open(LINNET_TEST_DATA "/models/v1/tiny_bert.linnet");
  ASSERT_TRUE(floats.ok());
  EXPECT_EQ(macs_by_type(floats->graph(), 4).int8, 0u);
  EXPECT_EQ(macs_by_type(floats->graph(), 4).float32, macs.int8);
}

TEST_F(TinyModels, TrafficGrowsWithTheTokensUpToTheTables) {
  const Traffic one = batch_traffic(model_.graph(), {1}), two = batch_traffic(model_.graph(), {1, 1});
  // Another token: another row of the words, 36 int8 stored in 48 bytes, and its scale; everything else is there
  // already.
  EXPECT_EQ(two.weights - one.weights, 48 + sizeof(float));
  EXPECT_EQ(two.activations, 2 * one.activations);
  // A longer sequence has another position, too.
  EXPECT_EQ(batch_traffic(model_.graph(), {2}).weights - two.weights, 48 + sizeof(float));
  // There are 105 words: more tokens than that touch no more.
  const Traffic many = batch_traffic(model_.graph(), {40, 40, 40}),
                more = batch_traffic(model_.graph(), {40, 40, 40, 40});
  EXPECT_EQ(many.weights, more.weights);
  EXPECT_LT(more.weights, model_.view().size());
  EXPECT_LT(many.activations, more.activations);
}

TEST_F(TinyModels, SeveralGetTheSameRows) {
  const std::vector<BenchModel> models = {{"a", &model_}, {"b", &model_}};
  BenchOptions options;
  options.shapes = {{1, 2}, {3, 4}};
  options.threads = {1, 2};
  options.timing = {.warmup_seconds = 0, .min_seconds = 0.001, .min_runs = 3};
  uint64_t last = 0;
  const Result<std::vector<BenchReport>> reports = bench_models(models, options, [&](uint64_t done, uint64_t total) {
    EXPECT_LE(last, done);
    EXPECT_LE(done, total);
    last = done;
    return true;
  });
  ASSERT_TRUE(reports.ok()) << reports.status().message();
  ASSERT_EQ(reports->size(), 2u);
  for (const BenchReport& report : *reports) {
    ASSERT_EQ(report.rows.size(), 4u);
    EXPECT_EQ(report.rows[1].batch, 3u);
    EXPECT_EQ(report.rows[1].tokens, 4);
    EXPECT_EQ(report.rows[2].threads, 2u);
    for (const BenchRow& row : report.rows) {
      EXPECT_GE(row.timing.runs, 3u);
      EXPECT_GT(row.share_of_peak, 0);
      EXPECT_GT(row.weight_bytes, 0);
      EXPECT_GT(row.activation_bytes, 0);
    }
  }
}

TEST_F(TinyModels, ErrorsNameTheModel) {
  BenchOptions options;
  options.shapes = {{1, 4096}};
  const Result<std::vector<BenchReport>> reports =
      bench_models(std::vector<BenchModel>{{"b.linnet", &model_}}, options);
  EXPECT_EQ(std::string(reports.status().message()).substr(0, 10), "b.linnet: ");
  EXPECT_FALSE(bench_models({}, options).ok());
}

}  // namespace
}  // namespace linnet::lab
