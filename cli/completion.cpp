// Shell completion, made from the declared commands and options themselves.

#include "cli/common.h"

namespace linnet::cli {

namespace {

// As they are typed: -o and --output.
std::vector<std::string> names_of(const Option& option) {
  std::vector<std::string> names;
  if (!option.short_name.empty()) names.push_back(option.short_name);
  if (!option.is_argument()) names.push_back(option.name);
  return names;
}

std::vector<std::string> option_names(const Command& command) {
  std::vector<std::string> names = {"-h", "--help"};
  for (const Option& option : command.options()) {
    for (const std::string& name : names_of(option)) names.push_back(name);
  }
  return names;
}

// The words that the arguments of a command can be, where they are fixed.
std::vector<std::string> argument_choices(const Command& command) {
  for (const Option& option : command.options()) {
    if (option.is_argument() && !option.choices.empty()) return option.choices;
  }
  return {};
}

void bash(const CommandLine& line) {
  std::vector<std::string> names = {"-h", "--help", "--version"};
  for (const Command& command : line.commands()) names.push_back(command.name());
  print("_linnet() {\n  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n");
  print("  COMPREPLY=()\n  if [ \"$COMP_CWORD\" -eq 1 ]; then\n");
  print("    COMPREPLY=($(compgen -W '%s' -- \"$word\"))\n    return\n  fi\n", joined(names, " ").c_str());
  print("  case ${COMP_WORDS[1]}:$before in\n");
  for (const Command& command : line.commands()) {
    for (const Option& option : command.options()) {
      if (option.choices.empty()) continue;
      const std::string& before = option.is_argument() ? command.name() : option.name;
      print("    %s:%s) COMPREPLY=($(compgen -W '%s' -- \"$word\")); return ;;\n", command.name().c_str(),
            before.c_str(), joined(option.choices, " ").c_str());
    }
  }
  print("  esac\n  if [[ $word == -* ]]; then\n    case ${COMP_WORDS[1]} in\n");
  for (const Command& command : line.commands()) {
    print("      %s) COMPREPLY=($(compgen -W '%s' -- \"$word\")) ;;\n", command.name().c_str(),
          joined(option_names(command), " ").c_str());
  }
  print("    esac\n  else\n    COMPREPLY=($(compgen -f -- \"$word\"))\n  fi\n}\n");
  print("complete -o filenames -F _linnet linnet\n");
}

std::string shell_quoted(const std::string& text) {  // within single quotes, also inside a zsh [description]
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else if (c == '[' || c == ']' || c == ':') {
      result += '\\';
      result += c;
    } else {
      result += c;
    }
  }
  return result;
}

void zsh(const CommandLine& line) {
  print("#compdef linnet\n_linnet() {\n  local -a commands=(\n");
  for (const Command& command : line.commands()) {
    print("    '%s:%s'\n", command.name().c_str(), shell_quoted(command.description()).c_str());
  }
  print("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n");
  print("  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n");
  const auto values = [](const std::vector<std::string>& choices) {
    if (choices.empty()) return std::string("_files");
    std::string list("(");
    list += joined(choices, " ");
    return list += ')';
  };
  for (const Command& command : line.commands()) {
    print("    %s) _arguments", command.name().c_str());
    for (const Option& option : command.options()) {
      for (const std::string& name : names_of(option)) {
        const std::string action = ":value:" + values(option.choices);
        print(" \\\n      '%s[%s]%s'", name.c_str(), shell_quoted(option.description).c_str(),
              option.is_flag() ? "" : action.c_str());
      }
    }
    for (const char* name : {"-h", "--help"}) print(" \\\n      '%s[Explain]'", name);
    print(" \\\n      '*:file:%s' ;;\n", values(argument_choices(command)).c_str());
  }
  print("  esac\n}\n_linnet \"$@\"\n");
}

void fish(const CommandLine& line) {
  for (const Command& command : line.commands()) {
    print("complete -c linnet -n __fish_use_subcommand -f -a %s -d '%s'\n", command.name().c_str(),
          shell_quoted(command.description()).c_str());
    const std::string after = "complete -c linnet -n '__fish_seen_subcommand_from " + command.name() + "'";
    for (const Option& option : command.options()) {
      if (option.is_argument()) continue;
      print("%s", after.c_str());
      if (!option.short_name.empty()) print(" -s %s", option.short_name.c_str() + 1);
      print(" -l %s", option.name.c_str() + 2);
      if (!option.choices.empty()) print(" -x -a '%s'", joined(option.choices, " ").c_str());
      if (!option.is_flag()) print(" -r");
      print("\n");
    }
    print("%s -s h -l help\n", after.c_str());
    const std::vector<std::string> choices = argument_choices(command);
    if (!choices.empty()) print("%s -f -a '%s'\n", after.c_str(), joined(choices, " ").c_str());
  }
}

}  // namespace

void add_completion(CommandLine& line) {
  Command& command = line.add("completion", "Print a completion script for a shell",
                              {"source <(linnet completion bash)", "linnet completion zsh > ~/.zfunc/_linnet",
                               "linnet completion fish > ~/.config/fish/completions/linnet.fish"});
  auto shell = std::make_shared<std::string>();
  command.add_argument("SHELL", shell.get(), "bash, zsh or fish").choices = {"bash", "zsh", "fish"};
  command.action = [=, &line] {
    if (*shell == "bash") bash(line);
    if (*shell == "zsh") zsh(line);
    if (*shell == "fish") fish(line);
    return Status();
  };
}

}  // namespace linnet::cli
