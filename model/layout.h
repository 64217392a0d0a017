// The bytes of a model file: its header, its hashes and the sizes of its tensor sections. docs/format.md draws them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/checked.h"
#include "base/status.h"

namespace linnet::fbs {
struct Tensor;
enum class ElementType : uint8_t;
enum class Layout : uint8_t;
}  // namespace linnet::fbs

namespace linnet {

// The first 64 bytes of a file. All numbers are little-endian.
//   0  magic            8  0x89 'L' 'N' 'N' 'T' '\r' '\n' 0x1a
//   8  version          4  kFormatVersion
//  12  header_bytes     4  64
//  16  graph_bytes      8  the flatbuffer, which starts at 64
//  24  file_bytes       8  the whole file, a multiple of 64
//  32  graph_hash       8  hash_bytes of the flatbuffer
//  40  section_hash     8  hash_bytes of everything from the first section to the end; checked by `linnet verify` only
//  48  reserved        16  zero
struct FileHeader {
  uint32_t version;
  uint64_t graph_bytes;
  uint64_t file_bytes;
  uint64_t graph_hash;
  uint64_t section_hash;
};

inline constexpr size_t kHeaderBytes = 64;
inline constexpr size_t kSectionAlignment = 64;
inline constexpr uint32_t kFormatVersion = 1;

// Limits that the verifier holds and that keep integer sums exact: 255 * 127 * 65,536 < 2^31.
inline constexpr uint64_t kMaxWidth = 65536;
inline constexpr uint64_t kMaxSequence = 65536;
inline constexpr uint64_t kMaxGraphBytes = uint64_t{64} << 20;  // flatbuffers count in 31 bits; real graphs have 100 KB
inline constexpr size_t kMaxTensors = 65536;
inline constexpr size_t kMaxValues = 8192;
inline constexpr size_t kMaxOps = 8192;

// Reads and checks the header of a file of which `size` bytes are there.
Result<FileHeader> read_header(const uint8_t* bytes, size_t size);
void write_header(const FileHeader& header, uint8_t out[kHeaderBytes]);

// FNV-1a over little-endian 64-bit words (the last one filled up with zeros), with the length mixed in at the end.
// Finds damage, not forgery. Continue a hash over pieces whose sizes are multiples of 8 with the class.
class Hash {
 public:
  void add(const uint8_t* bytes, size_t size);
  uint64_t finish() const;

 private:
  uint64_t state_ = 0xcbf29ce484222325u;
  uint64_t size_ = 0;
};
uint64_t hash_bytes(const uint8_t* bytes, size_t size);

size_t element_bytes(fbs::ElementType type);

// The stored size of a section, or an invalid Checked. The shape has one or two dimensions as the layout wants.
Checked stored_bytes(fbs::ElementType type, fbs::Layout layout, const uint64_t* shape, size_t rank);

// Where the 64-byte cell of weight (n, k) starts in a Cell16x4 section of N columns and K rows of k.
inline size_t cell_offset(size_t n, size_t k, size_t columns, size_t in_width) {
  const size_t n_tiles = ceil_div(columns, 16), k_blocks = ceil_div(in_width, 64);
  const size_t group = n / 64, tile = n / 16 % 4;
  const size_t tiles_here = n_tiles - group * 4 < 4 ? n_tiles - group * 4 : 4;
  return (group * 4 * k_blocks + k / 64 * tiles_here + tile) * 1024 + k % 64 / 4 * 64;
}

}  // namespace linnet
