#include "ticker.h"

#include <chrono>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace sallyport::cli {

using namespace std::chrono_literals;

Ticker::Ticker(const Context& context, std::string what) : what_(std::move(what)) {
  if (!context.quiet && ::isatty(STDERR_FILENO) == 1) {
    thread_ = std::thread(&Ticker::run, this);
  }
}

Ticker::~Ticker() {
  if (!thread_.joinable()) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  done_.notify_one();
  thread_.join();
}

void Ticker::run() {
  std::unique_lock lock(mutex_);
  int seconds = 2;
  bool said = false;
  for (auto pause = 2s; !done_.wait_for(lock, pause, [&] { return finished_; }); pause = 1s, ++seconds) {
    std::fprintf(stderr, "\r%s ... %d s", what_.c_str(), seconds);
    said = true;
  }
  if (said) {
    std::fputs("\r\x1b[K", stderr);
  }
}

} // namespace sallyport::cli
