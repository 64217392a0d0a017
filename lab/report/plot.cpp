#include "lab/report/plot.h"

#include <algorithm>
#include <cmath>

#include "lab/report/axis.h"
#include "lab/report/html.h"
#include "lab/report/labels.h"
#include "lab/report/numbers.h"

namespace linnet::lab {

namespace {

struct Look {
  double width, height, font, largest_radius;
  size_t x_ticks, y_ticks, label_characters;
  const char* name;
};
constexpr Look kWide = {760, 420, 13, 15, 10, 7, 26, "wide"};
constexpr Look kNarrow = {328, 360, 12, 10, 5, 6, 18, "narrow"};
constexpr double kSmallestRadius = 4;
constexpr double kLetter = 0.58;  // of the font size: the mean width of a letter, a little more than system fonts have

std::string at(double pixels) { return decimals(pixels, 1); }

class Drawing {
 public:
  Drawing(const Plot& plot, const Look& look) : plot_(plot), look_(look) {
    double x_least = plot.dots[0].x, x_most = x_least, y_least = plot.dots[0].y, y_most = y_least, bytes = 0;
    for (const Dot& dot : plot.dots) {
      x_least = std::min(x_least, dot.x);
      x_most = std::max(x_most, dot.x);
      y_least = std::min({y_least, dot.y, dot.low});
      y_most = std::max({y_most, dot.y, dot.high});
      bytes = std::max(bytes, dot.bytes);
    }
    x_ = logarithmic_axis(x_least, x_most, look.x_ticks);
    y_ = linear_axis(y_least, y_most, look.y_ticks);
    size_t letters = 0;
    for (const std::string& label : y_.labels) letters = std::max(letters, label.size());
    const double left = static_cast<double>(letters) * look.font * kLetter + 10;
    const double top = look.font * 2.2, bottom = look.font * 3.6;
    frame_ = {left, top, look.width - left - 10, look.height - top - bottom};
    for (const Dot& dot : plot.dots) {
      const double share = bytes > 0 ? dot.bytes / bytes : 0;
      radii_.push_back(std::max(kSmallestRadius, look.largest_radius * std::sqrt(share)));
    }
  }

  std::string draw() {
    const std::string id = plot_.id + "-" + look_.name;
    svg_ = "<svg class=\"plot " + std::string(look_.name) + "\" viewBox=\"0 0 " + decimals(look_.width, 0) + " " +
           decimals(look_.height, 0) + "\" role=\"img\" aria-labelledby=\"" + id + "-t\" aria-describedby=\"" + id +
           "-d\">\n<title id=\"" + id + "-t\">" + escaped(plot_.title) + "</title>\n<desc id=\"" + id + "-d\">" +
           escaped(plot_.description) + "</desc>\n";
    axes();
    front();
    whiskers();
    dots();
    labels();
    return svg_ + "</svg>\n";
  }

 private:
  double x(double value) const { return frame_.left + x_.place(value) * frame_.width; }
  double y(double value) const { return frame_.top + (1 - y_.place(value)) * frame_.height; }
  double right() const { return frame_.left + frame_.width; }
  double bottom() const { return frame_.top + frame_.height; }

  void line(const char* kind, double x1, double y1, double x2, double y2) {
    svg_ += "<path class=\"";
    svg_ += kind;
    svg_ += "\" d=\"M" + at(x1) + " " + at(y1) + "L" + at(x2) + " " + at(y2) + "\"/>\n";
  }
  void text(const std::string& kind, const char* anchor, double tx, double ty, const std::string& content) {
    svg_ += "<text class=\"" + kind + "\" text-anchor=\"" + anchor + "\" x=\"" + at(tx) + "\" y=\"" + at(ty) +
            "\" font-size=\"" + at(look_.font) + "\">" + escaped(content) + "</text>\n";
  }

  void axes() {
    for (size_t i = 0; i < y_.ticks.size(); ++i) {
      line("grid", frame_.left, y(y_.ticks[i]), right(), y(y_.ticks[i]));
      text("tick", "end", frame_.left - 6, y(y_.ticks[i]) + look_.font * 0.35, y_.labels[i]);
    }
    line("axis", frame_.left, bottom(), right(), bottom());
    for (size_t i = 0; i < x_.ticks.size(); ++i) {
      line("axis", x(x_.ticks[i]), bottom(), x(x_.ticks[i]), bottom() + 5);
      text("tick", "middle", x(x_.ticks[i]), bottom() + 6 + look_.font, x_.labels[i]);
    }
    text("axis-title", "start", 0, look_.font, plot_.y_title);
    text("axis-title", "end", right(), look_.height - look_.font * 0.5, plot_.x_title);
  }

