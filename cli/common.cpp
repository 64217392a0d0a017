#include "cli/common.h"

#include <cerrno>
#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/progress.h"
#include "lab/describe.h"

namespace linnet::cli {

namespace {

size_t parse_number(const std::string& name, std::string_view text, size_t least, size_t most) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    throw CLI::ValidationError(name, "'" + std::string(text) + "' is not a whole number from " + std::to_string(least) +
                                         " to " + std::to_string(most));
  }
  return number;
}

std::string list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += " or ";
    text += word;
  }
  return text;
}

}  // namespace

CLI::App* add_command(CLI::App& root, const std::string& name, const std::string& description,
                      const std::vector<std::string>& examples) {
  CLI::App* command = root.add_subcommand(name, description);
  std::string footer = "Examples:";
  for (const std::string& example : examples) {
    footer += "\n  ";
    footer += example;
  }
  command->footer(footer);
  return command;
}

void add_model(CLI::App& command, std::string* path) {
  command.add_option("MODEL", *path, "A model file (*.linnet)")->required();
}
void add_json(CLI::App& command, bool* json) { command.add_flag("--json", *json, "Print the result as JSON"); }
void add_threads(CLI::App& command, size_t* threads) {
  add_number(command, "--threads", threads, 0, 256,
             "Threads; 0: one for each fast core, at most 4. The result does not depend on it");
}
void add_batch(CLI::App& command, size_t* batch) {
  add_number(command, "--batch", batch, 1, 65536, "Lines in one call; the result does not depend on it");
}
void add_backend(CLI::App& command, BackendOptions* backend) {
  CLI::Option* name = command.add_option(
      "--backend", backend->name, "onednn or xnnpack: another library for matrix products, where this build has it");
  command.add_flag("--strict", backend->strict, "An error when --backend does not take all linear layers")->needs(name);
}
void add_prompt(CLI::App& command, std::string* prompt) {
  command.add_option("--prompt", *prompt,
                     "The name of a prompt of the model, put before every text (default: its default prompt)");
}
void add_input(CLI::App& command, std::string* path) {
  command.add_option("--in", *path, "Texts, one a line; - for standard input")->capture_default_str();
}

CLI::Option* add_number(CLI::App& command, const std::string& name, size_t* number, size_t least, size_t most,
                        const std::string& description) {
  return command
      .add_option_function<std::string>(
          name, [=](const std::string& text) { *number = parse_number(name, text, least, most); }, description)
      ->type_name("N")
      ->default_str(std::to_string(*number));
}

CLI::Option* add_numbers(CLI::App& command, const std::string& name, std::vector<size_t>* numbers, size_t least,
                         size_t most, const std::string& description) {
  std::string defaults;
  for (const size_t number : *numbers) {
    if (!defaults.empty()) defaults += ',';
    defaults += std::to_string(number);
  }
  return command
      .add_option_function<std::string>(
          name,
          [=](const std::string& text) {
            numbers->clear();
            for (size_t begin = 0; begin <= text.size();) {
              const size_t end = std::min(text.find(',', begin), text.size());
              numbers->push_back(parse_number(name, std::string_view(text).substr(begin, end - begin), least, most));
              begin = end + 1;
            }
          },
          description)
      ->type_name("N,N,...")
      ->default_str(defaults);
}

void add_model_output(CLI::App& command, std::string* path) {
  command.add_option("-o,--output", *path, "The model file to write")
      ->required()
      ->check(CLI::Validator(
          [](const std::string& given) {
            // A model is written in place of a file: there is nothing to rename in a pipe.
            const bool good = !given.empty() && given != "-";
            return good ? std::string() : "'" + given + "' is not a file: a model is written to a file only";
          },
          ""));
}

CLI::Validator has_extension(const std::vector<std::string>& extensions, bool or_dash) {
  return CLI::Validator(
      [=](const std::string& path) {
        if (or_dash && path == "-") return std::string();
        for (const std::string& extension : extensions) {
          if (path.size() > extension.size() && path.ends_with(extension)) return std::string();
        }
        return "'" + path + "' does not end in " + list(extensions) + (or_dash ? " (and is not -)" : "");
      },
      "");
}

Status check_output(const std::string& path) {
  if (path == "-") return Status();
  struct stat information {};
  if (stat(path.c_str(), &information) == 0 && !S_ISREG(information.st_mode)) {
    return Status::error(Code::io, "cannot write '%s': it is not a regular file", path.c_str());
  }
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash > 0 ? slash : 1);
  if (stat(folder.c_str(), &information) != 0 || !S_ISDIR(information.st_mode)) {
    return Status::error(Code::not_found, "cannot write '%s': there is no folder '%s'", path.c_str(), folder.c_str());
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return Status::error(Code::io, "cannot write '%s': %s", path.c_str(), std::strerror(errno));
  }
  return Status();
}

Status save(EditableModel& model, const std::string& path) {
  Progress progress("writing");
  return save_model(model, path, std::ref(progress));
}

Result<Model> open_model(const std::string& path) {
  Result<Model> model = Model::open(path.c_str());
  if (model.ok()) return model;
  // The mapping's own errors name the file already.
  const bool named = std::string_view(model.status().message()).find(path) != std::string_view::npos;
  return named ? model.status() : model.status().within(path.c_str());
}

Result<Session> create_session(const Model& model, const BackendOptions& backend, size_t threads, size_t batch,
                               size_t pass_tokens) {
  SessionOptions options;
  options.threads = threads > 0 ? threads : default_threads();
  options.max_pass_sequences = batch;
  options.max_pass_tokens = pass_tokens;
  options.backend = backend.name.c_str();
  options.strict = backend.strict;
  Result<Session> session = Session::create(model, options);
  if (session.ok()) say_places(backend, lab::linear_places(model, *session));
  return session;
}

void say_places(const BackendOptions& backend, const std::vector<lab::Place>& places) {
  if (backend.name.empty()) return;
  size_t taken = 0;
  for (const lab::Place& place : places) taken += place.reason.empty() ? 1 : 0;
  std::fprintf(stderr, "backend %s: %zu of %zu linear layers\n", backend.name.c_str(), taken, places.size());
  for (const lab::Place& place : places) {
    if (place.reason.empty()) continue;
    std::fprintf(stderr, "  %s of '%s' runs on %s: %s\n", place.layer.c_str(), lab::printable(place.op).c_str(),
                 place.runs_on.c_str(), place.reason.c_str());
  }
}

void add_places(const BackendOptions& backend, const std::vector<lab::Place>& places, Json* json) {
  if (backend.name.empty()) return;
  Json layers = Json::array();
  for (const lab::Place& place : places) {
    Json layer = {{"op", place.op}, {"layer", place.layer}, {"runs_on", place.runs_on}};
    if (!place.reason.empty()) layer["reason"] = place.reason;
    layers.push_back(layer);
  }
  (*json)["backend"] = {{"name", backend.name}, {"layers", layers}};
}

Result<std::string> prompt_text(const Model& model, const std::string& name) {
  const Result<const char*> text = model.find_prompt(name.empty() ? nullptr : name.c_str());
  if (!text.ok()) return text.status();
  return std::string(*text);
}

void print(const Json& json) {
  const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
}

void print(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::vprintf(format, arguments);
  va_end(arguments);
}

}  // namespace linnet::cli
