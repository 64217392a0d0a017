// A verified, zero-copy view of a model file.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "model/linnet_generated.h"

namespace linnet {

// Points into the bytes of a model file, which must outlive it. Every index, shape and offset in the graph has been
// checked: whoever walks it need not check again.
class ModelView {
 public:
  ModelView() = default;

  // Checks the header, the graph and where every section lies, in time that depends on the graph alone: the sections
  // themselves are not read. `bytes` must be 64-byte aligned (a mapping is).
  static Result<ModelView> open(const uint8_t* bytes, size_t size);

  const fbs::Model* graph() const { return graph_; }
  const fbs::Tensor* tensor(int64_t index) const { return graph_->tensors()->Get(static_cast<uint32_t>(index)); }

  // The stored bytes of tensor `index`; null for the index -1 of an optional tensor.
  const uint8_t* section(int64_t index) const { return index < 0 ? nullptr : bytes_ + tensor(index)->offset(); }
  template <typename T>
  const T* data(int64_t index) const {
    return reinterpret_cast<const T*>(section(index));
  }

  const uint8_t* bytes() const { return bytes_; }
  size_t size() const { return size_; }

 private:
  const uint8_t* bytes_ = nullptr;
  size_t size_ = 0;
  const fbs::Model* graph_ = nullptr;
};

// The length and the characters of a string that may be absent.
inline const char* text_of(const flatbuffers::String* string) { return string != nullptr ? string->c_str() : ""; }

// The number of elements of a vector that may be absent.
template <typename Vector>
uint32_t count_of(const Vector* vector) {
  return vector != nullptr ? vector->size() : 0;
}

// What opening leaves out because it would read the whole file: the hash of the sections, and weights of -128, whose
// results are unspecified.
Status verify_sections(const ModelView& view);

namespace internal {
// verify.cpp: the semantic rules of docs/format.md, for a graph that is a well-formed flatbuffer.
Status verify_graph(const fbs::Model& graph, uint64_t sections_begin, uint64_t file_bytes);
}  // namespace internal

}  // namespace linnet
