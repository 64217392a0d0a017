// How long work in C++ hears of Ctrl-C, and how Python hears how far it is.
#pragma once

#include <cstdint>
#include <locale.h>
#include <nanobind/nanobind.h>
#include <optional>
#include <utility>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

namespace linnet::python {

// While it lives, this thread has another locale. Programs choose their own (toolkits for windows do it by themselves),
// and with many of them C writes 0.5 as "0,5": not in files and messages of Linnet.
class ThreadLocale {
 public:
  explicit ThreadLocale(locale_t locale) : before_(uselocale(locale)) {}
  ThreadLocale(const ThreadLocale&) = delete;
  ThreadLocale& operator=(const ThreadLocale&) = delete;
  ~ThreadLocale() { uselocale(before_); }

  // In which numbers are written as in C.
  static locale_t plain();

 private:
  locale_t before_;
};

// A lab::Progress: looks for signals, and tells a callable(done, total) if there is one (None: there is not). What
// either raises ends the work, and is raised by run().
class CallProgress {
 public:
  explicit CallProgress(nanobind::object callable = nanobind::none());

  // To be called without the interpreter's lock. Without a callable it takes the lock a few times a second only: other
  // threads may hold it.
  bool operator()(uint64_t done, uint64_t total);

  // Calls function() without the lock and in the plain locale, and returns its result, or raises what ended it.
  template <typename Function>
  auto run(Function&& function) {
    auto result = [&] {
      const nanobind::gil_scoped_release unlocked;
      const ThreadLocale locale(ThreadLocale::plain());
      return function();
    }();
    raise();
    return result;
  }

  // Raises what ended the work, if anything did: for one that was not the one that ran it.
  void raise();

 private:
  nanobind::object callable_;
  std::optional<nanobind::python_error> error_;
  double looked_;
};

}  // namespace linnet::python
