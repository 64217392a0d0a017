// Running independent tasks on several threads. Results never depend on how many there are.
#pragma once

#include <cstddef>

#include "base/cores.h"
#include "base/float_control.h"
#include "base/status.h"

namespace linnet {

// WebAssembly has threads only where it is compiled for them.
#if defined(__wasm__) && !defined(_REENTRANT)
inline constexpr bool kHasThreads = false;
#else
inline constexpr bool kHasThreads = true;
#endif

// A parallel for that a host may supply in place of ours: run(self, count, task, context) calls task(context, index,
// worker) once for each index < count, with worker < workers, no two calls of one worker at a time, and returns when
// all have returned.
struct ParallelFor {
  using Task = void (*)(void* context, size_t index, size_t worker);
  void (*run)(void* self, size_t count, Task task, void* context) = nullptr;
  void* self = nullptr;
  size_t workers = 1;

  // Calls function(index, worker) for each index < count. On the calling thread when run is null.
  template <typename Function>
  void operator()(size_t count, Function&& function) const {
    if (run == nullptr || count <= 1) {
      for (size_t index = 0; index < count; ++index) function(index, size_t{0});
      return;
    }
    auto* context = &function;
    using Pointer = decltype(context);
    run(
        self, count,
        [](void* pointer, size_t index, size_t worker) {
          // The thread may be the host's, with a float environment of its own.
          const DefaultFloatControl float_control;
          (*static_cast<Pointer>(pointer))(index, worker);
        },
        context);
  }
};

// Our own threads: `threads - 1` of them beside the calling one, each with a contiguous share of the tasks; who is done
// first helps the others.
// Idle threads spin briefly and then sleep. Where the machine has cores of several speeds, and enough fast ones for all
// threads, the pool's own threads keep to the set of fast cores; the calling thread is never moved.
// Not for use by two callers at a time.
class ThreadPool {
 public:
  ThreadPool() = default;
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  // Starts the threads; 1 starts none. Fails with out_of_memory when the system gives no thread, and with unsupported
  // where there are none (kHasThreads).
  Status start(size_t threads) { return start(threads, threads > 1 ? available_cores() : Cores()); }
  // The same with what is known about the machine's cores.
  Status start(size_t threads, const Cores& cores);

  ParallelFor parallel_for();

 private:
  struct State;
  static void run(void* self, size_t count, ParallelFor::Task task, void* context);

  State* state_ = nullptr;
};

}  // namespace linnet
