// Running a model: the C++ interface that the tools use. The stable interface for programs is linnet/linnet.h.
//
// A Model is immutable and may be shared by any number of threads. A Session belongs to one caller at a time; several
// sessions may run over one model at once. After a session is created nothing allocates.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/file_map.h"
#include "base/parallel.h"
#include "base/status.h"
#include "model/view.h"
#include "runtime/text/tokenizer.h"

namespace linnet {

class Model {
 public:
  Model() = default;
  Model(Model&&) noexcept = default;
  Model& operator=(Model&&) noexcept = default;

  // Maps and verifies a file.
  static Result<Model> open(const char* path);
  // The same for a mapping made elsewhere (FileMap::open_descriptor).
  static Result<Model> from_map(FileMap map);
  // Uses bytes that the caller keeps, 64-byte aligned.
  static Result<Model> from_memory(const uint8_t* bytes, size_t size);

  const ModelView& view() const { return view_; }
  const fbs::Model& graph() const { return *view_.graph(); }

  // Null when the model has no tokenizer.
  const Tokenizer* tokenizer() const { return has_tokenizer_ ? &tokenizer_ : nullptr; }

  // The longest sequence that the position tables allow (kMaxSequence without any); max_tokens is where text is cut.
  size_t max_positions() const { return max_positions_; }
  size_t max_tokens() const { return graph().max_tokens(); }

  // Token ids are below this: the rows of the smallest word table.
  uint64_t word_rows() const { return word_rows_; }

  // The value named `name`, or the default output for null or "". Unknown names are an error that lists the outputs.
  Result<uint32_t> find_value(const char* name) const;
  const fbs::Value& value(uint32_t index) const { return *graph().values()->Get(index); }

  // The text of the prompt named `name`; the default prompt (often empty) for null. Unknown names are an error.
  Result<const char*> find_prompt(const char* name) const;

 private:
  Status initialize();

  FileMap map_;
  ModelView view_;
  Tokenizer tokenizer_;
  bool has_tokenizer_ = false;
  size_t max_positions_ = 0;
  uint64_t word_rows_ = 0;
};

// Where a session's memory comes from. `allocate` returns null when there is none; `release` gets the same pointer.
struct Allocator {
  void* (*allocate)(void* self, size_t bytes, size_t alignment) = nullptr;
  void (*release)(void* self, void* memory) = nullptr;
  void* self = nullptr;
};

struct SessionOptions {
  // The most tokens and sequences in one pass through the network; larger calls run in several passes. Memory grows
  // with both. 0: 1,024 tokens (or the model's max_tokens if that is more), and 256 sequences.
  size_t max_pass_tokens = 0;
  size_t max_pass_sequences = 0;
  size_t threads = 1;         // ours; not used when `parallel` is given
  const char* isa = nullptr;  // a name that `linnet cpu` lists; null: LINNET_ISA, else the best
  // Another library for the matrix products of linear layers, "onednn" or "xnnpack", where this build has it: for float
  // models, whose outputs are then only nearly the same; oneDNN for INT8 ones, too, with the same bytes. It prepares
  // its own copy of the weights for each session, and allocates while it runs. Layers that it does not take run here,
  // or with `strict` are an error.
  const char* backend = nullptr;
  bool strict = false;
  ParallelFor parallel;  // the host's own parallel for
  Allocator allocator;   // null functions: the C library's
};

// A text by pointer and length; it may hold any bytes.
struct Text {
  const char* data;
  size_t bytes;
};

// A value to be read out of a run, one row of `width` floats per token or per sequence of the whole call: `out`
// receives the rows, `stride` elements apart; or `see`, where there is one, is called with each of them, in their order
// and by the calling thread, and `out` and `stride` do not matter.
struct Tap {
  uint32_t value;
  float* out;
  size_t stride;
  void (*see)(void* self, size_t row, const float* scores) = nullptr;
  void* self = nullptr;
};

// Sees the float input rows of linear layers right before they are multiplied: part 0 is the first linear layer of op
// `op` (QKV, the first of a feed-forward block), part 1 the second. With one thread the rows come in order.
struct LinearObserver {
  void (*observe)(void* self, uint32_t op, uint32_t part, const float* x, size_t stride, size_t rows) = nullptr;
  void* self = nullptr;
};

// What the work of an op consists of. `quantize` is the input rows of a linear layer, `multiply` its matrix product
// with everything that is done to the sums.
enum class Step : uint8_t { embed, norm, quantize, multiply, quantize_heads, attention, pool, normalize };

struct StepRecord {
  uint32_t op;
  uint32_t part;  // the linear layer of the op, as LinearObserver counts them; 0 for other steps
  Step step;
  uint32_t worker;
  uint64_t macs;        // multiply-accumulates of matrix products
  uint64_t begin, end;  // of the observer's clock
};

// Where a linear layer runs.
struct LinearPlace {
  uint32_t op, part;    // as LinearObserver counts them
  const char* name;     // "qkv", "output", "up", "down" or "dense"
  const char* runs_on;  // "onednn", "xnnpack" or the kernel: "gemm_f32_s8s8_32x32_amx"
  const char* reason;   // why the session's backend does not take it; null when it does, or when there is none
};

// Sees each piece of work that a worker did. Called by the worker's own thread: no two calls of one worker at a time.
struct StepObserver {
  uint64_t (*clock)(void* self) = nullptr;
  void (*record)(void* self, const StepRecord& record) = nullptr;
  void* self = nullptr;
};

class Session {
 public:
  Session() = default;
  Session(Session&& other) noexcept : state_(other.state_) { other.state_ = nullptr; }
  Session& operator=(Session&& other) noexcept;
  ~Session();

