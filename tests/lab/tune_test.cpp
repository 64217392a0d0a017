#include "lab/tune.h"

#include <gtest/gtest.h>
#include <tuple>

#include "lab/quantize_pass.h"
#include "lab/tune_file.h"
#include "lab/tune_log.h"
#include "quant/plan.h"
#include "tests/lab/files.h"
#include "tests/support/random_model.h"

namespace linnet::lab {
namespace {

using testing_support::random_model;
using testing_support::RandomModelOptions;

// Times and losses that are known: each part in INT8 saves one ms and loses 0.001, but for one that loses 1.
class FakeMeasurer final : public Measurer {
 public:
  std::string identity() const override { return identity_; }

  Result<Measurement> measure(EditableModel& model, const Progress&) override {
    ++measured;
    if (fail_after > 0 && measured > fail_after) return Status::error(Code::internal, "the power went out");
    Measurement m;
    m.ms = 1;
    bool lucky_one = !lucky.empty();
    const auto is_int8 = [&](uint32_t tensor) { return model.graph.tensors[tensor]->type == fbs::ElementType::S8; };
    size_t number = 0;
    for (const ModelPart& part : quantizable_parts(model.graph)) {
      bool int8 = false;
      fbs::OpBodyUnion& body = model.graph.ops[part.op]->body;
      if (part.kind == PartKind::linear) int8 = is_int8(linear_of(model.graph, part).weight);
      if (part.kind == PartKind::core) int8 = body.AsAttention()->int8_core;
      if (part.kind == PartKind::table) {
        int8 = is_int8(part.part == 0 ? body.AsEmbed()->word : static_cast<uint32_t>(body.AsEmbed()->position));
      }
      ++number;
      m.ms += int8 ? 0 : 1;
      lucky_one = lucky_one && int8 == (part.name != "attention 1 qkv" && !part.name.starts_with(lucky));
      if (int8) m.loss += part.name == "attention 1 qkv" ? 1 : 0.001;
    }
    EXPECT_EQ(number, 12u);
    m.bytes = serialize_model(model)->size();
    if (lucky_one && !timing_again_) m.ms -= 2.5;
    return m;
  }
  Result<double> time_again(EditableModel& model) override {
    ++timed_again;
    --measured;
    timing_again_ = true;
    const Result<Measurement> m = measure(model, {});
    timing_again_ = false;
    return m->ms;
  }

  Status compare_with(EditableModel&, double ms) override {
    EXPECT_GT(ms, 0);
    ++compared;
    return Status();
  }

  std::string identity_ = "{\"measure\": \"fake\"}";
  size_t measured = 0, compared = 0, fail_after = 0, timed_again = 0;
  // With the parts that begin so and that which loses much in float, a model seems 2.5 ms quicker the first time.
  std::string lucky;

 private:
  bool timing_again_ = false;
};

const char* const kBest = "int8; attention 1 qkv=float";

class Tune : public FolderTest {
 protected:
  Tune() : model_(random_model({})), pass_(model_.graph, {}) {
    options_.limits.loss = 0.02;
    options_.log = path("log.csv");
  }

  Result<EditableModel> tune_once(const Progress& progress = {}) {
    measurer_.measured = measurer_.timed_again = 0;
    return tune(model_, {&pass_}, measurer_, options_, &report_, progress);
  }

  std::vector<std::string> log_lines() const {
    std::vector<std::string> lines;
    const std::string text = read("log.csv");
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = text.find('\n', begin);
      lines.push_back(text.substr(begin, end - begin + 1));
      begin = end + 1;
    }
    return lines;
  }

