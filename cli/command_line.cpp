#include "cli/command_line.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace linnet::cli {

namespace {

constexpr size_t kHelpWidth = 100;
constexpr size_t kNamesWidth = 28;  // of the left column, which holds the names

std::string short_real(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

std::string whole_number(std::string_view text, size_t least, size_t most, size_t* number) {
  size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    return quoted(text) + " is not a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  }
  *number = value;
  return {};
}

std::string real_number(std::string_view given, double least, double most, double* number) {
  const std::string text(given);  // strtod wants an end: not every standard library has from_chars for double
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(value >= least && value <= most)) {
    return quoted(text) + " is not a number from " + short_real(least) + " to " + short_real(most);
  }
  *number = value;
  return {};
}

// Appends a description, wrapped, in the column that starts at kNamesWidth.
void append_entry(std::string* out, const std::string& names, const std::string& description) {
  *out += "  " + names;
  size_t column = names.size() + 2;
  if (column + 2 > kNamesWidth) {
    *out += '\n';
    column = 0;
  }
  out->append(kNamesWidth - column, ' ');
  column = kNamesWidth;
  for (size_t begin = 0; begin < description.size();) {
    const size_t end = std::min(description.find(' ', begin), description.size());
    if (column > kNamesWidth && column + 1 + (end - begin) > kHelpWidth) {
      *out += '\n';
      out->append(kNamesWidth, ' ');
      column = kNamesWidth;
    } else if (column > kNamesWidth) {
      *out += ' ';
      ++column;
    }
    out->append(description, begin, end - begin);
    column += end - begin;
    begin = end + 1;
  }
  *out += '\n';
}

void append_examples(std::string* out, const std::vector<std::string>& examples) {
  if (examples.empty()) return;
  *out += "\nExamples:\n";
  for (const std::string& example : examples) *out += "  " + example + "\n";
}

void append_help_entry(std::string* out) { append_entry(out, "-h, --help", "Explain, and do nothing else"); }

bool asks_for_help(std::string_view word) { return word == "-h" || word == "--help"; }

}  // namespace

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

std::string quoted(std::string_view text) {
  std::string result("'");
  result += text;
  result += '\'';
  return result;
}

Command::Command(std::string name, std::string description, std::vector<std::string> examples)
    : name_(std::move(name)), description_(std::move(description)), examples_(std::move(examples)) {}

Option& Command::add(std::string_view names, std::string value, std::string description) {
  Option& option = options_.emplace_back();
  const size_t comma = names.find(',');
  option.name = comma == std::string_view::npos ? names : names.substr(comma + 1);
  if (comma != std::string_view::npos) option.short_name = names.substr(0, comma);
  option.value = std::move(value);
  option.description = std::move(description);
  return option;
}

Option& Command::add_argument(const std::string& name, std::string* text, std::string description) {
  Option& option = add_text(name, name, text, std::move(description));
  option.required = true;
  return option;
}

Option& Command::add_arguments(const std::string& name, std::vector<std::string>* texts, std::string description) {
  Option& option = add(name, name, std::move(description));
  option.required = true;
  option.many = true;
  option.store = [=](std::string_view given) {
    texts->emplace_back(given);
    return std::string();
  };
  return option;
}

Option& Command::add_text(std::string_view names, std::string value, std::string* text, std::string description) {
  Option& option = add(names, std::move(value), std::move(description));
  option.shown_default = *text;
  option.store = [=](std::string_view given) {
    *text = given;
    return std::string();
  };
  return option;
}

Option& Command::add_flag(std::string_view names, bool* flag, std::string description) {
  Option& option = add(names, "", std::move(description));
  option.store = [=](std::string_view) {
    *flag = true;
    return std::string();
  };
  return option;
}

Option& Command::add_number(std::string_view names, size_t* number, size_t least, size_t most,
                            std::string description) {
  Option& option = add(names, "N", std::move(description));
  option.shown_default = std::to_string(*number);
  option.store = [=](std::string_view given) { return whole_number(given, least, most, number); };
  return option;
}