  // The model must outlive the session.
  static Result<Session> create(const Model& model, const SessionOptions& options = {});

  // Runs sequences of token ids (concatenated; `lengths` says how many each) and copies values out. A length of 0, one
  // above model.max_positions() or above the session's max_pass_tokens, or an id outside the vocabulary is an error
  // that names the sequence. Ops after the last tapped value do not run.
  // Where a sequence is two texts, `second_begins` (null: nowhere) says at which of its tokens the second one begins;
  // its length where it is one text.
  Status run(const int32_t* ids, const size_t* lengths, size_t sequences, const Tap* taps, size_t tap_count,
             const size_t* second_begins = nullptr);

  // Embeds texts, each behind the text `prompt` (null: none): one row of the default output per text, written to out +
  // i * stride. The output must have one row per sequence.
  Status embed(const Text* texts, size_t count, const char* prompt, float* out, size_t stride);
  // The same for the value `value` (below the number of values), which must have one row per sequence. With `seconds`,
  // each sequence is a pair, texts[i] and seconds[i], and the prompt stands before the first; with `one_first`, *texts
  // is the first text of all pairs.
  Status read(uint32_t value, const Text* texts, size_t count, const char* prompt, float* out, size_t stride,
              const Text* seconds = nullptr, bool one_first = false);

  // Tokenizes one text as embed does; max_tokens = 0 turns truncation off (then more than `capacity` ids is an error).
  // `spans` ([capacity], or null) as in Tokenizer::encode.
  Result<size_t> tokenize(const Text& text, const char* prompt, size_t max_tokens, int32_t* ids, size_t capacity,
                          TokenSpan* spans = nullptr);
  // The tokens of a text alone, all of them, without special ones: what sequences can be made of by hand.
  Result<size_t> tokenize_alone(const Text& text, int32_t* ids, size_t capacity, TokenSpan* spans = nullptr);

  // For calibration: calls the observer during every later run, until it is set to {}.
  void set_observer(const LinearObserver& observer);

  // For profiling: the same. Without one nothing is measured.
  void set_step_observer(const StepObserver& observer);

  const char* isa() const;
  size_t linear_layers() const;
  LinearPlace linear_layer(size_t index) const;  // index < linear_layers()
  size_t threads() const;
  size_t max_pass_tokens() const;
  size_t memory_bytes() const;         // what the session allocated
  const Allocator& allocator() const;  // where it did

 private:
  struct State;
  State* state_ = nullptr;
};

}  // namespace linnet
