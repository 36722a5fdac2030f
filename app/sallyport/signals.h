// SIGTERM and SIGINT as something to wait for instead of something that interrupts. Make it before the first
// thread, so that every thread has them blocked.
#pragma once

#include <csignal>
#include <ctime>

namespace sallyport::app {

class Signals {
public:
  static constexpr int looks_per_second = 5;

  Signals() {
    sigemptyset(&ours_);
    sigaddset(&ours_, SIGTERM);
    sigaddset(&ours_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ours_, &before_);
  }

  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  ~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  // True where one came within a fraction of a second.
  bool wait() const {
    const timespec pause{0, 1'000'000'000 / looks_per_second};
    return sigtimedwait(&ours_, nullptr, &pause) > 0;
  }

private:
  sigset_t ours_{};
  sigset_t before_{};
};

} // namespace sallyport::app
