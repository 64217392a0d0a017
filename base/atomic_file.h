// Writing a file so that whoever looks for it finds the old one or the whole new one, never a part.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/status.h"

namespace linnet {

// Writes beside the target under a name of its own and renames on commit(). Dropped without commit, it leaves nothing.
class AtomicFile {
 public:
  AtomicFile() = default;
  AtomicFile(AtomicFile&& other) noexcept { *this = static_cast<AtomicFile&&>(other); }
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile() { abandon(); }

  static Result<AtomicFile> create(const std::string& path);

  Status write(const void* bytes, size_t size);
  // Overwrites bytes written before (a header whose numbers are known at the end only).
  Status write_at(long offset, const void* bytes, size_t size);
  // Flushes, closes and renames. Without it the target stays as it was.
  Status commit();

 private:
  void abandon();

  std::string path_, temporary_;
  std::FILE* file_ = nullptr;
};

// Writes all of a file at once, in the same way.
Status write_atomically(const std::string& path, std::string_view content);

}  // namespace linnet
