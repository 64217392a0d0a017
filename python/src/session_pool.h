// The sessions of one model, for any number of threads that want one.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/session.h"

namespace linnet::python {

struct SessionSettings {
  size_t threads = 0;  // 0: default_threads()
  std::string isa, backend;
  bool strict = false;
};

// Sessions are made when they are wanted, and kept. There are no more of them than the machine has cores for: further
// ones would only take cores from each other. Whoever comes when all are in use waits, first come first served.
class SessionPool {
 public:
  // The model must outlive the pool.
  SessionPool(const Model& model, SessionSettings settings);

  // A session for one piece of work, given back when this goes.
  class Lease {
   public:
    Lease() = default;
    Lease(SessionPool* pool, Session session) : pool_(pool), session_(std::move(session)) {}
    Lease(Lease&& other) noexcept : pool_(other.pool_), session_(std::move(other.session_)) { other.pool_ = nullptr; }
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (pool_ != nullptr) pool_->give_back(std::move(session_));
    }
    Session& operator*() { return session_; }
    Session* operator->() { return &session_; }

   private:
    SessionPool* pool_ = nullptr;
    Session session_;
  };

  // To be called without the interpreter's lock.
  Result<Lease> take();

  // A session of the caller's own, for work that would keep others waiting for long or needs longer passes
  // (SessionOptions::max_pass_tokens).
  Result<Session> create(size_t pass_tokens = 0) const;

  const SessionSettings& settings() const { return settings_; }

 private:
  void give_back(Session session);

  const Model& model_;
  const SessionSettings settings_;
  const size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Session> idle_;
  size_t made_ = 0;
  uint64_t next_ticket_ = 0, turn_ = 0;
};

}  // namespace linnet::python
