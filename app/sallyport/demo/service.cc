#include "demo/service.h"

#include "serve.h"

namespace sallyport::demo {

Service::Service(const std::filesystem::path& data) {
  app::ServeOptions options;
  options.dir = data;
  options.port = 0;
  options.stop = stop_.get_token();
  options.on_ready = [this](std::uint16_t port) {
    const std::lock_guard lock(mutex_);
    port_ = port;
    ready_.notify_one();
  };
  thread_ = std::thread([this, options] {
    const auto ended = app::serve(options);
    const std::lock_guard lock(mutex_);
    failed_ = !ended;
    why_ = ended ? "" : ended.error().text();
    ready_.notify_one();
  });
}

Service::~Service() {
  stop_.request_stop();
  thread_.join();
}

Result<std::uint16_t> Service::port() {
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [this] { return port_ != 0 || failed_; });
  if (failed_) {
    return fail(ErrorCode::unavailable, "", why_);
  }
  return port_;
}

} // namespace sallyport::demo
