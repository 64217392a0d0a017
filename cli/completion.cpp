// Shell completion, made from the declared commands and options themselves.

#include "cli/common.h"

namespace linnet::cli {

namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

std::vector<const CLI::App*> commands(const CLI::App& root) {
  return root.get_subcommands([](const CLI::App* command) { return !command->get_name().empty(); });
}

// Those of option groups (subcommands without a name) too.
std::vector<const CLI::Option*> options(const CLI::App& command) {
  std::vector<const CLI::Option*> all;
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_lnames().empty()) all.push_back(option);
  }
  for (const CLI::App* group : command.get_subcommands([](const CLI::App* app) { return app->get_name().empty(); })) {
    for (const CLI::Option* option : options(*group)) all.push_back(option);
  }
  return all;
}

// As they are typed: -o and --output.
std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options(command)) {
    for (const std::string& name : names_of(*option)) names.push_back(name);
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& root) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands(root)) names.push_back(command->get_name());
  return names;
}

// Words with a fixed set of values, after a command or an option.
const char* fixed_values(const std::string& name) {
  if (name == "completion") return "bash zsh fish";
  if (name == "--task") return "sts";
  if (name == "--pooling") return "mean cls max mean_sqrt_len";
  return nullptr;
}

void bash(const CLI::App& root) {
  print("_linnet() {\n  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n");
  print("  COMPREPLY=()\n  if [ \"$COMP_CWORD\" -eq 1 ]; then\n");
  print("    COMPREPLY=($(compgen -W '%s %s' -- \"$word\"))\n    return\n  fi\n", join(command_names(root)).c_str(),
        join(option_names(root)).c_str());
  print("  case $before in\n");
  for (const char* name : {"completion", "--task", "--pooling"}) {
    print("    %s) COMPREPLY=($(compgen -W '%s' -- \"$word\")); return ;;\n", name, fixed_values(name));
  }
  print("  esac\n  if [[ $word == -* ]]; then\n    case ${COMP_WORDS[1]} in\n");
  for (const CLI::App* command : commands(root)) {
    print("      %s) COMPREPLY=($(compgen -W '%s' -- \"$word\")) ;;\n", command->get_name().c_str(),
          join(option_names(*command)).c_str());
  }
  print("    esac\n  else\n    COMPREPLY=($(compgen -f -- \"$word\"))\n  fi\n}\n");
  print("complete -o filenames -F _linnet linnet\n");
}

std::string quoted(const std::string& text) {  // within single quotes, also inside a zsh [description]
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

void zsh(const CLI::App& root) {
  print("#compdef linnet\n_linnet() {\n  local -a commands=(\n");
  for (const CLI::App* command : commands(root)) {
    print("    '%s:%s'\n", command->get_name().c_str(), quoted(command->get_description()).c_str());
  }
  print("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n");
  print("  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n");
  for (const CLI::App* command : commands(root)) {
    print("    %s) _arguments", command->get_name().c_str());
    for (const CLI::Option* option : options(*command)) {
      for (const std::string& name : names_of(*option)) {
        const char* values = fixed_values(name);
        const bool takes_value = option->get_items_expected_max() > 0;
        const std::string action = values != nullptr ? ":value:(" + std::string(values) + ")" : ":value:_files";
        print(" \\\n      '%s[%s]%s'", name.c_str(), quoted(option->get_description()).c_str(),
              takes_value ? action.c_str() : "");
      }
    }
    const char* values = fixed_values(command->get_name());
    print(" \\\n      '*:file:%s' ;;\n", values != nullptr ? ("(" + std::string(values) + ")").c_str() : "_files");
  }
  print("  esac\n}\n_linnet \"$@\"\n");
}

void fish(const CLI::App& root) {
  for (const CLI::App* command : commands(root)) {
    print("complete -c linnet -n __fish_use_subcommand -f -a %s -d '%s'\n", command->get_name().c_str(),
          command->get_description().c_str());
    for (const CLI::Option* option : options(*command)) {
      print("complete -c linnet -n '__fish_seen_subcommand_from %s'", command->get_name().c_str());
      for (const std::string& name : option->get_snames()) print(" -s %s", name.c_str());
      for (const std::string& name : option->get_lnames()) {
        print(" -l %s", name.c_str());
        if (const char* values = fixed_values("--" + name)) print(" -x -a '%s'", values);
      }
      if (option->get_items_expected_max() > 0) print(" -r");
      print("\n");
    }
  }
  print("complete -c linnet -n '__fish_seen_subcommand_from completion' -f -a '%s'\n", fixed_values("completion"));
}

}  // namespace

void add_completion(CLI::App& root, Action* action) {
  CLI::App* command = add_command(root, "completion", "Print a completion script for a shell",
                                  {"source <(linnet completion bash)", "linnet completion zsh > ~/.zfunc/_linnet",
                                   "linnet completion fish > ~/.config/fish/completions/linnet.fish"});
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([=, &root] {
    *action = [=, &root] {
      if (*shell == "bash") bash(root);
      if (*shell == "zsh") zsh(root);
      if (*shell == "fish") fish(root);
      return Status();
    };
  });
}

}  // namespace linnet::cli
