#include "converters/safetensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/checked.h"
#include "converters/json_file.h"

namespace linnet::internal {

namespace {

struct DTypeInfo {
  DType type;
  const char* name;
  uint8_t bytes;
};
constexpr DTypeInfo kDTypes[] = {
    {DType::f64, "F64", 8},      {DType::f32, "F32", 4}, {DType::f16, "F16", 2}, {DType::bf16, "BF16", 2},
    {DType::i64, "I64", 8},      {DType::i32, "I32", 4}, {DType::i16, "I16", 2}, {DType::i8, "I8", 1},
    {DType::u64, "U64", 8},      {DType::u32, "U32", 4}, {DType::u16, "U16", 2}, {DType::u8, "U8", 1},
    {DType::boolean, "BOOL", 1},
};

// The reference implementation's own limit on the header.
constexpr uint64_t kMaxHeaderBytes = 100'000'000;

uint64_t load_length(const uint8_t* bytes) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value |= static_cast<uint64_t>(bytes[i]) << (8 * i);
  return value;
}

struct Range {
  uint64_t begin, end;
  const std::string* name;
};

// One entry of the header; `data` is what follows the header.
Status read_entry(const std::string& name, const nlohmann::json& entry, const uint8_t* data, uint64_t data_bytes,
                  TensorSlice* slice, Range* range) {
  const auto damaged = [&](const char* what) {
    return Status::error(Code::corrupt, "tensor '%s': %s", name.c_str(), what);
  };
  if (!entry.is_object()) return damaged("its entry in the header is not an object");
  const auto type = entry.find("dtype"), shape = entry.find("shape"), offsets = entry.find("data_offsets");
  if (type == entry.end() || !type->is_string()) return damaged("no 'dtype'");
  if (shape == entry.end() || !shape->is_array()) return damaged("no 'shape'");
  if (offsets == entry.end() || !offsets->is_array() || offsets->size() != 2 || !(*offsets)[0].is_number_unsigned() ||
      !(*offsets)[1].is_number_unsigned()) {
    return damaged("'data_offsets' is not a pair of byte positions");
  }
  const std::string& type_name = type->get_ref<const std::string&>();
  const auto info = std::find_if(std::begin(kDTypes), std::end(kDTypes),
                                 [&](const DTypeInfo& known) { return type_name == known.name; });
  if (info == std::end(kDTypes)) {
    return Status::error(Code::unsupported,
                         "tensor '%s': the type '%.32s' is not known (F64, F32, F16 and BF16 weights "
                         "can be read)",
                         name.c_str(), type_name.c_str());
  }
  slice->type = info->type;
  if (shape->size() > 8) return damaged("more than 8 dimensions");
  Checked elements = 1;
  for (const nlohmann::json& dimension : *shape) {
    if (!dimension.is_number_unsigned()) return damaged("a dimension is not a whole number");
    slice->shape.push_back(dimension.get<uint64_t>());
    elements = elements * slice->shape.back();
  }
  const Checked bytes = elements * info->bytes;
  range->begin = (*offsets)[0].get<uint64_t>();
  range->end = (*offsets)[1].get<uint64_t>();
  if (range->begin > range->end || range->end > data_bytes) {
    return Status::error(Code::corrupt,
                         "tensor '%s': its bytes %llu..%llu do not lie within the %llu of the file: it "
                         "is truncated or damaged",
                         name.c_str(), static_cast<unsigned long long>(range->begin),
                         static_cast<unsigned long long>(range->end), static_cast<unsigned long long>(data_bytes));
  }
  if (!bytes.valid() || bytes.value64() != range->end - range->begin) {
    return Status::error(Code::corrupt, "tensor '%s': %llu bytes do not hold %s values of type %s", name.c_str(),
                         static_cast<unsigned long long>(range->end - range->begin), shape_text(slice->shape).c_str(),
                         info->name);
  }
  slice->bytes = data + range->begin;
  slice->elements = elements.value64();
  return Status();
}

// The ranges, in the order of the file, must follow one another from the first byte to the last.
Status check_coverage(std::vector<Range> ranges, uint64_t data_bytes) {
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; });
  uint64_t end = 0;
  for (const Range& range : ranges) {
    if (range.begin < end) {
      return Status::error(Code::corrupt, "tensor '%s' overlaps another one", range.name->c_str());
    }
    if (range.begin > end) {
      return Status::error(Code::corrupt, "%llu bytes before tensor '%s' belong to no tensor",
                           static_cast<unsigned long long>(range.begin - end), range.name->c_str());
    }
    end = range.end;
  }
  if (end != data_bytes) {
    return Status::error(Code::corrupt, "the last %llu bytes belong to no tensor",
                         static_cast<unsigned long long>(data_bytes - end));
  }
  return Status();
}

}  // namespace

