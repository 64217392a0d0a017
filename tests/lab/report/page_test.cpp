#include "lab/report/page.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lab/report/assets.h"
#include "lab/report/text.h"
#include "tests/lab/report/sample.h"

namespace linnet::lab {
namespace {

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Comparison, FrontIsOfWhatWasScoredAndTimed) {
  const Comparison comparison = large_comparison();
  const std::vector<bool> front = front_of(comparison, 0);
  std::string on_front;
  for (size_t i = 0; i < front.size(); ++i) {
    if (front[i]) on_front += comparison.models[i].label + " ";
  }
  EXPECT_EQ(on_front,
            "minilm-int8 minilm-int8-calibrated minilm-4-layers-int8 minilm-low-rank "
            "minilm-a-name-that-is-much-too-long-for-any-label ");
  EXPECT_EQ(comparison.metric(), "spearman");
  EXPECT_EQ(comparison.scored_on(), "1,379 pairs");
  EXPECT_TRUE(comparison.any_failed());
  EXPECT_EQ(front_of(small_comparison(), 0), (std::vector<bool>{false, false}));
  EXPECT_FALSE(small_comparison().any_failed());
}

TEST(Page, NamesNeverBecomeMarkup) {
  Comparison comparison = large_comparison();
  const std::string evil = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>\xff";
  comparison.cpu = comparison.isa = comparison.commit = comparison.date = comparison.data = evil;
  for (ComparedModel& model : comparison.models) {
    model.path = model.label = model.weights = evil;
    model.steps = {evil};
    model.error = evil;
    model.evaluation.notes = {evil};
    for (Metric& metric : model.evaluation.metrics) metric.name = evil;
  }
  PeerRows& peers = *comparison.peers;
  peers.path = peers.processor = peers.isa = peers.commit = peers.texts = peers.date = evil;
  for (PeerRow& row : peers.rows) row.name = evil;
  Sensitivity& sensitivity = *comparison.sensitivity;
  sensitivity.model = sensitivity.measure = evil;
  for (SensitivityRow& row : sensitivity.rows) row.name = row.format = evil;
  const std::string page = report_page(comparison);
  EXPECT_EQ(count_of(page, "<script"), 1u);
  EXPECT_EQ(count_of(page, "<img"), 0u);
  EXPECT_EQ(count_of(page, "onerror='"), 0u);
  EXPECT_EQ(page.find('\xff'), std::string::npos);
  EXPECT_GT(count_of(page, "&lt;script&gt;"), 30u);
}

TEST(Page, LetsNothingInButItself) {
  const std::string page = report_page(large_comparison());
  EXPECT_LT(page.size(), 300'000u);
  EXPECT_EQ(count_of(page, "http://") + count_of(page, "https://") + count_of(page, " src="), 0u);
  EXPECT_EQ(count_of(page, " style=\""), 0u);
  EXPECT_EQ(count_of(page, " onclick"), 0u);
  EXPECT_EQ(count_of(page, "default-src 'none'"), 1u);
  EXPECT_EQ(count_of(page, kReportJsHash), 1u);
  EXPECT_EQ(count_of(page, kReportCssHash), 1u);
  EXPECT_EQ(std::string(kReportJsHash).size(), 7 + 44u);
  EXPECT_EQ(page.find("unsafe-inline"), std::string::npos);
}

TEST(Page, EveryShapeHasItsPicturesAndEveryModelItsRow) {
  const Comparison comparison = large_comparison();
  const std::string page = report_page(comparison);
  EXPECT_EQ(count_of(page, "<figure class=\"shape\""), 3u);
  EXPECT_EQ(count_of(page, "role=\"img\" aria-labelledby"), 6u);
  EXPECT_EQ(count_of(page, "<desc id="), 6u);
  EXPECT_EQ(count_of(page, "<path class=\"front-line\""), 6u);
  for (size_t i = 0; i < comparison.models.size(); ++i) {
    EXPECT_EQ(count_of(page, "<th scope=\"row\"><span class=\"place\">" + std::to_string(i + 1) + "</span>"), 1u) << i;
  }
  EXPECT_EQ(count_of(page, "measured elsewhere</small>"), 2u);
  EXPECT_EQ(count_of(page, "<svg class=\"bar\""), 48u);
  EXPECT_NE(page.find("date not recorded"), std::string::npos);
}

TEST(Page, SaysWhatItFound) {
  const std::string page = report_page(large_comparison());
  EXPECT_NE(
      page.find("<strong><bdi>minilm-4-layers-int8</bdi></strong> is the fastest at 1 \u00d7 16 tokens: 0.355 ms, 10.8 "
                "times as fast as <strong><bdi>minilm</bdi></strong>, in 18.9 MB instead of 90.8 MB."),
      std::string::npos);
  EXPECT_NE(
      page.find(
          "of 0.7952 differs from the first model's by \u22120.0251 (95% interval \u22120.0261 to \u22120.0241)."),
      std::string::npos);
}

TEST(Page, WithoutATaskSizeIsThePicture) {
  const std::string page = report_page(small_comparison());
  EXPECT_EQ(count_of(page, "file size, MB against median latency"), 2u);
  EXPECT_EQ(count_of(page, "front-line\" d="), 0u);
  EXPECT_EQ(page.find("spearman"), std::string::npos);
}

TEST(Text, MarksTheFrontAndTellsWhatFailed) {
  const std::string text = comparison_text(large_comparison());
  EXPECT_NE(text.find("0.512 / 0.589*"), std::string::npos) << text;
  EXPECT_NE(text.find("3.84 / 4.42 "), std::string::npos);
  EXPECT_NE(text.find("[12] absent.linnet"), std::string::npos);
  EXPECT_NE(text.find("failed: cannot open 'absent.linnet'"), std::string::npos);
  EXPECT_NE(text.find("\u22120.0004  \u22120.0014 to +0.0006"), std::string::npos);
  EXPECT_NE(text.find("ONNX Runtime INT8"), std::string::npos);
  EXPECT_NE(text.find("attention 0 qkv"), std::string::npos);
}

TEST(Json, HasWhatTheTextHas) {
  const nlohmann::ordered_json json = comparison_json(large_comparison());
  EXPECT_EQ(json["models"].size(), 12u);
  EXPECT_EQ(json["pairs"], 1379);
  EXPECT_EQ(json["shapes"], (std::vector<std::string>{"1x16", "1x128", "32x128"}));
  const nlohmann::ordered_json& int8 = json["models"][1];
  EXPECT_EQ(int8["times"][0]["shape"], "1x16");
  EXPECT_EQ(int8["times"][0]["on_front"], true);
  EXPECT_EQ(int8["metrics"]["spearman"], 0.8199);
  EXPECT_NEAR(int8["differences"]["spearman"]["value"].get<double>(), -0.0004, 1e-9);
  EXPECT_EQ(json["models"][3]["times"].size(), 2u);
  EXPECT_FALSE(json["models"][10].contains("metrics"));
  EXPECT_FALSE(json["models"][11].contains("times"));
  EXPECT_EQ(json["peers"]["rows"][1]["load_ms"], nullptr);
  EXPECT_EQ(json["peers"]["date"], nullptr);
  EXPECT_EQ(json["sensitivity"]["rows"].size(), 48u);
}

}  // namespace
}  // namespace linnet::lab
