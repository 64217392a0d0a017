#include "base/parallel.h"

#if defined(__wasm__) && !defined(_REENTRANT)

namespace linnet {

Status ThreadPool::start(size_t threads, const Cores&) {
  if (threads <= 1) return Status();
  return Status::error(Code::unsupported, "%zu threads: this build for WebAssembly has no threads; use 1", threads);
}

ThreadPool::~ThreadPool() = default;

ParallelFor ThreadPool::parallel_for() { return {}; }

}  // namespace linnet

#else

#include <atomic>
#include <cstdint>
#include <new>

#if defined(_WIN32)
#include <windows.h>
#else
#include <pthread.h>
#endif

namespace linnet {

namespace {

// Threads by the system's own calls: std::thread reports failure by an exception, which this library does without.
#if defined(_WIN32)
using Thread = HANDLE;
bool thread_start(Thread* thread, unsigned long (*entry)(void*), void* argument) {
  *thread = CreateThread(nullptr, 0, entry, argument, 0, nullptr);
  return *thread != nullptr;
}
void thread_join(Thread thread) {
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
}
using EntryResult = unsigned long;
#else
using Thread = pthread_t;
bool thread_start(Thread* thread, void* (*entry)(void*), void* argument) {
  return pthread_create(thread, nullptr, entry, argument) == 0;
}
void thread_join(Thread thread) { pthread_join(thread, nullptr); }
using EntryResult = void*;
#endif

inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Long enough to bridge the gap between two ops of one pass, short enough to yield the core on a shared machine.
constexpr int kSpins = 2000;

// Waits until `word` is no longer `old`: spins, then sleeps.
void wait_while(const std::atomic<uint32_t>& word, uint32_t old) {
  for (int i = 0; i < kSpins; ++i) {
    if (word.load(std::memory_order_acquire) != old) return;
    relax();
  }
  while (word.load(std::memory_order_acquire) == old) word.wait(old, std::memory_order_acquire);
}

}  // namespace

// Every worker has a share of the tasks and takes them from its front; who has finished its own goes on with the shares
// of others. So a thread that the system has not woken yet holds nobody up: its share is done by those who run.
//
// A share is one word that says all: {generation: 16, tasks: 24, next: 24}. Taking a task is one fetch_add, and what it
// returns names the run that the task belongs to, so that a thread that comes late can neither take a task twice nor
// one that is not there. The run cannot end, and its description cannot change, before a taken task has returned.
struct ThreadPool::State {
  struct alignas(64) Share {
    std::atomic<uint64_t> word{0};
  };
  struct Worker {
    State* state;
    size_t index;
    Thread thread;
  };
  static constexpr int kNextBits = 24, kTaskBits = 24;
  static constexpr uint64_t kMask = (uint64_t{1} << 24) - 1;
  // So that `next`, which goes on counting when a share is empty, cannot run over.
  static constexpr size_t kMostTasks = size_t{1} << 23;

  size_t threads = 1;   // with the calling one
  bool placed = false;  // whether the pool's threads keep to `cores`
  CpuSet cores;
  Worker* workers = nullptr;
  Share* shares = nullptr;              // [threads]
  std::atomic<uint32_t> generation{0};  // runs so far: what idle threads wait for
  std::atomic<size_t> unfinished{0};    // tasks of the run that have not returned
  std::atomic<uint32_t> finished{0};    // the last run whose tasks have all returned, modulo 2^16
  std::atomic<bool> stop{false};
  size_t first = 0, count = 0;  // tasks of the run
  ParallelFor::Task task = nullptr;
  void* context = nullptr;

  size_t share_begin(size_t share) const { return count * share / threads; }

