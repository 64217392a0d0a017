#include "lab/report/table.h"

#include <cmath>

#include "lab/describe.h"
#include "lab/report/html.h"
#include "lab/report/numbers.h"

namespace linnet::lab {

namespace {

// The number that a column is sorted by, as an attribute; without one when there is none: such rows come last.
std::string sorted_by(double number) {
  if (!std::isfinite(number)) return "";
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", number);
  return std::string(" data-value=\"") + text + "\"";
}

std::string cell(double number, const std::string& shown, const std::string& small = "", const char* kind = "number") {
  std::string text = std::string("<td class=\"") + kind + "\"" + sorted_by(number) + ">" + shown;
  if (!small.empty()) text += "<small>" + small + "</small>";
  return text + "</td>";
}

std::string absent() { return "<td class=\"number\">\u2013</td>"; }

std::string interval(const Interval& interval, std::string (*number)(double, int)) {
  return std::isnan(interval.low) ? "" : number(interval.low, 4) + " to " + number(interval.high, 4);
}

std::string time_cell(double median, double p95, bool on_front) {
  if (std::isnan(median)) return absent();
  std::string shown;
  if (on_front)
    shown +=
        "<span class=\"mark\" title=\"on the Pareto front\">\u25cf<span class=\"unseen\">on the Pareto front, "
        "</span></span> ";
  return cell(median, shown + three_digits(median), std::isnan(p95) ? "" : "p95 " + three_digits(p95));
}

std::string name_cell(const std::string& number, const std::string& name, const std::string& small) {
  std::string text = "<th scope=\"row\">";
  if (!number.empty()) text += "<span class=\"place\">" + number + "</span> ";
  text += "<bdi>" + escaped(name) + "</bdi>";
  if (!small.empty()) text += "<small>" + escaped(small) + "</small>";
  return text + "</th>";
}

std::string head(const Comparison& comparison) {
  std::string text =
      "<thead><tr><th scope=\"col\">model</th><th scope=\"col\">size</th><th scope=\"col\">load, ms</th>";
  for (const Shape& shape : comparison.shapes) {
    text += "<th scope=\"col\">" + std::to_string(shape.batch) + "\u00a0\u00d7\u00a0" + std::to_string(shape.tokens) +
            ",\u00a0ms</th>";
  }
  if (const std::string metric = comparison.metric(); !metric.empty()) {
    text += "<th scope=\"col\">" + escaped(metric) + "</th><th scope=\"col\">against the first</th>";
  }
  return text + "</tr></thead>\n";
}

std::string model_row(const Comparison& comparison, size_t at, const std::vector<std::vector<bool>>& fronts) {
  const ComparedModel& model = comparison.models[at];
  const bool scored = !comparison.metric().empty();
  std::string text =
      "<tr>" + name_cell(std::to_string(at + 1), model.label, model.opened ? model.weights : "failed, see below");
  if (!model.opened) {
    const size_t columns = 2 + comparison.shapes.size() + (scored ? 2 : 0);
    for (size_t i = 0; i < columns; ++i) text += absent();
    return text + "</tr>\n";
  }
  text += cell(static_cast<double>(model.file_bytes), human_bytes(model.file_bytes));
  text += cell(model.load_ms, three_digits(model.load_ms));
  for (size_t s = 0; s < comparison.shapes.size(); ++s) {
    text += time_cell(median_ms(model, s), model.timings[s].p95_ms, fronts[s][at]);
  }
  if (!scored) return text + "</tr>\n";
  if (model.evaluation.metrics.empty()) {
    text += absent();
  } else {
    const Metric& metric = model.evaluation.metrics.front();
    text += cell(metric.value, decimals(metric.value, 4), interval(metric.interval, decimals));
  }
  if (model.differences.empty()) {
    text += absent();
  } else {
    const Metric& gained = model.differences.front();
    text += cell(gained.value, with_sign(gained.value, 4), interval(gained.interval, with_sign));
  }
  return text + "</tr>\n";
}

std::string peer_row(const Comparison& comparison, const PeerRow& peer) {
  std::string text = "<tr class=\"elsewhere\">" + name_cell("\u25c6", peer.name, "measured elsewhere");
  text += peer.file_bytes > 0 ? cell(static_cast<double>(peer.file_bytes), human_bytes(peer.file_bytes)) : absent();
  text += std::isnan(peer.load_ms) ? absent() : cell(peer.load_ms, three_digits(peer.load_ms));
  for (size_t s = 0; s < comparison.shapes.size(); ++s) text += time_cell(peer.median_ms[s], peer.p95_ms[s], false);
  if (!comparison.metric().empty()) {
    const bool same = comparison.metric() == "spearman" && !std::isnan(peer.score);
    text += (same ? cell(peer.score, decimals(peer.score, 4)) : absent()) + absent();
  }
  return text + "</tr>\n";
}

}  // namespace

std::string comparison_table(const Comparison& comparison) {
  const std::vector<std::vector<bool>> fronts = fronts_of(comparison);
  std::string text =
      "<div class=\"scroll\" role=\"region\" aria-label=\"All numbers\" tabindex=\"0\">\n"
      "<table class=\"sortable\"><caption class=\"unseen\">Size, load time, latency and accuracy of every "
      "model</caption>\n" +
      head(comparison) + "<tbody>\n";
  for (size_t i = 0; i < comparison.models.size(); ++i) text += model_row(comparison, i, fronts);
  if (comparison.peers) {
    for (const PeerRow& peer : comparison.peers->rows) text += peer_row(comparison, peer);
  }
  return text + "</tbody></table>\n</div>\n";
}

}  // namespace linnet::lab
