#include "runtime/heads/call_memory.h"

namespace linnet {

namespace {

constexpr size_t kAlignment = 64;  // also of what lies behind the address at the front of a block

}  // namespace

CallMemory::~CallMemory() {
  while (last_ != nullptr) {
    void* const block = last_;
    last_ = *static_cast<void**>(block);
    allocator_.release(allocator_.self, block);
  }
}

void* CallMemory::take(Checked bytes) {
  const Checked whole = bytes + kAlignment;
  void* const block = whole.valid() ? allocator_.allocate(allocator_.self, whole.value(), kAlignment) : nullptr;
  if (block == nullptr) return nullptr;
  *static_cast<void**>(block) = last_;
  last_ = block;
  return static_cast<unsigned char*>(block) + kAlignment;
}

Status CallMemory::none() { return Status::error(Code::out_of_memory, "no memory for a text of this length"); }

}  // namespace linnet