Option& Command::add_numbers(std::string_view names, std::vector<size_t>* numbers, size_t least, size_t most,
                             std::string description) {
  Option& option = add(names, "N,N,...", std::move(description));
  std::vector<std::string> defaults;
  for (const size_t number : *numbers) defaults.push_back(std::to_string(number));
  option.shown_default = joined(defaults, ",");
  option.store = [=](std::string_view given) {
    numbers->clear();
    for (size_t begin = 0; begin <= given.size();) {
      const size_t end = std::min(given.find(',', begin), given.size());
      std::string wrong = whole_number(given.substr(begin, end - begin), least, most, &numbers->emplace_back());
      if (!wrong.empty()) return wrong;
      begin = end + 1;
    }
    return std::string();
  };
  return option;
}

Option& Command::add_real(std::string_view names, double* number, double least, double most, std::string description) {
  Option& option = add(names, "X", std::move(description));
  option.shown_default = short_real(*number);
  option.store = [=](std::string_view given) { return real_number(given, least, most, number); };
  return option;
}

Option* Command::find(std::string_view word) {
  for (Option& option : options_) {
    if (!option.is_argument() && option.is_called(word)) return &option;
  }
  return nullptr;
}

std::string Command::usage() const {
  std::string text = "Usage: linnet " + name_;
  const auto is_option = [](const Option& option) { return !option.is_argument(); };
  if (std::any_of(options_.begin(), options_.end(), is_option)) text += " [OPTIONS]";
  for (const Option& option : options_) {
    if (option.is_argument()) text += option.required ? " " + option.name : " [" + option.name + "]";
    if (option.many) text += "...";
  }
  return text + "\n";
}

std::string Command::one_of_names() const {
  std::vector<std::string> names;
  names.reserve(one_of_.size());
  for (const Option* option : one_of_) names.push_back(option->name);
  return joined(names, ", ");
}

std::string Command::help() const {
  std::string text = description_ + "\n\n" + usage() + "\n";
  for (const Option& option : options_) {
    if (option.is_argument()) append_entry(&text, option.name, option.description);
  }
  for (const Option& option : options_) {
    if (option.is_argument()) continue;
    // Long names stand below one another.
    std::string names = option.short_name.empty() ? "    " : option.short_name + ", ";
    names += option.name;
    if (!option.value.empty()) names += " " + option.value;
    std::string description = option.description;
    if (option.required) description += " (required)";
    if (std::count(one_of_.begin(), one_of_.end(), &option) > 0) {
      description += " (exactly one of " + one_of_names() + ")";
    }
    if (!option.shown_default.empty()) description += " (default: " + option.shown_default + ")";
    if (option.needs != nullptr) description += " (needs " + option.needs->name + ")";
    if (option.excludes != nullptr) description += " (not with " + option.excludes->name + ")";
    append_entry(&text, names, description);
  }
  append_help_entry(&text);
  append_examples(&text, examples_);
  return text;
}

