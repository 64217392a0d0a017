#include "cli/common.h"

#include <cstdarg>
#include <cstdio>

#include "cli/progress.h"
#include "lab/describe.h"
#include "lab/files.h"

namespace linnet::cli {

void add_model(Command& command, std::string* path) { command.add_argument("MODEL", path, "A model file (*.linnet)"); }
void add_json(Command& command, bool* json) { command.add_flag("--json", json, "Print the result as JSON"); }
void add_threads(Command& command, size_t* threads) {
  command.add_number("--threads", threads, 0, 256,
                     "Threads; 0: one for each fast core, at most 4. The result does not depend on it");
}
void add_batch(Command& command, size_t* batch) {
  command.add_number("--batch", batch, 1, 65536, "Lines in one call; the result does not depend on it");
}
void add_backend(Command& command, BackendOptions* backend) {
  const Option& name =
      command.add_text("--backend", "NAME", &backend->name,
                       "Another library for matrix products, where this build has it: onednn, xnnpack");
  command.add_flag("--strict", &backend->strict, "An error when --backend does not take all linear layers").needs =
      &name;
}
void add_prompt(Command& command, std::string* prompt) {
  command.add_text("--prompt", "NAME", prompt,
                   "A prompt of the model by its name, put before every text, instead of its default prompt");
}
void add_input(Command& command, std::string* path) {
  command.add_text("--in", "FILE", path, "Texts, one a line; - for standard input");
}

TaskArguments add_task(Command& command, lab::TaskOptions* options) {
  Option& task =
      command.add_text("--task", "TASK", &options->task,
                       "sts: similarity of sentence pairs, as correlation; classification: labels, by the "
                       "classifier of the model (linnet fit, or a checkpoint's); regression: numbers, likewise; "
                       "tagging: entities that people "
                       "marked; qa: answers to questions about texts; retrieval: how far in front the "
                       "documents are that answer a query; rerank: the same among those that a search has found, by "
                       "the model's cross-encoder, or by cosines where it has none");
  task.choices = lab::task_names();
  Option& data = command.add_text(
      "--data", "FILE", &options->data,
      "sts: a CSV file, sentence1,sentence2,score; classification and regression: labelled texts, .tsv (text, "
      "label), .csv or .jsonl (\"text\", \"label\"); tagging: CoNLL, a word and its label a line; qa: SQuAD's JSON; "
      "retrieval and rerank: the documents, JSON lines (_id, title, text) or "
      "TREC's markup");
  command.add_text("--queries", "FILE", &options->queries, "Queries, JSON lines (_id, text) or TREC's markup");
  command.add_text("--qrels", "FILE", &options->judgements,
                   "Which documents are relevant to which query: TREC's qrels, or lines of query, document, grade");
  command.add_text("--query-prompt", "NAME", &options->query_prompt, "As --prompt, for queries alone");
  command.add_text("--candidates", "FILE", &options->candidates, "What a search has found, to rerank: a TREC run");
  command.add_number("--depth", &options->depth, 1, 1000000, "How many candidates of each query are ranked again");
  return {&task, &data};
}

void add_model_output(Command& command, std::string* path) {
  Option& output = command.add_text("-o,--output", "FILE", path, "The model file to write");
  output.required = true;
  output.check = [](std::string_view given) {
    // A model is written in place of a file: there is nothing to rename in a pipe.
    const bool good = !given.empty() && given != "-";
    return good ? std::string() : quoted(given) + " is not a file: a model is written to a file only";
  };
}

std::function<std::string(std::string_view)> has_extension(std::vector<std::string> extensions, bool or_dash) {
  return [=, extensions = std::move(extensions)](std::string_view path) {
    if (or_dash && path == "-") return std::string();
    for (const std::string& extension : extensions) {
      if (path.size() > extension.size() && path.ends_with(extension)) return std::string();
    }
    return quoted(path) + " does not end in " + joined(extensions, " or ") + (or_dash ? " (and is not -)" : "");
  };
}

Status save(EditableModel& model, const std::string& path) {
  Progress progress("writing");
  return save_model(model, path, std::ref(progress));
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

void print(const Json& json) {
  const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
}

Status check_printed() {
  return std::ferror(stdout) != 0 ? Status::error(Code::io, "cannot write to standard output") : Status();
}

void print_line(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
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
