// What the commands share: how they are declared, how options are checked, how results are printed.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/command_line.h"
#include "lab/embedder.h"
#include "lab/files.h"
#include "lab/places.h"
#include "lab/task.h"
#include "model/edit.h"
#include "runtime/session.h"

namespace linnet::cli {

using Json = nlohmann::ordered_json;
using lab::check_output;
using lab::open_model;
using lab::prompt_text;

// One function per command, each in its file: declares it and what it does.
void add_convert(CommandLine& line);
void add_quantize(CommandLine& line);
void add_inspect(CommandLine& line);
void add_verify(CommandLine& line);
void add_cpu(CommandLine& line);
void add_tokenize(CommandLine& line);
void add_embed(CommandLine& line);
void add_run(CommandLine& line);
void add_bench(CommandLine& line);
void add_eval(CommandLine& line);
void add_compare(CommandLine& line);
void add_fit(CommandLine& line);
void add_classify(CommandLine& line);
void add_tag(CommandLine& line);
void add_answer(CommandLine& line);
void add_fill_mask(CommandLine& line);
void add_rerank(CommandLine& line);
void add_sensitivity(CommandLine& line);
void add_tune(CommandLine& line);
void add_completion(CommandLine& line);

// The options of several commands. The strings and numbers live as long as the command does.
void add_model(Command& command, std::string* path);
void add_json(Command& command, bool* json);
void add_threads(Command& command, size_t* threads);  // 0: default_threads()
void add_batch(Command& command, size_t* batch);
// --backend and --strict: another library for the matrix products (SessionOptions::backend).
struct BackendOptions {
  std::string name;
  bool strict = false;
};
void add_backend(Command& command, BackendOptions* backend);
void add_prompt(Command& command, std::string* prompt);
// --task, --data, and what retrieval and rerank need beside them. Whether the first two are required is the caller's to
// say.
struct TaskArguments {
  Option *task, *data;
};
TaskArguments add_task(Command& command, lab::TaskOptions* options);
// A file of lines, "-" for standard input.
void add_input(Command& command, std::string* path);
// For Option::check: a name that ends in one of `extensions`.
std::function<std::string(std::string_view)> has_extension(std::vector<std::string> extensions, bool or_dash);

// The model file that a command writes.
void add_model_output(Command& command, std::string* path);

// Writes a model with a progress bar; an interrupt leaves nothing.
Status save(EditableModel& model, const std::string& path);

// With a backend it says on standard error what runs where.
Result<Session> create_session(const Model& model, const BackendOptions& backend, size_t threads, size_t batch,
                               size_t pass_tokens = 0);

// What runs where when there is a backend: lines on standard error, and the key "backend" for JSON.
void say_places(const BackendOptions& backend, const std::vector<lab::Place>& places);
void add_places(const BackendOptions& backend, const std::vector<lab::Place>& places, Json* json);

void print(const Json& json);
void print_line(const Json& json);  // on one line
// An error when something that was printed could not be written.
Status check_printed();
__attribute__((format(printf, 1, 2))) void print(const char* format, ...);

}  // namespace linnet::cli
