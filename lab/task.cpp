#include "lab/task.h"

#include "lab/classification.h"
#include "lab/qa.h"
#include "lab/retrieval.h"
#include "lab/sts.h"
#include "lab/tagging_score.h"
#include "runtime/heads/scores.h"

namespace linnet::lab {

namespace {

Result<Embedder> embedder_of(const Model& model, Session& session, const std::string& prompt_name) {
  const Result<std::string> prompt = prompt_text(model, prompt_name);
  if (!prompt.ok()) return prompt.status();
  return session_embedder(model, session, *prompt);
}

struct Sts final : Task {
  TaskOptions options;
  std::vector<StsPair> pairs;

  Result<Evaluation> evaluate(const Model& model, Session& session, const Progress& progress) const override {
    const Result<Embedder> embedder = embedder_of(model, session, options.prompt);
    if (!embedder.ok()) return embedder.status();
    return evaluate_sts(*embedder, pairs, options.batch, progress);
  }
};

struct Classification final : Task {
  TaskOptions options;
  std::vector<LabelledText> texts;

  Result<Evaluation> evaluate(const Model& model, Session& session, const Progress& progress) const override {
    const Result<const fbs::Head*> head = find_classifier(model);
    if (!head.ok()) return head.status();
    if ((*head)->kind() != fbs::HeadKind::Classification) {
      return Status::error(Code::unsupported, "the model gives no single label (its head is a %s)",
                           fbs::EnumNameHeadKind((*head)->kind()));
    }
    const Result<std::string> prompt = prompt_text(model, options.prompt);
    if (!prompt.ok()) return prompt.status();
    const Result<Embedder> scores = session_scorer(model, session, **head, *prompt);
    if (!scores.ok()) return scores.status();
    std::vector<std::string> labels;
    labels.reserve(count_of((*head)->labels()));
    for (uint32_t i = 0; i < count_of((*head)->labels()); ++i) labels.push_back(text_of((*head)->labels()->Get(i)));
    return evaluate_classification(*scores, labels, texts, options.batch, progress);
  }
};

struct Tagging final : Task {
  TaskOptions options;
  std::vector<TaggedSentence> sentences;

  Result<Evaluation> evaluate(const Model& model, Session& session, const Progress& progress) const override {
    const Result<Tagger> tagger = Tagger::create(model, session);
    if (!tagger.ok()) return tagger.status();
    return evaluate_tagging(*tagger, sentences, options.batch, progress);
  }
};

struct QuestionAnswering final : Task {
  TaskOptions options;
  SquadData data;

  Result<Evaluation> evaluate(const Model& model, Session& session, const Progress& progress) const override {
    return evaluate_qa(model, session, data, progress);
  }
};

struct Retrieval final : Task {
  TaskOptions options;
  RetrievalData data;

  Result<Evaluation> evaluate(const Model& model, Session& session, const Progress& progress) const override {
    const Result<Embedder> documents = embedder_of(model, session, options.prompt);
    if (!documents.ok()) return documents.status();
    const Result<Embedder> queries =
        embedder_of(model, session, options.query_prompt.empty() ? options.prompt : options.query_prompt);
    if (!queries.ok()) return queries.status();
    return evaluate_retrieval(*queries, *documents, data, options.batch, progress);
  }
};

// A task of type T whose data, a member of it, is what `read` gave.
template <typename T, typename Data>
Result<std::unique_ptr<Task>> make(const TaskOptions& options, Data T::*member, Result<Data> read) {
  if (!read.ok()) return read.status();
  auto task = std::make_unique<T>();
  task->options = options;
  (*task).*member = std::move(*read);
  return std::unique_ptr<Task>(std::move(task));
}

}  // namespace

const std::vector<std::string>& task_names() {
  static const std::vector<std::string> names = {"sts", "classification", "tagging", "qa", "retrieval"};
  return names;
}

Result<std::unique_ptr<Task>> read_task(const TaskOptions& options) {
  const bool whole = !options.queries.empty() && !options.judgements.empty();
  const bool any = !options.queries.empty() || !options.judgements.empty() || !options.query_prompt.empty();
  if (options.task == "retrieval") {
    if (!whole) {
      return Status::error(Code::invalid_argument,
                           "retrieval needs the documents (--data), --queries and --qrels, the judgements");
    }
    return make(options, &Retrieval::data, read_retrieval(options.data, options.queries, options.judgements));
  }
  if (any) {
    return Status::error(Code::invalid_argument, "--queries, --qrels and --query-prompt are for retrieval alone");
  }
  if (options.task == "sts") return make(options, &Sts::pairs, read_sts(options.data));
  if (options.task == "classification") {
    return make(options, &Classification::texts, read_labelled(options.data));
  }
  if (options.task == "tagging") return make(options, &Tagging::sentences, read_conll(options.data));
  if (options.task == "qa") return make(options, &QuestionAnswering::data, read_squad(options.data));
  return Status::error(Code::invalid_argument, "unknown task '%s'", options.task.c_str());
}

Result<const fbs::Head*> find_classifier(const Model& model) {
  const fbs::Head* head = find_head(model, fbs::HeadKind::Classification, fbs::HeadKind::Regression);
  if (head != nullptr) return head;
  return Status::error(Code::unsupported,
                       "the model has no classifier; train one with linnet fit, or convert a checkpoint that has one");
}

}  // namespace linnet::lab
