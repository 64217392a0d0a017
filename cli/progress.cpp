#include "cli/progress.h"

#include <cstdio>
#include <signal.h>
#include <unistd.h>

#include "lab/timing.h"

namespace linnet::cli {

namespace {

constexpr double kSilentSeconds = 0.5;
constexpr double kRedrawSeconds = 0.1;
constexpr int kBarWidth = 30;

volatile sig_atomic_t interrupted = 0;

void on_interrupt(int) { interrupted = 1; }

void set_handlers(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // not SA_RESTART: a waiting read ends as well
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

Progress::Progress(std::string what) : what_(std::move(what)), terminal_(isatty(STDERR_FILENO) != 0) {
  set_handlers(on_interrupt);
}

Progress::~Progress() {
  set_handlers(SIG_DFL);
  if (drawn_) std::fprintf(stderr, "\r\033[K");
}

bool Progress::update(uint64_t done, uint64_t total) {
  if (interrupted != 0) return false;
  if (!terminal_) return true;
  const double now = lab::steady_seconds();
  if (!begun_) {
    begun_ = true;
    started_ = now;
    last_ = now + kSilentSeconds - kRedrawSeconds;
  }
  if (now - last_ < kRedrawSeconds) return true;
  last_ = now;
  drawn_ = true;
  if (total == 0) {
    std::fprintf(stderr, "\r\033[K%s  %.1f MB", what_.c_str(), static_cast<double>(done) / 1e6);
    return true;
  }
  const double fraction = static_cast<double>(done) / static_cast<double>(total);
  char bar[kBarWidth + 1];
  for (int i = 0; i < kBarWidth; ++i) bar[i] = i < static_cast<int>(fraction * kBarWidth) ? '#' : '.';
  bar[kBarWidth] = '\0';
  std::fprintf(stderr, "\r\033[K%s  [%s] %3.0f%%", what_.c_str(), bar, 100 * fraction);
  if (done > 0) std::fprintf(stderr, "  %.0f s left", (now - started_) * (1 - fraction) / fraction);
  return true;
}

}  // namespace linnet::cli
