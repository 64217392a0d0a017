#include "python/src/session_pool.h"

#include <algorithm>

#include "base/cores.h"

namespace linnet::python {

namespace {

SessionSettings with_threads(SessionSettings settings) {
  if (settings.threads == 0) settings.threads = default_threads();
  return settings;
}

}  // namespace

SessionPool::SessionPool(const Model& model, SessionSettings settings)
    : model_(model),
      settings_(with_threads(std::move(settings))),
      most_(std::max<size_t>(1, available_cores().all / settings_.threads)) {}

Result<Session> SessionPool::create(size_t pass_tokens) const {
  SessionOptions options;
  options.threads = settings_.threads;
  options.max_pass_tokens = pass_tokens;
  if (!settings_.isa.empty()) options.isa = settings_.isa.c_str();
  options.backend = settings_.backend.c_str();
  options.strict = settings_.strict;
  return Session::create(model_, options);
}

Result<SessionPool::Lease> SessionPool::take() {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    const uint64_t ticket = next_ticket_++;
    changed_.wait(lock, [&] { return turn_ == ticket && (!idle_.empty() || made_ < most_); });
    ++turn_;
    changed_.notify_all();
    if (!idle_.empty()) {
      Lease lease(this, std::move(idle_.back()));
      idle_.pop_back();
      return lease;
    }
    ++made_;
  }
  Result<Session> session = create();
  if (session.ok()) return Lease(this, std::move(*session));
  const std::lock_guard<std::mutex> lock(mutex_);
  --made_;
  changed_.notify_all();
  return session.status();
}

void SessionPool::give_back(Session session) {
  const std::lock_guard<std::mutex> lock(mutex_);
  idle_.push_back(std::move(session));
  changed_.notify_all();
}

}  // namespace linnet::python
