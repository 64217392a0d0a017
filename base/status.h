// Status and Result<T>: how every Linnet function reports failure.
//
// Nothing here allocates or throws, so the same types serve the device runtime (built without exceptions) and the
// tools. A message names the thing that is wrong and, where there is one, what to do about it.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <utility>

namespace linnet {

// The numeric values are part of the C API (linnet.h) and never change.
enum class Code : int {
  ok = 0,
  invalid_argument = 1,  // the caller passed something that cannot work
  not_found = 2,         // a file, a name, an output that does not exist
  io = 3,                // the operating system refused a read, a write or a mapping
  corrupt = 4,           // a file that is damaged, truncated or not what it claims to be
  unsupported = 5,       // well formed, but this version or this machine cannot do it
  limit = 6,             // larger than a stated limit
  out_of_memory = 7,
  non_finite = 8,  // a NaN or an infinity reached a step that needs finite numbers
  internal = 9,    // a broken invariant of Linnet itself
};

// The stable lower-case name of a code, e.g. "invalid_argument".
const char* code_name(Code code);

class [[nodiscard]] Status {
 public:
  static constexpr size_t kCapacity = 1024;

  Status() : code_(Code::ok), length_(0) {}
  Status(const Status& other) { *this = other; }
  Status& operator=(const Status& other) {
    code_ = other.code_;
    length_ = other.length_;
    if (this != &other && length_ > 0) std::memcpy(message_, other.message_, length_ + 1);
    return *this;
  }

  // printf-style; a message longer than the capacity ends in "...".
#if defined(__GNUC__)
  __attribute__((format(printf, 2, 3)))
#endif
  static Status
  error(Code code, const char* format, ...);

  bool ok() const { return code_ == Code::ok; }
  Code code() const { return code_; }
  const char* message() const { return length_ > 0 ? message_ : ""; }

  // The same error with `context: ` put before the message.
  Status within(const char* context) const { return error(code_, "%s: %s", context, message()); }

 private:
  Code code_;
  size_t length_;
  char message_[kCapacity];  // only the first length_ + 1 bytes are meaningful, and only when length_ > 0
};

// A value or the reason why there is none. T must be default constructible and movable.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(const Status& status) : status_(status) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return status_.ok(); }
  const Status& status() const { return status_; }
  T& value() { return value_; }
  const T& value() const { return value_; }
  T& operator*() { return value_; }
  const T& operator*() const { return value_; }
  T* operator->() { return &value_; }
  const T* operator->() const { return &value_; }

 private:
  Status status_;
  T value_{};
};

// Leaves the current function with the error, if there is one.
#define LINNET_RETURN_IF_ERROR(expression)                \
  do {                                                    \
    const ::linnet::Status linnet_status_ = (expression); \
    if (!linnet_status_.ok()) return linnet_status_;      \
  } while (false)

}  // namespace linnet