const char* dtype_name(DType type) {
  for (const DTypeInfo& info : kDTypes) {
    if (info.type == type) return info.name;
  }
  return "unknown";
}

bool is_float(DType type) {
  return type == DType::f64 || type == DType::f32 || type == DType::f16 || type == DType::bf16;
}

std::string shape_text(const std::vector<uint64_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

Result<SafetensorsFile> SafetensorsFile::open(const std::string& path) {
  SafetensorsFile file;
  Result<FileMap> map = FileMap::open(path.c_str());
  if (!map.ok()) return map.status();
  file.map_ = std::move(*map);
  const uint8_t* bytes = file.map_.data();
  const uint64_t size = file.map_.size();
  const uint64_t header_bytes = size >= 8 ? load_length(bytes) : 0;
  if (size < 8 || header_bytes > kMaxHeaderBytes || !range_within(8, header_bytes, size)) {
    return Status::error(Code::corrupt, "%s is not a safetensors file, or it is truncated: %llu bytes, header of %llu",
                         path.c_str(), static_cast<unsigned long long>(size),
                         static_cast<unsigned long long>(header_bytes));
  }
  const std::string what = path + ", header";
  const Result<nlohmann::json> header =
      parse_json({reinterpret_cast<const char*>(bytes + 8), static_cast<size_t>(header_bytes)}, what.c_str());
  if (!header.ok()) return header.status();
  if (!header->is_object()) return Status::error(Code::corrupt, "%s is not an object", what.c_str());
  const uint8_t* data = bytes + 8 + header_bytes;
  const uint64_t data_bytes = size - 8 - header_bytes;
  std::vector<Range> ranges;
  for (const auto& [name, entry] : header->items()) {
    if (name == "__metadata__") continue;
    TensorSlice slice;
    Range range = {};
    LINNET_RETURN_IF_ERROR(read_entry(name, entry, data, data_bytes, &slice, &range).within(path.c_str()));
    range.name = &file.tensors_.emplace(name, std::move(slice)).first->first;
    ranges.push_back(range);
  }
  LINNET_RETURN_IF_ERROR(check_coverage(std::move(ranges), data_bytes).within(path.c_str()));
  return file;
}

Status Checkpoint::add(const std::string& path) {
  Result<SafetensorsFile> file = SafetensorsFile::open(path);
  if (!file.ok()) return file.status();
  files_.push_back(std::move(*file));
  for (const auto& [name, slice] : files_.back().tensors()) {
    if (!tensors_.emplace(name, &slice).second) {
      return Status::error(Code::corrupt, "%s: tensor '%s' is in another shard too", path.c_str(), name.c_str());
    }
  }
  return Status();
}

Result<Checkpoint> Checkpoint::open(const std::string& folder) {
  Checkpoint checkpoint;
  const std::string single = join_path(folder, "model.safetensors");
  const std::string index_path = join_path(folder, "model.safetensors.index.json");
  if (file_exists(single)) {
    LINNET_RETURN_IF_ERROR(checkpoint.add(single));
    return checkpoint;
  }
  if (!file_exists(index_path)) {
    if (file_exists(join_path(folder, "pytorch_model.bin")) ||
        file_exists(join_path(folder, "pytorch_model.bin.index.json"))) {
      return Status::error(Code::unsupported,
                           "'%s' has its weights as a pickle (pytorch_model.bin), which can run code when it is read: "
                           "save it again as safetensors, e.g. AutoModel.from_pretrained(FOLDER).save_pretrained(OUT)",
                           folder.c_str());
    }
    return Status::error(Code::not_found, "'%s' has no model.safetensors and no model.safetensors.index.json",
                         folder.c_str());
  }
  const Result<JsonFile> index = read_json_object(index_path);
  if (!index.ok()) return index.status();
  const nlohmann::json* weight_map = index->find("weight_map");
  if (weight_map == nullptr || !weight_map->is_object() || weight_map->empty()) {
    return Status::error(Code::corrupt, "%s: 'weight_map' is missing", index_path.c_str());
  }
  std::map<std::string, std::vector<std::string>> shards;  // file name -> the tensors it should have
  for (const auto& [tensor, shard] : weight_map->items()) {
    const std::string name = shard.is_string() ? shard.get<std::string>() : "";
    if (name.empty() || name.find('/') != std::string::npos || name.find('\\') != std::string::npos || name == "..") {
      return Status::error(Code::corrupt, "%s: tensor '%s' names no shard of this folder", index_path.c_str(),
                           tensor.c_str());
    }
    shards[name].push_back(tensor);
  }
  checkpoint.files_.reserve(shards.size());
  for (const auto& [name, tensors] : shards) {
    const std::string path = join_path(folder, name);
    LINNET_RETURN_IF_ERROR(checkpoint.add(path));
    const auto& in_file = checkpoint.files_.back().tensors();
    for (const std::string& tensor : tensors) {
      if (in_file.count(tensor) == 0) {
        return Status::error(Code::corrupt, "%s: tensor '%s' should be there, says the index", path.c_str(),
                             tensor.c_str());
      }
    }
  }
  return checkpoint;
}

const TensorSlice* Checkpoint::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : found->second;
}

