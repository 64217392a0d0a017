// Overflow-checked sizes: the one way in which a number that came from a file or from a caller becomes a size, an
// offset or an allocation.
#pragma once

#include <cstddef>
#include <cstdint>

namespace linnet {

// An unsigned 64-bit size that remembers whether any step that led to it overflowed.
class Checked {
 public:
  constexpr Checked(uint64_t value) : value_(value) {}  // NOLINT(google-explicit-constructor)

  friend constexpr Checked operator+(Checked a, Checked b) {
    Checked r(a.value_ + b.value_);
    r.valid_ = a.valid_ && b.valid_ && r.value_ >= a.value_;
    return r;
  }
  friend constexpr Checked operator*(Checked a, Checked b) {
    Checked r(a.value_ * b.value_);
    r.valid_ = a.valid_ && b.valid_ && (a.value_ == 0 || r.value_ / a.value_ == b.value_);
    return r;
  }
  // The smallest multiple of `step` (a power of two) that is not below this.
  constexpr Checked aligned(uint64_t step) const {
    Checked r = *this + Checked(step - 1);
    r.value_ &= ~(step - 1);
    return r;
  }

  // False when any step overflowed 64 bits or the value does not fit into size_t (32-bit targets).
  constexpr bool valid() const { return valid_ && value_ <= SIZE_MAX; }
  constexpr bool valid64() const { return valid_; }
  constexpr uint64_t value64() const { return value_; }
  constexpr size_t value() const { return static_cast<size_t>(value_); }

 private:
  uint64_t value_;
  bool valid_ = true;
};

// True when [offset, offset + bytes) lies within [0, total). Cannot overflow.
constexpr bool range_within(uint64_t offset, uint64_t bytes, uint64_t total) {
  return offset <= total && bytes <= total - offset;
}

// Rounds a trusted size up; for values that were checked before.
constexpr size_t round_up(size_t value, size_t step) { return (value + step - 1) / step * step; }
constexpr size_t ceil_div(size_t value, size_t step) { return (value + step - 1) / step; }

}  // namespace linnet
