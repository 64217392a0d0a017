// Memory and numbers for kernels to work on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/checked.h"

namespace linnet::bench {

// Zeroed memory, 64-byte aligned, with 64 readable bytes after its end, as the kernels and XNNPACK want it.
template <typename T>
class Buffer {
 public:
  explicit Buffer(size_t count) : count_(count) {
    const size_t bytes = round_up(count * sizeof(T) + 64, 64);
    data_.reset(static_cast<T*>(std::aligned_alloc(64, bytes)));
    if (data_ == nullptr) std::abort();
    std::memset(static_cast<void*>(data_.get()), 0, bytes);
  }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  T& operator[](size_t i) { return data_.get()[i]; }
  size_t size() const { return count_; }

 private:
  struct Free {
    void operator()(T* memory) const { std::free(memory); }
  };
  std::unique_ptr<T, Free> data_;
  size_t count_;
};

// The same numbers in every run.
class Random {
 public:
  uint32_t next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>(state_ >> 32);
  }
  // Roughly bell-shaped within +-1, as weights and activations are: AMX is slower on evenly random bytes.
  float real() {
    float sum = 0.0f;
    for (int i = 0; i < 4; ++i) sum += static_cast<float>(static_cast<int32_t>(next())) * 0x1p-31f;
    return sum * 0.25f;
  }
  int8_t s8() { return static_cast<int8_t>(real() * 127.0f); }

 private:
  uint64_t state_ = 1;
};

}  // namespace linnet::bench