std::string Command::parse(const std::vector<std::string_view>& words, bool* wants_help) {
  const auto take = [](Option& option, std::string_view value) {
    ++option.given;
    std::string wrong;
    if (!option.choices.empty() && std::count(option.choices.begin(), option.choices.end(), value) == 0) {
      wrong = quoted(value) + " is none of " + joined(option.choices, ", ");
    }
    if (wrong.empty() && option.check) wrong = option.check(value);
    if (wrong.empty()) wrong = option.store(value);
    return wrong.empty() ? wrong : option.name + ": " + wrong;
  };

  *wants_help = std::any_of(words.begin(), words.end(), asks_for_help);
  if (*wants_help || takes_anything_) return {};
  auto argument = options_.begin();
  std::string_view extra;
  bool only_arguments = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (!only_arguments && word == "--") {
      only_arguments = true;
      continue;
    }
    if (only_arguments || word.size() < 2 || word[0] != '-') {
      while (argument != options_.end() && !argument->is_argument()) ++argument;
      if (argument == options_.end()) {
        if (extra.empty()) extra = word.empty() ? "''" : word;
        continue;
      }
      const std::string wrong = take(*argument, word);
      if (!argument->many) ++argument;
      if (!wrong.empty()) return wrong;
      continue;
    }
    // --name, --name=value, -n, -nvalue
    const bool is_long = word.starts_with("--");
    const size_t name_end = is_long ? std::min(word.find('='), word.size()) : 2;
    Option* option = find(word.substr(0, name_end));
    if (option == nullptr) return "unknown option " + quoted(word.substr(0, name_end));
    const bool attached = name_end < word.size();
    std::string_view value = attached ? word.substr(name_end + (is_long ? 1 : 0)) : std::string_view();
    if (option->is_flag() && attached) return option->name + " takes no value";
    if (!option->is_flag() && !attached) {
      if (i + 1 == words.size() || find(words[i + 1]) != nullptr) return option->name + ": its value is missing";
      value = words[++i];
    }
    const std::string wrong = take(*option, value);
    if (!wrong.empty()) return wrong;
  }
  if (!extra.empty()) return "too many arguments: " + quoted(extra);
  return requirements();
}

std::string Command::requirements() const {
  for (const Option& option : options_) {
    if (option.given == 0 && option.required) return option.name + " is required";
    if (option.given > 1 && !option.is_flag() && !option.many) {
      return option.name + " is given " + std::to_string(option.given) + " times";
    }
    if (option.given == 0) continue;
    if (option.needs != nullptr && option.needs->given == 0) return option.name + " needs " + option.needs->name;
    if (option.excludes != nullptr && option.excludes->given > 0) {
      return option.name + " cannot stand beside " + option.excludes->name;
    }
  }
  const auto given = std::count_if(one_of_.begin(), one_of_.end(), [](const Option* o) { return o->given > 0; });
  if (!one_of_.empty() && given != 1) return "exactly one of " + one_of_names() + " is required";
  return {};
}

CommandLine::CommandLine(std::string program, std::string version, std::string description,
                         std::vector<std::string> examples, std::string closing)
    : program_(std::move(program)),
      version_(std::move(version)),
      description_(std::move(description)),
      examples_(std::move(examples)),
      closing_(std::move(closing)) {}

Command& CommandLine::add(std::string name, std::string description, std::vector<std::string> examples) {
  return commands_.emplace_back(std::move(name), std::move(description), std::move(examples));
}

std::string CommandLine::help() const {
  std::string text = description_ + "\n\nUsage: " + program_ + " COMMAND [ARGUMENTS]\n\n";
  for (const Command& command : commands_) append_entry(&text, command.name(), command.description());
  text += '\n';
  append_help_entry(&text);
  append_entry(&text, "    --version", "Print the version");
  append_examples(&text, examples_);
  return text + closing_ + "\n";
}

CommandLine::Parsed CommandLine::parse(int argc, const char* const* argv) {
  Parsed parsed;
  const std::string see = "; see '" + program_ + " --help'";
  if (argc < 2) {
    parsed.error = "a command is missing" + see;
    return parsed;
  }
  const std::string_view first = argv[1];
  if (asks_for_help(first)) {
    parsed.text = help();
    return parsed;
  }
  if (first == "--version") {
    parsed.text = program_ + " " + version_ + "\n";
    return parsed;
  }
  for (Command& command : commands_) {
    if (command.name() != first) continue;
    bool wants_help = false;
    const std::vector<std::string_view> words(argv + 2, argv + argc);
    parsed.error = command.parse(words, &wants_help);
    if (wants_help) {
      parsed.text = command.help();
    } else if (parsed.error.empty()) {
      parsed.command = &command;
    } else {
      parsed.error += "; see '" + program_ + " " + command.name() + " --help'";
    }
    return parsed;
  }
  const size_t end = first.starts_with('-') ? std::min(first.find('='), first.size()) : first.size();
  parsed.error = (first.starts_with('-') ? "unknown option " : "unknown command ") + quoted(first.substr(0, end)) + see;
  return parsed;
}

}  // namespace linnet::cli
