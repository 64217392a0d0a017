// Buffers, random numbers and the list of tables for the kernel tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/checked.h"
#include "runtime/kernels/kernels.h"

namespace linnet::kernels {

// Memory that ends at an unreadable page (where the system can do that), 64-byte aligned: an access past
// round_up(bytes, 64) ends the test. Filled with 0xff bytes, which are NaN as floats and -1 as integers.
class GuardedBytes {
 public:
  explicit GuardedBytes(size_t bytes);
  ~GuardedBytes();
  GuardedBytes(GuardedBytes&& other) noexcept;
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(GuardedBytes&& other) noexcept;
  GuardedBytes& operator=(const GuardedBytes&) = delete;
  void* data() const { return data_; }

 private:
  void* mapping_ = nullptr;
  size_t mapped_ = 0;
  void* data_ = nullptr;
};

template <typename T>
class Buffer {
 public:
  explicit Buffer(size_t count) : bytes_(count * sizeof(T)), count_(count) {}
  T* data() { return static_cast<T*>(bytes_.data()); }
  const T* data() const { return static_cast<const T*>(bytes_.data()); }
  T& operator[](size_t i) { return data()[i]; }
  const T& operator[](size_t i) const { return data()[i]; }
  size_t size() const { return count_; }
  void fill(T value) {
    for (size_t i = 0; i < count_; ++i) data()[i] = value;
  }

 private:
  GuardedBytes bytes_;
  size_t count_;
};

// xorshift64*; the seed is part of the test.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
  uint32_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<uint32_t>((state_ * 0x2545f4914f6cdd1du) >> 32);
  }
  // Within +-scale, roughly bell-shaped.
  float real(float scale = 1.0f) {
    float sum = 0.0f;
    for (int i = 0; i < 4; ++i) sum += static_cast<float>(static_cast<int32_t>(next())) * 0x1p-31f;
    return sum * 0.25f * scale;
  }
  int8_t s8() { return static_cast<int8_t>(static_cast<int>(next() % 255) - 127); }
  size_t below(size_t n) { return next() % n; }

 private:
  uint64_t state_;
};

// Rows of `width` floats, zeros from there to the stride, as every kernel wants them.
struct Rows {
  Rows(size_t row_count, size_t row_width, size_t extra_stride = 0)
      : rows(row_count), width(row_width), stride(round_up(row_width, 64) + extra_stride), v(row_count * stride) {
    v.fill(0.0f);
  }
  Rows(size_t row_count, size_t row_width, Random& random, float scale = 1.0f, size_t extra_stride = 0)
      : Rows(row_count, row_width, extra_stride) {
    for (size_t r = 0; r < rows; ++r) {
      for (size_t i = 0; i < width; ++i) at(r, i) = random.real(scale);
    }
  }
  float* row(size_t r) { return v.data() + r * stride; }
  const float* row(size_t r) const { return v.data() + r * stride; }
  float& at(size_t r, size_t i) { return v[r * stride + i]; }

  size_t rows, width, stride;
  Buffer<float> v;
};

// Equal bytes; two NaNs are equal whatever their payload (docs/numerics.md leaves it open).
::testing::AssertionResult same_floats(const float* a, const float* b, size_t count);
::testing::AssertionResult same_rows(const Rows& a, const Rows& b);  // up to round_up(width, 64)

// The layouts Cell16x4 and Panel16 of weights w[n][k].
std::vector<int8_t> pack_cells(const std::vector<int8_t>& w, size_t n_count, size_t k_count);
std::vector<float> pack_panels(const std::vector<float>& w, size_t n_count, size_t k_count);

// Every table of this build, run or skipped by name: TEST_P with table().
inline const char* const kAllTables[] = {
    "scalar",
#if defined(__x86_64__)
    "sse41",  "avx2", "avxvnni", "avx512", "avx512vnni", "amx",
#elif defined(__aarch64__)
    "neon",
    "dotprod",
    "i8mm",
#elif defined(__arm__)
    "armv7neon",
#elif defined(__wasm__)
    "wasm128",
#endif
};

class EachTable : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const Result<const KernelTable*> selected = select_table(GetParam());
    if (!selected.ok()) GTEST_SKIP() << selected.status().message();
    table_ = selected.value();
    ASSERT_STREQ(table_->isa, GetParam());
  }
  const KernelTable& table() const { return *table_; }
  static const KernelTable& scalar() { return *select_table("scalar").value(); }

 private:
  const KernelTable* table_ = nullptr;
};

#define LINNET_EACH_TABLE(suite)                                                           \
  INSTANTIATE_TEST_SUITE_P(Isa, suite, ::testing::ValuesIn(::linnet::kernels::kAllTables), \
                           [](const auto& isa) { return std::string(isa.param); })

}  // namespace linnet::kernels
