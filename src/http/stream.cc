#include "http/stream.h"

#include <utility>

namespace sallyport::http {

std::shared_ptr<Stream> Stream::for_reader(std::shared_ptr<Stream> stream) {
  Stream* of = stream.get();
  return {of, [stream = std::move(stream)](Stream*) {
            const std::lock_guard lock(stream->mutex_);
            stream->left_ = true;
            stream->piece_.clear();
          }};
}

bool Stream::offer(std::string piece) {
  std::function<void()> news;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ || ended_ || left_) {
      return false;
    }
    piece_ = std::move(piece);
    waiting_ = true;
    news = news_;
  }
  if (news) {
    news();
  }
  return true;
}

void Stream::end(std::string last) {
  std::function<void()> news;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(ended_, true)) {
      return;
    }
    piece_ = std::move(last);
    news = news_;
  }
  if (news) {
    news();
  }
}

bool Stream::is_waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

bool Stream::is_over() const {
  const std::lock_guard lock(mutex_);
  return ended_ || left_;
}

void Stream::attach(std::function<void()> news) {
  const std::lock_guard lock(mutex_);
  news_ = std::move(news);
}

Stream::Piece Stream::take() {
  const std::lock_guard lock(mutex_);
  return {std::exchange(piece_, {}), ended_};
}

void Stream::sent() {
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(waiting_, false)) {
      return; // it was a pulse
    }
  }
  if (options_.taken) {
    options_.taken();
  }
}

} // namespace sallyport::http
