// The editable form of a model: the graph as flatc's object API and the sections as vectors of bytes. What converters
// and compression passes work on.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/linnet_generated.h"

namespace linnet {

// Tensors are packed when they are added; `sections[i]` holds the stored bytes of `graph.tensors[i]`, whose offset is
// set when the model is written.
struct EditableModel {
  fbs::ModelT graph;
  std::vector<std::vector<uint8_t>> sections;
  // The first tensor that was added with a shape that its data does not have. Such a tensor is kept without content,
  // and a model with an error is never written: serialize_model and save_model return it. It is kept here so that code
  // that builds a graph of hundreds of tensors has one place to check and not one a tensor.
  Status error;

  // Each adds a tensor and returns its index. Data is row-major of the logical shape (of one or two dimensions), whose
  // product must be its size.
  uint32_t add_bytes(const std::string& name, std::span<const uint8_t> bytes);
  uint32_t add_rows(const std::string& name, const std::vector<uint64_t>& shape, std::span<const float> data);
  uint32_t add_rows(const std::string& name, const std::vector<uint64_t>& shape, std::span<const int8_t> data);
  uint32_t add_rows(const std::string& name, const std::vector<uint64_t>& shape, std::span<const int32_t> data);
  uint32_t add_panel16(const std::string& name, uint64_t rows, uint64_t columns, std::span<const float> data);
  // Weights [rows, columns] whose stored k are padded to 64: `data` is [rows, round_up(columns, 64)], since a rotation
  // of the input may use the padding.
  uint32_t add_cell16x4(const std::string& name, uint64_t rows, uint64_t columns, std::span<const int8_t> data);

  // The row-major content of a tensor as it was added; the tensor must have that element type.
  std::vector<float> read_f32(int64_t index) const;
  std::vector<int8_t> read_s8(int64_t index) const;
  std::vector<int32_t> read_s32(int64_t index) const;

  // Adds a value that an op will write, and returns its index.
  uint32_t add_value(const std::string& name, uint32_t width, fbs::RowKind rows);
  // Appends an op. `body` is one of the tables of the union OpBody, e.g. fbs::NormT.
  template <typename Body>
  void add_op(const std::vector<uint32_t>& inputs, uint32_t output, Body body) {
    auto op = std::make_unique<fbs::OpT>();
    op->inputs = inputs;
    op->output = output;
    op->body.Set(std::move(body));
    graph.ops.push_back(std::move(op));
  }

  void add_provenance(const std::string& step, const std::string& json);

  // Replaces every tensor index of the graph; optional ones only where set.
  void replace_tensor_indices(const std::function<uint32_t(uint32_t)>& replace);

  // Drops the tensors that nothing refers to any more.
  void remove_unused_tensors();
};

// Reads a model file, verifying it.
Result<EditableModel> load_model(const std::string& path);

// The bytes of the file: equal models give equal bytes. The result has been verified as a reader would; a graph that
// breaks a rule is an error here, not later.
Result<std::vector<uint8_t>> serialize_model(EditableModel& model);

// Writes the file beside `path` and renames it. `progress` is told how many bytes are written; when it returns false
// the work ends with an error, and `path` stays as it was.
Status save_model(EditableModel& model, const std::string& path,
                  const std::function<bool(uint64_t done, uint64_t total)>& progress = {});

}  // namespace linnet
