#include "lab/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lab/cost.h"
#include "lab/measurer.h"
#include "quant/plan.h"
#include "quant/quantize.h"
#include "tests/lab/files.h"
#include "tests/support/random_model.h"

namespace linnet::lab {
namespace {

EditableModel tiny_bert() {
  Result<EditableModel> model = load_model(std::string(LINNET_TEST_DATA) + "/models/v1/tiny_bert.linnet");
  EXPECT_TRUE(model.ok()) << model.status().message();
  return std::move(*model);
}

LossOptions on_texts() {
  LossOptions options;
  options.texts = {"the cat", "a dog runs", "a dog runs over the small house", "playing", "the big house and a cat"};
  return options;
}

// Makes the weights of one part span a range that 8 bits do not resolve, without changing what the float model gives:
// the large ones multiply a hidden channel that is always 0.
void put_outliers(EditableModel* model, uint32_t layer) {
  fbs::FeedForwardT* f = nullptr;
  for (const ModelPart& part : quantizable_parts(model->graph)) {
    if (part.name == "feed-forward " + std::to_string(layer) + " down")
      f = model->graph.ops[part.op]->body.AsFeedForward();
  }
  ASSERT_NE(f, nullptr);
  const size_t width = f->up->in_width, hidden = f->up->out_width;
  std::vector<float> up = model->read_f32(f->up->weight), bias = model->read_f32(f->up->bias);
  std::vector<float> down = model->read_f32(f->down->weight);
  std::fill(up.begin(), up.begin() + static_cast<ptrdiff_t>(width), 0.0f);
  bias[0] = -100;  // GELU gives 0
  for (size_t n = 0; n < width; ++n) down[n * hidden] = 1000;
  f->up->weight = model->add_panel16("up", hidden, width, up);
  f->up->bias = static_cast<int32_t>(model->add_rows("up.bias", {hidden}, std::span<const float>(bias)));
  f->down->weight = model->add_panel16("down", width, hidden, down);
  model->remove_unused_tensors();
}

std::vector<const SensitivityRow*> rows_of(const Sensitivity& result, const std::string& format, bool layers) {
  std::vector<const SensitivityRow*> rows;
  for (const SensitivityRow& row : result.rows) {
    if (row.format == format && Sensitivity::is_whole_layer(row) == layers) rows.push_back(&row);
  }
  std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) { return a->loss > b->loss; });
  return rows;
}

TEST(Sensitivity, FindsTheLayerWithOutliers) {
  for (const uint32_t layer : {0u, 1u}) {
    EditableModel model = tiny_bert();
    put_outliers(&model, layer);
    const Result<Sensitivity> result = measure_sensitivity(model, sensitivity_formats(), on_texts());
    ASSERT_TRUE(result.ok()) << result.status().message();
    for (const std::string& format : sensitivity_formats()) {
      const auto parts = rows_of(*result, format, false), layers = rows_of(*result, format, true);
      EXPECT_EQ(parts[0]->name, "feed-forward " + std::to_string(layer) + " down") << format;
      EXPECT_EQ(parts[0]->layer, static_cast<int>(layer));
      EXPECT_EQ(layers[0]->name, "layer " + std::to_string(layer)) << format;
    }
    // Groups of 64 weights share a scale in both forms, so that 8 bits lose much less than 4.
    const auto int8 = rows_of(*result, "int8", false);
    EXPECT_GT(int8[0]->loss, 5 * int8[1]->loss) << int8[1]->name;
  }
}

