#include "support.h"

#include <cmath>
#include <cstdlib>
#include <utility>

// Pages that trap: not on Windows (this way), and not in WebAssembly.
#if !defined(_WIN32) && !defined(__wasi__)
#define LINNET_GUARD_PAGES
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace linnet::kernels {

GuardedBytes::GuardedBytes(size_t bytes) {
  bytes = round_up(bytes == 0 ? 1 : bytes, 64);
#if !defined(LINNET_GUARD_PAGES)
  mapping_ = std::malloc(bytes + 64);
  data_ = reinterpret_cast<void*>(round_up(reinterpret_cast<size_t>(mapping_), 64));
#else
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  mapped_ = round_up(bytes, page) + page;
  mapping_ = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping_ == MAP_FAILED) std::abort();
  char* end = static_cast<char*>(mapping_) + mapped_ - page;
  if (mprotect(end, page, PROT_NONE) != 0) std::abort();
  data_ = end - bytes;
#endif
  std::memset(data_, 0xff, bytes);
}

GuardedBytes::GuardedBytes(GuardedBytes&& other) noexcept
    : mapping_(other.mapping_), mapped_(other.mapped_), data_(other.data_) {
  other.mapping_ = nullptr;
}

GuardedBytes& GuardedBytes::operator=(GuardedBytes&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(mapped_, other.mapped_);
  std::swap(data_, other.data_);
  return *this;
}

GuardedBytes::~GuardedBytes() {
  if (mapping_ == nullptr) return;
#if !defined(LINNET_GUARD_PAGES)
  std::free(mapping_);
#else
  munmap(mapping_, mapped_);
#endif
}

::testing::AssertionResult same_floats(const float* a, const float* b, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (std::memcmp(a + i, b + i, 4) != 0) {
      return ::testing::AssertionFailure()
             << "element " << i << " of " << count << ": " << std::hexfloat << a[i] << " and " << b[i];
    }
  }
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult same_rows(const Rows& a, const Rows& b) {
  if (a.rows != b.rows || a.width != b.width) return ::testing::AssertionFailure() << "shapes differ";
  for (size_t r = 0; r < a.rows; ++r) {
    const ::testing::AssertionResult same = same_floats(a.row(r), b.row(r), round_up(a.width, 64));
    if (!same) return ::testing::AssertionFailure() << "row " << r << ", " << same.message();
  }
  return ::testing::AssertionSuccess();
}

std::vector<int8_t> pack_cells(const std::vector<int8_t>& w, size_t n_count, size_t k_count) {
  const size_t depth = round_up(k_count, 64);
  std::vector<int8_t> packed(round_up(n_count, 16) * depth, 0);
  for (size_t n = 0; n < n_count; ++n) {
    const size_t group = n / 64 * 64;
    const size_t tiles = n_count - group >= 64 ? 4 : ceil_div(n_count - group, 16);
    for (size_t k = 0; k < k_count; ++k) {
      const size_t tile = k / 64 * tiles + (n - group) / 16;
      packed[group * depth + tile * 1024 + k % 64 / 4 * 64 + n % 16 * 4 + k % 4] = w[n * k_count + k];
    }
  }
  return packed;
}

std::vector<float> pack_panels(const std::vector<float>& w, size_t n_count, size_t k_count) {
  std::vector<float> packed(round_up(n_count, 16) * k_count, 0.0f);
  for (size_t n = 0; n < n_count; ++n) {
    for (size_t k = 0; k < k_count; ++k) packed[(n / 16 * k_count + k) * 16 + n % 16] = w[n * k_count + k];
  }
  return packed;
}

}  // namespace linnet::kernels
