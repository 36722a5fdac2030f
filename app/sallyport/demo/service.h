// The real service, in a thread of this process, on a port that the system chose.
#pragma once

#include "base/result.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace sallyport::demo {

class Service {
public:
  explicit Service(const std::filesystem::path& data);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Waits until it listens.
  Result<std::uint16_t> port();

private:
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::uint16_t port_ = 0;
  bool failed_ = false;
  std::string why_;
  std::thread thread_;
};

} // namespace sallyport::demo
