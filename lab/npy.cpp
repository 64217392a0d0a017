#include "lab/npy.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <string_view>

#include "base/checked.h"
#include "base/file_map.h"

namespace linnet::lab {

static_assert(std::endian::native == std::endian::little, "float32 is written in the byte order of the machine");

namespace {

constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);
// The longest header of a [rows, width] array with two 20-digit numbers, rounded up to 64 as NumPy does.
constexpr size_t kHeaderBytes = 128;

}  // namespace

std::string npy_header(uint64_t rows, uint64_t width) {
  std::string header(kMagic);
  header += static_cast<char>(kHeaderBytes - 10);
  header += '\0';
  header += "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
            std::to_string(width) + "), }";
  header.resize(kHeaderBytes - 1, ' ');
  header += '\n';
  return header;
}

Result<NpyWriter> NpyWriter::create(const std::string& path, size_t width) {
  NpyWriter writer;
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file.ok()) return file.status();
  writer.file_ = std::move(*file);
  writer.width_ = width;
  const std::string header = npy_header(0, width);
  LINNET_RETURN_IF_ERROR(writer.file_.write(header.data(), header.size()));
  return writer;
}

Status NpyWriter::write(const float* rows, size_t count) {
  rows_ += count;
  return file_.write(rows, count * width_ * sizeof(float));
}

Status NpyWriter::commit() {
  const std::string header = npy_header(rows_, width_);
  LINNET_RETURN_IF_ERROR(file_.write_at(0, header.data(), header.size()));
  return file_.commit();
}

Result<NpyArray> read_npy(const std::string& path) {
  Result<FileMap> map = FileMap::open(path.c_str());
  if (!map.ok()) return map.status();
  const auto broken = [&](const char* what) {
    return Status::error(Code::corrupt, "'%s' is not a float32 .npy file in C order: %s", path.c_str(), what);
  };
  const std::string_view bytes(reinterpret_cast<const char*>(map->data()), map->size());
  if (bytes.size() < 10 || bytes.substr(0, 6) != kMagic.substr(0, 6)) return broken("wrong magic");
  if (bytes[6] != 1) return broken("not version 1");
  const size_t length = static_cast<uint8_t>(bytes[8]) + 256u * static_cast<uint8_t>(bytes[9]);
  if (!range_within(10, length, bytes.size())) return broken("the header is cut off");
  const std::string_view header = bytes.substr(10, length);
  if (header.find("'descr': '<f4'") == std::string_view::npos) return broken("another element type");
  if (header.find("'fortran_order': False") == std::string_view::npos) return broken("another order");
  size_t at = header.find("'shape': (");
  if (at == std::string_view::npos) return broken("no shape");
  at += 10;

  NpyArray array;
  Checked count = 1;
  while (at < header.size() && header[at] != ')') {
    uint64_t extent = 0;
    const auto [end, error] = std::from_chars(header.data() + at, header.data() + header.size(), extent);
    if (error != std::errc()) return broken("a broken shape");
    array.shape.push_back(extent);
    count = count * extent;
    at = static_cast<size_t>(end - header.data());
    while (at < header.size() && (header[at] == ',' || header[at] == ' ')) ++at;
  }
  if (at >= header.size()) return broken("a broken shape");
  const Checked data_bytes = count * sizeof(float);
  if (!data_bytes.valid() || data_bytes.value() != bytes.size() - 10 - length) {
    return broken("its size does not match its shape");
  }
  array.data.resize(count.value());
  if (!array.data.empty()) std::memcpy(array.data.data(), bytes.data() + 10 + length, data_bytes.value());
  return array;
}

}  // namespace linnet::lab
