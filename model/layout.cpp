#include "model/layout.h"

#include <bit>
#include <cstring>

#include "model/linnet_generated.h"

namespace linnet {

namespace {

constexpr uint8_t kMagic[8] = {0x89, 'L', 'N', 'N', 'T', '\r', '\n', 0x1a};

uint64_t load(const uint8_t* bytes, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) value |= static_cast<uint64_t>(bytes[i]) << (8 * i);
  return value;
}

void store(uint8_t* bytes, size_t count, uint64_t value) {
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
}

// A little-endian word; one load where the machine is little-endian, so that hashing runs at the speed of memory.
uint64_t load_word(const uint8_t* bytes) {
  if constexpr (std::endian::native == std::endian::little) {
    uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }
  return load(bytes, 8);
}

constexpr uint64_t kPrime = 0x100000001b3u;

}  // namespace

Result<FileHeader> read_header(const uint8_t* bytes, size_t size) {
  if constexpr (std::endian::native != std::endian::little) {
    return Status::error(Code::unsupported, "model files are little-endian; this machine is not");
  }
  if (size < kHeaderBytes || std::memcmp(bytes, kMagic, sizeof kMagic) != 0) {
    return Status::error(Code::corrupt,
                         "not a Linnet model (a file written by 'linnet convert' begins with \\x89LNNT)");
  }
  FileHeader header;
  header.version = static_cast<uint32_t>(load(bytes + 8, 4));
  // A small number with its bytes turned round: a writer that took the byte order of its own big-endian machine.
  const auto turned = static_cast<uint32_t>((load(bytes + 8, 1) << 24) | (load(bytes + 9, 1) << 16) |
                                            (load(bytes + 10, 1) << 8) | load(bytes + 11, 1));
  if (turned < 0x10000 && header.version >= 0x10000) {
    return Status::error(Code::unsupported,
                         "the file's numbers are big-endian (its format version %u has the bytes turned round); model "
                         "files are little-endian: write it again with 'linnet convert', on any machine",
                         turned);
  }
  if (header.version != kFormatVersion) {
    return Status::error(Code::unsupported, "the file has format version %u, this program reads version %u: %s",
                         header.version, kFormatVersion,
                         header.version > kFormatVersion ? "use a newer program" : "convert it again");
  }
  if (load(bytes + 12, 4) != kHeaderBytes || load(bytes + 48, 8) != 0 || load(bytes + 56, 8) != 0) {
    return Status::error(Code::corrupt, "the file header is damaged");
  }
  header.graph_bytes = load(bytes + 16, 8);
  header.file_bytes = load(bytes + 24, 8);
  header.graph_hash = load(bytes + 32, 8);
  header.section_hash = load(bytes + 40, 8);
  if (header.file_bytes != size) {
    return Status::error(Code::corrupt, "the file should have %llu bytes but has %zu: it is %s",
                         static_cast<unsigned long long>(header.file_bytes), size,
                         header.file_bytes > size ? "truncated" : "followed by something else");
  }
  if (header.file_bytes % kSectionAlignment != 0) {
    return Status::error(Code::corrupt, "the file has %zu bytes, which is no multiple of %zu", size, kSectionAlignment);
  }
  if (header.graph_bytes > kMaxGraphBytes) {
    return Status::error(Code::limit, "the graph has %llu bytes, more than %llu",
                         static_cast<unsigned long long>(header.graph_bytes),
                         static_cast<unsigned long long>(kMaxGraphBytes));
  }
  if (!range_within(kHeaderBytes, header.graph_bytes, size)) {
    return Status::error(Code::corrupt, "the graph of %llu bytes does not fit into the file",
                         static_cast<unsigned long long>(header.graph_bytes));
  }
  return header;
}

void write_header(const FileHeader& header, uint8_t out[kHeaderBytes]) {
  std::memset(out, 0, kHeaderBytes);
  std::memcpy(out, kMagic, sizeof kMagic);
  store(out + 8, 4, header.version);
  store(out + 12, 4, kHeaderBytes);
  store(out + 16, 8, header.graph_bytes);
  store(out + 24, 8, header.file_bytes);
  store(out + 32, 8, header.graph_hash);
  store(out + 40, 8, header.section_hash);
}

void Hash::add(const uint8_t* bytes, size_t size) {
  size_ += size;
  const auto mix = [this](uint64_t word) {
    state_ = (state_ ^ word) * kPrime;
    state_ ^= state_ >> 29;
  };
  for (; size >= 8; bytes += 8, size -= 8) mix(load_word(bytes));
  if (size > 0) mix(load(bytes, size));
}

uint64_t Hash::finish() const {
  uint64_t h = (state_ ^ size_) * kPrime;
  return h ^ (h >> 32);
}

uint64_t hash_bytes(const uint8_t* bytes, size_t size) {
  Hash hash;
  hash.add(bytes, size);
  return hash.finish();
}

size_t element_bytes(fbs::ElementType type) {
  return type == fbs::ElementType::F32 || type == fbs::ElementType::S32 ? 4 : 1;
}

Checked stored_bytes(fbs::ElementType type, fbs::Layout layout, const uint64_t* shape, size_t rank) {
  const Checked invalid = Checked(UINT64_MAX) + 1;
  for (size_t i = 0; i < rank; ++i) {
    if (shape[i] == 0) return invalid;
  }
  const Checked element = element_bytes(type);
  switch (layout) {
    case fbs::Layout::Bytes: return rank == 1 && type == fbs::ElementType::U8 ? Checked(shape[0]) : invalid;
    case fbs::Layout::Rows:
      if (rank == 1) return Checked(shape[0]).aligned(16) * element;
      return rank == 2 ? Checked(shape[0]) * Checked(shape[1]).aligned(16) * element : invalid;
    case fbs::Layout::Panel16:
      return rank == 2 && type == fbs::ElementType::F32 ? Checked(shape[0]).aligned(16) * shape[1] * element : invalid;
    case fbs::Layout::Cell16x4:
      return rank == 2 && type == fbs::ElementType::S8 ? Checked(shape[0]).aligned(16) * Checked(shape[1]).aligned(64)
                                                       : invalid;
  }
  return invalid;
}

}  // namespace linnet
