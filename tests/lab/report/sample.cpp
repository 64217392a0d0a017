#include "tests/lab/report/sample.h"

#include <cmath>
#include <limits>

namespace linnet::lab {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Timing timing_of(double median) { return {100, median * 0.9, median, median, median * 1.15, median * 1.3}; }

ComparedModel model_of(const std::string& label, uint64_t bytes, const std::vector<double>& medians) {
  ComparedModel model;
  model.label = label;
  model.path = "models/" + label + ".linnet";
  model.opened = true;
  model.weights = "int8";
  model.steps = {"convert", "quantize: scheme int8, rotated"};
  model.file_bytes = bytes;
  model.load_ms = 0.3;
  for (const double median : medians) model.timings.push_back(timing_of(median));
  return model;
}

void score(ComparedModel* model, double value, double base) {
  model->evaluation.counted = "pairs";
  model->evaluation.count = 1379;
  model->evaluation.metrics = {{"spearman", value, {value - 0.018, value + 0.016}, {}}};
  if (value == base) return;
  model->differences = {{"spearman", value - base, {value - base - 0.001, value - base + 0.001}, {}}};
}

Sensitivity sensitivity() {
  Sensitivity file{"models/minilm.linnet", "1 - cosine", 256, {}};
  const char* parts[] = {"attention %d qkv", "attention %d output", "feed-forward %d up", "feed-forward %d down"};
  for (int layer = 0; layer < 24; ++layer) {
    char name[64];
    std::snprintf(name, sizeof name, parts[layer % 4], layer / 4);
    const double loss = 2e-6 * (1 + layer % 5) * (layer == 7 ? 9 : 1);
    file.rows.push_back({layer / 4, name, "int8", loss, 4 * loss});
    file.rows.push_back({layer / 4, name, "int4", 190 * loss * (1 + layer % 3), {}});
  }
  return file;
}

}  // namespace

Comparison small_comparison() {
  Comparison comparison;
  comparison.cpu = "A Processor";
  comparison.isa = "avx2";
  comparison.commit = "abc1234";
  comparison.date = "2026-01-31T12:00:00Z";
  comparison.shapes = {{1, 16}};
  comparison.models = {model_of("minilm", 90'800'000, {3.84}), model_of("minilm-int8", 23'500'000, {0.512})};
  return comparison;
}

Comparison large_comparison() {
  Comparison comparison = small_comparison();
  comparison.shapes = {{1, 16}, {1, 128}, {32, 128}};
  comparison.task = "sts";
  comparison.data = "stsb/test.csv";
  struct Entry {
    const char* label;
    double megabytes, milliseconds, score;
  };
  const std::vector<Entry> entries = {{"minilm", 90.8, 3.84, 0.8203},
                                      {"minilm-int8", 23.5, 0.512, 0.8199},
                                      {"minilm-int8-calibrated", 23.5, 0.52, 0.8207},
                                      {"minilm-int4", 13.1, 0.55, 0.8121},
                                      {"minilm-int4-gptq", 13.1, 0.55, 0.8163},
                                      {"minilm-5-layers", 78.2, 0.47, 0.8077},
                                      {"minilm-4-layers-int8", 18.9, 0.355, 0.7952},
                                      {"minilm-low-rank", 21.0, 0.46, 0.8102},
                                      {"minilm-a-name-that-is-much-too-long-for-any-label", 22.4, 0.505, 0.8188},
                                      {"<script>alert(1)</script>\"'&", 23.0, 0.53, 0.8194}};
  comparison.models.clear();
  for (const Entry& entry : entries) {
    const double ms = entry.milliseconds;
    comparison.models.push_back(
        model_of(entry.label, static_cast<uint64_t>(entry.megabytes * 1e6), {ms, 5.3 * ms, 195 * ms}));
    score(&comparison.models.back(), entry.score, entries[0].score);
  }
  comparison.models[0].weights = "float32";
  comparison.models[3].timings[2] = {};  // too few positions, say
  comparison.models.push_back(model_of("no-classifier", 24'000'000, {0.6, 3, 110}));
  comparison.models.back().error = "the model has no classifier; train one with linnet fit";
  ComparedModel& failed = comparison.models.emplace_back();
  failed.path = failed.label = "absent.linnet";
  failed.error = "cannot open 'absent.linnet': No such file or directory";
  comparison.peers = PeerRows{"peers.json", "Another Processor", "amx", "1a4f319", "STS-B, 1,379 pairs", "", {}};
  comparison.peers->rows = {{"ONNX Runtime INT8", 22'800'000, 54.8, 0.8181, {1.19, 8.24, 284.2}, {1.3, 9, 300}},
                            {"CTranslate2 INT8", 24'000'000, kNan, 0.8180, {0.89, 6.9, kNan}, {0.95, 7.5, kNan}}};
  comparison.sensitivity = sensitivity();
  return comparison;
}

}  // namespace linnet::lab
