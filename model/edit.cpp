#include "model/edit.h"

#include "base/checked.h"
#include "model/pack.h"

namespace linnet {

namespace {

uint32_t add_tensor(EditableModel& model, const std::string& name, fbs::ElementType type, fbs::Layout layout,
                    const std::vector<uint64_t>& shape, std::vector<uint8_t> packed) {
  auto tensor = std::make_unique<fbs::TensorT>();
  tensor->name = name;
  tensor->type = type;
  tensor->layout = layout;
  tensor->shape = shape;
  tensor->bytes = packed.size();
  model.graph.tensors.push_back(std::move(tensor));
  model.sections.push_back(std::move(packed));
  return static_cast<uint32_t>(model.graph.tensors.size() - 1);
}

// False when `given` elements are not those of [rows, columns]; then the model has the error. Packing reads as many
// elements as the shape says, so nothing may be packed before this has looked.
bool has_size(EditableModel& model, const std::string& name, Checked rows, Checked columns, size_t given) {
  const Checked elements = rows * columns;
  if (elements.valid() && elements.value64() == given) return true;
  if (model.error.ok()) {
    model.error = Status::error(Code::internal, "the tensor '%s' was added as [%llu, %llu] with %zu elements",
                                name.c_str(), static_cast<unsigned long long>(rows.value64()),
                                static_cast<unsigned long long>(columns.value64()), given);
  }
  return false;
}

// What stands for a tensor whose data does not have its shape: reading it gives nothing.
uint32_t add_empty(EditableModel& model, const std::string& name, fbs::ElementType type, fbs::Layout layout) {
  return add_tensor(model, name, type, layout, {0, 0}, {});
}

template <typename T>
uint32_t add_rows_of(EditableModel& model, const std::string& name, fbs::ElementType type,
                     const std::vector<uint64_t>& shape, std::span<const T> data) {
  if (shape.size() != 1 && shape.size() != 2) {
    if (model.error.ok()) {
      model.error = Status::error(Code::internal, "the tensor '%s' was added with %zu dimensions, not one or two",
                                  name.c_str(), shape.size());
    }
    return add_empty(model, name, type, fbs::Layout::Rows);
  }
  const uint64_t rows = shape.size() == 2 ? shape[0] : 1;
  if (!has_size(model, name, rows, shape.back(), data.size())) {
    return add_empty(model, name, type, fbs::Layout::Rows);
  }
  return add_tensor(model, name, type, fbs::Layout::Rows, shape, pack_rows<T>(data, rows, shape.back()));
}

template <typename T>
std::vector<T> read_rows_of(const EditableModel& model, size_t index) {
  const std::vector<uint64_t>& shape = model.graph.tensors[index]->shape;
  return unpack_rows<T>(model.sections[index].data(), shape.size() == 2 ? shape[0] : 1, shape.back());
}

}  // namespace

uint32_t EditableModel::add_bytes(const std::string& name, std::span<const uint8_t> bytes) {
  return add_tensor(*this, name, fbs::ElementType::U8, fbs::Layout::Bytes, {bytes.size()},
                    std::vector<uint8_t>(bytes.begin(), bytes.end()));
}
uint32_t EditableModel::add_rows(const std::string& name, const std::vector<uint64_t>& shape,
                                 std::span<const float> data) {
  return add_rows_of(*this, name, fbs::ElementType::F32, shape, data);
}
uint32_t EditableModel::add_rows(const std::string& name, const std::vector<uint64_t>& shape,
                                 std::span<const int8_t> data) {
  return add_rows_of(*this, name, fbs::ElementType::S8, shape, data);
}
uint32_t EditableModel::add_rows(const std::string& name, const std::vector<uint64_t>& shape,
                                 std::span<const int32_t> data) {
  return add_rows_of(*this, name, fbs::ElementType::S32, shape, data);
}
uint32_t EditableModel::add_panel16(const std::string& name, uint64_t rows, uint64_t columns,
                                    std::span<const float> data) {
  if (!has_size(*this, name, rows, columns, data.size())) {
    return add_empty(*this, name, fbs::ElementType::F32, fbs::Layout::Panel16);
  }
  return add_tensor(*this, name, fbs::ElementType::F32, fbs::Layout::Panel16, {rows, columns},
                    pack_panel16(data, rows, columns));
}
uint32_t EditableModel::add_cell16x4(const std::string& name, uint64_t rows, uint64_t columns,
                                     std::span<const int8_t> data) {
  const Checked stored = Checked(columns).aligned(64);
  if (!has_size(*this, name, rows, stored, data.size())) {
    return add_empty(*this, name, fbs::ElementType::S8, fbs::Layout::Cell16x4);
  }
  return add_tensor(*this, name, fbs::ElementType::S8, fbs::Layout::Cell16x4, {rows, columns},
                    pack_cell16x4(data, rows, stored.value()));
}

std::vector<float> EditableModel::read_f32(int64_t index) const {
  const size_t i = static_cast<size_t>(index);
  const fbs::TensorT& tensor = *graph.tensors[i];
  if (tensor.layout == fbs::Layout::Panel16) {
    return unpack_panel16(sections[i].data(), tensor.shape[0], tensor.shape[1]);
  }
  return read_rows_of<float>(*this, i);
}
std::vector<int8_t> EditableModel::read_s8(int64_t index) const {
  const size_t i = static_cast<size_t>(index);
  const fbs::TensorT& tensor = *graph.tensors[i];
  if (tensor.layout == fbs::Layout::Cell16x4) {
    return unpack_cell16x4(sections[i].data(), tensor.shape[0], round_up(tensor.shape[1], 64));
  }
  return read_rows_of<int8_t>(*this, i);
}
std::vector<int32_t> EditableModel::read_s32(int64_t index) const {
  return read_rows_of<int32_t>(*this, static_cast<size_t>(index));
}

uint32_t EditableModel::add_value(const std::string& name, uint32_t width, fbs::RowKind rows) {
  auto value = std::make_unique<fbs::ValueT>();
  value->name = name;
  value->width = width;
  value->rows = rows;
  graph.values.push_back(std::move(value));
  return static_cast<uint32_t>(graph.values.size() - 1);
}

void EditableModel::add_provenance(const std::string& step, const std::string& json) {
  auto entry = std::make_unique<fbs::ProvenanceT>();
  entry->step = step;
  entry->detail = json;
  graph.provenance.push_back(std::move(entry));
}

void EditableModel::replace_tensor_indices(const std::function<uint32_t(uint32_t)>& replace) {
  const auto required = [&](uint32_t& index) { index = replace(index); };
  const auto optional = [&](int32_t& index) {
    if (index >= 0) index = static_cast<int32_t>(replace(static_cast<uint32_t>(index)));
  };
  const auto linear = [&](fbs::LinearT* l) {
    if (l == nullptr) return;
    required(l->weight);
    optional(l->bias);
    optional(l->weight_scale);
    optional(l->column_sum);
    optional(l->input_scale);
  };
  if (graph.tokenizer != nullptr) required(graph.tokenizer->vocabulary);
  for (auto& op : graph.ops) {
    if (fbs::EmbedT* e = op->body.AsEmbed()) {
      required(e->word);
      for (int32_t* index : {&e->word_scale, &e->position, &e->position_scale, &e->token_type, &e->token_type_scale}) {
        optional(*index);
      }
    } else if (fbs::NormT* n = op->body.AsNorm()) {
      required(n->gamma);
      optional(n->beta);
    } else if (fbs::AttentionT* a = op->body.AsAttention()) {
      linear(a->qkv.get());
      linear(a->output.get());
      optional(a->position_bias);
    } else if (fbs::FeedForwardT* f = op->body.AsFeedForward()) {
      linear(f->up.get());
      linear(f->down.get());
    } else if (fbs::DenseT* d = op->body.AsDense()) {
      linear(d->linear.get());
    }
  }
}

void EditableModel::remove_unused_tensors() {
  std::vector<bool> used(sections.size(), false);
  replace_tensor_indices([&](uint32_t index) {
    used[index] = true;
    return index;
  });
  std::vector<uint32_t> moved(sections.size(), 0);
  uint32_t kept = 0;
  for (size_t i = 0; i < sections.size(); ++i) {
    if (!used[i]) continue;
    if (kept != i) {
      sections[kept] = std::move(sections[i]);
      graph.tensors[kept] = std::move(graph.tensors[i]);
    }
    moved[i] = kept++;
  }
  sections.resize(kept);
  graph.tensors.resize(kept);
  replace_tensor_indices([&](uint32_t index) { return moved[index]; });
}

}  // namespace linnet