float half_to_float(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 0x1fu, mantissa = half & 0x3ffu;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | mantissa << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
  // Subnormal halves are multiples of 2^-24, all of them normal floats.
  const float magnitude = static_cast<float>(mantissa) * std::bit_cast<float>(103u << 23);
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
}

float without_subnormal(float value, uint64_t* flushed) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7f800000u) != 0 || (bits & 0x007fffffu) == 0) return value;
  ++*flushed;
  return 0.0f;
}

Result<std::vector<float>> read_floats(const std::string& name, const TensorSlice& tensor, uint64_t* flushed) {
  if (!is_float(tensor.type)) {
    return Status::error(Code::unsupported, "tensor '%s' has the type %s; weights must be F64, F32, F16 or BF16",
                         name.c_str(), dtype_name(tensor.type));
  }
  std::vector<float> values(static_cast<size_t>(tensor.elements));
  for (size_t i = 0; i < values.size(); ++i) {
    float value = 0;
    if (tensor.type == DType::f32) {
      std::memcpy(&value, tensor.bytes + 4 * i, 4);
    } else if (tensor.type == DType::f64) {
      double wide;
      std::memcpy(&wide, tensor.bytes + 8 * i, 8);
      // Beyond the largest float a conversion is undefined; such a value counts as infinite.
      value = std::abs(wide) <= std::numeric_limits<float>::max() ? static_cast<float>(wide)
              : std::isnan(wide)                                  ? std::numeric_limits<float>::quiet_NaN()
                                                                  : std::numeric_limits<float>::infinity();
    } else {
      uint16_t bits;
      std::memcpy(&bits, tensor.bytes + 2 * i, 2);
      value = tensor.type == DType::f16 ? half_to_float(bits) : std::bit_cast<float>(uint32_t{bits} << 16);
    }
    if (!std::isfinite(value)) {
      return Status::error(Code::non_finite,
                           "tensor '%s' holds %s at element %zu: the checkpoint is damaged or its "
                           "training diverged",
                           name.c_str(), std::isnan(value) ? "NaN" : "infinity", i);
    }
    values[i] = without_subnormal(value, flushed);
  }
  return values;
}

}  // namespace linnet::internal
