#include "python/src/call_progress.h"

#include "lab/timing.h"

namespace linnet::python {

namespace nb = nanobind;

namespace {
constexpr double kSignalSeconds = 0.05;
}

locale_t ThreadLocale::plain() {
  static const locale_t locale = newlocale(LC_ALL_MASK, "C", nullptr);
  return locale;
}

CallProgress::CallProgress(nb::object callable) : callable_(std::move(callable)), looked_(lab::steady_seconds()) {}

bool CallProgress::operator()(uint64_t done, uint64_t total) {
  const double now = lab::steady_seconds();
  if (callable_.is_none() && now - looked_ < kSignalSeconds) return true;
  looked_ = now;
  const nb::gil_scoped_acquire locked;
  const ThreadLocale locale(LC_GLOBAL_LOCALE);  // the program's
  try {
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    if (!callable_.is_none()) callable_(done, total);
  } catch (nb::python_error& error) {
    error_.emplace(std::move(error));
  }
  return !error_.has_value();
}

void CallProgress::raise() {
  if (!error_.has_value()) return;
  nb::python_error error = std::move(*error_);
  error_.reset();
  throw error;
}

}  // namespace linnet::python
