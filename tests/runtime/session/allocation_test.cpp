// After a session is created nothing allocates: counted by replacing the allocation functions of this program.

#include <atomic>
#include <cstdlib>
#include <gtest/gtest.h>
#include <new>

#include "quant/quantize.h"
#include "tests/support/random_model.h"
#include "tests/support/sanitized.h"

namespace {
std::atomic<long> allocations{0};
}

#if !LINNET_SANITIZED
// Not inlined: GCC would compare malloc with delete and new with free, and warn.
[[gnu::noinline]] void* operator new(size_t bytes) {
  ++allocations;
  void* memory = std::malloc(bytes > 0 ? bytes : 1);
  if (memory == nullptr) std::abort();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }
#endif

namespace linnet {
namespace {

TEST(Allocation, NoneAfterASessionIsCreated) {
#if LINNET_SANITIZED
  GTEST_SKIP() << "the sanitizer has allocation functions of its own; other builds count";
#endif
  for (const bool int8 : {false, true}) {
    EditableModel editable = testing_support::random_model({});
    if (int8) editable = *quantize_int8(editable, {}, nullptr);
    const testing_support::OpenModel open(std::move(editable));
    // An allocator that counts sees what the session takes by itself.
    static long taken = 0;
    SessionOptions options;
    options.threads = kHasThreads ? 2 : 1;
    options.allocator = {[](void*, size_t bytes, size_t alignment) -> void* {
                           ++taken;
                           return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
                         },
                         [](void*, void* memory) { std::free(memory); }, nullptr};
    Result<Session> session = Session::create(open.model(), options);
    ASSERT_TRUE(session.ok());
    const std::vector<int32_t> ids(500, 7);
    const std::vector<size_t> lengths = {100, 1, 99, 158, 142};
    std::vector<float> out(36 * 5);
    const Tap tap = {*open.model().find_value(nullptr), out.data(), 36};
    const long before = allocations, taken_before = taken;
    for (int round = 0; round < 3; ++round) {
      const Status status = session->run(ids.data(), lengths.data(), lengths.size(), &tap, 1);
      ASSERT_TRUE(status.ok()) << status.message();
    }
    EXPECT_EQ(allocations, before);
    EXPECT_EQ(taken, taken_before);
  }
}

}  // namespace
}  // namespace linnet
