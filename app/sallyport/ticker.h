// Tells a person at a terminal that work is going on: one line on standard error, from two seconds on,
// gone when the work is done. With --quiet, and where standard error is no terminal, it does nothing.
#pragma once

#include "cli.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace sallyport::cli {

class Ticker {
public:
  Ticker(const Context& context, std::string what);
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;
  ~Ticker();

private:
  void run();

  std::string what_;
  std::mutex mutex_;
  std::condition_variable done_;
  bool finished_ = false;
  std::thread thread_;
};

} // namespace sallyport::cli