TEST(Sensitivity, RowsAreInTheOrderOfTheModelWithLayersAtTheEnd) {
  EditableModel model = tiny_bert();
  std::vector<uint64_t> told;
  const Result<Sensitivity> result =
      measure_sensitivity(model, sensitivity_formats(), on_texts(), [&](uint64_t done, uint64_t total) {
        if (total > 0) told.push_back(done);
        return true;
      });
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->measure, "1 - cosine");
  EXPECT_EQ(result->texts, 5u);
  // 12 parts in two formats, two of them without weights; two layers in two formats.
  ASSERT_EQ(result->rows.size(), 12u * 2 - 2 + 4);
  EXPECT_EQ(result->rows[0].name, "embedding 0 word");
  EXPECT_EQ(result->rows[0].layer, -1);
  EXPECT_EQ(result->rows[1].format, "int4");
  EXPECT_EQ(result->rows[22].name, "layer 0");
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  for (const SensitivityRow& row : result->rows) {
    EXPECT_GE(*row.worst, row.loss) << row.name;
    EXPECT_GT(row.loss, 0) << row.name;
    EXPECT_LT(row.loss, 0.5) << row.name;
  }
  for (size_t i = 0; i < 22; ++i) {
    const SensitivityRow& row = result->rows[i];
    if (row.format == "int4") {
      EXPECT_GT(row.loss, result->rows[i - 1].loss) << row.name << ": 4 bits lose more than 8";
    }
  }
}

TEST(Sensitivity, PartsAreCalledAsElsewhere) {
  EditableModel model = tiny_bert();
  const testing_support::OpenModel open(model);
  std::vector<std::string> ours, theirs;
  for (const ModelPart& part : quantizable_parts(model.graph)) {
    if (part.kind == PartKind::linear) ours.push_back(part.name);
  }
  for (const NamedLinear& linear : linear_layers(open.model().graph())) theirs.push_back(linear.name);
  EXPECT_EQ(ours, theirs);
}

TEST(Sensitivity, EndsWhenItsProgressSaysSoAndRefusesWhatItCannotMeasure) {
  EditableModel model = tiny_bert();
  size_t calls = 0;
  const Status ended =
      measure_sensitivity(model, {"int8"}, on_texts(), [&](uint64_t, uint64_t) { return ++calls < 5; }).status();
  EXPECT_STREQ(ended.message(), "interrupted");
  EXPECT_EQ(calls, 5u);
  EXPECT_EQ(measure_sensitivity(model, {"int8"}, {}).status().code(), Code::invalid_argument) << "no texts";
  EditableModel without_tokenizer = testing_support::random_model({});
  EXPECT_EQ(measure_sensitivity(without_tokenizer, {"int8"}, on_texts()).status().code(), Code::unsupported);
  EditableModel small = *quantize_int8(model, {}, nullptr);
  EXPECT_EQ(measure_sensitivity(small, {"int8"}, on_texts()).status().code(), Code::invalid_argument);
  EXPECT_STREQ(measure_sensitivity(model, {"int2"}, on_texts()).status().message(),
               "unknown format 'int2': int8 or int4");
  EXPECT_STREQ(measure_sensitivity(model, {"int4", "int8", "int4"}, on_texts()).status().message(),
               "the format 'int4' is given twice");
}

class SensitivityFile : public FolderTest {};

TEST_F(SensitivityFile, JsonIsReadBackAndCsvHasTheRows) {
  Sensitivity before{"m.linnet", "1 - cosine", 7, {{-1, "embedding 0 word", "int8", 1.0 / 3, 0.5}}};
  before.rows.push_back({3, "attention 3 qkv", "int4", -0.25, {}});
  const Result<Sensitivity> after = read_sensitivity(write("s.json", sensitivity_json(before).dump()));
  ASSERT_TRUE(after.ok()) << after.status().message();
  EXPECT_EQ(sensitivity_json(*after), sensitivity_json(before));
  EXPECT_EQ(sensitivity_json(*parse_sensitivity(read("s.json"), "text")), sensitivity_json(before));
  EXPECT_STREQ(parse_sensitivity("[]", "text").status().message(),
               "text: there is no 'measure'; is it what linnet sensitivity --json wrote?");
  EXPECT_EQ(after->rows[0].loss, 1.0 / 3);
  EXPECT_FALSE(after->rows[1].worst.has_value());
  ASSERT_TRUE(write_sensitivity_csv(before, path("s.csv")).ok());
  EXPECT_EQ(read("s.csv"),
            "layer,name,format,loss,worst\n-1,embedding 0 word,int8,0.333333333,0.5\n3,attention 3 qkv,int4,-0.25,\n");
}

