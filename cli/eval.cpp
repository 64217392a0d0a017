#include <functional>

#include "cli/common.h"
#include "cli/progress.h"
#include "lab/cost.h"
#include "lab/describe.h"
#include "lab/task.h"
#include "lab/timing.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  lab::TaskOptions task;
  size_t threads = 0;
  BackendOptions backend;
  bool json = false;
};

Status run(const Options& options) {
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  const Result<std::unique_ptr<lab::Task>> task = lab::read_task(options.task);
  if (!task.ok()) return task.status();
  Result<Session> session = create_session(*model, options.backend, options.threads, 2 * options.task.batch);
  if (!session.ok()) return session.status();

  const double begin = lab::steady_seconds();
  Result<lab::Evaluation> result = Status();
  {
    Progress progress("evaluating");
    result = (*task)->evaluate(*model, *session, std::ref(progress));
  }
  if (!result.ok()) return result.status().within(options.model.c_str());
  const double seconds = lab::steady_seconds() - begin;
  if (options.json) {
    Json json = {{"task", options.task.task},
                 {"data", options.task.data},
                 {"model", options.model},
                 {"weights", lab::weight_type(model->graph())},
                 {"file_bytes", model->view().size()},
                 {"isa", session->isa()},
                 {result->counted, result->count}};
    for (const lab::Metric& metric : result->metrics) json[metric.name] = metric.value;
    for (const lab::Metric& metric : result->metrics) {
      json["intervals"][metric.name] = {metric.interval.low, metric.interval.high};
    }
    json["notes"] = result->notes;
    json["seconds"] = seconds;
    add_places(options.backend, lab::linear_places(*model, *session), &json);
    print(json);
    return Status();
  }
  print("%s: %s, %s, on %s\n", options.model.c_str(), lab::human_bytes(model->view().size()).c_str(),
        lab::weight_type(model->graph()), session->isa());
  for (const lab::Metric& metric : result->metrics) {
    print("%-14s %.4f   95%% %.4f to %.4f\n", metric.name.c_str(), metric.value, metric.interval.low,
          metric.interval.high);
  }
  print("%-14s %zu (%.1f s)\n", result->counted.c_str(), result->count, seconds);
  for (const std::string& note : result->notes) print("note: %s\n", note.c_str());
  return Status();
}

}  // namespace

void add_eval(CommandLine& line) {
  Command& command = line.add(
      "eval", "Score a model on labelled data",
      {"linnet eval minilm.linnet --task sts --data stsb/test.csv",
       "linnet eval minilm.linnet --task sts --data stsb/test.csv --threads 4 --json",
       "linnet eval sentiment.linnet --task classification --data test.tsv",
       "linnet eval ner.linnet --task tagging --data test.conll",
       "linnet eval qa.linnet --task qa --data dev-v1.1.json",
       "linnet eval minilm.linnet --task retrieval --data corpus.jsonl --queries queries.jsonl --qrels qrels.tsv"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  Option& task =
      command.add_text("--task", "TASK", &options->task.task,
                       "sts: similarity of sentence pairs, as correlation; classification: labels, by the "
                       "classifier of the model (linnet fit, or a checkpoint's); tagging: entities that people "
                       "marked; qa: answers to questions about texts; retrieval: how far in front the "
                       "documents are that answer a query");
  task.required = true;
  task.choices = lab::task_names();
  command
      .add_text("--data", "FILE", &options->task.data,
                "sts: a CSV file, sentence1,sentence2,score; classification: labelled texts, .tsv (text, "
                "label), .csv or .jsonl (\"text\", \"label\"); tagging: CoNLL, a word and its label a line; qa: "
                "SQuAD's JSON; "
                "retrieval: the documents, JSON lines (_id, title, text) or "
                "TREC's markup")
      .required = true;
  command.add_text("--queries", "FILE", &options->task.queries, "Queries, JSON lines (_id, text) or TREC's markup");
  command.add_text("--qrels", "FILE", &options->task.judgements,
                   "Which documents are relevant to which query: TREC's qrels, or lines of query, document, grade");
  add_batch(command, &options->task.batch);
  add_threads(command, &options->threads);
  add_backend(command, &options->backend);
  add_prompt(command, &options->task.prompt);
  command.add_text("--query-prompt", "NAME", &options->task.query_prompt, "The same for queries alone");
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