  EditableModel model_;
  QuantizePass pass_;
  FakeMeasurer measurer_;
  TuneOptions options_;
  TuneReport report_;
};

TEST_F(Tune, FindsTheKnownBestPlanAndWritesItDown) {
  Result<EditableModel> best = tune_once();
  ASSERT_TRUE(best.ok()) << best.status().message();
  EXPECT_EQ(report_.best.plan, kBest);
  EXPECT_EQ(report_.none.plan, "float");
  EXPECT_EQ(report_.all.plan, "int8");
  EXPECT_DOUBLE_EQ(report_.best.measurement.loss, 0.011);
  EXPECT_EQ(report_.best.measurement.ms, 2);
  EXPECT_FALSE(report_.out_of_budget);
  EXPECT_EQ(report_.evaluations, measurer_.measured);
  EXPECT_EQ(measurer_.compared, 2u) << "the compressed model is timed against the float one, all others against it";
  EXPECT_EQ(report_.timed_again, measurer_.timed_again);
  EXPECT_EQ(measurer_.timed_again, 5u);
  const fbs::ProvenanceT& last = *best->graph.provenance.back();
  EXPECT_EQ(last.step, "tune");
  EXPECT_NE(last.detail.find(std::string("\"plan\":\"") + kBest + "\""), std::string::npos) << last.detail;
  // The model is the one that the plan makes.
  QuantizeOptions options;
  options.plan = *parse_plan(kBest);
  EditableModel made = *quantize_int8(model_, options, nullptr);
  made.add_provenance(last.step, last.detail);
  EXPECT_EQ(*serialize_model(*best), *serialize_model(made));
}

TEST_F(Tune, LuckDoesNotChoose) {
  measurer_.lucky = "embedding";
  const Result<EditableModel> best = tune_once();
  ASSERT_TRUE(best.ok()) << best.status().message();
  EXPECT_EQ(report_.best.plan, kBest);
  EXPECT_EQ(report_.best.measurement.ms, 2);
  const std::string text = read("log.csv");
  const size_t row = text.find("int8; attention 1 qkv=float; embedding 0 position=float; embedding 0 word=float,");
  ASSERT_NE(row, std::string::npos) << text;
  EXPECT_NE(text.find(",,1.5,", row), std::string::npos) << "it seemed better than the best one";
}

TEST_F(Tune, OtherLimitsHaveOtherBests) {
  options_.limits = {};
  options_.limits.ms = 12;  // one part has to be INT8: any but the one that loses much
  ASSERT_TRUE(tune_once().ok());
  EXPECT_DOUBLE_EQ(report_.best.measurement.loss, 0.001);
  options_.limits = {};
  options_.limits.ms = 13;
  ASSERT_TRUE(tune_once().ok());
  EXPECT_EQ(report_.best.plan, "float");
  options_.limits = {2.0, 1.0, {}};
  ASSERT_TRUE(tune_once().ok());
  EXPECT_EQ(report_.best.plan, "int8");
}

TEST_F(Tune, ALogThatIsWholeAnswersEverything) {
  ASSERT_TRUE(tune_once().ok());
  const size_t evaluations = report_.evaluations;
  EXPECT_EQ(log_lines().size(), evaluations + measurer_.timed_again + 1);
  ASSERT_TRUE(tune_once().ok());
  EXPECT_EQ(measurer_.measured + measurer_.timed_again, 0u);
  EXPECT_EQ(report_.timed_again, 5u);
  EXPECT_EQ(report_.from_log, evaluations);
  EXPECT_EQ(report_.evaluations, evaluations);
  EXPECT_EQ(report_.best.plan, kBest);
}

TEST_F(Tune, GoesOnFromALogThatEndsInTheMiddleOfARow) {
  ASSERT_TRUE(tune_once().ok());
  const std::vector<std::string> whole = log_lines();
  for (const size_t kept : {1u, 2u, 9u}) {
    std::string text;
    for (size_t i = 0; i < kept; ++i) text += whole[i];
    for (const size_t more : {size_t{0}, size_t{1}, whole[kept].size() - 1}) {
      write("log.csv", text + whole[kept].substr(0, more));
      ASSERT_TRUE(tune_once().ok());
      EXPECT_EQ(report_.from_log, kept - 1);
      EXPECT_EQ(measurer_.measured + measurer_.timed_again, whole.size() - kept);
      EXPECT_EQ(report_.best.plan, kBest);
      EXPECT_EQ(log_lines().size(), whole.size());
    }
  }
  write("log.csv", "");
  ASSERT_TRUE(tune_once().ok());
  EXPECT_EQ(report_.from_log, 0u);
}

TEST_F(Tune, WhatWasMeasuredIsInTheLogWhenTheWorkEnds) {
  measurer_.fail_after = 5;
  EXPECT_NE(std::string(tune_once().status().message()).find("the power went out"), std::string::npos);
  EXPECT_EQ(log_lines().size(), 6u);
  measurer_.fail_after = 0;
  ASSERT_TRUE(tune_once().ok());
  EXPECT_EQ(report_.from_log, 5u);
  write("log.csv", "");
  const Result<EditableModel> interrupted = tune_once([](uint64_t done, uint64_t) { return done < 3; });
  EXPECT_STREQ(interrupted.status().message(), "interrupted");
  EXPECT_EQ(log_lines().size(), 4u);
}

TEST_F(Tune, RefusesDamagedAndForeignLogsByTheirLine) {
  ASSERT_TRUE(tune_once().ok());
  std::vector<std::string> lines = log_lines();
  const auto refuses = [&](size_t line, const std::string& text, const std::string& what) {
    std::string all;
    for (size_t i = 0; i < lines.size(); ++i) all += i + 1 == line ? text + "\n" : lines[i];
    write("log.csv", all);
    const Status status = tune_once().status();
    EXPECT_EQ(status.code(), Code::corrupt) << text;
    EXPECT_NE(std::string(status.message()).find("log.csv line " + std::to_string(line) + ": "), std::string::npos);
    EXPECT_NE(std::string(status.message()).find(what), std::string::npos) << status.message();
    EXPECT_EQ(read("log.csv"), all) << "what is refused is not written over";
    EXPECT_EQ(measurer_.measured, 0u);
  };
  refuses(1, "text,label", "not the log of a search");
  refuses(4, "", "not a row");
  refuses(3, lines[2].substr(0, 20), "not a row");
  std::string row = lines[2].substr(0, lines[2].size() - 1);
  refuses(3, row + ",1", "not a row");
  refuses(3, (row[0] == '0' ? "1" : "0") + row.substr(1), "another model");
  refuses(3, row.substr(0, 17) + (row[17] == '0' ? "1" : "0") + row.substr(18), "other data, options");
  const size_t plan = 34, loss = row.find(',', plan) + 1;
  refuses(3, row.substr(0, plan) + "int8; attention 9 qkv=float" + row.substr(loss - 1), "attention 9 qkv");
  refuses(3, row.substr(0, plan) + "int8 unrotated" + row.substr(loss - 1), "not searched");
  refuses(3, row.substr(0, loss) + "x" + row.substr(loss), "not a number");
  refuses(3, row.substr(0, loss) + "nan" + row.substr(row.find(',', loss)), "not a number");
}

TEST_F(Tune, ALogOfAnotherModelOrOtherOptionsIsForeign) {
  ASSERT_TRUE(tune_once().ok());
  RandomModelOptions other_options;
  other_options.seed = 2;
  EditableModel other = random_model(other_options);
  EXPECT_NE(std::string(tune(other, {&pass_}, measurer_, options_, &report_).status().message()).find("another model"),
            std::string::npos);
  measurer_.identity_ = "{\"measure\": \"other\"}";
  EXPECT_NE(std::string(tune_once().status().message()).find("line 2"), std::string::npos);
  measurer_.identity_ = FakeMeasurer().identity_;
  const QuantizePass calibrated(model_.graph, {"some text"});
  const Status status = tune(model_, {&calibrated}, measurer_, options_, &report_).status();
  EXPECT_NE(std::string(status.message()).find("other data, options"), std::string::npos) << status.message();
}

TEST_F(Tune, SaysWhatCameNearestWhenNothingHoldsTheLimits) {
  options_.limits = {0.0005, 1.5, {}};
  const Result<EditableModel> best = tune_once();
  ASSERT_EQ(best.status().code(), Code::limit);
  EXPECT_NE(std::string(best.status().message()).find("holds loss <= 0.0005, <= 1.5 ms; the nearest: loss"),
            std::string::npos)
      << best.status().message();
  options_.limits = {};
  EXPECT_EQ(tune_once().status().code(), Code::invalid_argument);
}

TEST_F(Tune, TheBudgetEndsItWithTheBestSoFar) {
  options_.evaluations = 10;
  ASSERT_TRUE(tune_once().ok());
  EXPECT_EQ(report_.evaluations, 10u);
  EXPECT_TRUE(report_.out_of_budget);
  // By the clock: it stands still until five models are made.
  options_.evaluations = 200;
  options_.log.clear();
  options_.clock = [&] { return measurer_.measured >= 5 ? 61.0 : 0.0; };
  options_.minutes = 1;
  ASSERT_TRUE(tune_once().ok());
  EXPECT_EQ(report_.evaluations, 5u);
  EXPECT_TRUE(report_.out_of_budget);
  EXPECT_EQ(report_.best.plan, "float") << "the only one so far that holds the limit";
}

TEST(QuantizePass, EndsWhenItsProgressSaysSo) {
  const EditableModel model = random_model({});
  const QuantizePass pass(model.graph, {});
  Settings all;
  for (const Choice& choice : pass.choices()) all[choice.name] = choice.settings.back();
  size_t calls = 0;
  const auto twice = [&](uint64_t, uint64_t) { return ++calls < 3; };
  EXPECT_STREQ(pass.apply(model, all, twice).status().message(), "interrupted");
  EXPECT_EQ(calls, 3u);
  EXPECT_TRUE(pass.apply(model, all, {}).ok());
}

TEST(TuneFile, LossLimitsAreNumbersOrShares) {
  const std::vector<std::tuple<const char*, double, bool>> good = {
      {"0", 0, false}, {"0.01", 0.01, false}, {"1e-3", 1e-3, false}, {"1%", 1, true}};
  for (const auto& [text, value, share] : good) {
    const Result<LossLimit> limit = parse_loss_limit(text);
    ASSERT_TRUE(limit.ok()) << text;
    EXPECT_EQ(limit->value, value);
    EXPECT_EQ(limit->share, share);
  }
  for (const char* text : {"", "%", "-1", "1%%", "1 %", "nan", "inf", "one"}) {
    EXPECT_EQ(parse_loss_limit(text).status().code(), Code::invalid_argument) << text;
  }
}

// Everything else of it is tested by the command (tests/cli) and by Python.
TEST(TuneFile, WantsALimitBeforeItDoesAnything) {
  TuneFileOptions options;
  options.model = "absent.linnet";
  options.output = "no/folder/out.linnet";
  EXPECT_EQ(tune_file(options).status().code(), Code::invalid_argument);
  options.max_mb = 1;
  EXPECT_EQ(tune_file(options).status().code(), Code::not_found);
}

TEST(QuantizePass, TextsAreThoseOfPlansAndReadBack) {
  const EditableModel model = random_model({});
  const QuantizePass pass(model.graph, {}, {"float", "int8 unrotated", "int8"});
  ASSERT_EQ(pass.choices().size(), 12u);
  EXPECT_EQ(pass.choices()[3].name, "attention 0 core");
  EXPECT_EQ(pass.choices()[3].settings, (std::vector<std::string>{"float", "int8"}));
  EXPECT_EQ(pass.choices()[2].settings.size(), 3u);
  EXPECT_EQ(pass.choices()[2].kind, pass.choices()[7].kind) << "QKV of both layers";
  EXPECT_NE(pass.choices()[2].kind, pass.choices()[4].kind);
  EXPECT_EQ(pass.text({}), "float");
  EXPECT_EQ(pass.text({{"attention 0 qkv", "int8 unrotated"}}), "float; attention 0 qkv=int8 unrotated");
  for (const char* text : {"float", "int8", "float; attention 0 qkv=int8 unrotated", "int8; attention 0 core=float"}) {
    const Result<Settings> settings = pass.parse(text);
    ASSERT_TRUE(settings.ok()) << settings.status().message();
    EXPECT_EQ(pass.text(*settings), text);
  }
  EXPECT_FALSE(pass.parse("int8; attention 0 qkv=int8 nearest").ok());
  EXPECT_FALSE(pass.parse("nonsense").ok());
}

}  // namespace
}  // namespace linnet::lab
