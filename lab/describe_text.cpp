#include <cstdarg>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "lab/describe.h"

namespace linnet::lab {

namespace {

using Json = nlohmann::ordered_json;

__attribute__((format(printf, 2, 3))) void add(std::string& text, const char* format, ...) {
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  text += line;
}

std::string printable_json(const Json& json) {
  return printable(json.is_string() ? json.get<std::string>()
                                    : json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string linear_text(const Json& linear) {
  std::string text;
  add(text, "%s->%s", linear["in"].dump().c_str(), linear["out"].dump().c_str());
  add(text, " %s", linear["type"].get<std::string>().c_str());
  if (linear.value("rotated", false)) text += " rotated";
  if (linear.value("equalized", false)) text += " equalized";
  return text;
}

std::string op_detail(const Json& op) {
  const std::string kind = op["op"];
  if (kind == "Embed") {
    std::string text;
    for (const char* table : {"word", "position", "token_type"}) {
      if (!op.contains(table)) continue;
      const Json& tensor = op[table];
      text += std::string(text.empty() ? "" : ", ") + table + " " + tensor["shape"].dump() + " " +
              tensor["type"].get<std::string>();
    }
    return text;
  }
  if (kind == "Attention") {
    return op["heads"].dump() + " heads x " + op["head_width"].dump() + ", core " + op["core"].get<std::string>() +
           (op["position_bias"].get<bool>() ? ", position bias" : "") + "; qkv " + linear_text(op["qkv"]) + "; out " +
           linear_text(op["out"]);
  }
  if (kind == "FeedForward") {
    return op["activation"].get<std::string>() + "; up " + linear_text(op["up"]) + "; down " + linear_text(op["down"]);
  }
  if (kind == "Dense") return op["activation"].get<std::string>() + "; " + linear_text(op["linear"]);
  if (kind == "Pool") return op["mode"];
  return "";
}

void add_values(std::string& text, const Json& values) {
  for (const Json& value : values) {
    add(text, "  %-24s %6s wide, a row per %s\n", printable_json(value["name"]).c_str(), value["width"].dump().c_str(),
        value["rows"].get<std::string>().c_str());
  }
}

}  // namespace

std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

std::string human_bytes(uint64_t bytes) {
  char text[32];
  if (bytes < 1000) {
    std::snprintf(text, sizeof text, "%d bytes", static_cast<int>(bytes));
  } else if (bytes < 1000000) {
    std::snprintf(text, sizeof text, "%.1f kB", static_cast<double>(bytes) / 1e3);
  } else if (bytes < 1000000000) {
    std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  } else {
    std::snprintf(text, sizeof text, "%.2f GB", static_cast<double>(bytes) / 1e9);
  }
  return text;
}

std::string describe_text(const Json& json) {
  std::string text;
  add(text, "name          %s\n", printable_json(json["name"]).c_str());
  add(text, "architecture  %s\n", printable_json(json["architecture"]).c_str());
  add(text, "producer      %s\n", printable_json(json["producer"]).c_str());
  add(text, "file          %s\n", human_bytes(json["file_bytes"].get<uint64_t>()).c_str());
  add(text, "weights       %s\n", json["weights"].get<std::string>().c_str());
  add(text, "max tokens    %s\n", json["max_tokens"].dump().c_str());
  add(text, "MACs          %.3g for 16 tokens, %.3g for 128\n", json["macs"]["tokens_16"].get<double>(),
      json["macs"]["tokens_128"].get<double>());

  text += "\noutputs (the last one is the default)\n";
  add_values(text, json["outputs"]);

  if (!json["heads"].empty()) text += "\nheads\n";
  for (const Json& head : json["heads"]) {
    std::string labels;
    for (const Json& label : head["labels"])
      add(labels, "%s%s", labels.empty() ? "" : ", ", printable_json(label).c_str());
    add(text, "  %s by '%s': %s\n", head["kind"].get<std::string>().c_str(), printable_json(head["value"]).c_str(),
        labels.c_str());
  }

  text += "\nsizes\n";
  for (const Json& size : json["sizes"]) {
    add(text, "  %-20s %12s %14s parameters\n", size["kind"].get<std::string>().c_str(),
        human_bytes(size["bytes"].get<uint64_t>()).c_str(), size["parameters"].dump().c_str());
  }

  text += "\ngraph (every output name can be read with 'linnet run --tap')\n";
  for (const Json& op : json["ops"]) {
    std::string inputs;
    for (const Json& input : op["inputs"]) {
      add(inputs, "%s%s", inputs.empty() ? "" : ", residual ", printable_json(input).c_str());
    }
    add(text, "  %-12s %s -> %s\n", op["op"].get<std::string>().c_str(), inputs.empty() ? "ids" : inputs.c_str(),
        printable_json(op["output"]).c_str());
    const std::string detail = op_detail(op);
    if (!detail.empty()) add(text, "               %s\n", detail.c_str());
  }

  text += "\ntokenizer\n";
  if (json["tokenizer"].is_null()) {
    text += "  none: the model reads token ids\n";
  } else {
    const Json& t = json["tokenizer"];
    add(text, "  %s, %s tokens, %s added tokens%s%s\n", t["kind"].get<std::string>().c_str(),
        t["vocabulary_size"].dump().c_str(), t["added_tokens"].dump().c_str(),
        t["lowercase"].get<bool>() ? ", lowercase" : "", t["strip_accents"].get<bool>() ? ", accents stripped" : "");
  }
  if (!json["prompts"].empty()) {
    text += "\nprompts\n";
    for (const auto& [name, prompt] : json["prompts"].items()) {
      add(text, "  %-16s '%s'%s\n", printable_json(name).c_str(), printable_json(prompt).c_str(),
          json["default_prompt"] == name ? " (default)" : "");
    }
  }
  text += "\nprovenance\n";
  for (const Json& step : json["provenance"]) {
    add(text, "  %s  ", printable_json(step["step"]).c_str());
    text += printable_json(step["detail"]);  // may be long
    text += '\n';
  }
  return text;
}

}  // namespace linnet::lab
