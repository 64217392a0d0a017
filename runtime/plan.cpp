#include "runtime/plan.h"

#include <cstddef>

namespace linnet {

namespace {

// The widest of everything that ops share.
struct Widths {
  size_t token_input = 0;     // quantized input of a linear layer, for a whole pass
  size_t sequence_input = 0;  // the same with one row a sequence
  size_t panel_input = 0;     // quantized input of a layer, for a panel
  size_t panel = 0;
  size_t qkv = 0;
  size_t context = 0;
  size_t heads_bytes = 0;  // per token, of Q, K and V of all heads
  size_t heads = 0;
  size_t attention_scratch = 0;

  static void raise(size_t* most, size_t value) { *most = value > *most ? value : *most; }
};

// The first op whose position bias is the tensor of op `index`; that one owns the expanded table.
uint32_t bias_owner(const fbs::Model& graph, uint32_t index) {
  const int32_t tensor = graph.ops()->Get(index)->body_as_Attention()->position_bias();
  for (uint32_t i = 0; i < index; ++i) {
    const fbs::Attention* attention = graph.ops()->Get(i)->body_as_Attention();
    if (attention != nullptr && attention->position_bias() == tensor) return i;
  }
  return index;
}

Widths measure(const Model& model, const kernels::KernelTable& kernels, size_t max_length) {
  Widths w;
  const fbs::Model& graph = model.graph();
  for (uint32_t i = 0; i < graph.ops()->size(); ++i) {
    const fbs::Op& op = *graph.ops()->Get(i);
    if (const fbs::Attention* a = op.body_as_Attention()) {
      const size_t width = size_t{a->heads()} * a->head_width();
      Widths::raise(&w.token_input, a->qkv()->in_width());
      Widths::raise(&w.token_input, width);
      Widths::raise(&w.context, width);
      if (!a->int8_core()) {
        Widths::raise(&w.qkv, 3 * width);
      } else {
        Widths::raise(&w.panel_input, a->qkv()->in_width());
        if (!quantizes_heads_at_once(model.view(), *a)) Widths::raise(&w.panel, 3 * width);
        Widths::raise(&w.heads, 3 * size_t{a->heads()});
        Widths::raise(&w.heads_bytes, 3 * a->heads() * kernels::head_stride(a->head_width()));
      }
      Widths::raise(&w.attention_scratch, a->int8_core() ? kernels.attention_s8_scratch(max_length, a->head_width())
                                                         : kernels.attention_f32_scratch(max_length, a->head_width()));
    } else if (const fbs::FeedForward* f = op.body_as_FeedForward()) {
      Widths::raise(&w.panel_input, f->up()->in_width());
      Widths::raise(&w.panel_input, f->up()->out_width());
      Widths::raise(&w.panel, f->up()->out_width());
    } else if (const fbs::Dense* d = op.body_as_Dense()) {
      const bool token = model.value(op.output()).rows() == fbs::RowKind::Token;
      Widths::raise(token ? &w.token_input : &w.sequence_input, d->linear()->in_width());
    }
  }
  return w;
}

// Whether the op may write its output over an input that nobody needs afterwards: each of these reads a row of its
// inputs to the end before it writes that row, and a residual element right before it writes that element.
bool may_overwrite_input(fbs::OpBody kind) {
  return kind == fbs::OpBody::Norm || kind == fbs::OpBody::L2Normalize || kind == fbs::OpBody::Attention ||
         kind == fbs::OpBody::FeedForward;
}

}  // namespace

bool quantizes_heads_at_once(const ModelView& model, const fbs::Attention& attention) {
  return model.tensor(attention.qkv()->weight())->type() == fbs::ElementType::S8 &&
         kernels::can_quantize_heads(attention.head_width(), attention.qkv()->out_width());
}

void Plan::take_tables(const Model& model, Carver* carver) {
  const uint32_t value_count = count_of(model.graph().values());
  const uint32_t op_count = model.graph().ops()->size();
  values = carver->take<ValueBuffer>(value_count);
  slot_of = carver->take<uint32_t>(value_count);
  last_use = carver->take<uint32_t>(value_count);
  slots = carver->take<Slot>(value_count);
  bias_centre = carver->take<const float*>(op_count);
  bias_tables_ = carver->take<float*>(op_count);
}

// A greedy walk in execution order: an output takes the slot of an input that dies here when the op allows it, else any
// free slot of its kind, else a new one.
void Plan::assign_slots(const Model& model) {
  const fbs::Model& graph = model.graph();
  for (uint32_t i = 0; i < graph.ops()->size(); ++i) {
    const fbs::Op& op = *graph.ops()->Get(i);
    last_use[op.output()] = i;
    for (uint32_t k = 0; k < count_of(op.inputs()); ++k) last_use[op.inputs()->Get(k)] = i;
  }
  slot_count = 0;
  for (uint32_t i = 0; i < graph.ops()->size(); ++i) {
    const fbs::Op& op = *graph.ops()->Get(i);
    const fbs::Value& value = model.value(op.output());
    size_t chosen = slot_count;
    for (uint32_t k = 0; k < count_of(op.inputs()) && may_overwrite_input(op.body_type()); ++k) {
      const uint32_t input = op.inputs()->Get(k);
      const fbs::Value& in = model.value(input);
      const bool same_shape = in.rows() == value.rows() && in.width() == value.width();
      if (last_use[input] == i && same_shape) chosen = slot_of[input];
    }
    for (size_t s = 0; s < slot_count && chosen == slot_count; ++s) {
      if (slots[s].rows == value.rows() && slots[s].free_after < i) chosen = s;
    }
    if (chosen == slot_count) slots[slot_count++] = {0, value.rows(), 0};
    Slot& slot = slots[chosen];
    const size_t stride = float_stride(value.width());
    if (stride > slot.stride) slot.stride = stride;
    slot.free_after = last_use[op.output()];
    slot_of[op.output()] = static_cast<uint32_t>(chosen);
  }
}

void Plan::take_buffers(const Model& model, const kernels::KernelTable& kernels, Carver* carver) {
  const fbs::Model& graph = model.graph();
  const Widths w = measure(model, kernels, max_length);
  for (size_t s = 0; s < slot_count; ++s) {
    const size_t rows = slots[s].rows == fbs::RowKind::Token ? max_tokens : max_sequences;
    float* data = carver->take<float>(Checked(rows) * slots[s].stride);
    for (uint32_t v = 0; v < count_of(graph.values()); ++v) {
      if (slot_of[v] == s) values[v] = {data, float_stride(model.value(v).width())};
    }
  }

  batch.offsets = carver->take<uint32_t>(Checked(max_sequences) + 1);
  batch.word_rows = carver->take<uint32_t>(max_tokens);
  batch.position_rows = carver->take<uint32_t>(max_tokens);
  batch.type_rows = carver->take<uint32_t>(max_tokens);
  const bool pairs = model.tokenizer() != nullptr && model.tokenizer()->takes_pairs();
  ids = carver->take<int32_t>(pairs ? Tokenizer::pair_capacity(model.max_tokens()) : model.max_tokens());
  tokenizer_scratch = carver->take<uint8_t>(model.tokenizer() != nullptr ? model.tokenizer()->scratch_bytes() : 0);

  const Checked token_q = Checked(max_tokens) * int8_stride(w.token_input);
  const Checked sequence_q = Checked(max_sequences) * int8_stride(w.sequence_input);
  rows_q = carver->take<int8_t>(token_q + sequence_q);
  rows_scale = carver->take<float>(Checked(max_tokens) + max_sequences);
  qkv_stride = float_stride(w.qkv);
  qkv = carver->take<float>(Checked(max_tokens) * qkv_stride);
  heads_q = carver->take<int8_t>(Checked(max_tokens) * w.heads_bytes + 64);
  heads_scale = carver->take<float>(Checked(max_tokens) * w.heads + 16);
  context_stride = float_stride(w.context);
  context = carver->take<float>(Checked(max_tokens) * context_stride);
  worker = carver->take<WorkerScratch>(workers);
  for (size_t i = 0; i < workers; ++i) {
    WorkerScratch scratch;
    scratch.panel_q = carver->take<int8_t>(Checked(kPanelRows) * int8_stride(w.panel_input));
    scratch.panel_scale = carver->take<float>(kPanelRows);
    scratch.panel = carver->take<float>(Checked(kPanelRows) * float_stride(w.panel));
    scratch.attention = carver->take<uint8_t>(w.attention_scratch);
    if (worker != nullptr) worker[i] = scratch;
  }

  // bias[t - j] for -(max_length - 1) <= t - j <= max_length - 1, and 16 readable floats at both ends.
  bias_stride = round_up(2 * max_length + 32, 16);
  for (uint32_t i = 0; i < graph.ops()->size(); ++i) {
    const fbs::Attention* attention = graph.ops()->Get(i)->body_as_Attention();
    bias_tables_[i] = nullptr;
    if (attention == nullptr || attention->position_bias() < 0 || bias_owner(graph, i) != i) continue;
    bias_tables_[i] = carver->take<float>(Checked(attention->heads()) * bias_stride);
  }
}

void Plan::fill_position_biases(const Model& model) {
  const fbs::Model& graph = model.graph();
  for (uint32_t i = 0; i < graph.ops()->size(); ++i) {
    const fbs::Attention* attention = graph.ops()->Get(i)->body_as_Attention();
    bias_centre[i] = nullptr;
    if (attention == nullptr || attention->position_bias() < 0) continue;
    bias_centre[i] = bias_tables_[bias_owner(graph, i)] + max_length + 16;
    if (bias_owner(graph, i) != i) continue;
    const size_t columns = static_cast<size_t>(model.view().tensor(attention->position_bias())->shape()->Get(1));
    const ptrdiff_t farthest = static_cast<ptrdiff_t>(columns / 2), span = static_cast<ptrdiff_t>(max_length);
    for (size_t head = 0; head < attention->heads(); ++head) {
      const float* stored = model.view().data<float>(attention->position_bias()) + head * round_up(columns, 16);
      float* centre = bias_tables_[i] + head * bias_stride + max_length + 16;
      for (ptrdiff_t distance = -span - 16; distance < span + 16; ++distance) {
        const ptrdiff_t key_minus_query = -distance;
        const ptrdiff_t clamped =
            key_minus_query < -farthest ? -farthest : (key_minus_query > farthest ? farthest : key_minus_query);
        centre[distance] = stored[clamped + farthest];
      }
    }
  }
}

size_t Plan::linear_input_stride(const Model& model, uint32_t op, uint32_t part) const {
  const fbs::Op& o = *model.graph().ops()->Get(op);
  if (part == 1) {
    const fbs::FeedForward* feed_forward = o.body_as_FeedForward();
    return feed_forward != nullptr ? float_stride(feed_forward->up()->out_width()) : context_stride;
  }
  return values[o.inputs()->Get(0)].stride;
}

}  // namespace linnet
