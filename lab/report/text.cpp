#include "lab/report/text.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "lab/describe.h"
#include "lab/report/html.h"
#include "lab/report/numbers.h"

namespace linnet::lab {

namespace {

using Row = std::vector<std::string>;

// Columns on the right but for the first one.
std::string aligned(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], characters(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string room(widths[i] - characters(row[i]), ' ');
      if (i > 0) line += "  ";
      line += i == 0 ? row[i] + room : room + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string interval_text(const Interval& interval, std::string (*number)(double, int)) {
  return std::isnan(interval.low) ? "-" : number(interval.low, 4) + " to " + number(interval.high, 4);
}

std::string time_text(double median, double p95, bool on_front) {
  return std::isnan(median) ? "- " : three_digits(median) + " / " + three_digits(p95) + (on_front ? "*" : " ");
}

Row head(const Comparison& comparison) {
  Row row = {"", "size", "load ms"};
  for (const Shape& shape : comparison.shapes) row.push_back(shape_name(shape) + " ms ");
  if (const std::string metric = comparison.metric(); !metric.empty()) {
    row.insert(row.end(), {metric, "95% interval", "to [1]", "95% interval"});
  }
  return row;
}

Row model_row(const Comparison& comparison, size_t at, const std::vector<std::vector<bool>>& fronts) {
  const ComparedModel& model = comparison.models[at];
  Row row = {"[" + std::to_string(at + 1) + "] " + printable(model.label)};
  if (!model.opened) {
    row.emplace_back("failed");
    return row;
  }
  row.insert(row.end(), {human_bytes(model.file_bytes), three_digits(model.load_ms)});
  for (size_t s = 0; s < comparison.shapes.size(); ++s) {
    const double median = median_ms(model, s);
    row.push_back(time_text(median, std::isnan(median) ? median : model.timings[s].p95_ms, fronts[s][at]));
  }
  if (model.evaluation.metrics.empty()) return row;
  const Metric& metric = model.evaluation.metrics.front();
  row.insert(row.end(), {decimals(metric.value, 4), interval_text(metric.interval, decimals)});
  if (model.differences.empty()) return row;
  const Metric& gained = model.differences.front();
  row.insert(row.end(), {with_sign(gained.value, 4), interval_text(gained.interval, with_sign)});
  return row;
}

Row peer_row(const Comparison& comparison, const PeerRow& peer) {
  Row row = {"  ° " + printable(peer.name), peer.file_bytes > 0 ? human_bytes(peer.file_bytes) : "-",
             three_digits(peer.load_ms)};
  for (size_t s = 0; s < comparison.shapes.size(); ++s) {
    row.push_back(time_text(peer.median_ms[s], peer.p95_ms[s], false));
  }
  if (comparison.metric() == "spearman") row.push_back(decimals(peer.score, 4));
  return row;
}

nlohmann::ordered_json number_or_null(double number) {
  return std::isfinite(number) ? nlohmann::ordered_json(number) : nlohmann::ordered_json();
}

nlohmann::ordered_json interval_json(const Interval& interval) {
  return {number_or_null(interval.low), number_or_null(interval.high)};
}

nlohmann::ordered_json model_json(const Comparison& comparison, size_t at) {
  const ComparedModel& model = comparison.models[at];
  nlohmann::ordered_json json = {{"model", model.path}, {"label", model.label}};
  if (!model.error.empty()) json["error"] = model.error;
  if (!model.opened) return json;
  json["weights"] = model.weights;
  json["file_bytes"] = model.file_bytes;
  json["load_ms"] = model.load_ms;
  json["made_by"] = model.steps;
  json["times"] = nlohmann::ordered_json::array();
  for (size_t s = 0; s < comparison.shapes.size(); ++s) {
    const Timing& timing = model.timings[s];
    if (timing.runs == 0) continue;
    json["times"].push_back({{"shape", shape_name(comparison.shapes[s])},
                             {"min_ms", timing.min_ms},
                             {"median_ms", timing.median_ms},
                             {"p95_ms", timing.p95_ms},
                             {"p99_ms", timing.p99_ms},
                             {"mean_ms", timing.mean_ms},
                             {"runs", timing.runs},
                             {"on_front", static_cast<bool>(front_of(comparison, s)[at])}});
  }
  for (const Metric& metric : model.evaluation.metrics) {
    json["metrics"][metric.name] = metric.value;
    json["intervals"][metric.name] = interval_json(metric.interval);
  }
  for (const Metric& metric : model.differences) {
    json["differences"][metric.name] = {{"value", number_or_null(metric.value)},
                                        {"interval", interval_json(metric.interval)}};
  }
  return json;
}

nlohmann::ordered_json peers_json(const Comparison& comparison, const PeerRows& peers) {
  nlohmann::ordered_json json = {{"file", peers.path},     {"processor", peers.processor}, {"isa", peers.isa},
                                 {"commit", peers.commit}, {"texts", peers.texts},         {"date", nullptr}};
  if (!peers.date.empty()) json["date"] = peers.date;
  for (const PeerRow& peer : peers.rows) {
    nlohmann::ordered_json row = {{"name", peer.name},
                                  {"file_bytes", peer.file_bytes},
                                  {"load_ms", number_or_null(peer.load_ms)},
                                  {"spearman", number_or_null(peer.score)},
                                  {"times", nlohmann::ordered_json::array()}};
    for (size_t s = 0; s < comparison.shapes.size(); ++s) {
      if (std::isnan(peer.median_ms[s])) continue;
      row["times"].push_back({{"shape", shape_name(comparison.shapes[s])},
                              {"median_ms", peer.median_ms[s]},
                              {"p95_ms", number_or_null(peer.p95_ms[s])}});
    }
    json["rows"].push_back(row);
  }
  return json;
}

std::string sensitivity_text(const Sensitivity& file) {
  std::vector<Row> rows = {{"layer", "format", "loss", "worst"}};
  for (const SensitivityRow& row : file.rows) {
    rows.push_back({printable(row.name), printable(row.format), three_digits(row.loss),
                    row.worst ? three_digits(*row.worst) : std::string()});
  }
  return "\nLoss of each layer compressed alone (" + printable(file.measure) + ", " + grouped(file.texts) + " texts, " +
         printable(file.model) + ")\n" + aligned(rows);
}

}  // namespace

std::vector<std::string> comparison_notes(const Comparison& comparison) {
  std::vector<std::string> notes;
  std::string times = "Times: median and 95th percentile of one batch, in ms, with ";
  times += std::to_string(comparison.threads) + (comparison.threads == 1 ? " thread" : " threads");
  notes.push_back(times +
                  ", models in turns; tokenizing and loading are not in them. Load: opening the file, which is in "
                  "the page cache, and creating a session");
  const std::string metric = comparison.metric();
  if (!metric.empty()) {
    notes.push_back("Accuracy: " + metric + " on " + comparison.data + ", " + comparison.scored_on() +
                    "; intervals by the bootstrap, those of differences to the first model by the paired one");
  }
  for (const ComparedModel& model : comparison.models) {
    for (const std::string& note : model.evaluation.notes) {
      if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
    }
  }
  if (comparison.peers) {
    const PeerRows& peers = *comparison.peers;
    notes.push_back("Other runtimes were measured elsewhere: " + peers.path + ", " + peers.processor + " (" +
                    peers.isa + "), " + (peers.date.empty() ? "date not recorded" : peers.date) + ", commit " +
                    peers.commit + "; Spearman on " + peers.texts + ". They take no part in the Pareto front");
  }
  return notes;
}

std::string comparison_text(const Comparison& comparison) {
  const std::vector<std::vector<bool>> fronts = fronts_of(comparison);
  std::vector<Row> rows = {head(comparison)};
  for (size_t i = 0; i < comparison.models.size(); ++i) rows.push_back(model_row(comparison, i, fronts));
  if (comparison.peers) {
    for (const PeerRow& peer : comparison.peers->rows) rows.push_back(peer_row(comparison, peer));
  }
  std::string text = aligned(rows);
  if (!comparison.metric().empty()) text += "*: on the Pareto front of latency and " + comparison.metric() + "\n";
  if (comparison.peers) text += "\u00b0: measured elsewhere\n";
  text += "\n";
  for (size_t i = 0; i < comparison.models.size(); ++i) {
    const ComparedModel& model = comparison.models[i];
    text += "[" + std::to_string(i + 1) + "] " + printable(model.path);
    if (model.opened) text += ": " + model.weights;
    for (const std::string& step : model.steps) text += "; " + printable(step);
    text += "\n";
    if (!model.error.empty()) text += "    failed: " + printable(model.error) + "\n";
  }
  text += comparison.isa + " on " + printable(comparison.cpu) + ", commit " + comparison.commit + ", " +
          comparison.date + "\n";
  for (const std::string& note : comparison_notes(comparison)) text += printable(note) + ".\n";
  if (comparison.sensitivity) text += sensitivity_text(*comparison.sensitivity);
  return text;
}

nlohmann::ordered_json comparison_json(const Comparison& comparison) {
  nlohmann::ordered_json json = {{"cpu", comparison.cpu},
                                 {"isa", comparison.isa},
                                 {"commit", comparison.commit},
                                 {"date", comparison.date},
                                 {"threads", comparison.threads}};
  json["shapes"] = nlohmann::ordered_json::array();
  for (const Shape& shape : comparison.shapes) json["shapes"].push_back(shape_name(shape));
  if (!comparison.task.empty()) {
    json["task"] = comparison.task;
    json["data"] = comparison.data;
    json["metric"] = comparison.metric();
  }
  for (const ComparedModel& model : comparison.models) {
    if (!model.evaluation.metrics.empty()) json[model.evaluation.counted] = model.evaluation.count;
  }
  json["models"] = nlohmann::ordered_json::array();
  for (size_t i = 0; i < comparison.models.size(); ++i) json["models"].push_back(model_json(comparison, i));
  json["notes"] = comparison_notes(comparison);
  if (comparison.peers) json["peers"] = peers_json(comparison, *comparison.peers);
  if (comparison.sensitivity) json["sensitivity"] = sensitivity_json(*comparison.sensitivity);
  return json;
}

}  // namespace linnet::lab
