#include <functional>

#include "cli/common.h"
#include "cli/progress.h"
#include "lab/classification.h"
#include "lab/cost.h"
#include "lab/describe.h"
#include "lab/retrieval.h"
#include "lab/sts.h"
#include "lab/timing.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  std::string task;
  std::string data;
  std::string queries, judgements;  // of retrieval
  std::string prompt, query_prompt;
  size_t batch = 32;
  size_t threads = 0;
  BackendOptions backend;
  bool json = false;
};

// Reads the data of a task and scores the model on it.
using Task = std::function<Result<lab::Evaluation>(const lab::Progress& progress)>;

Result<Task> sts_task(const Options& options, const Model& model, Session& session) {
  const Result<std::string> prompt = prompt_text(model, options.prompt);
  if (!prompt.ok()) return prompt.status();
  Result<std::vector<lab::StsPair>> pairs = lab::read_sts(options.data);
  if (!pairs.ok()) return pairs.status();
  const Result<lab::Embedder> embedder = lab::session_embedder(model, session, *prompt);
  if (!embedder.ok()) return embedder.status();
  return Task([=, pairs = std::move(*pairs), embedder = *embedder](const lab::Progress& progress) {
    return lab::evaluate_sts(embedder, pairs, options.batch, progress);
  });
}

Result<Task> classification_task(const Options& options, const Model& model, Session& session) {
  const Result<const fbs::Head*> found = find_classifier(model, options.model);
  if (!found.ok()) return found.status();
  const fbs::Head* head = *found;
  const Result<std::string> prompt = prompt_text(model, options.prompt);
  if (!prompt.ok()) return prompt.status();
  const Result<lab::Embedder> scores = lab::session_scorer(model, session, *head, *prompt);
  if (!scores.ok()) return scores.status();
  Result<std::vector<lab::LabelledText>> texts = lab::read_labelled(options.data);
  if (!texts.ok()) return texts.status();
  std::vector<std::string> labels;
  labels.reserve(count_of(head->labels()));
  for (uint32_t i = 0; i < count_of(head->labels()); ++i) labels.push_back(text_of(head->labels()->Get(i)));
  return Task([=, texts = std::move(*texts), scores = *scores](const lab::Progress& progress) {
    return lab::evaluate_classification(scores, labels, texts, options.batch, progress);
  });
}

Result<Task> retrieval_task(const Options& options, const Model& model, Session& session) {
  lab::Embedder embedders[2];
  const std::string* prompts[] = {options.query_prompt.empty() ? &options.prompt : &options.query_prompt,
                                  &options.prompt};
  for (size_t i = 0; i < 2; ++i) {
    const Result<std::string> prompt = prompt_text(model, *prompts[i]);
    if (!prompt.ok()) return prompt.status();
    const Result<lab::Embedder> embedder = lab::session_embedder(model, session, *prompt);
    if (!embedder.ok()) return embedder.status();
    embedders[i] = *embedder;
  }
  Result<lab::RetrievalData> data = lab::read_retrieval(options.data, options.queries, options.judgements);
  if (!data.ok()) return data.status();
  return Task(
      [=, data = std::move(*data), queries = embedders[0], documents = embedders[1]](const lab::Progress& progress) {
        return lab::evaluate_retrieval(queries, documents, data, options.batch, progress);
      });
}

Status check_options(const Options& options) {
  const bool whole = !options.queries.empty() && !options.judgements.empty();
  const bool any = !options.queries.empty() || !options.judgements.empty() || !options.query_prompt.empty();
  if (options.task == "retrieval" && !whole) {
    return Status::error(Code::invalid_argument,
                         "retrieval needs the documents (--data), --queries and --qrels, the judgements");
  }
  if (options.task != "retrieval" && any) {
    return Status::error(Code::invalid_argument, "--queries, --qrels and --query-prompt are for retrieval alone");
  }
  return Status();
}

Status run(const Options& options) {
  LINNET_RETURN_IF_ERROR(check_options(options));
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  Result<Session> session = create_session(*model, options.backend, options.threads, 2 * options.batch);
  if (!session.ok()) return session.status();
  const auto task_of = options.task == "sts"         ? sts_task
                       : options.task == "retrieval" ? retrieval_task
                                                     : classification_task;
  const Result<Task> task = task_of(options, *model, *session);
  if (!task.ok()) return task.status();

  const double begin = lab::steady_seconds();
  Result<lab::Evaluation> result = Status();
  {
    Progress progress("evaluating");
    result = (*task)(std::ref(progress));
  }
  if (!result.ok()) return result.status();
  const double seconds = lab::steady_seconds() - begin;
  if (options.json) {
    Json json = {{"task", options.task},
                 {"data", options.data},
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
       "linnet eval minilm.linnet --task retrieval --data corpus.jsonl --queries queries.jsonl --qrels qrels.tsv"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  Option& task = command.add_text("--task", "TASK", &options->task,
                                  "sts: similarity of sentence pairs, as correlation; classification: labels, by the "
                                  "classifier that linnet fit has put in; retrieval: how far in front the "
                                  "documents are that answer a query");
  task.required = true;
  task.choices = {"sts", "classification", "retrieval"};
  command
      .add_text(
          "--data", "FILE", &options->data,
          "sts: a CSV file, sentence1,sentence2,score; classification: labelled texts, .tsv (text, "
          "label), .csv or .jsonl (\"text\", \"label\"); retrieval: the documents, JSON lines (_id, title, text) or "
          "TREC's markup")
      .required = true;
  command.add_text("--queries", "FILE", &options->queries, "Queries, JSON lines (_id, text) or TREC's markup");
  command.add_text("--qrels", "FILE", &options->judgements,
                   "Which documents are relevant to which query: TREC's qrels, or lines of query, document, grade");
  add_batch(command, &options->batch);
  add_threads(command, &options->threads);
  add_backend(command, &options->backend);
  add_prompt(command, &options->prompt);
  command.add_text("--query-prompt", "NAME", &options->query_prompt, "The same for queries alone");
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
