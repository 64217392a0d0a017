#include "runtime/execute.h"

namespace linnet {

namespace {

kernels::Activation kernel_activation(fbs::Activation activation) {
  switch (activation) {
    case fbs::Activation::Identity: return kernels::Activation::identity;
    case fbs::Activation::Relu: return kernels::Activation::relu;
    case fbs::Activation::Gelu: return kernels::Activation::gelu;
    case fbs::Activation::GeluTanh: return kernels::Activation::gelu_tanh;
    case fbs::Activation::GeluFixed: return kernels::Activation::gelu_fixed;
    case fbs::Activation::Silu: return kernels::Activation::silu;
    case fbs::Activation::QuickGelu: return kernels::Activation::quick_gelu;
    case fbs::Activation::Tanh: return kernels::Activation::tanh;
  }
  return kernels::Activation::identity;
}

kernels::Pooling kernel_pooling(fbs::PoolMode mode) {
  switch (mode) {
    case fbs::PoolMode::Mean: return kernels::Pooling::mean;
    case fbs::PoolMode::First: return kernels::Pooling::first;
    case fbs::PoolMode::Max: return kernels::Pooling::max;
    case fbs::PoolMode::MeanSqrtLength: return kernels::Pooling::mean_sqrt_length;
  }
  return kernels::Pooling::mean;
}

// The file and the kernels describe a segment in the same way, so that the file's own bytes can be handed on.
static_assert(sizeof(fbs::RotationSegment) == sizeof(kernels::RotationSegment));

size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

}  // namespace

size_t Executor::rows_of(uint32_t value) const {
  return model_.value(value).rows() == fbs::RowKind::Token ? plan_.batch.tokens : plan_.batch.sequences;
}

// Rows that one task takes: all workers get some, and a block never grows beyond what stays in the cache. The blocks of
// a worker are about even, and whole tiles of 16 rows.
size_t Executor::block_rows(size_t rows) const {
  const size_t share = ceil_div(rows, parallel_.workers);
  if (share <= kPanelRows) return share > 0 ? share : 1;
  return round_up(ceil_div(share, ceil_div(share, kPanelRows)), 16);
}

// Whether the rows are so few that the workers share the columns of a layer instead.
bool Executor::splits_columns(size_t rows) const {
  return parallel_.workers > 1 && rows < parallel_.workers * 16 && rows <= kPanelRows;
}

void Executor::report_row(size_t row) {
  size_t known = bad_row_.load(std::memory_order_relaxed);
  while (row < known && !bad_row_.compare_exchange_weak(known, row, std::memory_order_relaxed)) {
  }
}

Status Executor::row_error(uint32_t value, size_t row) const {
  const Batch& batch = plan_.batch;
  const bool token_rows = model_.value(value).rows() == fbs::RowKind::Token;
  size_t sequence = token_rows ? 0 : row, token = 0;
  if (token_rows) {
    while (batch.offsets[sequence + 1] <= row) ++sequence;
    token = row - batch.offsets[sequence];
  }
  return Status::error(Code::non_finite,
                       "%s: the row of sequence %zu, token %zu holds a NaN or an infinity (the weights are damaged, or "
                       "the input drives them out of range)",
                       text_of(model_.value(value).name()), batch.first_sequence + sequence, token);
}

Status Executor::check_finite(uint32_t value) const {
  const ValueBuffer& v = buffer(value);
  const size_t row = kernels_.find_non_finite(v.data, v.stride, rows_of(value), model_.value(value).width());
  if (row == kernels::kNoRow) return Status();
  return row_error(value, row);
}

Status Executor::run_op(uint32_t index) {
  op_ = index;
  const fbs::Op& op = *model_.graph().ops()->Get(index);
  const ValueBuffer& out = buffer(op.output());
  switch (op.body_type()) {
    case fbs::OpBody::Embed: embed(*op.body_as_Embed(), out); break;
    case fbs::OpBody::Norm:
      norm(*op.body_as_Norm(), buffer(op.inputs()->Get(0)), out, model_.value(op.output()).width(),
           rows_of(op.output()));
      break;
    case fbs::OpBody::Attention: attention(op); break;
    case fbs::OpBody::FeedForward: feed_forward(op); break;
    case fbs::OpBody::Dense: dense(op); break;
    case fbs::OpBody::Pool: pool(op); break;
    case fbs::OpBody::L2Normalize: normalize(op); break;
    case fbs::OpBody::NONE: return Status::error(Code::internal, "op %u is empty", index);
  }
  if (backend_failed_.load(std::memory_order_relaxed)) {
    return backend_error_.within(text_of(model_.value(op.output()).name()));
  }
  const size_t row = bad_row_.load(std::memory_order_relaxed);
  if (row == kernels::kNoRow) return Status();
  return row_error(op.output(), row);
}

bool Executor::is_int8(const fbs::Linear& linear) const {
  return model_.view().tensor(linear.weight())->type() == fbs::ElementType::S8;
}

void Executor::observe(const LinearCall& call) const {
  if (observer_.observe == nullptr) return;
  observer_.observe(observer_.self, op_, call.part, call.x, call.x_stride, call.rows);
}

void Executor::quantize_rows(const LinearCall& call, size_t begin, size_t end, size_t worker) {
  const fbs::Linear& l = *call.linear;
  const size_t q_stride = int8_stride(l.in_width());
  kernels::QuantizeRowsArgs args;
  args.x = call.x + begin * call.x_stride;
  args.x_stride = call.x_stride;
  args.rows = end - begin;
  args.width = l.in_width();
  args.input_scale = model_.view().data<float>(l.input_scale());
  args.segment_count = count_of(l.rotation());
  args.segments =
      args.segment_count > 0 ? reinterpret_cast<const kernels::RotationSegment*>(l.rotation()->Data()) : nullptr;
  args.q = call.q + begin * q_stride;
  args.q_stride = q_stride;
  args.scale = call.q_scale + begin;
  run_step(Step::quantize, call.part, worker, 0, [&] {
    const size_t row = kernels_.quantize_rows(args);
    if (row != kernels::kNoRow) report_row(call.first_row + begin + row);
  });
}

// A backend's product, which has all columns, or the table's.
template <typename Args>
void Executor::multiply(const LinearCall& call, const Args& args, void (*gemm)(const Args&), size_t worker) {
  const uint64_t macs = uint64_t{args.rows} * (args.n_end - args.n_begin) * args.in_width;
  run_step(Step::multiply, call.part, worker, macs, [&] {
    if constexpr (backends::kAny) {
      if (backend_takes(call)) {
        const Status status = backend_.multiply(op_, call.part, worker, args);
        if (!status.ok() && !backend_failed_.exchange(true)) backend_error_ = status;
        return;
      }
    }
    gemm(args);
  });
}

void Executor::multiply(const LinearCall& call, size_t row_begin, size_t row_end, size_t n_begin, size_t n_end,
                        size_t worker) {
  const fbs::Linear& l = *call.linear;
  const ModelView& view = model_.view();
  const auto fill = [&](auto* args) {
    args->rows = row_end - row_begin;
    args->in_width = l.in_width();
    args->out_width = l.out_width();
    args->n_begin = n_begin;
    args->n_end = n_end;
    args->bias = view.data<float>(l.bias());
    args->activation = call.activation;
    args->residual = call.residual != nullptr ? call.residual + row_begin * call.residual_stride : nullptr;
    args->residual_stride = call.residual_stride;
    args->y = call.y != nullptr ? call.y + row_begin * call.y_stride : nullptr;
    args->y_stride = call.y_stride;
  };
  if (is_int8(l)) {
    kernels::GemmS8Args args;
    fill(&args);
    args.q_stride = int8_stride(l.in_width());
    args.q = call.q + row_begin * args.q_stride;
    args.x_scale = call.q_scale + row_begin;
    args.weights = view.data<int8_t>(l.weight());
    args.weight_scale = view.data<float>(l.weight_scale());
    args.column_sum = view.data<int32_t>(l.column_sum());
    args.heads = nullptr;
    kernels::HeadsResult heads;
    if (call.heads != nullptr) {
      heads = *call.heads;
      heads.q8 += row_begin * kernels::head_stride(heads.head_width);
      heads.scale += row_begin;
      args.heads = &heads;
    }
    multiply(call, args, kernels_.gemm_s8, worker);
    if (args.heads != nullptr && heads.bad_row != kernels::kNoRow) {
      report_row(call.first_row + row_begin + heads.bad_row);
    }
  } else {
    kernels::GemmF32Args args;
    fill(&args);
    args.x = call.x + row_begin * call.x_stride;
    args.x_stride = call.x_stride;
    args.weights = view.data<float>(l.weight());
    multiply(call, args, kernels_.gemm_f32, worker);
  }
}

// All of a call on one worker.
void Executor::run_block(const LinearCall& call, size_t worker) {
  observe(call);
  if (is_int8(*call.linear)) quantize_rows(call, 0, call.rows, worker);
  multiply(call, 0, call.rows, 0, call.linear->out_width(), worker);
}

// Blocks of rows when there are enough of them for all workers, else (a short input) groups of columns, which a backend
// does not know.
void Executor::linear(const LinearCall& call) {
  observe(call);
  const size_t out_width = call.linear->out_width();
  const bool int8 = is_int8(*call.linear);
  const size_t block = block_rows(call.rows), blocks = ceil_div(call.rows, block);
  if (!splits_columns(call.rows) || backend_takes(call)) {
    parallel_(blocks, [&](size_t i, size_t worker) {
      const size_t begin = i * block, end = smaller(begin + block, call.rows);
      if (int8) quantize_rows(call, begin, end, worker);
      multiply(call, begin, end, 0, out_width, worker);
    });
    return;
  }
  if (int8) {
    parallel_(blocks, [&](size_t i, size_t worker) {
      quantize_rows(call, i * block, smaller((i + 1) * block, call.rows), worker);
    });
  }
  const size_t groups = ceil_div(out_width, 64), tasks = smaller(groups, parallel_.workers);
  parallel_(tasks, [&](size_t i, size_t worker) {
    multiply(call, 0, call.rows, groups * i / tasks * 64, smaller(groups * (i + 1) / tasks * 64, out_width), worker);
  });
}

void Executor::embed(const fbs::Embed& op, const ValueBuffer& out) {
  const ModelView& view = model_.view();
  const auto table = [&](int64_t index, int64_t scale) {
    kernels::EmbeddingTable t = {nullptr, nullptr, nullptr};
    if (index < 0) return t;
    if (view.tensor(index)->type() == fbs::ElementType::F32)
      t.f32 = view.data<float>(index);
    else
      t.s8 = view.data<int8_t>(index);
    t.scale = view.data<float>(scale);
    return t;
  };
  Batch& batch = plan_.batch;
  for (size_t s = 0; s < batch.sequences; ++s) {
    uint32_t position = op.position_offset();
    for (uint32_t t = batch.offsets[s]; t < batch.offsets[s + 1]; ++t) {
      const bool pad = op.position_pad_id() >= 0 && batch.word_rows[t] == static_cast<uint32_t>(op.position_pad_id());
      batch.position_rows[t] = pad ? op.position_offset() - 1 : position++;
    }
  }
  const size_t width = static_cast<size_t>(view.tensor(op.word())->shape()->Get(1));
  const kernels::EmbeddingTable types = table(op.token_type(), op.token_type_scale());
  // The same table from another row on: the kernel takes the first one.
  const auto from_row = [&](uint32_t row) {
    kernels::EmbeddingTable t = types;
    const size_t elements = row * round_up(width, 16);
    if (t.f32 != nullptr) t.f32 += elements;
    if (t.s8 != nullptr) t.s8 += elements;
    if (t.scale != nullptr) t.scale += row;
    return t;
  };
  kernels::EmbedArgs args;
  args.word = table(op.word(), op.word_scale());
  args.position = table(op.position(), op.position_scale());
  args.has_position = op.position() >= 0;
  args.has_token_type = op.token_type() >= 0;
  args.width = width;
  args.y_stride = out.stride;
  const size_t block = block_rows(batch.tokens);
  parallel_(ceil_div(batch.tokens, block), [&](size_t i, size_t worker) {
    const size_t stop = smaller((i + 1) * block, batch.tokens);
    run_step(Step::embed, 0, worker, 0, [&] {
      for (size_t begin = i * block, end = begin; begin < stop; begin = end) {
        kernels::EmbedArgs part = args;
        const uint32_t type = batch.type_rows[begin];
        while (end < stop && batch.type_rows[end] == type) ++end;
        part.token_type = from_row(type);
        part.tokens = end - begin;
        part.word_row = batch.word_rows + begin;
        part.position_row = batch.position_rows + begin;
        part.y = out.data + begin * out.stride;
        kernels_.embed(part);
      }
    });
  });
}

void Executor::norm(const fbs::Norm& op, const ValueBuffer& in, const ValueBuffer& out, size_t width, size_t rows) {
  const size_t block = block_rows(rows);
  parallel_(ceil_div(rows, block), [&](size_t i, size_t worker) {
    const size_t begin = i * block;
    const kernels::NormArgs args = {in.data + begin * in.stride,
                                    in.stride,
                                    smaller(block, rows - begin),
                                    width,
                                    model_.view().data<float>(op.gamma()),
                                    model_.view().data<float>(op.beta()),
                                    op.epsilon(),
                                    out.data + begin * out.stride,
                                    out.stride};
    run_step(Step::norm, 0, worker, 0, [&] { kernels_.norm(args); });
  });
}

void Executor::attention(const fbs::Op& op) {
  const fbs::Attention& a = *op.body_as_Attention();
  const ValueBuffer& in = buffer(op.inputs()->Get(0));
  const ValueBuffer& out = buffer(op.output());
  const size_t tokens = plan_.batch.tokens;
  if (a.int8_core()) {
    project_int8_heads(a, in);
  } else {
    linear({0, a.qkv(), in.data, in.stride, tokens, kernels::Activation::identity, nullptr, 0, plan_.qkv,
            plan_.qkv_stride, plan_.rows_q, plan_.rows_scale});
  }
  attention_core(a);
  const bool has_residual = op.inputs()->size() == 2;
  const ValueBuffer& residual = buffer(op.inputs()->Get(has_residual ? 1 : 0));
  linear({1, a.output(), plan_.context, plan_.context_stride, tokens, kernels::Activation::identity,
          has_residual ? residual.data : nullptr, residual.stride, out.data, out.stride, plan_.rows_q,
          plan_.rows_scale});
}

// Q, K and V are quantized head by head where they are made, or, when the kernels cannot do that, from a worker's
// memory.
void Executor::project_int8_heads(const fbs::Attention& op, const ValueBuffer& in) {
  const size_t rows = plan_.batch.tokens, stride = float_stride(op.qkv()->out_width());
  const size_t head_bytes = kernels::head_stride(op.head_width());
  const bool at_once = quantizes_heads_at_once(model_.view(), op);
  const kernels::HeadsResult result = {op.head_width(), plan_.max_tokens, plan_.heads_q, plan_.heads_scale,
                                       kernels::kNoRow};
  const auto part_of_result = [&](size_t begin) {
    kernels::HeadsResult part = result;
    part.q8 += begin * head_bytes;
    part.scale += begin;
    return part;
  };
  const auto projection = [&](size_t begin, size_t count, const WorkerScratch& scratch,
                              const kernels::HeadsResult* heads) {
    return LinearCall{0,
                      op.qkv(),
                      in.data + begin * in.stride,
                      in.stride,
                      count,
                      kernels::Activation::identity,
                      nullptr,
                      0,
                      at_once ? nullptr : scratch.panel,
                      stride,
                      scratch.panel_q,
                      scratch.panel_scale,
                      begin,
                      at_once ? heads : nullptr};
  };
  const auto quantize_heads = [&](size_t begin, size_t count, const float* qkv, size_t worker) {
    const kernels::HeadsResult part = part_of_result(begin);
    const kernels::QuantizeHeadsArgs args = {qkv,           stride,  count,     op.heads(), op.head_width(),
                                             part.capacity, part.q8, part.scale};
    run_step(Step::quantize_heads, 0, worker, 0, [&] {
      const size_t row = kernels_.quantize_heads(args);
      if (row != kernels::kNoRow) report_row(begin + row);
    });
  };
  const size_t block = block_rows(rows);
  if (splits_columns(rows)) {
    linear(projection(0, rows, plan_.worker[0], &result));
    if (at_once) return;
    parallel_(ceil_div(rows, block), [&](size_t i, size_t worker) {
      quantize_heads(i * block, smaller(block, rows - i * block), plan_.worker[0].panel + i * block * stride, worker);
    });
    return;
  }
  parallel_(ceil_div(rows, block), [&](size_t i, size_t worker) {
    const size_t begin = i * block, count = smaller(block, rows - begin);
    const kernels::HeadsResult part = part_of_result(begin);
    run_block(projection(begin, count, plan_.worker[worker], &part), worker);
    if (!at_once) quantize_heads(begin, count, plan_.worker[worker].panel, worker);
  });
}

// Every head of every sequence by itself.
void Executor::attention_core(const fbs::Attention& op) {
  const Batch& batch = plan_.batch;
  const size_t heads = op.heads(), head_width = op.head_width(), width = heads * head_width;
  const size_t head_bytes = kernels::head_stride(head_width), capacity = plan_.max_tokens;
  // The rows of the context end where a GEMM input is padded; the kernels write the heads only.
  const size_t padded = round_up(width, 64);
  if (padded > width) {
    for (size_t t = 0; t < batch.tokens; ++t) {
      for (size_t i = width; i < padded; ++i) plan_.context[t * plan_.context_stride + i] = 0.0f;
    }
  }
  if (bad_row_.load(std::memory_order_relaxed) != kernels::kNoRow) return;
  const float* bias = plan_.bias_centre[op_];
  parallel_(batch.sequences * heads, [&](size_t task, size_t worker) {
    const size_t sequence = task / heads, head = task % heads;
    const size_t begin = batch.offsets[sequence], length = batch.offsets[sequence + 1] - begin;
    const float* head_bias = bias != nullptr ? bias + head * plan_.bias_stride : nullptr;
    float* context = plan_.context + begin * plan_.context_stride + head * head_width;
    void* scratch = plan_.worker[worker].attention;
    const uint64_t macs = 2 * uint64_t{length} * length * head_width;
    if (op.int8_core()) {
      const auto q = [&](size_t part) {
        return plan_.heads_q + ((part * heads + head) * capacity + begin) * head_bytes;
      };
      const auto scale = [&](size_t part) { return plan_.heads_scale + (part * heads + head) * capacity + begin; };
      const kernels::AttentionS8Args args = {q(0),
                                             q(1),
                                             q(2),
                                             scale(0),
                                             scale(1),
                                             scale(2),
                                             length,
                                             0,
                                             length,
                                             head_width,
                                             head_bias,
                                             context,
                                             plan_.context_stride,
                                             scratch};
      run_step(Step::attention, 0, worker, macs, [&] { kernels_.attention_s8(args); });
    } else {
      const float* row = plan_.qkv + begin * plan_.qkv_stride + head * head_width;
      const kernels::AttentionF32Args args = {
          row,        row + width, row + 2 * width, plan_.qkv_stride,     length, 0, length,
          head_width, head_bias,   context,         plan_.context_stride, scratch};
      run_step(Step::attention, 0, worker, macs, [&] { kernels_.attention_f32(args); });
    }
  });
}

void Executor::feed_forward(const fbs::Op& op) {
  const fbs::FeedForward& f = *op.body_as_FeedForward();
  const ValueBuffer& in = buffer(op.inputs()->Get(0));
  const ValueBuffer& out = buffer(op.output());
  const bool has_residual = op.inputs()->size() == 2;
  const ValueBuffer& residual = buffer(op.inputs()->Get(has_residual ? 1 : 0));
  const size_t rows = rows_of(op.output());
  const size_t hidden_stride = float_stride(f.up()->out_width());
  const auto up = [&](size_t begin, size_t count, const WorkerScratch& scratch) {
    return LinearCall{0,
                      f.up(),
                      in.data + begin * in.stride,
                      in.stride,
                      count,
                      kernel_activation(f.activation()),
                      nullptr,
                      0,
                      scratch.panel,
                      hidden_stride,
                      scratch.panel_q,
                      scratch.panel_scale,
                      begin};
  };
  const auto down = [&](size_t begin, size_t count, const WorkerScratch& scratch) {
    return LinearCall{1,
                      f.down(),
                      scratch.panel,
                      hidden_stride,
                      count,
                      kernels::Activation::identity,
                      has_residual ? residual.data + begin * residual.stride : nullptr,
                      residual.stride,
                      out.data + begin * out.stride,
                      out.stride,
                      scratch.panel_q,
                      scratch.panel_scale,
                      begin};
  };
  if (splits_columns(rows)) {  // both layers, in the memory of the first worker
    linear(up(0, rows, plan_.worker[0]));
    linear(down(0, rows, plan_.worker[0]));
    return;
  }
  const size_t block = block_rows(rows);
  parallel_(ceil_div(rows, block), [&](size_t i, size_t worker) {
    const size_t begin = i * block, count = smaller(block, rows - begin);
    run_block(up(begin, count, plan_.worker[worker]), worker);
    run_block(down(begin, count, plan_.worker[worker]), worker);
  });
}

void Executor::dense(const fbs::Op& op) {
  const fbs::Dense& d = *op.body_as_Dense();
  const ValueBuffer& in = buffer(op.inputs()->Get(0));
  const ValueBuffer& out = buffer(op.output());
  const bool has_residual = op.inputs()->size() == 2;
  const ValueBuffer& residual = buffer(op.inputs()->Get(has_residual ? 1 : 0));
  linear({0, d.linear(), in.data, in.stride, rows_of(op.output()), kernel_activation(d.activation()),
          has_residual ? residual.data : nullptr, residual.stride, out.data, out.stride, plan_.rows_q,
          plan_.rows_scale});
}

void Executor::pool(const fbs::Op& op) {
  const ValueBuffer& in = buffer(op.inputs()->Get(0));
  const ValueBuffer& out = buffer(op.output());
  const Batch& batch = plan_.batch;
  parallel_(batch.sequences, [&](size_t s, size_t worker) {
    const kernels::PoolArgs args = {in.data + batch.offsets[s] * in.stride,    in.stride,
                                    batch.offsets[s + 1] - batch.offsets[s],   model_.value(op.output()).width(),
                                    kernel_pooling(op.body_as_Pool()->mode()), out.data + s * out.stride};
    run_step(Step::pool, 0, worker, 0, [&] { kernels_.pool(args); });
  });
}

void Executor::normalize(const fbs::Op& op) {
  const ValueBuffer& in = buffer(op.inputs()->Get(0));
  const ValueBuffer& out = buffer(op.output());
  const kernels::L2NormalizeArgs args = {in.data,  in.stride, rows_of(op.output()), model_.value(op.output()).width(),
                                         out.data, out.stride};
  run_step(Step::normalize, 0, 0, 0, [&] { kernels_.l2_normalize(args); });
}

}  // namespace linnet
