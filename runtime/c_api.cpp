#include "runtime/c_api.h"

#include <cstring>
#include <new>

#include "base/cores.h"
#include "linnet/linnet.h"
#include "model/layout.h"
#include "runtime/session.h"

namespace linnet::c_api {

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

Status read_options(const void* options, void* known, size_t bytes) {
  if (options == nullptr) return Status();
  size_t given;
  std::memcpy(&given, options, sizeof given);
  if (given < sizeof given || given > 4096) {
    return Status::error(Code::invalid_argument, "options.size must be the size of the struct of options");
  }
  std::memcpy(known, options, given < bytes ? given : bytes);
  return Status();
}

namespace {

// Texts [first, first + count); false when one is null.
bool get(const Texts& texts, size_t first, size_t count, Text* group) {
  for (size_t i = 0; i < count; ++i) {
    const char* const text = texts.texts[first + i];
    if (text == nullptr) return false;
    group[i] = {text, texts.lengths != nullptr ? texts.lengths[first + i] : std::strlen(text)};
  }
  return true;
}

}  // namespace

linnet_code in_groups(const Texts& texts, const Texts& seconds, size_t count, const GroupWork& work,
                      linnet_error* error) {
  constexpr size_t kGroup = 256;
  Text group[kGroup], second_group[kGroup];
  const bool pairs = seconds.texts != nullptr;
  for (size_t first = 0; first < count; first += kGroup) {
    const size_t here = count - first < kGroup ? count - first : kGroup;
    if (!get(texts, first, here, group) || (pairs && !get(seconds, first, here, second_group))) {
      return null_argument(error);
    }
    const Status status = work.run(work.self, group, pairs ? second_group : nullptr, first, here);
    if (!status.ok()) {
      return report(first == 0 ? status : Status::error(status.code(), "after %zu texts: %s", first, status.message()),
                    error);
    }
  }
  return report(Status(), error);
}

}  // namespace linnet::c_api

namespace {

using linnet::Code;
using linnet::Status;
using linnet::c_api::null_argument;
using linnet::c_api::report;

linnet_code keep(linnet::Result<linnet::Model> opened, linnet_model** model, linnet_error* error) {
  *model = nullptr;
  if (!opened.ok()) return report(opened.status(), error);
  linnet_model* kept = new (std::nothrow) linnet_model;
  if (kept == nullptr) return report(Status::error(Code::out_of_memory, "no memory for a model"), error);
  kept->model = static_cast<linnet::Model&&>(*opened);
  *model = kept;
  return report(Status(), error);
}

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
  linnet_session_options known = {};
  const Status status = linnet::c_api::read_options(options, &known, sizeof known);
  if (!status.ok()) return report(status, error);
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

linnet_code linnet_embed(linnet_session* session, const char* const* texts, const size_t* lengths, size_t count,
                         const char* prompt, float* out, size_t stride, linnet_error* error) {
  if (session == nullptr || (count > 0 && (texts == nullptr || out == nullptr))) return null_argument(error);
  const linnet::Result<uint32_t> output = session->model->find_value(nullptr);
  if (!output.ok()) return report(output.status(), error);
  const linnet::Result<const char*> prompt_text = session->model->find_prompt(prompt);
  if (!prompt_text.ok()) return report(prompt_text.status(), error);
  const auto embed = [&](const linnet::Text* group, const linnet::Text*, size_t first, size_t here) {
    return session->session.read(*output, group, here, *prompt_text, out + first * stride, stride);
  };
  return linnet::c_api::in_groups({texts, lengths}, {}, count, embed, error);
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
