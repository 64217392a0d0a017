#include <algorithm>
#include <map>

#include "lab/report/html.h"
#include "lab/report/numbers.h"
#include "lab/report/table.h"

namespace linnet::lab {

namespace {

struct Layer {
  std::string name;
  std::map<std::string, const SensitivityRow*> by_format;
};

// A bar of up to 100 units, and the number beside it.
std::string bar_cell(const SensitivityRow& row, double largest) {
  const double length = largest > 0 ? std::max(0.0, row.loss / largest * 100) : 0;
  std::string text = "<td class=\"number\" data-value=\"" + decimals(row.loss, 9) + "\"";
  if (row.worst) text += " title=\"worst of a text: " + three_digits(*row.worst) + "\"";
  text += "><div><span>" + three_digits(row.loss) +
          "</span><svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
          "<rect width=\"" +
          decimals(length, 2) + "\" height=\"10\"/></svg></div></td>";
  return text;
}

}  // namespace

std::string layers_table(const Sensitivity& file) {
  std::vector<std::string> formats;
  std::vector<Layer> layers;  // in the order of the file
  std::map<std::string, double> largest;
  for (const SensitivityRow& row : file.rows) {
    if (std::count(formats.begin(), formats.end(), row.format) == 0) formats.push_back(row.format);
    auto layer = std::find_if(layers.begin(), layers.end(), [&](const Layer& other) { return other.name == row.name; });
    if (layer == layers.end()) layer = layers.insert(layers.end(), {row.name, {}});
    layer->by_format[row.format] = &row;
    largest[row.format] = std::max(largest[row.format], row.loss);
  }
  std::string text =
      "<table class=\"sortable layers\"><caption class=\"unseen\">Loss of each layer</caption>\n"
      "<thead><tr><th scope=\"col\">layer</th>";
  for (const std::string& format : formats) text += "<th scope=\"col\">" + escaped(format) + "</th>";
  text += "</tr></thead>\n<tbody>\n";
  for (size_t number = 0; number < layers.size(); ++number) {
    const Layer& layer = layers[number];
    text += "<tr><th scope=\"row\" data-value=\"" + std::to_string(number) + "\"><bdi>" + escaped(layer.name) +
            "</bdi></th>";
    for (const std::string& format : formats) {
      const auto found = layer.by_format.find(format);
      text += found == layer.by_format.end() ? "<td class=\"number\">\u2013</td>"
                                             : bar_cell(*found->second, largest[format]);
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table>\n";
}

}  // namespace linnet::lab
