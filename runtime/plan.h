// What a session decides before it runs: which buffer every value lives in, how much scratch memory the ops need, and
// where all of it lies in one block of memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/checked.h"
#include "runtime/kernels/kernels.h"
#include "runtime/session.h"

namespace linnet {

// Hands out pieces of a block, 64-byte aligned. Run once without a block to learn the size, once with it.
class Carver {
 public:
  explicit Carver(uint8_t* block) : block_(block) {}

  template <typename T>
  T* take(Checked count) {
    const Checked begin = used_;
    used_ = (used_ + count * sizeof(T)).aligned(64);
    return block_ == nullptr || !used_.valid() ? nullptr : reinterpret_cast<T*>(block_ + begin.value());
  }
  Checked used() const { return used_; }

 private:
  uint8_t* block_;
  Checked used_ = 0;
};

// Elements from one row of floats to the next: whole cache lines of 16 floats and whole GEMM groups of 64, and not a
// multiple of 4 KiB, where all rows would fall into the same cache sets.
inline size_t float_stride(size_t width) {
  const size_t stride = round_up(width, 64);
  return stride % 1024 == 0 ? stride + 16 : stride;
}
// The same for rows of int8.
inline size_t int8_stride(size_t width) {
  const size_t stride = round_up(width, 64);
  return stride % 4096 == 0 ? stride + 64 : stride;
}

// Whether the INT8 heads of an attention op come straight out of its QKV layer.
bool quantizes_heads_at_once(const ModelView& model, const fbs::Attention& attention);

// Where a value lives. Values that are never needed at the same time share memory.
struct ValueBuffer {
  float* data = nullptr;
  size_t stride = 0;
};

// Memory that several values take turns in.
struct Slot {
  size_t stride;
  fbs::RowKind rows;
  uint32_t free_after;  // the last op that needs the value that is in it
};

// Rows that one worker takes through the layers of an op at a time: what lies between the layers (1536 floats a row in
// MiniLM) stays in the L2 cache, and the weights are read as seldom as possible. Of 32, 64, 128 and 256 rows the last
// two were fastest.
inline constexpr size_t kPanelRows = 128;

// Tokens per worker after which a batch goes on in another pass. With more, the rows of a pass no longer stay in the L2
// cache from one op to the next, which costs more than reading the weights again.
inline constexpr size_t kPassTokens = 512;

// Memory of one worker.
struct WorkerScratch {
  int8_t* panel_q = nullptr;  // quantized rows of a panel
  float* panel_scale = nullptr;
  float* panel = nullptr;  // what is between the two layers of a feed-forward block, or Q, K and V before quantization
  void* attention = nullptr;
};

// The ragged batch of one pass.
struct Batch {
  size_t tokens = 0;
  size_t sequences = 0;
  size_t first_sequence = 0;      // of the whole call
  uint32_t* offsets = nullptr;    // [sequences + 1]
  uint32_t* word_rows = nullptr;  // [tokens]: the token ids
  uint32_t* position_rows = nullptr;
  uint32_t* type_rows = nullptr;  // [tokens]: 0, or the type of a second text
};

struct Plan {
  size_t max_tokens = 0;  // in one pass
  size_t max_sequences = 0;
  size_t max_length = 0;   // of one sequence
  size_t pass_tokens = 0;  // a pass with so many tokens takes no more sequences
  size_t workers = 1;

  // Tables, whose sizes follow from the graph's own.
  ValueBuffer* values = nullptr;  // [values]
  uint32_t* slot_of = nullptr;    // [values]: values with the same slot share memory
  uint32_t* last_use = nullptr;   // [values]: the last op that reads or writes it
  Slot* slots = nullptr;          // [slot_count], at most one a value
  size_t slot_count = 0;
  const float** bias_centre = nullptr;  // [ops]: for attention with a position bias, head 0 at distance 0; else null

  // Buffers.
  size_t bias_stride = 0;  // from head to head

  int8_t* rows_q = nullptr;  // quantized rows of a whole pass
  float* rows_scale = nullptr;
  float* qkv = nullptr;  // for attention in floats
  size_t qkv_stride = 0;
  int8_t* heads_q = nullptr;
  float* heads_scale = nullptr;
  float* context = nullptr;
  size_t context_stride = 0;
  WorkerScratch* worker = nullptr;  // [workers]

  Batch batch;
  int32_t* ids = nullptr;  // what the tokenizer writes: [max_tokens of the model], twice that where it takes pairs
  void* tokenizer_scratch = nullptr;

  // The two steps of planning; each runs twice, without memory to learn its size and with it. The limits and the
  // number of workers are set before.
  void take_tables(const Model& model, Carver* carver);
  void assign_slots(const Model& model);  // once the tables have memory
  void take_buffers(const Model& model, const kernels::KernelTable& kernels, Carver* carver);
  void fill_position_biases(const Model& model);  // once the buffers have memory

  // Floats from one input row of a linear layer (runtime/linear_layers.h) to the next.
  size_t linear_input_stride(const Model& model, uint32_t op, uint32_t part) const;

 private:
  float** bias_tables_ = nullptr;  // [ops]: the memory behind bias_centre, for the op that owns it
};

}  // namespace linnet
