#include "python/src/model.h"

#include <algorithm>
#include <functional>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <nlohmann/json.hpp>

#include "lab/classification.h"
#include "lab/describe.h"
#include "lab/embedder.h"
#include "lab/files.h"
#include "lab/places.h"
#include "lab/run_ids.h"
#include "lab/task.h"
#include "lab/tokens.h"
#include "python/src/call_progress.h"
#include "python/src/errors.h"
#include "python/src/texts.h"

namespace linnet::python {

namespace nb = nanobind;
using namespace nb::literals;

namespace {

// Sequences of so many tokens together are run by a session of the pool; more of them would keep others waiting.
constexpr size_t kShortRun = 4096;

using MakeEmbedder = std::function<Result<lab::Embedder>(const Model&, Session&)>;

// An embedder that takes a session of the pool for each call.
Result<lab::Embedder> pooled(OpenModel& open, const MakeEmbedder& make) {
  Result<SessionPool::Lease> first = open.pool->take();
  if (!first.ok()) return first.status();
  const Result<lab::Embedder> made = make(open.model, **first);
  if (!made.ok()) return made.status();
  lab::Embedder embedder;
  embedder.width = made->width;
  embedder.embed = [&open, make](const std::vector<Text>& texts, float* rows) {
    Result<SessionPool::Lease> session = open.pool->take();
    if (!session.ok()) return session.status();
    const Result<lab::Embedder> one = make(open.model, **session);
    return one.ok() ? one->embed(texts, rows) : one.status();
  };
  return embedder;
}

struct EmbeddedRows {
  std::vector<float> rows;
  size_t width = 0;
};

EmbeddedRows embed_list(OpenModel& open, const nb::list& list, size_t batch, const nb::object& progress,
                        const MakeEmbedder& make) {
  const TextList texts(list);
  CallProgress call(progress);
  return take(call.run([&]() -> Result<EmbeddedRows> {
    const Result<lab::Embedder> embedder = pooled(open, make);
    if (!embedder.ok()) return embedder.status();
    Result<std::vector<float>> rows =
        lab::embed_texts(*embedder, texts.texts(), std::min(batch, kMostTexts), std::ref(call));
    if (!rows.ok()) return rows.status();
    return EmbeddedRows{std::move(*rows), embedder->width};
  }));
}

Rows embed(const ModelHandle& handle, const TypedTexts& texts, size_t batch, const std::string& prompt,
           const nb::object& progress) {
  const std::shared_ptr<OpenModel> open = handle.get();
  EmbeddedRows rows = embed_list(*open, texts, batch, progress, [&prompt](const Model& model, Session& session) {
    return lab::session_embedder(model, session, prompt);
  });
  return numpy_rows(std::move(rows.rows), rows.width);
}

nb::list classify(const ModelHandle& handle, const TypedTexts& texts, size_t top, size_t batch,
                  const std::string& prompt, const nb::object& progress) {
  const std::shared_ptr<OpenModel> open = handle.get();
  const fbs::Head* head = take(lab::find_classifier(open->model));
  const EmbeddedRows rows = embed_list(*open, texts, batch, progress, [&](const Model& model, Session& session) {
    return lab::session_scorer(model, session, *head, prompt);
  });
  nb::list result;
  for (size_t begin = 0; begin < rows.rows.size(); begin += rows.width) {
    nb::list labels;
    for (const lab::RankedLabel& each :
         take(lab::rank_labels(head->kind(), {rows.rows.data() + begin, rows.width}, top))) {
      labels.append(nb::make_tuple(text(text_of(head->labels()->Get(each.label))), each.score));
    }
    result.append(labels);
  }
  return result;
}

// Collects rows in memory.
class RowCollector : public lab::RowWriter {
 public:
  explicit RowCollector(size_t width) : width_(width) {}
  Status write(const float* rows, size_t count) override {
    rows_.insert(rows_.end(), rows, rows + count * width_);
    return Status();
  }
  Status commit() override { return Status(); }
  std::vector<float>& rows() { return rows_; }