TEST_F(SensitivityFile, WhatIsNoSensitivityIsAnError) {
  for (const char* text : {"", "{", "[]", "{\"model\": \"m\", \"measure\": \"x\", \"texts\": 1}",
                           "{\"model\": \"m\", \"measure\": \"x\", \"texts\": 1, \"rows\": [{\"layer\": \"a\"}]}"}) {
    const Status status = read_sensitivity(write("bad.json", text)).status();
    EXPECT_EQ(status.code(), Code::corrupt) << text;
    EXPECT_NE(std::string(status.message()).find("bad.json"), std::string::npos);
  }
  EXPECT_EQ(read_sensitivity(path("absent.json")).status().code(), Code::not_found);
}

TEST_F(SensitivityFile, OnATaskTheLossIsTheDropOfItsFirstMetric) {
  LossOptions options;
  options.task.task = "sts";
  options.task.data = write("pairs.csv", "the cat,a cat,4.5\nthe cat,a dog runs,1\na house,the small house,4\n");
  EditableModel model = tiny_bert();
  const Result<Sensitivity> result = measure_sensitivity(model, {"int8"}, options);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->measure, "drop of spearman");
  EXPECT_EQ(result->texts, 3u);
  EXPECT_FALSE(result->rows[0].worst.has_value());
  options.task.data = write("constant.csv", "the cat,a cat,1\nthe cat,a dog runs,1\na house,the small house,1\n");
  EXPECT_EQ(measure_sensitivity(model, {"int8"}, options).status().code(), Code::invalid_argument);
}

// A clock that goes on by as much as the thing that is timed is said to take.
TEST(ModelMeasurer, TellsTimesAsMultiplesOfTheModelThatItComparesWith) {
  EditableModel model = tiny_bert();
  MeasurerOptions options;
  options.loss = on_texts();
  options.batch = 2;
  options.tokens = 8;
  options.timing = {0, 0, 3, 3};
  double now = 0, step = 0.004;
  size_t reads = 0;
  // Each run lies between two reads of the clock; with a reference every second run is three times as long.
  bool compares = false;
  options.clock = [&] {
    now += compares && reads % 4 >= 2 ? 3 * step : step;
    ++reads;
    return now;
  };
  Result<std::unique_ptr<ModelMeasurer>> measurer = ModelMeasurer::create(model, options);
  ASSERT_TRUE(measurer.ok()) << measurer.status().message();
  const Result<Measurement> alone = (*measurer)->measure(model, {});
  ASSERT_TRUE(alone.ok()) << alone.status().message();
  EXPECT_EQ(alone->loss, 0) << "the source itself";
  EXPECT_NEAR(alone->ms, 4, 1e-9);
  EXPECT_EQ(alone->bytes, serialize_model(model)->size());
  ASSERT_TRUE((*measurer)->compare_with(model, 10).ok());
  compares = true;
  reads = 2;  // the warm-up reads it twice
  EditableModel small = *quantize_int8(model, {}, nullptr);
  const Result<Measurement> compared = (*measurer)->measure(small, {});
  ASSERT_TRUE(compared.ok());
  EXPECT_NEAR(compared->ms, 30, 1e-9);
  EXPECT_GT(compared->loss, 0);
  EXPECT_LT(compared->bytes, alone->bytes);

  const std::string identity = (*measurer)->identity();
  options.loss.texts.push_back("more");
  EXPECT_NE((*ModelMeasurer::create(model, options))->identity(), identity);
  options.tokens = 1000;
  EXPECT_EQ(ModelMeasurer::create(model, options).status().code(), Code::limit);
}

}  // namespace
}  // namespace linnet::lab
