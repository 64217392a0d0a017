#include <cstring>
#include <new>

#include "base/cores.h"
#include "linnet/linnet.h"
#include "model/layout.h"
#include "runtime/heads/scores.h"
#include "runtime/session.h"

struct linnet_model {
  linnet::Model model;
};

struct linnet_session {
  linnet::Session session;
  const linnet::Model* model = nullptr;
};

namespace {

using linnet::Code;
using linnet::Status;

static_assert(static_cast<int>(Code::internal) == LINNET_INTERNAL && static_cast<int>(Code::limit) == LINNET_LIMIT);
static_assert(sizeof(linnet_error::message) == Status::kCapacity);

linnet_code report(const Status& status, linnet_error* error) {
  if (error != nullptr) {
    error->code = static_cast<linnet_code>(status.code());
    std::strcpy(error->message, status.message());
  }
  return static_cast<linnet_code>(status.code());
}

linnet_code null_argument(linnet_error* error) {
  return report(Status::error(Code::invalid_argument, "a pointer that must not be null is null"), error);
}

linnet_code keep(linnet::Result<linnet::Model> opened, linnet_model** model, linnet_error* error) {
  *model = nullptr;
  if (!opened.ok()) return report(opened.status(), error);
  linnet_model* kept = new (std::nothrow) linnet_model;
  if (kept == nullptr) return report(Status::error(Code::out_of_memory, "no memory for a model"), error);
  kept->model = static_cast<linnet::Model&&>(*opened);
  *model = kept;
  return report(Status(), error);
}

// Texts of a caller: `lengths` is null when they end with a null.
struct Texts {
  const char* const* texts = nullptr;
  const size_t* lengths = nullptr;

  bool get(size_t i, linnet::Text* text) const {
    if (texts[i] == nullptr) return false;
    *text = {texts[i], lengths != nullptr ? lengths[i] : std::strlen(texts[i])};
    return true;
  }
};

// One row of a value for each text, or with `seconds` for each pair. Texts are handed on in small groups, so that no
// array of their lengths has to be made; a row never depends on its group.
linnet_code read_rows(linnet_session* session, uint32_t value, const Texts& firsts, const Texts& seconds, size_t count,
                      const char* prompt, float* out, size_t stride, linnet_error* error) {
  const linnet::Result<const char*> prompt_text = session->model->find_prompt(prompt);
  if (!prompt_text.ok()) return report(prompt_text.status(), error);
  constexpr size_t kGroup = 256;
  linnet::Text group[kGroup], second_group[kGroup];
  const bool pairs = seconds.texts != nullptr;
  for (size_t first = 0; first < count; first += kGroup) {
    const size_t here = count - first < kGroup ? count - first : kGroup;
    for (size_t i = 0; i < here; ++i) {
      if (!firsts.get(first + i, group + i)) return null_argument(error);
      if (pairs && !seconds.get(first + i, second_group + i)) return null_argument(error);
    }
    const Status status = session->session.read(value, group, here, *prompt_text, out + first * stride, stride,
                                                pairs ? second_group : nullptr);
    if (!status.ok()) {
      return report(first == 0 ? status : Status::error(status.code(), "after %zu texts: %s", first, status.message()),
                    error);
    }
  }
  return report(Status(), error);
}

const linnet::fbs::Head* head_at(const linnet::Model& model, size_t index) {
  const auto* heads = model.graph().heads();
  return index < linnet::count_of(heads) ? heads->Get(static_cast<uint32_t>(index)) : nullptr;
}

Status no_head(size_t index) { return Status::error(Code::not_found, "the model has no head %zu", index); }

static_assert(static_cast<int>(linnet::fbs::HeadKind::MaskedToken) == LINNET_MASKED_TOKEN &&
              static_cast<int>(linnet::fbs::HeadKind::MAX) == LINNET_MASKED_TOKEN);

}  // namespace

