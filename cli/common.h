// What the commands share: how they are declared, how options are checked, how results are printed.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/places.h"
#include "model/edit.h"
#include "runtime/session.h"

namespace linnet::cli {

using Json = nlohmann::ordered_json;

// What the chosen command does; run after the command line was understood as a whole.
using Action = std::function<Status()>;

// One function per command, each in its file: declares the command and, when it is chosen, sets *action.
void add_convert(CLI::App& root, Action* action);
void add_quantize(CLI::App& root, Action* action);
void add_inspect(CLI::App& root, Action* action);
void add_verify(CLI::App& root, Action* action);
void add_cpu(CLI::App& root, Action* action);
void add_tokenize(CLI::App& root, Action* action);
void add_embed(CLI::App& root, Action* action);
void add_run(CLI::App& root, Action* action);
void add_bench(CLI::App& root, Action* action);
void add_eval(CLI::App& root, Action* action);
void add_completion(CLI::App& root, Action* action);

CLI::App* add_command(CLI::App& root, const std::string& name, const std::string& description,
                      const std::vector<std::string>& examples);

// The options of several commands. The strings and numbers live as long as the command does.
void add_model(CLI::App& command, std::string* path);
void add_json(CLI::App& command, bool* json);
void add_threads(CLI::App& command, size_t* threads);  // 0: default_threads()
void add_batch(CLI::App& command, size_t* batch);
// --backend and --strict: another library for the matrix products (SessionOptions::backend).
struct BackendOptions {
  std::string name;
  bool strict = false;
};
void add_backend(CLI::App& command, BackendOptions* backend);
void add_prompt(CLI::App& command, std::string* prompt);
// A file of lines, "-" for standard input.
void add_input(CLI::App& command, std::string* path);
// A whole number within limits; anything else is a usage error.
CLI::Option* add_number(CLI::App& command, const std::string& name, size_t* number, size_t least, size_t most,
                        const std::string& description);
// "16,128": whole numbers within limits.
CLI::Option* add_numbers(CLI::App& command, const std::string& name, std::vector<size_t>* numbers, size_t least,
                         size_t most, const std::string& description);
// A name that ends in one of `extensions`.
CLI::Validator has_extension(const std::vector<std::string>& extensions, bool or_dash);

// The model file that a command writes.
void add_model_output(CLI::App& command, std::string* path);

// An error when a file cannot be put there; told before long work, not after it.
Status check_output(const std::string& path);

// Writes a model with a progress bar; an interrupt leaves nothing.
Status save(EditableModel& model, const std::string& path);

Result<Model> open_model(const std::string& path);
// With a backend it says on standard error what runs where.
Result<Session> create_session(const Model& model, const BackendOptions& backend, size_t threads, size_t batch,
                               size_t pass_tokens = 0);

// What runs where when there is a backend: lines on standard error, and the key "backend" for JSON.
void say_places(const BackendOptions& backend, const std::vector<lab::Place>& places);
void add_places(const BackendOptions& backend, const std::vector<lab::Place>& places, Json* json);

// The text of the prompt that --prompt names; the default one without it.
Result<std::string> prompt_text(const Model& model, const std::string& name);

void print(const Json& json);
__attribute__((format(printf, 1, 2))) void print(const char* format, ...);

}  // namespace linnet::cli
