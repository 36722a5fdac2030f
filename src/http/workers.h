// Two threads for work that would hold up the engine's thread. Private to this module.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sallyport::http {

class Workers {
public:
  using Task = std::move_only_function<void()>;

  explicit Workers(std::size_t waiting_max);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers(); // stop()

  // False where too many tasks wait already, or after stop(): it will not run.
  bool run(Task task);
  // Lets the running tasks finish and drops the waiting ones.
  void stop();

private:
  void loop();

  std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

} // namespace sallyport::http
