#include "quant/plan.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

#include "quant/int4.h"
#include "quant/quantize.h"
#include "runtime/kernels/kernels.h"
#include "tests/support/random_model.h"

namespace linnet {
namespace {

using testing_support::OpenModel;
using testing_support::random_model;
using testing_support::RandomBatch;
using testing_support::RandomModelOptions;
using testing_support::run_together;

const std::string kGolden = std::string(LINNET_TEST_DATA) + "/models/v1";

EditableModel quantized(const EditableModel& model, const std::string& plan) {
  QuantizeOptions options;
  const Result<QuantizePlan> parsed = parse_plan(plan);
  EXPECT_TRUE(parsed.ok()) << parsed.status().message();
  options.plan = *parsed;
  Result<EditableModel> result = quantize_int8(model, options, nullptr);
  EXPECT_TRUE(result.ok()) << result.status().message();
  return std::move(*result);
}

std::vector<std::vector<float>> embeddings(const OpenModel& model, const char* isa = nullptr, size_t threads = 1) {
  const RandomBatch batch(30, 30, 97, 21);
  SessionOptions options;
  options.isa = isa;
  options.threads = threads;
  Result<Session> session = Session::create(model.model(), options);
  EXPECT_TRUE(session.ok()) << session.status().message();
  return run_together(*session, model.model(), batch.sequences, "sentence_embedding");
}

double squared_distance(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < a[i].size(); ++j) sum += std::pow(static_cast<double>(a[i][j]) - b[i][j], 2);
  }
  return sum;
}

TEST(Plan, TheUsualOneGivesTheGoldenFile) {
  const Result<EditableModel> model = load_model(kGolden + "/tiny_bert.linnet");
  ASSERT_TRUE(model.ok()) << model.status().message();
  // Written again: a graph that is written holds every field of the schema that there is by now.
  Result<EditableModel> stored = load_model(kGolden + "/tiny_bert_int8.linnet");
  ASSERT_TRUE(stored.ok()) << stored.status().message();
  const std::vector<uint8_t> golden = *serialize_model(*stored);
  for (const char* plan : {"int8", "int8; attention 0 qkv=int8"}) {
    EditableModel small = quantized(*model, plan);
    EXPECT_EQ(*serialize_model(small), golden) << plan;
  }
  EditableModel other = quantized(*model, "int8; attention 0 core=float");
  EXPECT_NE(*serialize_model(other), golden);
}

TEST(Plan, AnAllFloatOneIsTheModelItself) {
  EditableModel model = random_model({}), same = quantized(model, "float");
  EXPECT_EQ(*serialize_model(same), *serialize_model(model));
}

TEST(Plan, PartsAreAllOfTheModelInTheOrderInWhichTheyRun) {
  RandomModelOptions options;
  options.project_embeddings = true;
  const EditableModel model = random_model(options);
  std::vector<std::string> names;
  std::vector<int> layers;
  for (const ModelPart& part : quantizable_parts(model.graph)) {
    names.push_back(part.name);
    layers.push_back(part.layer);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"embedding 0 word", "embedding 0 position", "dense 0", "attention 0 qkv",
                                             "attention 0 core", "attention 0 output", "feed-forward 0 up",
                                             "feed-forward 0 down", "attention 1 qkv", "attention 1 core",
                                             "attention 1 output", "feed-forward 1 up", "feed-forward 1 down"}));
  EXPECT_EQ(layers, (std::vector<int>{-1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1}));
}

// What makes parts the granularity of plans: each may have another type than all others, with the same bytes out on
// every instruction set and with any number of threads.
TEST(Plan, EveryPartMayBeOfAnotherTypeThanTheRest) {
  RandomModelOptions options;
  options.project_embeddings = true;
  const EditableModel model = random_model(options);
  const OpenModel source(model), all(quantized(model, "int8"));
  const auto exact = embeddings(source);
  const double whole = squared_distance(embeddings(all), exact);
  std::vector<const kernels::KernelTable*> tables(16);
  tables.resize(kernels::available_tables(tables.data(), tables.size()));
  for (const ModelPart& part : quantizable_parts(model.graph)) {
    for (const char* types : {"float int8", "int8 float"}) {
      const std::string rest(types, std::strchr(types, ' ')), other(std::strchr(types, ' ') + 1);
      const OpenModel mixed(quantized(model, rest + "; " + part.name + "=" + other));
      const auto scalar = embeddings(mixed, "scalar");
      for (const kernels::KernelTable* table : tables) {
        if (!table->float_gemm_is_fma) continue;
        for (const size_t threads : {1u, 3u}) {
          if (!kHasThreads && threads > 1) continue;
          EXPECT_EQ(embeddings(mixed, table->isa, threads), scalar) << rest << ", " << part.name << ", " << table->isa;
        }
      }
      const double distance = squared_distance(scalar, exact);
      EXPECT_GT(distance, 0) << rest << ", " << part.name;
      if (rest == "float") {
        EXPECT_LT(distance, whole) << part.name;
      }
    }
  }
}

