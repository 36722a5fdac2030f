#include "http/workers.h"

#include <utility>

namespace sallyport::http {

Workers::Workers(std::size_t waiting_max) : waiting_max_(waiting_max) {
  for (int i = 0; i < 2; ++i) {
    threads_.emplace_back([this] { loop(); });
  }
}

Workers::~Workers() {
  stop();
}

bool Workers::run(Task task) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || waiting_.size() == waiting_max_) {
    return false;
  }
  waiting_.push_back(std::move(task));
  wake_.notify_one();
  return true;
}

void Workers::stop() {
  std::deque<Task> dropped; // destroyed without the lock: a task may answer when it goes
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) {
      thread.join();
    }
  }
}

void Workers::loop() {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) {
        return;
      }
      task = std::move(waiting_.front());
      waiting_.pop_front();
    }
    task();
  }
}

} // namespace sallyport::http
