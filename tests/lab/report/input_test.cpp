// The files of others that a report shows.
#include <cmath>
#include <gtest/gtest.h>

#include "lab/report/peer_rows.h"
#include "lab/sensitivity_file.h"
#include "tests/lab/files.h"

namespace linnet::lab {
namespace {

class ReportInput : public FolderTest {
 protected:
  // The error of reading this text as sensitivities.
  std::string sensitivity_error(const std::string& text) const {
    const Result<Sensitivity> file = read_sensitivity(write("s.json", text));
    EXPECT_FALSE(file.ok()) << text;
    return file.status().message();
  }
  std::string peers_error(const std::string& text, size_t threads = 1) const {
    const Result<PeerRows> rows = read_peer_rows(write("p.json", text), {{1, 16}}, threads);
    EXPECT_FALSE(rows.ok()) << text;
    return rows.status().message();
  }
};

void expect_has(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "'" << text << "' has no '" << part << "'";
}

std::string rows_of(const std::string& row) { return R"({"measure": "m", "texts": 1, "rows": [)" + row + "]}"; }

TEST_F(ReportInput, Sensitivity) {
  const Result<Sensitivity> file = read_sensitivity(write("s.json", R"({"model": "m.linnet", "measure": "1 - cosine",
    "texts": 256, "rows": [{"layer": 3, "name": "attention 0 qkv", "format": "int8", "loss": 0.25, "worst": 0.5},
    {"layer": 3, "name": "attention 0 qkv", "format": "int4", "loss": -0.25}]})"));
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(file->model, "m.linnet");
  EXPECT_EQ(file->measure, "1 - cosine");
  EXPECT_EQ(file->texts, 256u);
  ASSERT_EQ(file->rows.size(), 2u);
  EXPECT_EQ(file->rows[0].layer, 3);
  EXPECT_EQ(file->rows[0].worst, 0.5);
  EXPECT_EQ(file->rows[1].loss, -0.25);
  EXPECT_FALSE(file->rows[1].worst.has_value());
}

TEST_F(ReportInput, BadSensitivityIsNamed) {
  expect_has(sensitivity_error("{"), "s.json: not JSON");
  expect_has(sensitivity_error("[]"), "s.json: there is no 'measure'");
  expect_has(sensitivity_error(R"({"measure": "m", "texts": -1})"), "'texts' is not a whole number");
  expect_has(sensitivity_error(R"({"measure": "m", "texts": 1, "rows": []})"), "no 'rows'");
  expect_has(sensitivity_error(rows_of("7")), "s.json: row 1: not an object");
  expect_has(sensitivity_error(rows_of(R"({"layer": 0.5})")), "row 1: 'layer'");
  expect_has(sensitivity_error(rows_of(R"({"layer": 0, "name": 3})")), "'name'");
  expect_has(sensitivity_error(rows_of(R"({"layer": 0, "name": "a"})")), "'format'");
  expect_has(sensitivity_error(rows_of(R"({"layer": 0, "name": "a", "format": "int8", "loss": null})")), "'loss'");
  expect_has(sensitivity_error(rows_of(R"({"layer": 0, "name": "a", "format": "int8", "loss": 1, "worst": "x"})")),
             "'worst'");
  const std::string row = R"({"layer": 0, "name": "a", "format": "int8", "loss": 1})";
  expect_has(sensitivity_error(rows_of(row + "," + row)), "row 2: 'a' is there twice as int8");
  EXPECT_FALSE(read_sensitivity(path("absent.json")).ok());
}

const char* const kPeers =
    R"({"machine": {"processor": "A CPU", "isa": "amx"}, "cap": null, "commit": "abc", "texts": "STS-B",
  "date": "2026-01-01T00:00:00Z", "results": [{"random_weights": false, "contenders": [
  {"name": "Linnet INT8", "runtime": "linnet", "times": {"1": {"1x16": {"median": 1, "p95": 2}}}},
  {"name": "Other", "runtime": "openvino", "file_bytes": 7, "load_ms": 3, "accuracy": {"spearman": 0.5},
   "times": {"1": {"1x16": {"median": 4, "p95": 5}}, "2": {"1x128": {"median": 1, "p95": 1}}}},
  {"name": "Failed", "runtime": "openvino", "accuracy": null, "times": {}}]}]})";

TEST_F(ReportInput, PeersAreTheOtherRuntimesThatWereTimed) {
  const Result<PeerRows> rows = read_peer_rows(write("p.json", kPeers), {{1, 16}, {1, 128}}, 1);
  ASSERT_TRUE(rows.ok()) << rows.status().message();
  EXPECT_EQ(rows->processor, "A CPU");
  EXPECT_EQ(rows->isa, "amx");
  EXPECT_EQ(rows->date, "2026-01-01T00:00:00Z");
  ASSERT_EQ(rows->rows.size(), 1u);
  const PeerRow& row = rows->rows[0];
  EXPECT_EQ(row.name, "Other");
  EXPECT_EQ(row.file_bytes, 7u);
  EXPECT_EQ(row.score, 0.5);
  EXPECT_EQ(row.median_ms[0], 4);
  EXPECT_EQ(row.p95_ms[0], 5);
  EXPECT_TRUE(std::isnan(row.median_ms[1]));
}

TEST_F(ReportInput, RandomWeightsHaveNoScore) {
  std::string text = kPeers;
  text.replace(text.find("false"), 5, "true");
  const Result<PeerRows> rows = read_peer_rows(write("p.json", text), {{1, 16}}, 1);
  ASSERT_TRUE(rows.ok());
  EXPECT_TRUE(std::isnan(rows->rows[0].score));
}

TEST_F(ReportInput, BadPeersAreNamed) {
  expect_has(peers_error("nonsense"), "p.json: not JSON");
  expect_has(peers_error("{}"), "bench/peers --save");
  expect_has(peers_error(kPeers, 3), "no other runtime was timed with 3 threads at any of 1x16");
  expect_has(peers_error(R"({"machine": {}, "results": [1, {"contenders": 3}, {"contenders": [{"times": 1}]}]})"),
             "no other runtime");
  EXPECT_FALSE(read_peer_rows(path("absent.json"), {{1, 16}}, 1).ok());
}

}  // namespace
}  // namespace linnet::lab