  // From below the fastest of the front up to it, then right and up from one to the next, and right to the end.
  void front() {
    std::vector<const Dot*> on_front;
    for (const Dot& dot : plot_.dots) {
      if (dot.kind == Dot::Kind::on_front) on_front.push_back(&dot);
    }
    if (on_front.empty()) return;
    std::sort(on_front.begin(), on_front.end(), [](const Dot* a, const Dot* b) { return a->x < b->x; });
    std::string path = "M" + at(x(on_front.front()->x)) + " " + at(bottom());
    for (const Dot* dot : on_front) path += "H" + at(x(dot->x)) + "V" + at(y(dot->y));
    svg_ += "<path class=\"front-line\" d=\"" + path + "H" + at(right()) + "\"/>\n";
  }

  void whiskers() {
    for (const Dot& dot : plot_.dots) {
      if (dot.high > dot.low) line("whisker", x(dot.x), y(dot.low), x(dot.x), y(dot.high));
    }
  }

  static const char* class_of(const Dot& dot) {
    switch (dot.kind) {
      case Dot::Kind::on_front: return "on-front";
      case Dot::Kind::elsewhere: return "elsewhere";
      case Dot::Kind::behind: break;
    }
    return "behind";
  }

  // Large ones first, so that none is hidden.
  void dots() {
    std::vector<size_t> order(plot_.dots.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return radii_[a] > radii_[b]; });
    for (const size_t i : order) {
      const Dot& dot = plot_.dots[i];
      const double cx = x(dot.x), cy = y(dot.y), r = radii_[i];
      svg_ += std::string("<g class=\"dot ") + class_of(dot) + "\" data-x=\"" + decimals(100 * cx / look_.width, 2) +
              "\" data-y=\"" + decimals(100 * cy / look_.height, 2) + "\"><title>" + escaped(dot.tip) + "</title>";
      if (dot.kind == Dot::Kind::elsewhere) {
        const double reach = r * 1.25;  // a square that stands on its corner, of about the circle's area
        svg_ += "<path d=\"M" + at(cx) + " " + at(cy - reach) + "L" + at(cx + reach) + " " + at(cy) + "L" + at(cx) +
                " " + at(cy + reach) + "L" + at(cx - reach) + " " + at(cy) + "Z\"/>";
      } else {
        svg_ += "<circle cx=\"" + at(cx) + "\" cy=\"" + at(cy) + "\" r=\"" + at(r) + "\"/>";
      }
      svg_ += "</g>\n";
    }
  }

  void labels() {
    std::vector<LabelledPoint> points;
    std::vector<std::string> names;
    for (size_t i = 0; i < plot_.dots.size(); ++i) {
      const Dot& dot = plot_.dots[i];
      names.push_back(shortened(dot.label, look_.label_characters));
      const double letter = look_.font * kLetter;
      points.push_back({x(dot.x), y(dot.y), radii_[i], static_cast<double>(characters(names[i])) * letter,
                        look_.font * 1.15, static_cast<double>(dot.number.size()) * letter});
    }
    const std::vector<PlacedLabel> placed = place_labels(points, frame_);
    for (size_t i = 0; i < placed.size(); ++i) {
      const PlacedLabel& label = placed[i];
      if (label.kind == PlacedLabel::Kind::none) continue;
      const Box& box = label.box;
      if (label.far) {
        const double end_x = std::clamp(points[i].x, box.left, box.left + box.width);
        const double end_y = std::clamp(points[i].y, box.top, box.top + box.height);
        line("leader", points[i].x, points[i].y, end_x, end_y);
      }
      const bool to_the_left = box.left + box.width <= points[i].x;
      text(std::string("label ") + class_of(plot_.dots[i]), to_the_left ? "end" : "start",
           to_the_left ? box.left + box.width : box.left, box.top + look_.font * 0.92,
           label.kind == PlacedLabel::Kind::whole ? names[i] : plot_.dots[i].number);
    }
  }

  const Plot& plot_;
  const Look& look_;
  Axis x_, y_;
  Box frame_;
  std::vector<double> radii_;
  std::string svg_;
};

}  // namespace

std::string plot_svg(const Plot& plot, bool narrow) { return Drawing(plot, narrow ? kNarrow : kWide).draw(); }

}  // namespace linnet::lab