 private:
  size_t width_;
  std::vector<float> rows_;
};

Rows run(const ModelHandle& handle, const lab::Sequences& sequences, const std::string& output,
         const nb::object& progress) {
  const std::shared_ptr<OpenModel> open = handle.get();
  const uint32_t value = take(open->model.find_value(output.c_str()));
  size_t longest = 0, tokens = 0;
  for (const std::vector<int32_t>& ids : sequences) {
    longest = std::max(longest, ids.size());
    tokens += ids.size();
  }
  RowCollector rows(open->model.value(value).width());
  CallProgress call(progress);
  check(call.run([&] {
    const auto run_on = [&](Session& session) {
      return lab::run_sequences(open->model, session, sequences, value, rows, std::ref(call));
    };
    const size_t pass = lab::pass_tokens(open->model, longest);
    if (tokens <= kShortRun) {
      Result<SessionPool::Lease> lease = open->pool->take();
      if (!lease.ok()) return lease.status();
      if ((*lease)->max_pass_tokens() >= pass) return run_on(**lease);
    }
    Result<Session> session = open->pool->create(pass);
    return session.ok() ? run_on(*session) : session.status();
  }));
  return numpy_rows(std::move(rows.rows()), open->model.value(value).width());
}

std::vector<int32_t> tokenize(const ModelHandle& handle, const TypedTexts& one, const std::string& prompt,
                              bool truncate) {
  const std::shared_ptr<OpenModel> open = handle.get();
  const TextList list(one);
  const Text& text = list.texts().at(0);
  lab::TextEncoder encoder = take(lab::TextEncoder::create(open->model, prompt.empty() ? nullptr : prompt.c_str()));
  std::vector<int32_t> ids;
  check(encoder.encode({text.data, text.bytes}, truncate, &ids));
  return ids;
}

nb::list tokens(const ModelHandle& handle, const std::vector<int32_t>& ids) {
  const std::shared_ptr<OpenModel> open = handle.get();
  const lab::TextEncoder encoder = take(lab::TextEncoder::create(open->model, nullptr));
  nb::list result;
  for (const int32_t id : ids) {
    const std::string token = encoder.token(id);
    result.append(text(token.data(), token.size()));
  }
  return result;
}

nb::str describe(const ModelHandle& handle) {
  const std::shared_ptr<OpenModel> open = handle.get();
  nlohmann::ordered_json description = lab::describe(open->model.view());
  description["max_positions"] = open->model.max_positions();
  return json_text(description);
}

// How the model runs here: what a session says.
nb::dict running(const ModelHandle& handle) {
  const std::shared_ptr<OpenModel> open = handle.get();
  CallProgress call;
  SessionPool::Lease session = take(call.run([&] { return open->pool->take(); }));
  nb::list layers;
  for (const lab::Place& place : lab::linear_places(open->model, *session)) {
    nb::dict layer;
    layer["op"] = text(place.op.c_str());
    layer["layer"] = text(place.layer.c_str());
    layer["runs_on"] = text(place.runs_on.c_str());
    layer["reason"] = place.reason.empty() ? nb::object(nb::none()) : text(place.reason.c_str());
    layers.append(layer);
  }
  nb::dict result;
  result["isa"] = session->isa();
  result["threads"] = session->threads();
  result["layers"] = layers;
  return result;
}

}  // namespace

ModelHandle::ModelHandle(const nb::bytes& path, size_t threads, std::string isa, std::string backend, bool strict)
    : open_(std::make_shared<OpenModel>()) {
  open_->path = path_of(path);
  SessionSettings settings{threads, std::move(isa), std::move(backend), strict};
  const nb::gil_scoped_release unlocked;
  open_->model = take(lab::open_model(open_->path));
  open_->pool = std::make_unique<SessionPool>(open_->model, std::move(settings));
  // What is wrong with the settings is told now.
  check(open_->pool->take().status());
}

std::shared_ptr<OpenModel> ModelHandle::get() const {
  if (open_ == nullptr) throw StatusError(Status::error(Code::invalid_argument, "the model is closed"));
  return open_;
}

void ModelHandle::after_fork() {
  if (open_ == nullptr) return;
  SessionPool* old = open_->pool.release();
  open_->pool = std::make_unique<SessionPool>(open_->model, old->settings());
}

void bind_model(nb::module_& module) {
  nb::class_<ModelHandle>(module, "Model", "An open model file. linnet.Model is what programs use.")
      .def(nb::init<const nb::bytes&, size_t, std::string, std::string, bool>(), "path"_a, "threads"_a, "isa"_a,
           "backend"_a, "strict"_a)
      .def("close", &ModelHandle::close, "Lets go of the file; calls that are running end in peace.")
      .def_prop_ro("closed", &ModelHandle::closed)
      .def("after_fork", &ModelHandle::after_fork, "Makes the model usable in the child of a fork.")
      .def("embed", &embed, "texts"_a, "batch"_a, "prompt"_a, "progress"_a.none(),
           "A row for each text, each behind the text `prompt`.")
      .def(
          "classify", &classify, "texts"_a, "top"_a, "batch"_a, "prompt"_a, "progress"_a.none(),
          nb::sig("def classify(self, texts: list[str], top: int, batch: int, prompt: str, progress: object | None) -> "
                  "list[list[tuple[str, float]]]"),
          "For each text its most probable labels.")
      .def("run", &run, "sequences"_a, "output"_a, "progress"_a.none(), "The rows of a value, all sequences in order.")
      .def("tokenize", &tokenize, "texts"_a, "prompt"_a, "truncate"_a,
           "The token ids of one text, behind the prompt of that name ('' is the default one).")
      .def("tokens", &tokens, "ids"_a, nb::sig("def tokens(self, ids: collections.abc.Sequence[int]) -> list[str]"),
           "The tokens of ids.")
      .def(
          "prompt_text",
          [](const ModelHandle& handle, const std::string& name) {
            return text(take(lab::prompt_text(handle.get()->model, name)).c_str());
          },
          "name"_a, "The text of a prompt by its name; '' is the default one.")
      .def("describe", &describe, "What `linnet inspect --json` prints.")
      .def("running", &running, nb::sig("def running(self) -> dict[str, typing.Any]"),
           "Instruction set, threads, and what each linear layer runs on.");
}

}  // namespace linnet::python
