// What a command takes, how it is understood and how it explains itself. Errors are values here, and nothing is
// included that a device would have to carry for it (docs/decisions/0010-command-line.md).
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace linnet::cli {

std::string quoted(std::string_view text);  // 'text', for messages
std::string joined(const std::vector<std::string>& words, const char* between);

// An option ("--batch N"), a flag ("--json") or an argument ("MODEL").
struct Option {
  std::string name;         // "--batch"; of an argument what stands for it: "MODEL"
  std::string short_name;   // "-o", or empty
  std::string value;        // what stands for its value in the help: "N"; of a flag empty
  std::string description;  // one sentence without a full stop
  std::string shown_default;
  bool required = false;
  bool many = false;                 // of an argument: takes all that come
  std::vector<std::string> choices;  // when not empty, nothing else is accepted
  const Option* needs = nullptr;     // an error without that one
  const Option* excludes = nullptr;  // an error beside that one
  size_t given = 0;                  // how many times

  // Stores a value. What is wrong with it, or nothing.
  std::function<std::string(std::string_view)> store;
  // Looks at a value before it is stored. What is wrong with it, or nothing.
  std::function<std::string(std::string_view)> check;

  bool is_argument() const { return !name.starts_with('-'); }
  bool is_flag() const { return !is_argument() && value.empty(); }
  bool is_called(std::string_view word) const { return word == name || (!short_name.empty() && word == short_name); }
};

// One command. What its options are stored in has to live as long as it does: `action` holds it.
class Command {
 public:
  Command(std::string name, std::string description, std::vector<std::string> examples);

  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  const std::deque<Option>& options() const { return options_; }

  // References stay good. Names are "--output" or "-o,--output".
  Option& add_argument(const std::string& name, std::string* text,
                       std::string description);  // required unless said otherwise
  // One or more, as the last argument.
  Option& add_arguments(const std::string& name, std::vector<std::string>* texts, std::string description);
  Option& add_text(std::string_view names, std::string value, std::string* text, std::string description);
  Option& add_flag(std::string_view names, bool* flag, std::string description);
  // Whole numbers and real numbers within limits, both included.
  Option& add_number(std::string_view names, size_t* number, size_t least, size_t most, std::string description);
  Option& add_numbers(std::string_view names, std::vector<size_t>* numbers, size_t least, size_t most,
                      std::string description);
  Option& add_real(std::string_view names, double* number, double least, double most, std::string description);

  // Exactly one of these has to be given.
  void require_one_of(std::vector<const Option*> options) { one_of_ = std::move(options); }
  // Nothing on its command line is an error.
  void take_anything() { takes_anything_ = true; }

  std::function<Status()> action;

 private:
  friend class CommandLine;

  Option& add(std::string_view names, std::string value, std::string description);
  Option* find(std::string_view word);
  std::string usage() const;
  std::string one_of_names() const;
  std::string help() const;
  // What is wrong, or nothing. *wants_help when it was asked for; nothing else counts then.
  std::string parse(const std::vector<std::string_view>& words, bool* wants_help);
  std::string requirements() const;

  std::string name_, description_;
  std::vector<std::string> examples_;
  std::deque<Option> options_;
  std::vector<const Option*> one_of_;
  bool takes_anything_ = false;
};

// All commands.
class CommandLine {
 public:
  CommandLine(std::string program, std::string version, std::string description, std::vector<std::string> examples,
              std::string closing);

  // The reference stays good.
  Command& add(std::string name, std::string description, std::vector<std::string> examples);
  const std::deque<Command>& commands() const { return commands_; }

  struct Parsed {
    Command* command = nullptr;  // the one to run
    std::string text;            // else what was asked for: the help or the version
    std::string error;           // else what is wrong
  };
  Parsed parse(int argc, const char* const* argv);

 private:
  std::string help() const;

  std::string program_, version_, description_;
  std::vector<std::string> examples_;
  std::string closing_;
  std::deque<Command> commands_;
};

}  // namespace linnet::cli
