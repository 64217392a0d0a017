#include "base/atomic_file.h"

#include <cerrno>
#include <cstring>

#if defined(_WIN32)
#include <process.h>
#include <windows.h>
#else
#include <unistd.h>
#endif

namespace linnet {

namespace {

int process_id() {
#if defined(_WIN32)
  return _getpid();
#else
  return static_cast<int>(getpid());
#endif
}

// rename() that replaces an existing file on every system.
bool replace_file(const char* from, const char* to) {
#if defined(_WIN32)
  return MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING) != 0;
#else
  return std::rename(from, to) == 0;
#endif
}

}  // namespace

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this != &other) {
    abandon();
    path_ = std::move(other.path_);
    temporary_ = std::move(other.temporary_);
    file_ = other.file_;
    other.file_ = nullptr;
  }
  return *this;
}

Result<AtomicFile> AtomicFile::create(const std::string& path) {
  AtomicFile file;
  file.path_ = path;
  file.temporary_ = path + ".part" + std::to_string(process_id());
  file.file_ = std::fopen(file.temporary_.c_str(), "wb");
  if (file.file_ == nullptr) {
    return Status::error(Code::io, "cannot write '%s': %s", path.c_str(), std::strerror(errno));
  }
  return file;
}

// In pieces: Linux keeps what is written at once as one folio of up to 2 MB, and maps the whole of it when a program
// maps the file and touches one page. A model that was quantized a moment ago would take half as much memory again.
Status AtomicFile::write(const void* bytes, size_t size) {
  constexpr size_t kPiece = 65536;
  const char* next = static_cast<const char*>(bytes);
  while (size > 0) {
    const size_t piece = size < kPiece ? size : kPiece;
    if (std::fwrite(next, 1, piece, file_) != piece) {
      return Status::error(Code::io, "cannot write '%s': %s", path_.c_str(), std::strerror(errno));
    }
    next += piece;
    size -= piece;
  }
  return Status();
}

Status AtomicFile::write_at(long offset, const void* bytes, size_t size) {
  if (std::fseek(file_, offset, SEEK_SET) != 0) {
    return Status::error(Code::io, "cannot seek in '%s': %s", path_.c_str(), std::strerror(errno));
  }
  LINNET_RETURN_IF_ERROR(write(bytes, size));
  if (std::fseek(file_, 0, SEEK_END) != 0) {
    return Status::error(Code::io, "cannot seek in '%s': %s", path_.c_str(), std::strerror(errno));
  }
  return Status();
}

Status AtomicFile::commit() {
  bool good = std::fflush(file_) == 0;
#if !defined(_WIN32)
  good = good && fsync(fileno(file_)) == 0;
#endif
  good = std::fclose(file_) == 0 && good;
  file_ = nullptr;
  if (good && replace_file(temporary_.c_str(), path_.c_str())) return Status();
  const int reason = errno;
  std::remove(temporary_.c_str());
  return Status::error(Code::io, "cannot write '%s': %s", path_.c_str(), std::strerror(reason));
}

void AtomicFile::abandon() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  file_ = nullptr;
  std::remove(temporary_.c_str());
}

Status write_atomically(const std::string& path, std::string_view content) {
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file.ok()) return file.status();
  LINNET_RETURN_IF_ERROR(file->write(content.data(), content.size()));
  return file->commit();
}

}  // namespace linnet
