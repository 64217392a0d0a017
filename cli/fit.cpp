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
  std::string method = "logistic";
  lab::FitOptions fit;
  size_t threads = 0;
  bool json = false;
};

Json start_json(const Options& options, size_t texts) { return {{"output", options.output}, {"texts", texts}}; }

void finish_json(const lab::FitSeconds& seconds, Json tried, Json* json) {
  (*json)["embed_seconds"] = seconds.embed;
  (*json)["fit_seconds"] = seconds.fit;
  (*json)["tried"] = std::move(tried);
  print(*json);
}

void print_classifier(const Options& options, size_t texts, const lab::FitReport& report) {
  const lab::CrossValidation& validation = report.validation;
  const lab::StrengthScore* best = validation.tried.empty() ? nullptr : &validation.tried[validation.best];
  if (options.json) {
    Json json = start_json(options, texts), tried = Json::array();
    json.update({{"labels", report.labels}, {"folds", validation.folds}, {"strength", report.strength}});
    if (best != nullptr) json.update({{"accuracy", best->accuracy}, {"log_loss", best->log_loss}});
    for (const lab::StrengthScore& each : validation.tried) {
      tried.push_back({{"strength", each.strength}, {"accuracy", each.accuracy}, {"log_loss", each.log_loss}});
    }
    finish_json(report.seconds, std::move(tried), &json);
    return;
  }
  if (best != nullptr) print("strength   accuracy   log loss   (%zu folds)\n", validation.folds);
  for (const lab::StrengthScore& tried : validation.tried) {
    print("%8.4g %10.4f %10.4f%s\n", tried.strength, tried.accuracy, tried.log_loss, &tried == best ? "   chosen" : "");
  }
  print("%s: %zu labels from %zu texts (embedded in %.1f s, fitted in %.1f s)\n", options.output.c_str(),
        report.labels.size(), texts, report.seconds.embed, report.seconds.fit);
}

void print_regression(const Options& options, size_t texts, const lab::RegressionReport& report) {
  const lab::PenaltyScore& best = report.fit.tried[report.fit.best];
  if (options.json) {
    Json json = start_json(options, texts), tried = Json::array();
    json.update({{"folds", report.fit.folds},
                 {"penalty", best.penalty},
                 {"r2", best.r2},
                 {"squared_error", best.squared_error}});
    for (const lab::PenaltyScore& each : report.fit.tried) {
      tried.push_back({{"penalty", each.penalty}, {"r2", each.r2}, {"squared_error", each.squared_error}});
    }
    finish_json(report.seconds, std::move(tried), &json);
    return;
  }
  print(" penalty         r2   squared error   (%zu folds)\n", report.fit.folds);
  for (const lab::PenaltyScore& tried : report.fit.tried) {
    print("%8.4g %10.4f %15.6g%s\n", tried.penalty, tried.r2, tried.squared_error, &tried == &best ? "   chosen" : "");
  }
  print("%s: a number from %zu texts (embedded in %.1f s, fitted in %.1f s)\n", options.output.c_str(), texts,
        report.seconds.embed, report.seconds.fit);
}

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
  Result<Session> session = create_session(*model, {}, options.threads, options.fit.batch);
  if (!session.ok()) return session.status();
  const Result<lab::Embedder> embedder = lab::session_embedder(*model, *session, *prompt);
  if (!embedder.ok()) return embedder.status();
  ThreadPool pool;
  LINNET_RETURN_IF_ERROR(pool.start(session->threads()));

  // Either function has the same arguments.
  const auto fit = [&](const auto& function) {
    Progress embedding("embedding"), fitting("fitting");
    return function(&*edited, *embedder, *texts, options.fit, pool.parallel_for(), std::ref(embedding),
                    std::ref(fitting));
  };
  if (options.method == "ridge") {
    if (options.fit.strength != 0) {
      return Status::error(Code::invalid_argument,
                           "--strength is for --method logistic; ridge chooses its penalty itself");
    }
    const Result<lab::RegressionReport> report = fit(lab::fit_regression);
    if (!report.ok()) return report.status().within(options.data.c_str());
    LINNET_RETURN_IF_ERROR(save(*edited, options.output));
    print_regression(options, texts->size(), *report);
    return Status();
  }
  const Result<lab::FitReport> report = fit(lab::fit_classifier);
  if (!report.ok()) return report.status();
  LINNET_RETURN_IF_ERROR(save(*edited, options.output));
  print_classifier(options, texts->size(), *report);
  return Status();
}

}  // namespace

void add_fit(CommandLine& line) {
  Command& command = line.add("fit", "Train a linear head on a model's embeddings and put it into the model",
                              {"linnet fit minilm-int8.linnet --data train.tsv -o sentiment.linnet",
                               "linnet classify sentiment.linnet --in texts.txt",
                               "linnet fit minilm-int8.linnet --data ratings.csv --method ridge -o rating.linnet"});
  auto options = std::make_shared<Options>();
  add_model(command, &options->model);
  command
      .add_text("--data", "FILE", &options->data,
                "Labelled texts: .tsv (text, label), .csv (text,label) or .jsonl (\"text\", \"label\")")
      .required = true;
  add_model_output(command, &options->output);
  command
      .add_text(
          "--method", "METHOD", &options->method,
          "logistic: a classifier, by multinomial logistic regression; ridge: the labels are numbers, and the head "
          "gives one, by ridge regression")
      .choices = {"logistic", "ridge"};
  command.add_number("--folds", &options->fit.folds, 2, 100, "Parts of the cross-validation that chooses the penalty");
  command
      .add_real("--strength", &options->fit.strength, 1e-9, 1e9,
                "logistic: this strength of the penalty, what scikit-learn calls C, instead of cross-validation")
      .shown_default.clear();
  add_batch(command, &options->fit.batch);
  add_threads(command, &options->threads);
  add_prompt(command, &options->prompt);
  add_json(command, &options->json);
  command.action = [=] { return run(*options); };
}

}  // namespace linnet::cli
