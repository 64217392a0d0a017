#include "base/parallel.h"

#include <atomic>
#include <cstdint>
#include <new>
#include <thread>

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

struct ThreadPool::State {
  struct Worker {
    State* state;
    size_t index;
    Thread thread;
  };

  size_t threads = 1;  // with the calling one
  Worker* workers = nullptr;
  std::atomic<uint32_t> generation{0};
  std::atomic<uint32_t> running{0};
  bool stop = false;
  size_t count = 0;
  ParallelFor::Task task = nullptr;
  void* context = nullptr;

  void run_share(size_t worker) const {
    const size_t begin = count * worker / threads, end = count * (worker + 1) / threads;
    for (size_t i = begin; i < end; ++i) task(context, i, worker);
  }

  static EntryResult entry(void* argument) {
    const Worker& worker = *static_cast<Worker*>(argument);
    State& state = *worker.state;
    uint32_t seen = 0;
    for (;;) {
      wait_while(state.generation, seen);
      ++seen;
      if (state.stop) return EntryResult{};
      state.run_share(worker.index);
      if (state.running.fetch_sub(1, std::memory_order_acq_rel) == 1) state.running.notify_one();
    }
  }

  void publish() {
    generation.fetch_add(1, std::memory_order_acq_rel);
    generation.notify_all();
  }
};

Status ThreadPool::start(size_t threads) {
  if (threads <= 1) return Status();
  state_ = new (std::nothrow) State;
  if (state_ == nullptr) return Status::error(Code::out_of_memory, "no memory for %zu threads", threads);
  state_->workers = new (std::nothrow) State::Worker[threads - 1];
  if (state_->workers == nullptr) return Status::error(Code::out_of_memory, "no memory for %zu threads", threads);
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
  state_->stop = true;
  state_->publish();
  for (size_t i = 1; i < state_->threads; ++i) thread_join(state_->workers[i - 1].thread);
  delete[] state_->workers;
  delete state_;
}

ParallelFor ThreadPool::parallel_for() {
  if (state_ == nullptr) return {};
  return {run, this, state_->threads};
}

void ThreadPool::run(void* self, size_t count, ParallelFor::Task task, void* context) {
  State& state = *static_cast<ThreadPool*>(self)->state_;
  state.count = count;
  state.task = task;
  state.context = context;
  state.running.store(static_cast<uint32_t>(state.threads - 1), std::memory_order_release);
  state.publish();
  state.run_share(0);
  for (;;) {
    const uint32_t left = state.running.load(std::memory_order_acquire);
    if (left == 0) return;
    wait_while(state.running, left);
  }
}

size_t hardware_threads() {
  const unsigned count = std::thread::hardware_concurrency();
  return count > 0 ? count : 1;
}

}  // namespace linnet
