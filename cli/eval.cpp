#include "cli/common.h"
#include "cli/progress.h"
#include "lab/cost.h"
#include "lab/describe.h"
#include "lab/sts.h"
#include "lab/timing.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  std::string task;
  std::string data;
  std::string prompt;
  size_t batch = 32;
  size_t threads = 0;
  BackendOptions backend;
  bool json = false;
};

Status run(const Options& options) {
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  const Result<std::string> prompt = prompt_text(*model, options.prompt);
  if (!prompt.ok()) return prompt.status();
  const Result<std::vector<lab::StsPair>> pairs = lab::read_sts(options.data);
  if (!pairs.ok()) return pairs.status();
  Result<Session> session = create_session(*model, options.backend, options.threads, 2 * options.batch);
  if (!session.ok()) return session.status();
  const Result<lab::Embedder> embedder = lab::session_embedder(*model, *session, *prompt);
  if (!embedder.ok()) return embedder.status();

  const double begin = lab::steady_seconds();
  Result<lab::StsResult> result = Status();
  {
    Progress progress("evaluating");
    result = lab::evaluate_sts(*embedder, *pairs, options.batch, std::ref(progress));
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
                 {"pairs", result->pairs},
                 {"spearman", result->spearman},
                 {"pearson", result->pearson},
                 {"seconds", seconds}};
    add_places(options.backend, lab::linear_places(*model, *session), &json);
    print(json);
    return Status();
  }
  print("%s: %s, %s, on %s\n", options.model.c_str(), lab::human_bytes(model->view().size()).c_str(),
        lab::weight_type(model->graph()), session->isa());
  print("spearman  %.4f\npearson   %.4f\npairs     %zu (%.1f s)\n", result->spearman, result->pearson, result->pairs,
        seconds);
  return Status();
}

}  // namespace

void add_eval(CommandLine& line) {
  Command& command = line.add("eval", "Score a model on labelled data",
                              {"linnet eval minilm.linnet --task sts --data stsb/test.csv",
                               "linnet eval minilm.linnet --task sts --data stsb/test.csv --threads 4 --json"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  Option& task =
      command.add_text("--task", "TASK", &options->task, "sts: similarity of sentence pairs, as rank correlation");
  task.required = true;
  task.choices = {"sts"};
  command.add_text("--data", "FILE", &options->data, "sts: a CSV file, sentence1,sentence2,score").required = true;
  add_batch(command, &options->batch);
  add_threads(command, &options->threads);
  add_backend(command, &options->backend);
  add_prompt(command, &options->prompt);
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
