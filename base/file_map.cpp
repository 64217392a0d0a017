#include "base/file_map.h"

#include <cerrno>
#include <cstring>

#include "base/checked.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__wasi__)
#include <cstdlib>
#else
#include <sys/mman.h>
#endif
#endif

namespace linnet {

FileMap& FileMap::operator=(FileMap&& other) noexcept {
  if (this != &other) {
    close();
    data_ = other.data_;
    size_ = other.size_;
    mapping_ = other.mapping_;
    mapped_ = other.mapped_;
    other.data_ = nullptr;
    other.size_ = 0;
    other.mapping_ = nullptr;
    other.mapped_ = 0;
  }
  return *this;
}

#if defined(_WIN32)

Result<FileMap> FileMap::open(const char* path) {
  const HANDLE file =
      CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) {
    return Status::error(Code::not_found, "cannot open '%s' (error %lu)", path, GetLastError());
  }
  LARGE_INTEGER bytes;
  if (!GetFileSizeEx(file, &bytes) || bytes.QuadPart <= 0 || static_cast<uint64_t>(bytes.QuadPart) > SIZE_MAX) {
    CloseHandle(file);
    return Status::error(Code::io, "'%s' is empty, too large or not a file", path);
  }
  const HANDLE mapping = CreateFileMappingA(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
  void* address = mapping != nullptr ? MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0) : nullptr;
  if (mapping != nullptr) CloseHandle(mapping);
  CloseHandle(file);
  if (address == nullptr) return Status::error(Code::io, "cannot map '%s' (error %lu)", path, GetLastError());
  FileMap map;
  map.mapping_ = address;
  map.mapped_ = static_cast<size_t>(bytes.QuadPart);
  map.data_ = static_cast<const uint8_t*>(address);
  map.size_ = map.mapped_;
  return map;
}

void FileMap::close() {
  if (mapping_ != nullptr) UnmapViewOfFile(mapping_);
  mapping_ = nullptr;
}

#else

namespace {

// WebAssembly has no mapping: there files are read into memory.
#if defined(__wasi__)

constexpr bool kMaps = false;

void* map_file(int, uint64_t, size_t) { return nullptr; }
void* take_memory(size_t bytes) { return std::aligned_alloc(64, round_up(bytes, 64)); }
void make_read_only(void*, size_t) {}
void give_back(void* memory, size_t) { std::free(memory); }

#else

constexpr bool kMaps = true;

void* map_file(int descriptor, uint64_t offset, size_t bytes) {
  void* const memory = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor, static_cast<off_t>(offset));
  return memory != MAP_FAILED ? memory : nullptr;
}
void* take_memory(size_t bytes) {
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory != MAP_FAILED ? memory : nullptr;
}
void make_read_only(void* memory, size_t bytes) { mprotect(memory, bytes, PROT_READ); }
void give_back(void* memory, size_t bytes) { munmap(memory, bytes); }

#endif

// Reads exactly `bytes` bytes from `offset`, whatever the descriptor's own position.
Status read_all(int descriptor, uint64_t offset, uint8_t* to, size_t bytes) {
  while (bytes > 0) {
    const ssize_t count = pread(descriptor, to, bytes, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Status::error(Code::io, "cannot read the file: %s", std::strerror(errno));
    if (count == 0) return Status::error(Code::io, "the file ended while it was read, %zu bytes too early", bytes);
    to += count;
    offset += static_cast<uint64_t>(count);
    bytes -= static_cast<size_t>(count);
  }
  return Status();
}

}  // namespace

Result<FileMap> FileMap::open(const char* path) {
  const int descriptor = ::open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const Code code = errno == ENOENT ? Code::not_found : Code::io;
    return Status::error(code, "cannot open '%s': %s", path, std::strerror(errno));
  }
  struct stat info;
  Result<FileMap> result = Status::error(Code::io, "'%s' is not a regular file", path);
  if (fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode)) {
    result = info.st_size == 0 ? Result<FileMap>(Status::error(Code::corrupt, "'%s' is empty", path))
                               : open_descriptor(descriptor, 0, static_cast<uint64_t>(info.st_size));
    if (!result.ok() && info.st_size != 0) result = result.status().within(path);
  }
  ::close(descriptor);
  return result;
}

Result<FileMap> FileMap::open_descriptor(int descriptor, uint64_t offset, uint64_t bytes, size_t alignment) {
  const long page = sysconf(_SC_PAGESIZE);
  const uint64_t lead = offset % static_cast<uint64_t>(page > 0 ? page : 4096);
  const Checked mapped = Checked(bytes) + lead;
  struct stat info;
  if (fstat(descriptor, &info) != 0) return Status::error(Code::io, "cannot stat the file: %s", std::strerror(errno));
  if (bytes == 0 || !mapped.valid() || !range_within(offset, bytes, static_cast<uint64_t>(info.st_size))) {
    return Status::error(Code::invalid_argument, "bytes %llu..+%llu do not lie within the file of %lld bytes",
                         static_cast<unsigned long long>(offset), static_cast<unsigned long long>(bytes),
                         static_cast<long long>(info.st_size));
  }
  FileMap map;
  if (kMaps && offset % alignment == 0) {
    map.mapping_ = map_file(descriptor, offset - lead, mapped.value());
    if (map.mapping_ == nullptr) return Status::error(Code::io, "cannot map the file: %s", std::strerror(errno));
    map.mapped_ = mapped.value();
    map.data_ = static_cast<const uint8_t*>(map.mapping_) + lead;
    map.size_ = static_cast<size_t>(bytes);
    return map;
  }
  map.mapped_ = map.size_ = static_cast<size_t>(bytes);
  map.mapping_ = take_memory(map.size_);
  if (map.mapping_ == nullptr) return Status::error(Code::out_of_memory, "no memory to read %zu bytes", map.size_);
  map.data_ = static_cast<const uint8_t*>(map.mapping_);
  LINNET_RETURN_IF_ERROR(read_all(descriptor, offset, static_cast<uint8_t*>(map.mapping_), map.size_));
  make_read_only(map.mapping_, map.mapped_);
  return map;
}

void FileMap::close() {
  if (mapping_ != nullptr) give_back(mapping_, mapped_);
  mapping_ = nullptr;
}

#endif

}  // namespace linnet