  // Works on the shares, its own first, until no task is left.
  void help(size_t worker) {
    for (size_t i = 0; i < threads; ++i) {
      const size_t share = worker + i < threads ? worker + i : worker + i - threads;
      size_t done = 0;
      uint64_t taken;
      for (;;) {
        taken = shares[share].word.fetch_add(1, std::memory_order_acq_rel);
        const uint64_t next = taken & kMask;
        if (next >= (taken >> kNextBits & kMask)) break;
        task(context, first + share_begin(share) + next, worker);
        ++done;
      }
      if (done == 0 || unfinished.fetch_sub(done, std::memory_order_acq_rel) != done) continue;
      finished.store(static_cast<uint32_t>(taken >> (kNextBits + kTaskBits)), std::memory_order_release);
      finished.notify_one();
    }
  }

  static EntryResult entry(void* argument) {
    const Worker& worker = *static_cast<Worker*>(argument);
    State& state = *worker.state;
    if (state.placed) place_this_thread(state.cores);  // a system that refuses places them as it likes
    uint32_t seen = 0;
    for (;;) {
      wait_while(state.generation, seen);
      seen = state.generation.load(std::memory_order_acquire);
      if (state.stop.load(std::memory_order_acquire)) return EntryResult{};
      state.help(worker.index);
    }
  }

  void publish() {
    generation.fetch_add(1, std::memory_order_acq_rel);
    generation.notify_all();
  }

  void run(size_t begin, size_t tasks, ParallelFor::Task function, void* argument) {
    first = begin;
    count = tasks;
    task = function;
    context = argument;
    unfinished.store(tasks, std::memory_order_relaxed);
    const uint32_t current = (generation.load(std::memory_order_relaxed) + 1) & 0xffff;
    for (size_t i = 0; i < threads; ++i) {
      const uint64_t size = share_begin(i + 1) - share_begin(i);
      shares[i].word.store(uint64_t{current} << (kNextBits + kTaskBits) | size << kNextBits, std::memory_order_release);
    }
    publish();
    help(0);
    for (;;) {
      const uint32_t last = finished.load(std::memory_order_acquire);
      if (last == current) return;
      wait_while(finished, last);
    }
  }
};

Status ThreadPool::start(size_t threads, const Cores& cores) {
  if (threads <= 1) return Status();
  state_ = new (std::nothrow) State;
  if (state_ == nullptr) return Status::error(Code::out_of_memory, "no memory for %zu threads", threads);
  state_->workers = new (std::nothrow) State::Worker[threads - 1];
  state_->shares = new (std::nothrow) State::Share[threads];
  if (state_->workers == nullptr || state_->shares == nullptr) {
    return Status::error(Code::out_of_memory, "no memory for %zu threads", threads);
  }
  // More threads than fast cores: the system spreads them better than a set that is too small for them.
  state_->placed = cores.fast < cores.all && threads <= cores.fast;
  state_->cores = cores.fast_set;
  for (size_t i = 1; i < threads; ++i) {
    State::Worker& worker = state_->workers[i - 1];
    worker = {state_, i, Thread{}};
    if (!thread_start(&worker.thread, State::entry, &worker)) {
      return Status::error(Code::out_of_memory, "the system refused thread %zu of %zu", i + 1, threads);
    }
    state_->threads = i + 1;
  }
  return Status();
}

ThreadPool::~ThreadPool() {
  if (state_ == nullptr) return;
  state_->stop.store(true, std::memory_order_release);
  state_->publish();
  for (size_t i = 1; i < state_->threads; ++i) thread_join(state_->workers[i - 1].thread);
  delete[] state_->workers;
  delete[] state_->shares;
  delete state_;
}

ParallelFor ThreadPool::parallel_for() {
  if (state_ == nullptr) return {};
  return {run, this, state_->threads};
}

void ThreadPool::run(void* self, size_t count, ParallelFor::Task task, void* context) {
  State& state = *static_cast<ThreadPool*>(self)->state_;
  for (size_t begin = 0; begin < count; begin += State::kMostTasks) {
    state.run(begin, count - begin < State::kMostTasks ? count - begin : State::kMostTasks, task, context);
  }
}

}  // namespace linnet

#endif
