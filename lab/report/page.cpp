#include "lab/report/page.h"

#include <algorithm>
#include <cmath>

#include "base/atomic_file.h"
#include "lab/describe.h"
#include "lab/report/assets.h"
#include "lab/report/html.h"
#include "lab/report/numbers.h"
#include "lab/report/plot.h"
#include "lab/report/table.h"
#include "lab/report/text.h"

namespace linnet::lab {

namespace {

std::string shape_words(const Shape& shape) {
  return std::to_string(shape.batch) + " \u00d7 " + std::to_string(shape.tokens) + " tokens";
}

std::string model_tip(const ComparedModel& model, const Timing& timing) {
  std::string tip = model.label + "\nmedian " + three_digits(timing.median_ms) + " ms, 95% within " +
                    three_digits(timing.p95_ms) + " ms";
  if (!model.evaluation.metrics.empty()) {
    const Metric& metric = model.evaluation.metrics.front();
    tip += "\n" + metric.name + " " + decimals(metric.value, 4);
    if (!std::isnan(metric.interval.low)) {
      tip += " (95%: " + decimals(metric.interval.low, 4) + " to " + decimals(metric.interval.high, 4) + ")";
    }
  }
  return tip + "\n" + human_bytes(model.file_bytes) + ", " + model.weights;
}

std::string peer_tip(const PeerRow& peer, size_t shape) {
  std::string tip = peer.name + " (measured elsewhere)\nmedian " + three_digits(peer.median_ms[shape]) + " ms";
  if (!std::isnan(peer.score)) tip += "\nspearman " + decimals(peer.score, 4);
  if (peer.file_bytes > 0) tip += "\n" + human_bytes(peer.file_bytes);
  return tip;
}

// The dots of a shape. Without a metric they are put by the size of the file.
std::vector<Dot> dots_of(const Comparison& comparison, size_t shape) {
  const bool scored = !comparison.metric().empty();
  const std::vector<bool> front = front_of(comparison, shape);
  std::vector<Dot> dots;
  const auto add = [&](Dot dot, double score, uint64_t bytes) {
    dot.y = scored ? score : static_cast<double>(bytes) / 1e6;
    if (!std::isfinite(dot.x) || dot.x <= 0 || !std::isfinite(dot.y) || (!scored && bytes == 0)) return;
    dot.bytes = scored ? static_cast<double>(bytes) : 0;
    if (!(dot.low <= dot.y && dot.y <= dot.high)) dot.low = dot.high = dot.y;
    dots.push_back(std::move(dot));
  };
  for (size_t i = 0; i < comparison.models.size(); ++i) {
    const ComparedModel& model = comparison.models[i];
    if (!model.opened || model.timings[shape].runs == 0) continue;
    Dot dot;
    dot.kind = front[i] ? Dot::Kind::on_front : Dot::Kind::behind;
    dot.label = model.label;
    dot.number = std::to_string(i + 1);
    dot.tip = model_tip(model, model.timings[shape]);
    dot.x = model.timings[shape].median_ms;
    if (!model.evaluation.metrics.empty()) {
      dot.low = model.evaluation.metrics.front().interval.low;
      dot.high = model.evaluation.metrics.front().interval.high;
    }
    add(std::move(dot), score_of(model), model.file_bytes);
  }
  if (!comparison.peers || (scored && comparison.metric() != "spearman")) return dots;
  for (const PeerRow& peer : comparison.peers->rows) {
    Dot dot;
    dot.kind = Dot::Kind::elsewhere;
    dot.label = peer.name;
    dot.tip = peer_tip(peer, shape);
    dot.x = peer.median_ms[shape];
    add(std::move(dot), peer.score, peer.file_bytes);
  }
  return dots;
}

std::string front_names(const std::vector<Dot>& dots) {
  std::string names;
  for (const Dot& dot : dots) {
    if (dot.kind == Dot::Kind::on_front) names += (names.empty() ? "" : ", ") + dot.label;
  }
  return names;
}

std::string figure(const Comparison& comparison, size_t shape) {
  Plot plot;
  plot.dots = dots_of(comparison, shape);
  if (plot.dots.empty()) return "";
  const std::string metric = comparison.metric();
  const std::string what = metric.empty() ? "file size, MB" : metric;
  plot.id = "shape-" + std::to_string(shape);
  plot.title = what + " against median latency at " + shape_words(comparison.shapes[shape]);
  plot.description = "Every dot is a model. Further left is faster, ";
  plot.description += metric.empty() ? "further down is smaller. " : "further up is more accurate. ";
  if (!metric.empty()) plot.description += "On the Pareto front: " + front_names(plot.dots) + ". ";
  plot.description += "The table has all numbers.";
  plot.x_title = "median latency, ms (logarithmic) \u2190 faster";
  plot.y_title = what + (metric.empty() ? " \u2193 smaller" : " \u2191 better");
  return "<figure class=\"shape\" data-shape=\"" + shape_words(comparison.shapes[shape]) + "\">\n<h3>" +
         shape_words(comparison.shapes[shape]) + "</h3>\n<div class=\"canvas\">\n" + plot_svg(plot, false) +
         plot_svg(plot, true) + "</div>\n</figure>\n";
}

std::string key(const Comparison& comparison) {
  if (comparison.metric().empty()) return "";
  std::string text =
      "<ul class=\"key\">"
      "<li><svg viewBox=\"0 0 24 12\" aria-hidden=\"true\"><g class=\"dot on-front\"><circle cx=\"12\" cy=\"6\" "
      "r=\"5\"/></g>"
      "</svg> on the Pareto front: none is faster and as accurate</li>"
      "<li><svg viewBox=\"0 0 24 12\" aria-hidden=\"true\"><g class=\"dot behind\"><circle cx=\"12\" cy=\"6\" "
      "r=\"5\"/></g>"
      "</svg> behind it</li>";
  if (comparison.peers) {
    text +=
        "<li><svg viewBox=\"0 0 24 12\" aria-hidden=\"true\"><g class=\"dot elsewhere\"><path d=\"M12 0L18 6L12 12L6 "
        "6Z\"/>"
        "</g></svg> another runtime, measured elsewhere</li>";
  }
  return text + "<li>area: size of the file; upright line: 95% interval</li></ul>\n";
}

// The fastest model at a shape; the count of models when none was timed.
size_t fastest_at(const Comparison& comparison, size_t shape) {
  size_t best = comparison.models.size();
  for (size_t i = 0; i < comparison.models.size(); ++i) {
    const double median = median_ms(comparison.models[i], shape);
    if (!std::isnan(median) &&
        (best == comparison.models.size() || median < median_ms(comparison.models[best], shape))) {
      best = i;
    }
  }
  return best;
}

std::string strong(const std::string& text) { return "<strong><bdi>" + escaped(text) + "</bdi></strong>"; }

// What the numbers say, of the fastest model at the first shape against the first model.
std::string finding(const Comparison& comparison) {
  const size_t at = fastest_at(comparison, 0);
  const ComparedModel& base = comparison.models.front();
  if (at == comparison.models.size()) return "";
  const ComparedModel& fastest = comparison.models[at];
  std::string text = "<p class=\"finding\">" + strong(fastest.label) + " is the fastest at " +
                     shape_words(comparison.shapes[0]) + ": " + three_digits(median_ms(fastest, 0)) + " ms";
  const double base_ms = median_ms(base, 0);
  if (at != 0 && !std::isnan(base_ms)) {
    text += ", " + three_digits(base_ms / median_ms(fastest, 0)) + " times as fast as " + strong(base.label) + ", in " +
            human_bytes(fastest.file_bytes) + " instead of " + human_bytes(base.file_bytes);
  } else {
    text += ", in " + human_bytes(fastest.file_bytes);
  }
  text += ".";
  const std::string metric = escaped(comparison.metric());
  if (!fastest.differences.empty()) {
    const Metric& gained = fastest.differences.front();
    text += " Its " + metric + " of " + decimals(score_of(fastest), 4) + " differs from the first model's by " +
            with_sign(gained.value, 4);
    if (!std::isnan(gained.interval.low)) {
      text += " (95% interval " + with_sign(gained.interval.low, 4) + " to " + with_sign(gained.interval.high, 4) + ")";
      if (gained.interval.low <= 0 && gained.interval.high >= 0) {
        text += ", which " + comparison.scored_on() + " do not tell from none";
      }
    }
    text += ".";
  } else if (!fastest.evaluation.metrics.empty()) {
    text += " Its " + metric + " is " + decimals(score_of(fastest), 4) + ".";
  }
  return text + "</p>\n";
}

std::string provenance(const Comparison& comparison) {
  std::string text = "<h2>How each file was made</h2>\n<dl>\n";
  for (size_t i = 0; i < comparison.models.size(); ++i) {
    const ComparedModel& model = comparison.models[i];
    text +=
        "<dt><span class=\"place\">" + std::to_string(i + 1) + "</span> <bdi>" + escaped(model.path) + "</bdi></dt>";
    if (!model.error.empty()) text += "<dd class=\"failed\">failed: " + escaped(model.error) + "</dd>";
    for (const std::string& step : model.steps) text += "<dd><bdi>" + escaped(step) + "</bdi></dd>";
    text += "\n";
  }
  return text + "</dl>\n";
}

std::string head(const std::string& title) {
  // Only what is named here by its hash may run or style.
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '" +
         std::string(kReportCssHash) + "'; script-src '" + kReportJsHash +
         "'; base-uri 'none'; form-action 'none'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
         escaped(title) + "</title>\n<style>" + kReportCss + "</style>\n</head>\n";
}

}  // namespace

std::string report_page(const Comparison& comparison) {
  const size_t count = comparison.models.size();
  const std::string title =
      count == 1 ? comparison.models[0].label
                 : grouped(count) + " models: " + (comparison.metric().empty() ? "size" : "accuracy") + " and latency";
  std::string page = head(title) + "<body>\n<main>\n<header>\n<h1>" + escaped(title) + "</h1>\n" + finding(comparison) +
                     "<p class=\"where\">" + escaped(comparison.cpu) + ", " + escaped(comparison.isa) + ", " +
                     std::to_string(comparison.threads) + (comparison.threads == 1 ? " thread" : " threads") +
                     "; Linnet " + escaped(comparison.commit) + ", <time>" + escaped(comparison.date) +
                     "</time></p>\n</header>\n";
  page += "<section id=\"pictures\">\n<h2>" +
          std::string(comparison.metric().empty() ? "Size and latency" : "Accuracy and latency") + "</h2>\n" +
          key(comparison);
  for (size_t s = 0; s < comparison.shapes.size(); ++s) page += figure(comparison, s);
  page += "</section>\n<section>\n<h2>All numbers</h2>\n" + comparison_table(comparison) + "</section>\n";
  if (comparison.sensitivity) {
    const Sensitivity& file = *comparison.sensitivity;
    page += "<section>\n<h2>What each layer loses</h2>\n<p>" + escaped(file.measure) + " of <bdi>" +
            escaped(file.model) + "</bdi> when one layer alone is compressed, over " + grouped(file.texts) +
            " texts. Every format has its own scale.</p>\n" + layers_table(file) + "</section>\n";
  }
  page += "<section class=\"notes\">\n" + provenance(comparison) + "<h2>How it was measured</h2>\n";
  for (const std::string& note : comparison_notes(comparison)) page += "<p>" + escaped(note) + ".</p>\n";
  return page + "</section>\n</main>\n<script>" + kReportJs + "</script>\n</body>\n</html>\n";
}

Status write_page(const Comparison& comparison, const std::string& path) {
  return write_atomically(path, report_page(comparison));
}

}  // namespace linnet::lab
