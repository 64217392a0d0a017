#include "runtime/session.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "base/float_control.h"
#include "model/layout.h"
#include "runtime/backends/backend_layers.h"
#include "runtime/execute.h"
#include "runtime/linear_layers.h"
#include "runtime/plan.h"

namespace linnet {

namespace {

constexpr size_t kDefaultPassTokens = 1024;
constexpr size_t kDefaultPassSequences = 256;
constexpr size_t kMaxPassTokens = size_t{1} << 24;
constexpr size_t kMaxThreads = 256;

void* default_allocate(void*, size_t bytes, size_t alignment) {
#if defined(_WIN32)
  return _aligned_malloc(bytes, alignment);
#else
  return std::aligned_alloc(alignment, round_up(bytes, alignment));
#endif
}

void default_release(void*, void* memory) {
#if defined(_WIN32)
  _aligned_free(memory);
#else
  std::free(memory);
#endif
}

}  // namespace

struct Session::State {
  const Model* model = nullptr;
  const kernels::KernelTable* kernels = nullptr;
  Allocator allocator;
  void* tables = nullptr;
  void* buffers = nullptr;
  size_t memory_bytes = 0;
  Plan plan;
  ThreadPool pool;
  ParallelFor parallel;
  LinearObserver observer;
  StepObserver step_observer;
  backends::BackendLayers backend;

  ~State() {
    if (tables != nullptr) allocator.release(allocator.self, tables);
    if (buffers != nullptr) allocator.release(allocator.self, buffers);
  }

  // Runs one of the planning steps twice: to learn its size, then with memory.
  template <typename Step>
  Status allocate(void** block, Step&& step) {
    Carver counting(nullptr);
    step(&counting);
    const Checked bytes = counting.used() + 64;
    if (bytes.valid()) *block = allocator.allocate(allocator.self, bytes.value(), 64);
    if (*block == nullptr) {
      return Status::error(Code::out_of_memory,
                           "no memory for a session of %zu tokens and %zu sequences a pass (%llu bytes): use smaller "
                           "passes",
                           plan.max_tokens, plan.max_sequences, static_cast<unsigned long long>(bytes.value64()));
    }
    memory_bytes += bytes.value();
    Carver carver(static_cast<uint8_t*>(*block));
    step(&carver);
    return Status();
  }

