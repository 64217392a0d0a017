// Memory for the time of one call, from the session's allocator: what heads say of a text of any length needs as much
// as the text has tokens.
#pragma once

#include <cstddef>

#include "base/checked.h"
#include "runtime/session.h"

namespace linnet {

class CallMemory {
 public:
  explicit CallMemory(const Session& session) : allocator_(session.allocator()) {}
  ~CallMemory();
  CallMemory(const CallMemory&) = delete;
  CallMemory& operator=(const CallMemory&) = delete;

  // Room for so many bytes, not initialized and 64-byte aligned, which is given back at the end; null when there is
  // none.
  void* take(Checked bytes);

  // What to say then.
  static Status none();

 private:
  const Allocator& allocator_;
  void* last_ = nullptr;  // the block taken last; each begins with the address of the one before
};

}  // namespace linnet