extern "C" {

const char* linnet_version(void) { return LINNET_VERSION; }

linnet_code linnet_model_open(const char* path, linnet_model** model, linnet_error* error) {
  if (path == nullptr || model == nullptr) return null_argument(error);
  return keep(linnet::Model::open(path), model, error);
}

linnet_code linnet_model_open_fd(int descriptor, uint64_t offset, uint64_t bytes, linnet_model** model,
                                 linnet_error* error) {
  if (model == nullptr) return null_argument(error);
#if defined(_WIN32)
  (void)descriptor, (void)offset, (void)bytes;
  *model = nullptr;
  return report(Status::error(Code::unsupported, "models cannot be opened by descriptor on Windows"), error);
#else
  linnet::Result<linnet::FileMap> map =
      linnet::FileMap::open_descriptor(descriptor, offset, bytes, linnet::kSectionAlignment);
  *model = nullptr;
  if (!map.ok()) return report(map.status(), error);
  return keep(linnet::Model::from_map(static_cast<linnet::FileMap&&>(*map)), model, error);
#endif
}

linnet_code linnet_model_from_memory(const void* bytes, size_t size, linnet_model** model, linnet_error* error) {
  if (bytes == nullptr || model == nullptr) return null_argument(error);
  return keep(linnet::Model::from_memory(static_cast<const uint8_t*>(bytes), size), model, error);
}

void linnet_model_close(linnet_model* model) { delete model; }

size_t linnet_model_max_tokens(const linnet_model* model) { return model->model.max_tokens(); }

size_t linnet_model_max_positions(const linnet_model* model) { return model->model.max_positions(); }

size_t linnet_model_width(const linnet_model* model, const char* output) {
  const linnet::Result<uint32_t> value = model->model.find_value(output);
  return value.ok() ? model->model.value(*value).width() : 0;
}

int linnet_model_is_per_token(const linnet_model* model, const char* output) {
  const linnet::Result<uint32_t> value = model->model.find_value(output);
  if (!value.ok()) return -1;
  return model->model.value(*value).rows() == linnet::fbs::RowKind::Token ? 1 : 0;
}

linnet_code linnet_session_create(const linnet_model* model, const linnet_session_options* options,
                                  linnet_session** session, linnet_error* error) {
  if (model == nullptr || session == nullptr) return null_argument(error);
  *session = nullptr;
  // A caller of an older header hands in a shorter struct; what it does not know keeps its default.
  linnet_session_options known = {};
  if (options != nullptr) {
    if (options->size < sizeof(size_t) || options->size > 4096) {
      return report(Status::error(Code::invalid_argument, "options.size must be sizeof(linnet_session_options)"),
                    error);
    }
    std::memcpy(&known, options, options->size < sizeof known ? options->size : sizeof known);
  }
  linnet::SessionOptions o;
  o.max_pass_tokens = known.max_pass_tokens;
  o.max_pass_sequences = known.max_pass_sequences;
  o.threads = known.threads > 0 ? known.threads : linnet::default_threads();
  o.isa = known.isa;
  o.parallel = {known.parallel_for, known.parallel_for_self, known.parallel_for_workers};
  o.allocator = {known.allocate, known.release, known.allocator_self};
  o.backend = known.backend;
  o.strict = known.strict != 0;
  linnet::Result<linnet::Session> created = linnet::Session::create(model->model, o);
  if (!created.ok()) return report(created.status(), error);
  linnet_session* kept = new (std::nothrow) linnet_session;
  if (kept == nullptr) return report(Status::error(Code::out_of_memory, "no memory for a session"), error);
  kept->session = static_cast<linnet::Session&&>(*created);
  kept->model = &model->model;
  *session = kept;
  return report(Status(), error);
}

void linnet_session_free(linnet_session* session) { delete session; }

const char* linnet_session_isa(const linnet_session* session) { return session->session.isa(); }

size_t linnet_session_memory(const linnet_session* session) { return session->session.memory_bytes(); }

size_t linnet_session_threads(const linnet_session* session) { return session->session.threads(); }

size_t linnet_session_linear_layers(const linnet_session* session) { return session->session.linear_layers(); }

linnet_code linnet_session_linear_layer(const linnet_session* session, size_t index, linnet_linear_place* place,
                                        linnet_error* error) {
  if (session == nullptr || place == nullptr) return null_argument(error);
  *place = {};
  if (index >= session->session.linear_layers()) {
    return report(Status::error(Code::invalid_argument, "there is no linear layer %zu", index), error);
  }
  const linnet::LinearPlace known = session->session.linear_layer(index);
  const linnet::fbs::Op& op = *session->model->graph().ops()->Get(known.op);
  *place = {linnet::text_of(session->model->value(op.output()).name()), known.name, known.runs_on, known.reason};
  return report(Status(), error);
}

size_t linnet_model_heads(const linnet_model* model) { return linnet::count_of(model->model.graph().heads()); }

linnet_code linnet_model_head(const linnet_model* model, size_t index, linnet_head* head, linnet_error* error) {
  if (model == nullptr || head == nullptr) return null_argument(error);
  *head = {};
  const linnet::fbs::Head* found = head_at(model->model, index);
  if (found == nullptr) return report(no_head(index), error);
  *head = {static_cast<linnet_head_kind>(found->kind()), linnet::text_of(model->model.value(found->value()).name()),
           linnet::count_of(found->labels())};
  return report(Status(), error);
}

const char* linnet_model_label(const linnet_model* model, size_t head, size_t label) {
  const linnet::fbs::Head* found = head_at(model->model, head);
  if (found == nullptr || label >= linnet::count_of(found->labels())) return nullptr;
  return linnet::text_of(found->labels()->Get(static_cast<uint32_t>(label)));
}

linnet_code linnet_embed(linnet_session* session, const char* const* texts, const size_t* lengths, size_t count,
                         const char* prompt, float* out, size_t stride, linnet_error* error) {
  if (session == nullptr || (count > 0 && (texts == nullptr || out == nullptr))) return null_argument(error);
  const linnet::Result<uint32_t> output = session->model->find_value(nullptr);
  if (!output.ok()) return report(output.status(), error);
  return read_rows(session, *output, {texts, lengths}, {}, count, prompt, out, stride, error);
}

linnet_code linnet_classify(linnet_session* session, size_t head, const char* const* texts, const size_t* lengths,
                            const char* const* seconds, const size_t* second_lengths, size_t count, const char* prompt,
                            float* out, size_t stride, linnet_error* error) {
  if (session == nullptr || (count > 0 && (texts == nullptr || out == nullptr))) return null_argument(error);
  const linnet::fbs::Head* found = head_at(*session->model, head);
  if (found == nullptr) return report(no_head(head), error);
  if (found->kind() > linnet::fbs::HeadKind::Regression) {
    return report(
        Status::error(Code::unsupported, "head %zu says something of tokens: read its output by linnet_run", head),
        error);
  }
  const linnet_code code = read_rows(session, found->value(), {texts, lengths}, {seconds, second_lengths}, count,
                                     prompt, out, stride, error);
  if (code != LINNET_OK) return code;
  for (size_t i = 0; i < count; ++i) {
    const Status status = linnet::finish_scores(found->kind(), out + i * stride, linnet::count_of(found->labels()));
    if (!status.ok()) return report(Status::error(status.code(), "text %zu: %s", i, status.message()), error);
  }
  return report(Status(), error);
}

linnet_code linnet_tokenize(linnet_session* session, const char* text, size_t length, const char* prompt, int32_t* ids,
                            size_t capacity, size_t* count, linnet_error* error) {
  if (session == nullptr || text == nullptr || ids == nullptr || count == nullptr) return null_argument(error);
  *count = 0;
  const linnet::Result<const char*> prompt_text = session->model->find_prompt(prompt);
  if (!prompt_text.ok()) return report(prompt_text.status(), error);
  const linnet::Result<size_t> written =
      session->session.tokenize({text, length}, *prompt_text, session->model->max_tokens(), ids, capacity);
  if (!written.ok()) return report(written.status(), error);
  *count = *written;
  return report(Status(), error);
}

linnet_code linnet_run(linnet_session* session, const int32_t* ids, const size_t* lengths, size_t sequences,
                       const char* output, float* out, size_t stride, linnet_error* error) {
  if (session == nullptr || (sequences > 0 && (ids == nullptr || lengths == nullptr || out == nullptr))) {
    return null_argument(error);
  }
  const linnet::Result<uint32_t> value = session->model->find_value(output);
  if (!value.ok()) return report(value.status(), error);
  const linnet::Tap tap = {*value, out, stride};
  return report(session->session.run(ids, lengths, sequences, &tap, 1), error);
}

}  // extern "C"