  Status run_pass(uint32_t last_op, const Tap* taps, size_t tap_count, size_t token_base);
  Status add_to_batch(const int32_t* ids, size_t length, size_t second_begin);
  Result<size_t> tokenize_pair(const Text& first, const Text& second, const char* prompt, size_t* second_begin);
  void start_batch(size_t first_sequence) {
    plan.batch.tokens = 0;
    plan.batch.sequences = 0;
    plan.batch.first_sequence = first_sequence;
    plan.batch.offsets[0] = 0;
  }
  bool fits(size_t length) const {
    return plan.batch.sequences < plan.max_sequences && plan.batch.tokens < plan.pass_tokens &&
           plan.batch.tokens + length <= plan.max_tokens;
  }
  uint32_t last_op(const Tap* taps, size_t tap_count) const;
};

Session& Session::operator=(Session&& other) noexcept {
  State* const state = other.state_;
  other.state_ = state_;
  state_ = state;
  return *this;
}

Session::~Session() {
  if (state_ == nullptr) return;
  const Allocator allocator = state_->allocator;
  state_->~State();
  allocator.release(allocator.self, state_);
}

Result<Session> Session::create(const Model& model, const SessionOptions& options) {
  const Result<const kernels::KernelTable*> kernels =
      options.isa != nullptr ? kernels::select_table(options.isa) : kernels::select_table_from_environment();
  if (!kernels.ok()) return kernels.status();
  if (options.max_pass_tokens > kMaxPassTokens || options.max_pass_sequences > kMaxPassTokens) {
    return Status::error(Code::limit, "a pass of %zu tokens and %zu sequences is more than %zu of each",
                         options.max_pass_tokens, options.max_pass_sequences, kMaxPassTokens);
  }
  if (options.threads < 1 || options.threads > kMaxThreads) {
    return Status::error(Code::invalid_argument, "%zu threads; use 1 to %zu", options.threads, kMaxThreads);
  }
  Allocator allocator = options.allocator;
  if (allocator.allocate == nullptr || allocator.release == nullptr) {
    allocator = {default_allocate, default_release, nullptr};
  }
  void* memory = allocator.allocate(allocator.self, sizeof(State), 64);
  if (memory == nullptr) return Status::error(Code::out_of_memory, "no memory for a session");
  Session session;
  session.state_ = new (memory) State;
  State& state = *session.state_;
  state.allocator = allocator;
  state.model = &model;
  state.kernels = *kernels;
  if (options.parallel.run != nullptr) {
    state.parallel = options.parallel;
  } else {
    LINNET_RETURN_IF_ERROR(state.pool.start(options.threads));
    state.parallel = state.pool.parallel_for();
  }
  Plan& plan = state.plan;
  plan.workers = state.parallel.workers > 0 ? state.parallel.workers : 1;
  plan.max_tokens = options.max_pass_tokens;
  if (plan.max_tokens == 0) {
    plan.max_tokens = model.max_tokens() > kDefaultPassTokens ? model.max_tokens() : kDefaultPassTokens;
  }
  const size_t pass_tokens = kPassTokens * plan.workers;
  plan.pass_tokens = pass_tokens < plan.max_tokens ? pass_tokens : plan.max_tokens;
  plan.max_sequences = options.max_pass_sequences > 0 ? options.max_pass_sequences : kDefaultPassSequences;
  if (plan.max_sequences > plan.max_tokens) plan.max_sequences = plan.max_tokens;
  plan.max_length = plan.max_tokens < model.max_positions() ? plan.max_tokens : model.max_positions();
  LINNET_RETURN_IF_ERROR(state.allocate(&state.tables, [&](Carver* c) { plan.take_tables(model, c); }));
  plan.assign_slots(model);
  LINNET_RETURN_IF_ERROR(state.allocate(&state.buffers, [&](Carver* c) { plan.take_buffers(model, **kernels, c); }));
  plan.fill_position_biases(model);
  if (options.backend != nullptr && options.backend[0] != '\0') {
    Result<backends::BackendLayers> backend =
        backends::BackendLayers::create(options.backend, options.strict, model, **kernels, plan);
    if (!backend.ok()) return backend.status();
    state.backend = static_cast<backends::BackendLayers&&>(*backend);
    state.memory_bytes += state.backend.bytes();
  }
  return session;
}

uint32_t Session::State::last_op(const Tap* taps, size_t tap_count) const {
  uint32_t last = 0;
  for (uint32_t i = 0; i < model->graph().ops()->size(); ++i) {
    for (size_t k = 0; k < tap_count; ++k) {
      if (model->graph().ops()->Get(i)->output() == taps[k].value) last = i;
    }
  }
  return last;
}

// Appends one sequence to the batch; the caller has seen that it fits.
Status Session::State::add_to_batch(const int32_t* ids, size_t length, size_t second_begin) {
  Batch& batch = plan.batch;
  const size_t sequence = batch.first_sequence + batch.sequences;
  if (second_begin > length) {
    return Status::error(Code::invalid_argument, "sequence %zu has %zu tokens; a second text cannot begin at %zu",
                         sequence, length, second_begin);
  }
  if (length == 0) return Status::error(Code::invalid_argument, "sequence %zu is empty", sequence);
  if (length > plan.max_length) {
    return Status::error(Code::limit, "sequence %zu has %zu tokens; the model and this session allow %zu", sequence,
                         length, plan.max_length);
  }
  const uint64_t words = model->word_rows();
  for (size_t i = 0; i < length; ++i) {
    if (ids[i] < 0 || static_cast<uint64_t>(ids[i]) >= words) {
      return Status::error(Code::invalid_argument,
                           "token %zu of sequence %zu has the id %d; the model has ids 0 to %llu", i, sequence, ids[i],
                           static_cast<unsigned long long>(words - 1));
    }
    batch.word_rows[batch.tokens + i] = static_cast<uint32_t>(ids[i]);
  }
  const uint32_t second_type = model->tokenizer() != nullptr ? model->graph().tokenizer()->second_token_type() : 0;
  for (size_t i = 0; i < length; ++i) batch.type_rows[batch.tokens + i] = i < second_begin ? 0 : second_type;
  batch.tokens += length;
  batch.offsets[++batch.sequences] = static_cast<uint32_t>(batch.tokens);
  return Status();
}

// `token_base` is the number of tokens of the call's earlier passes.
Status Session::State::run_pass(uint32_t last_op_index, const Tap* taps, size_t tap_count, size_t token_base) {
  const DefaultFloatControl float_control;
  Executor executor(*model, *kernels, plan, parallel, observer, step_observer, backend);
  for (uint32_t i = 0; i <= last_op_index; ++i) {
    LINNET_RETURN_IF_ERROR(executor.run_op(i));
    const uint32_t output = model->graph().ops()->Get(i)->output();
    for (size_t k = 0; k < tap_count; ++k) {
      if (taps[k].value != output) continue;
      LINNET_RETURN_IF_ERROR(executor.check_finite(output));
      const ValueBuffer& value = plan.values[output];
      const bool token_rows = model->value(output).rows() == fbs::RowKind::Token;
      const size_t rows = token_rows ? plan.batch.tokens : plan.batch.sequences;
      const size_t first = token_rows ? token_base : plan.batch.first_sequence;
      for (size_t r = 0; r < rows; ++r) {
        const float* const row = value.data + r * value.stride;
        if (taps[k].see != nullptr) {
          taps[k].see(taps[k].self, first + r, row);
        } else {
          std::memcpy(taps[k].out + (first + r) * taps[k].stride, row, model->value(output).width() * sizeof(float));
        }
      }
    }
  }
  return Status();
}

Status Session::run(const int32_t* ids, const size_t* lengths, size_t sequences, const Tap* taps, size_t tap_count,
                    const size_t* second_begins) {
  State& state = *state_;
  for (size_t k = 0; k < tap_count; ++k) {
    if (taps[k].value >= count_of(state.model->graph().values()) ||
        (taps[k].see == nullptr && taps[k].stride < state.model->value(taps[k].value).width())) {
      return Status::error(Code::invalid_argument, "tap %zu names no value, or its stride is below the value's width",
                           k);
    }
  }
  if (tap_count == 0 || sequences == 0) return Status();
  const uint32_t last_op = state.last_op(taps, tap_count);
  size_t token_base = 0;
  state.start_batch(0);
  for (size_t s = 0; s < sequences; ++s) {
    if (!state.fits(lengths[s]) && state.plan.batch.sequences > 0) {
      LINNET_RETURN_IF_ERROR(state.run_pass(last_op, taps, tap_count, token_base));
      token_base += state.plan.batch.tokens;
      state.start_batch(s);
    }
    LINNET_RETURN_IF_ERROR(
        state.add_to_batch(ids, lengths[s], second_begins != nullptr ? second_begins[s] : lengths[s]));
    ids += lengths[s];
  }
  return state.run_pass(last_op, taps, tap_count, token_base);
}

namespace {

Status no_tokenizer() {
  return Status::error(Code::unsupported, "the model has no tokenizer: give it token ids ('linnet run')");
}

}  // namespace

Result<size_t> Session::tokenize(const Text& text, const char* prompt, size_t max_tokens, int32_t* ids, size_t capacity,
                                 TokenSpan* spans) {
  const Tokenizer* tokenizer = state_->model->tokenizer();
  if (tokenizer == nullptr) return no_tokenizer();
  if (prompt == nullptr) prompt = "";
  return tokenizer->encode(prompt, std::strlen(prompt), text.data, text.bytes, max_tokens,
                           state_->plan.tokenizer_scratch, ids, capacity, spans);
}

Result<size_t> Session::tokenize_alone(const Text& text, int32_t* ids, size_t capacity, TokenSpan* spans) {
  const Tokenizer* tokenizer = state_->model->tokenizer();
  if (tokenizer == nullptr) return no_tokenizer();
  return tokenizer->encode_alone("", 0, text.data, text.bytes, SIZE_MAX, state_->plan.tokenizer_scratch, ids, capacity,
                                 spans);
}

Result<size_t> Session::State::tokenize_pair(const Text& first, const Text& second, const char* prompt,
                                             size_t* second_begin) {
  const Tokenizer* tokenizer = model->tokenizer();
  if (tokenizer == nullptr) return no_tokenizer();
  if (prompt == nullptr) prompt = "";
  return tokenizer->encode_pair(prompt, std::strlen(prompt), first.data, first.bytes, second.data, second.bytes,
                                model->max_tokens(), plan.tokenizer_scratch, plan.ids,
                                Tokenizer::pair_capacity(model->max_tokens()), second_begin);
}

Status Session::embed(const Text* texts, size_t count, const char* prompt, float* out, size_t stride) {
  const Result<uint32_t> output = state_->model->find_value(nullptr);
  if (!output.ok()) return output.status();
  return read(*output, texts, count, prompt, out, stride);
}

Status Session::read(uint32_t index, const Text* texts, size_t count, const char* prompt, float* out, size_t stride,
                     const Text* seconds, bool one_first) {
  State& state = *state_;
  const fbs::Value& value = state.model->value(index);
  if (value.rows() != fbs::RowKind::Sequence) {
    return Status::error(Code::unsupported, "the output '%s' has one row a token: the model makes no embeddings",
                         text_of(value.name()));
  }
  if (stride < value.width()) {
    return Status::error(Code::invalid_argument, "the rows of the result hold %zu floats, an embedding has %u", stride,
                         value.width());
  }
  const Tap tap = {index, out, stride};
  const uint32_t last_op = state.last_op(&tap, 1);
  state.start_batch(0);
  for (size_t i = 0; i < count; ++i) {
    size_t second_begin = 0;
    const size_t most = state.model->max_tokens();
    const Text& text = texts[one_first ? 0 : i];
    const Result<size_t> length = seconds != nullptr ? state.tokenize_pair(text, seconds[i], prompt, &second_begin)
                                                     : tokenize(text, prompt, most, state.plan.ids, most);
    if (!length.ok()) {
      return Status::error(length.status().code(), "text %zu: %s", i, length.status().message());
    }
    if (!state.fits(*length)) {
      LINNET_RETURN_IF_ERROR(state.run_pass(last_op, &tap, 1, 0));
      state.start_batch(i);
    }
    LINNET_RETURN_IF_ERROR(state.add_to_batch(state.plan.ids, *length, seconds != nullptr ? second_begin : *length));
  }
  return count > 0 ? state.run_pass(last_op, &tap, 1, 0) : Status();
}

void Session::set_observer(const LinearObserver& observer) { state_->observer = observer; }
void Session::set_step_observer(const StepObserver& observer) { state_->step_observer = observer; }
size_t Session::linear_layers() const {
  size_t count = 0;
  (void)each_linear(*state_->model, [&](uint32_t, uint32_t, const fbs::Linear&) {
    ++count;
    return Status();
  });
  return count;
}

LinearPlace Session::linear_layer(size_t index) const {
  const State& state = *state_;
  LinearPlace place = {};
  size_t next = 0;
  (void)each_linear(*state.model, [&](uint32_t op, uint32_t part, const fbs::Linear& linear) {
    if (next++ != index) return Status();
    const bool int8 = state.model->view().tensor(linear.weight())->type() == fbs::ElementType::S8;
    const bool taken = state.backend.takes(op, part);
    place = {op, part, linear_name(*state.model, op, part),
             taken ? state.backend.name() : kernels::kernel_name(*state.kernels, int8 ? "gemm_s8" : "gemm_f32"),
             state.backend.reason(op, part)};
    return Status();
  });
  return place;
}

const char* Session::isa() const { return state_->kernels->isa; }
size_t Session::threads() const { return state_->plan.workers; }
size_t Session::max_pass_tokens() const { return state_->plan.max_tokens; }
const Allocator& Session::allocator() const { return state_->allocator; }
size_t Session::memory_bytes() const { return state_->memory_bytes + sizeof(State); }

}  // namespace linnet
