#include "lab/task.h"

#include "lab/classification.h"
#include "lab/qa.h"
#include "lab/regression.h"
#include "lab/rerank_evaluation.h"
#include "lab/retrieval.h"
#include "lab/sts.h"
#include "lab/tagging_score.h"
#include "runtime/heads/reranking.h"
#include "runtime/heads/scores.h"

namespace linnet::lab {

namespace {

Result<Embedder> embedder_of(const Model& model, Session& session, const std::string& prompt_name) {
  const Result<std::string> prompt = prompt_text(model, prompt_name);
  if (!prompt.ok()) return prompt.status();
  return session_embedder(model, session, *prompt);
}

struct Embedders {
  Embedder documents, queries;
};

Result<Embedders> embedders_of(const Model& model, Session& session, const TaskOptions& options) {
  Result<Embedder> documents = embedder_of(model, session, options.prompt);
  if (!documents.ok()) return documents.status();
  Result<Embedder> queries =
      embedder_of(model, session, options.query_prompt.empty() ? options.prompt : options.query_prompt);
  if (!queries.ok()) return queries.status();
  return Embedders{std::move(*documents), std::move(*queries)};
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

// The scores of the model's head for texts, which must be of this kind; *head is that head.
Result<Embedder> scorer_of(const Model& model, Session& session, fbs::HeadKind kind, const char* gives,
                           const std::string& prompt_name, const fbs::Head** head) {
  const Result<const fbs::Head*> found = find_classifier(model);
  if (!found.ok()) return found.status();
  *head = *found;
  if ((*head)->kind() != kind) {
    return Status::error(Code::unsupported, "the model gives no %s (its head is a %s)", gives,
                         fbs::EnumNameHeadKind((*head)->kind()));
  }
  const Result<std::string> prompt = prompt_text(model, prompt_name);
  if (!prompt.ok()) return prompt.status();
  return session_scorer(model, session, **head, *prompt);
}

struct Classification final : Task {
  TaskOptions options;
  std::vector<LabelledText> texts;

  Result<Evaluation> evaluate(const Model& model, Session& session, const Progress& progress) const override {
    const fbs::Head* head = nullptr;
    const Result<Embedder> scores =
        scorer_of(model, session, fbs::HeadKind::Classification, "single label", options.prompt, &head);
    if (!scores.ok()) return scores.status();
    std::vector<std::string> labels;
    labels.reserve(count_of(head->labels()));
    for (uint32_t i = 0; i < count_of(head->labels()); ++i) labels.push_back(text_of(head->labels()->Get(i)));
    return evaluate_classification(*scores, labels, texts, options.batch, progress);
  }
};

struct Regression final : Task {
  TaskOptions options;
  std::vector<LabelledText> texts;

  Result<Evaluation> evaluate(const Model& model, Session& session, const Progress& progress) const override {
    const fbs::Head* head = nullptr;
    const Result<Embedder> scores =
        scorer_of(model, session, fbs::HeadKind::Regression, "numbers", options.prompt, &head);
    if (!scores.ok()) return scores.status();
    return evaluate_regression(*scores, texts, options.batch, progress);
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
    const Result<Embedders> of = embedders_of(model, session, options);
    if (!of.ok()) return of.status();
    return evaluate_retrieval(of->queries, of->documents, data, options.batch, progress);
  }
};

struct Rerank final : Task {
  TaskOptions options;
  RerankData data;

  // By the model's cross-encoder, or by cosines where it has none.
  Result<Evaluation> evaluate(const Model& model, Session& session, const Progress& progress) const override {
    const fbs::Head* head = find_head(model, fbs::HeadKind::Classification, fbs::HeadKind::Regression);
    if (head == nullptr || count_of(head->labels()) != 1) return evaluate_apart(model, session, progress);
    if (!options.query_prompt.empty()) {
      return Status::error(Code::invalid_argument,
                           "a cross-encoder reads a query and a text as one: it takes no prompt "
                           "for queries alone");
    }
    const Result<std::string> prompt = prompt_text(model, options.prompt);
    if (!prompt.ok()) return prompt.status();
    const Result<Reranker> reranker = Reranker::create(model, session, prompt->c_str());
    if (!reranker.ok()) return reranker.status();
    const RetrievalData& collection = data.collection;
    std::vector<Text> texts;
    const PairScorer scorer = [&](uint32_t query, std::span<const uint32_t> documents) -> Result<std::vector<float>> {
      texts.clear();
      for (const uint32_t document : documents) {
        const std::string& text = collection.documents[document].text;
        texts.push_back({text.data(), text.size()});
      }
      const std::string& asked = collection.queries[query].text;
      std::vector<float> scores(texts.size());
      const Status status = reranker->score({asked.data(), asked.size()}, texts.data(), texts.size(), scores.data());
      return status.ok() ? Result<std::vector<float>>(std::move(scores)) : status;
    };
    return evaluate_rerank(scorer, data, progress);
  }

  Result<Evaluation> evaluate_apart(const Model& model, Session& session, const Progress& progress) const {
    const Result<Embedders> of = embedders_of(model, session, options);
    if (!of.ok()) return of.status();
    const Result<PairScorer> scorer = cosine_scorer(of->queries, of->documents, data, options.batch, progress);
    if (!scorer.ok()) return scorer.status();
    return evaluate_rerank(*scorer, data);
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
  static const std::vector<std::string> names = {"sts", "classification", "regression", "tagging",
                                                 "qa",  "retrieval",      "rerank"};
  return names;
}

Result<std::unique_ptr<Task>> read_task(const TaskOptions& options) {
  const bool rerank = options.task == "rerank";
  const bool whole = !options.queries.empty() && !options.judgements.empty();
  const bool any = !options.queries.empty() || !options.judgements.empty() || !options.query_prompt.empty();
  if (!rerank && !options.candidates.empty()) {
    return Status::error(Code::invalid_argument, "--candidates is for rerank alone");
  }
  if (rerank && (!whole || options.candidates.empty())) {
    return Status::error(Code::invalid_argument,
                         "rerank needs the documents (--data), --queries, --qrels, the judgements, and --candidates, "
                         "what a search has found");
  }
  if (rerank) {
    return make(options, &Rerank::data,
                read_rerank(options.data, options.queries, options.judgements, options.candidates, options.depth));
  }
  if (options.task == "retrieval") {
    if (!whole) {
      return Status::error(Code::invalid_argument,
                           "retrieval needs the documents (--data), --queries and --qrels, the judgements");
    }
    return make(options, &Retrieval::data, read_retrieval(options.data, options.queries, options.judgements));
  }
  if (any) {
    return Status::error(Code::invalid_argument, "--queries, --qrels and --query-prompt are for retrieval and rerank");
  }
  if (options.task == "sts") return make(options, &Sts::pairs, read_sts(options.data));
  if (options.task == "classification") {
    return make(options, &Classification::texts, read_labelled(options.data));
  }
  if (options.task == "regression") {
    Result<std::vector<LabelledText>> texts = read_labelled(options.data);
    // A label that is no number is told before the work.
    const Status numbers = texts.ok() ? numbers_of(*texts).status() : Status();
    if (!numbers.ok()) return numbers.within(options.data.c_str());
    return make(options, &Regression::texts, std::move(texts));
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
