#include <functional>

#include "cli/common.h"
#include "cli/progress.h"
#include "lab/cost.h"
#include "lab/describe.h"
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
       "linnet eval minilm.linnet --task retrieval --data corpus.jsonl --queries queries.jsonl --qrels qrels.tsv",
       "linnet eval reranker.linnet --task rerank --data d.xml --queries q.xml --qrels qrels.txt --candidates x.run"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  const TaskArguments task = add_task(command, &options->task);
  task.task->required = true;
  task.data->required = true;
  add_batch(command, &options->task.batch);
  add_threads(command, &options->threads);
  add_backend(command, &options->backend);
  add_prompt(command, &options->task.prompt);
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
