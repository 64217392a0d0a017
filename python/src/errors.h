// Status and Result as Python exceptions: classes of linnet._errors, one for each code.
#pragma once

#include <exception>
#include <nanobind/nanobind.h>
#include <utility>

#include "base/status.h"

namespace linnet::python {

// How an error travels to nanobind, inside this module alone.
class StatusError : public std::exception {
 public:
  explicit StatusError(const Status& status) : status_(status) {}
  const char* what() const noexcept override { return status_.message(); }
  const Status& status() const { return status_; }

 private:
  Status status_;
};

inline void check(const Status& status) {
  if (!status.ok()) throw StatusError(status);
}

template <typename T>
T take(Result<T> result) {
  check(result.status());
  return std::move(*result);
}

void register_errors();

// Text from anywhere (a message that was cut, a name in a damaged file) as a str.
nanobind::str text(const char* bytes, size_t size);
nanobind::str text(const char* bytes);

}  // namespace linnet::python
