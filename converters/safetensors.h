// The safetensors format: eight bytes of header length, a JSON header, then the tensors one behind the other.
// https://huggingface.co/docs/safetensors (format as of version 0.8); its rules are enforced, not assumed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/file_map.h"
#include "base/status.h"

namespace linnet::internal {

enum class DType : uint8_t { f64, f32, f16, bf16, i64, i32, i16, i8, u64, u32, u16, u8, boolean };

const char* dtype_name(DType type);  // as the format writes it, e.g. "BF16"
bool is_float(DType type);

// A tensor of a file: where its bytes lie and what they mean. Row-major, little-endian, not aligned.
struct TensorSlice {
  DType type = DType::f32;
  std::vector<uint64_t> shape;  // empty for a scalar
  const uint8_t* bytes = nullptr;
  uint64_t elements = 0;
};

// "[384, 1536]"
std::string shape_text(const std::vector<uint64_t>& shape);

// One file. The slices point into its mapping.
class SafetensorsFile {
 public:
  SafetensorsFile() = default;

  // Checks that the header lies within the file and is JSON; that every tensor has a known type, a byte range of the
  // size that its shape and type give, a name of its own; and that the ranges cover the rest of the file without gaps
  // and overlaps. Damage is `corrupt`, a type that Linnet cannot read `unsupported`.
  static Result<SafetensorsFile> open(const std::string& path);

  const std::map<std::string, TensorSlice>& tensors() const { return tensors_; }

 private:
  FileMap map_;
  std::map<std::string, TensorSlice> tensors_;
};

// The tensors of a folder: model.safetensors, or the shards that model.safetensors.index.json lists. A folder that has
// only a pickle (pytorch_model.bin) is `unsupported`: reading one can run code.
class Checkpoint {
 public:
  Checkpoint() = default;

  static Result<Checkpoint> open(const std::string& folder);

  // By name; the pointers hold as long as the checkpoint.
  const std::map<std::string, const TensorSlice*>& tensors() const { return tensors_; }
  const TensorSlice* find(const std::string& name) const;

 private:
  Status add(const std::string& path);

  std::vector<SafetensorsFile> files_;
  std::map<std::string, const TensorSlice*> tensors_;
};

// The values of a float tensor (F64, F32, F16, BF16), rounded to float. Values that are not finite, or not finite any
// more as floats, are `non_finite` with the tensor's name. Subnormal floats become zero, and *flushed grows by their
// number.
Result<std::vector<float>> read_floats(const std::string& name, const TensorSlice& tensor, uint64_t* flushed);

// The same for a value that was computed: zero in place of a subnormal.
float without_subnormal(float value, uint64_t* flushed);

// Half precision to float, exact.
float half_to_float(uint16_t half);

}  // namespace linnet::internal
