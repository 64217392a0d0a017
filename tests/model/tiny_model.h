// A valid model of a few kilobytes that uses every op and every optional part of the schema, and ways to break it.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "model/edit.h"
#include "model/view.h"

namespace linnet::testing {

// Ops by index: 0 embed (int8 words), 1 norm, 2 attention (int8, rotated, position bias), 3 norm, 4 feed-forward
// (float), 5 dense with a residual, 6 pool, 7 normalize. Width 8, 2 heads, 6 token ids, 5 positions.
EditableModel tiny_model();

// The file as docs/format.md draws it, written without the checks of serialize_model: what a hostile writer could make.
// Only the fields of `model.graph` are used, except that offsets are set as the writer sets them unless `keep_offsets`.
std::vector<uint8_t> serialize_unchecked(EditableModel& model, bool keep_offsets = false);

// Makes the header agree with the bytes again after they were changed: sizes and the hash of the graph. `graph_bytes`
// is taken from the header.
void repair_header(std::vector<uint8_t>& file);

// Bytes of a file at an address that a mapping would have.
class AlignedBytes {
 public:
  explicit AlignedBytes(const std::vector<uint8_t>& bytes)
      : size_(bytes.size()), memory_(new uint8_t[bytes.size() + 64]) {
    const size_t misalignment = reinterpret_cast<uintptr_t>(memory_.get()) % 64;
    data_ = memory_.get() + (misalignment == 0 ? 0 : 64 - misalignment);
    if (size_ > 0) std::memcpy(data_, bytes.data(), size_);
  }
  uint8_t* data() { return data_; }
  size_t size() const { return size_; }

 private:
  size_t size_;
  std::unique_ptr<uint8_t[]> memory_;
  uint8_t* data_;
};

// Reads everything that an open model lets one read; the sum keeps the reads alive. Faults only if `open` was wrong.
uint64_t read_everything(const ModelView& view);

}  // namespace linnet::testing
