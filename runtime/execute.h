// Running the ops of a graph over one ragged batch.
#pragma once

#include "base/parallel.h"
#include "runtime/backends/backend_layers.h"
#include "runtime/kernels/kernels.h"
#include "runtime/plan.h"
#include "runtime/session.h"

namespace linnet {

// One pass: the batch of `plan` through the ops 0..last_op. After each op, on_value(op's output) may copy it out.
class Executor {
 public:
  Executor(const Model& model, const kernels::KernelTable& kernels, Plan& plan, const ParallelFor& parallel,
           const LinearObserver& observer, const StepObserver& step_observer, const backends::BackendLayers& backend)
      : model_(model),
        kernels_(kernels),
        plan_(plan),
        parallel_(parallel),
        observer_(observer),
        step_observer_(step_observer),
        backend_(backend) {}

  // Runs op `index`. Fails with non_finite, naming the op, the sequence and the token, when a row that has to be
  // quantized holds a NaN or an infinity.
  Status run_op(uint32_t index);

  // Fails with non_finite when a row of the value holds a NaN or an infinity.
  Status check_finite(uint32_t value) const;

 private:
  // The input rows, the output rows and what is done to them on the way, of one linear layer.
  struct LinearCall {
    uint32_t part;  // for the observer
    const fbs::Linear* linear;
    const float* x;
    size_t x_stride;
    size_t rows;
    kernels::Activation activation;
    const float* residual;
    size_t residual_stride;
    float* y;
    size_t y_stride;
    int8_t* q;  // for the quantized input, rows x int8_stride(in_width)
    float* q_scale;
    size_t first_row = 0;                         // what row 0 is in the whole batch, for errors
    const kernels::HeadsResult* heads = nullptr;  // where the rows go instead of y, from row 0 of the call
  };

  // Does the work, and tells the observer of steps when there is one.
  template <typename Work>
  void run_step(Step step, uint32_t part, size_t worker, uint64_t macs, Work&& work) const {
    if (step_observer_.record == nullptr) return work();
    const uint64_t begin = step_observer_.clock(step_observer_.self);
    work();
    step_observer_.record(step_observer_.self, {op_, part, step, static_cast<uint32_t>(worker), macs, begin,
                                                step_observer_.clock(step_observer_.self)});
  }

  bool is_int8(const fbs::Linear& linear) const;
  void observe(const LinearCall& call) const;
  void quantize_rows(const LinearCall& call, size_t begin, size_t end, size_t worker);
  void multiply(const LinearCall& call, size_t row_begin, size_t row_end, size_t n_begin, size_t n_end, size_t worker);
  template <typename Args>
  void multiply(const LinearCall& call, const Args& args, void (*gemm)(const Args&), size_t worker);
  void run_block(const LinearCall& call, size_t worker);
  void linear(const LinearCall& call);

  void embed(const fbs::Embed& op, const ValueBuffer& out);
  void norm(const fbs::Norm& op, const ValueBuffer& in, const ValueBuffer& out, size_t width, size_t rows);
  void attention(const fbs::Op& op);
  void project_int8_heads(const fbs::Attention& op, const ValueBuffer& in);
  void attention_core(const fbs::Attention& op);
  void feed_forward(const fbs::Op& op);
  void dense(const fbs::Op& op);
  void pool(const fbs::Op& op);
  void normalize(const fbs::Op& op);

  size_t rows_of(uint32_t value) const;
  const ValueBuffer& buffer(uint32_t value) const { return plan_.values[value]; }
  size_t block_rows(size_t rows) const;
  bool splits_columns(size_t rows) const;
  bool backend_takes(const LinearCall& call) const { return backends::kAny && backend_.takes(op_, call.part); }
  void report_row(size_t row);
  Status row_error(uint32_t value, size_t row) const;

  const Model& model_;
  const kernels::KernelTable& kernels_;
  Plan& plan_;
  const ParallelFor& parallel_;
  const LinearObserver& observer_;
  const StepObserver& step_observer_;
  const backends::BackendLayers& backend_;
  uint32_t op_ = 0;                               // the one that is running
  std::atomic<size_t> bad_row_{kernels::kNoRow};  // the first one that an op of this pass could not quantize
  std::atomic<bool> backend_failed_{false};
  Status backend_error_;  // written by the first worker whose product failed
};

}  // namespace linnet
