// A file mapped read-only into memory; read into memory where nothing can be mapped (WebAssembly).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"

namespace linnet {

// Movable owner of a mapping. The mapping is private and read-only; several processes share its pages. Behaviour is
// undefined when another program truncates the file while it is mapped.
class FileMap {
 public:
  FileMap() = default;
  FileMap(FileMap&& other) noexcept { *this = static_cast<FileMap&&>(other); }
  FileMap& operator=(FileMap&& other) noexcept;
  FileMap(const FileMap&) = delete;
  FileMap& operator=(const FileMap&) = delete;
  ~FileMap() { close(); }

  // Maps a whole file. An empty file is an error.
  static Result<FileMap> open(const char* path);

#if !defined(_WIN32)
  // Maps `bytes` bytes from `offset` of an open descriptor (an asset inside an Android package); the descriptor stays
  // the caller's. The offset need not be a multiple of the page size. Where it is no multiple of `alignment` (a power
  // of two, at most a page) the bytes are read into memory of the process instead, which is aligned and shared with
  // nobody: Android aligns assets to 4 bytes only.
  static Result<FileMap> open_descriptor(int descriptor, uint64_t offset, uint64_t bytes, size_t alignment = 1);
#endif

  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  void close();

  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
  void* mapping_ = nullptr;  // where the mapping starts, at or before data_
  size_t mapped_ = 0;
};

}  // namespace linnet
