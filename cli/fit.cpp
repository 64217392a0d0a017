#include "lab/fit.h"

#include "cli/common.h"
#include "cli/progress.h"

namespace linnet::cli {

namespace {

struct Options {
  std::string model;
  std::string data;
  std::string output;
  std::string prompt;
  size_t folds = 5;
  size_t batch = 32;
  size_t threads = 0;
  bool json = false;
};

Status run(const Options& options) {
  LINNET_RETURN_IF_ERROR(check_output(options.output));
  const Result<Model> model = open_model(options.model);
  if (!model.ok()) return model.status();
  Result<EditableModel> edited = load_model(options.model);
  if (!edited.ok()) return edited.status();
  const Result<std::string> prompt = prompt_text(*model, options.prompt);
  if (!prompt.ok()) return prompt.status();
  const Result<std::vector<lab::LabelledText>> texts = lab::read_labelled(options.data);
  if (!texts.ok()) return texts.status();
  Result<Session> session = create_session(*model, {}, options.threads, options.batch);
  if (!session.ok()) return session.status();
  const Result<lab::Embedder> embedder = lab::session_embedder(*model, *session, *prompt);
  if (!embedder.ok()) return embedder.status();
  ThreadPool pool;
  LINNET_RETURN_IF_ERROR(pool.start(session->threads()));

  Result<lab::FitReport> report = Status();
  {
    Progress embedding("embedding"), fitting("fitting");
    report = lab::fit_classifier(&*edited, *embedder, *texts, options.batch, options.folds, pool.parallel_for(),
                                 std::ref(embedding), std::ref(fitting));
  }
  if (!report.ok()) return report.status();
  LINNET_RETURN_IF_ERROR(save(*edited, options.output));

  const lab::StrengthScore& best = report->validation.tried[report->validation.best];
  if (options.json) {
    Json json = {{"output", options.output},          {"texts", texts->size()},
                 {"labels", report->labels},          {"folds", report->validation.folds},
                 {"strength", best.strength},         {"accuracy", best.accuracy},
                 {"log_loss", best.log_loss},         {"embed_seconds", report->embed_seconds},
                 {"fit_seconds", report->fit_seconds}};
    for (const lab::StrengthScore& tried : report->validation.tried) {
      json["tried"].push_back(
          {{"strength", tried.strength}, {"accuracy", tried.accuracy}, {"log_loss", tried.log_loss}});
    }
    print(json);
    return Status();
  }
  print("strength   accuracy   log loss   (%zu folds)\n", report->validation.folds);
  for (const lab::StrengthScore& tried : report->validation.tried) {
    print("%8.4g %10.4f %10.4f%s\n", tried.strength, tried.accuracy, tried.log_loss,
          &tried == &best ? "   chosen" : "");
  }
  print("%s: %zu labels from %zu texts (embedded in %.1f s, fitted in %.1f s)\n", options.output.c_str(),
        report->labels.size(), texts->size(), report->embed_seconds, report->fit_seconds);
  return Status();
}

}  // namespace

void add_fit(CommandLine& line) {
  Command& command = line.add("fit", "Train a classifier on a model's embeddings and put it into the model",
                              {"linnet fit minilm-int8.linnet --data train.tsv -o sentiment.linnet",
                               "linnet classify sentiment.linnet --in texts.txt"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  command
      .add_text("--data", "FILE", &options->data,
                "Labelled texts: .tsv (text, label), .csv (text,label) or .jsonl (\"text\", \"label\")")
      .required = true;
  add_model_output(command, &options->output);
  command.add_number("--folds", &options->folds, 2, 100, "Parts of the cross-validation that chooses the penalty");
  add_batch(command, &options->batch);
  add_threads(command, &options->threads);
  add_prompt(command, &options->prompt);
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