// Of several parts: more in INT8, further away.
TEST(Plan, AMixtureLiesBetweenFloatAndInt8) {
  const EditableModel model = random_model({});
  const auto exact = embeddings(OpenModel(model));
  double before = 0;
  for (const char* plan : {"float; feed-forward 0 up=int8; feed-forward 0 down=int8",
                           "int8; attention 1 qkv=float; attention 0 qkv=float; attention 0 core=float", "int8"}) {
    const double distance = squared_distance(embeddings(OpenModel(quantized(model, plan))), exact);
    EXPECT_GT(distance, before) << plan;
    before = distance;
  }
}

TEST(Plan, TheRotationIsWhatThePlanSays) {
  const EditableModel model = quantized(
      random_model({.width = 128, .heads = 4, .head_width = 32}),
      "int8; attention 0 qkv=int8 unrotated; attention 0 output=int8 rotated-64 nearest; feed-forward 1 up=float");
  const fbs::AttentionT& attention = *model.graph.ops[2]->body.AsAttention();
  EXPECT_EQ(attention.qkv->rotation.size(), 0u);
  EXPECT_EQ(attention.output->rotation.size(), 2u);
  const fbs::AttentionT& second = *model.graph.ops[6]->body.AsAttention();
  EXPECT_EQ(second.qkv->rotation.size(), 1u);
  const fbs::FeedForwardT& feed_forward = *model.graph.ops[8]->body.AsFeedForward();
  EXPECT_EQ(feed_forward.activation, fbs::Activation::Gelu) << "the form of float, for it ends a float product";
  EXPECT_EQ(feed_forward.up->weight_scale, -1);
  EXPECT_NE(feed_forward.down->weight_scale, -1);
}

TEST(Plan, IsInTheProvenanceUnlessItIsTheUsualOne) {
  const EditableModel mixed = quantized(random_model({}), "int8; attention 0 core = float;embedding 0 word=int8");
  EXPECT_NE(mixed.graph.provenance.back()->detail.find("\"plan\":\"int8; attention 0 core=float\""), std::string::npos)
      << mixed.graph.provenance.back()->detail;
  const EditableModel usual = quantized(random_model({}), "int8");
  EXPECT_EQ(usual.graph.provenance.back()->detail.find("plan"), std::string::npos);
}

TEST(Plan, TextsAreReadBack) {
  for (const char* text : {"int8", "float", "int8 unrotated nearest", "float; a=int8 rotated-64; b=int8",
                           "int8; attention 0 core=float; attention 0 qkv=int8 unrotated"}) {
    const Result<QuantizePlan> plan = parse_plan(text);
    ASSERT_TRUE(plan.ok()) << plan.status().message();
    EXPECT_EQ(plan_text(*plan), text);
  }
  for (const char* text :
       {"", "int4", "int8; float", "int8; a", "int8; a=", "float unrotated", "int8; a=float; a=int8"}) {
    EXPECT_EQ(parse_plan(text).status().code(), Code::invalid_argument) << text;
  }
}

TEST(Plan, WhatDoesNotFitTheModelIsAnError) {
  const EditableModel model = random_model({});
  for (const char* text : {"int8; attention 2 qkv=float", "int8; embedding 0 token type=float",
                           "int8; attention 0 core=int8 unrotated", "int8; embedding 0 word=int8 nearest"}) {
    QuantizeOptions options;
    options.plan = *parse_plan(text);
    EXPECT_EQ(quantize_int8(model, options, nullptr).status().code(), Code::invalid_argument) << text;
  }
  const EditableModel core = quantized(model, "float; attention 0 core=int8");
  EXPECT_EQ(quantize_int8(core, {}, nullptr).status().code(), Code::invalid_argument) << "quantized already";
}

TEST(Int4, RoundsToFifteenLevelsOfEachGroup) {
  const std::vector<float> matrix = {7, -7, 3.4f, 3.6f, 0.7f, 0.07f, 0, 0, 0};
  const std::vector<float> rounded = round_to_int4(matrix, 1, 9, 4);
  const std::vector<float> expected = {7, -7, 3, 4, 0.7f, 0.1f, 0, 0, 0};
  for (size_t i = 0; i < 9; ++i) EXPECT_NEAR(rounded[i], expected[i], 1e-6) << i;
}

TEST(Int4, IsSimulatedInPartsThatHaveWeights) {
  EditableModel source = random_model({});
  const size_t bytes = serialize_model(source)->size();
  const auto exact = embeddings(OpenModel(source));
  for (const ModelPart& part : quantizable_parts(source.graph)) {
    EditableModel changed = source;
    const Status status = simulate_int4(&changed, part);
    ASSERT_EQ(status.ok(), part.kind != PartKind::core) << part.name;
    if (!status.ok()) continue;
    EXPECT_EQ(serialize_model(changed)->size(), bytes) << part.name;
    EXPECT_GT(squared_distance(embeddings(OpenModel(changed)), exact), 0) << part.name;
  }
}

}  // namespace
}  // namespace linnet
