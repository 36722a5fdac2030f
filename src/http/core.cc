#include "http/core.h"

#include "http/session.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

#include <unistd.h>

namespace sallyport::http {

void Mailbox::deliver(std::uint64_t session, Response response) {
  const std::lock_guard lock(mutex_);
  if (core_ == nullptr) {
    return;
  }
  asio::dispatch(core_->io, [core = core_, session, response = std::move(response)]() mutable {
    core->deliver(session, std::move(response));
  });
}

void Mailbox::tell(std::uint64_t session) {
  const std::lock_guard lock(mutex_);
  if (core_ != nullptr) {
    asio::post(core_->io, [core = core_, session] { core->tell(session); });
  }
}

void Mailbox::close() {
  const std::lock_guard lock(mutex_);
  core_ = nullptr;
}

void Core::deliver(std::uint64_t session, Response response) {
  // One request of a session is with the handler at a time, so the number says which one this answers.
  if (const auto it = sessions.find(session); it != sessions.end()) {
    it->second->deliver(std::move(response));
  }
}

void Core::tell(std::uint64_t session) {
  if (const auto it = sessions.find(session); it != sessions.end()) {
    it->second->wake.cancel();
  }
}

// One timer for all deadlines: a request costs no timer operation. A deadline is met up to an eighth late.
void Core::watch_deadlines() {
  const auto shortest = std::min(options.read_deadline.ms, options.idle_timeout.ms);
  deadlines.expires_after(std::chrono::milliseconds(std::clamp<std::int64_t>(shortest / 8, 5, 1'000)));
  deadlines.async_wait([this](const IoError& error) {
    if (error || (draining && sessions.empty())) {
      return;
    }
    const auto now = Session::Clock::now();
    for (const auto& [id, session] : sessions) {
      session->expire_if_late(now);
    }
    watch_deadlines();
  });
}

void Core::close_listeners() {
  for (auto& listener : tcp) {
    IoError ignored;
    listener.acceptor.close(ignored);
  }
  for (auto& listener : local) {
    IoError ignored;
    listener.acceptor.close(ignored);
    struct stat now = {};
    if (::lstat(listener.path.c_str(), &now) == 0 && now.st_dev == listener.file.st_dev &&
        now.st_ino == listener.file.st_ino) {
      ::unlink(listener.path.c_str());
    }
  }
}

void Core::drain(Duration time) {
  draining = true;
  close_listeners();
  for (const auto& [id, session] : sessions) {
    session->drain();
  }
  grace.expires_after(std::chrono::milliseconds(time.ms));
  grace.async_wait([this](const IoError& error) {
    if (!error) {
      for (const auto& [id, session] : sessions) {
        session->cut();
      }
    }
  });
  session_ended();
}

// With the last session gone the timers are all that keeps the I/O thread.
void Core::session_ended() {
  if (draining && sessions.empty()) {
    deadlines.cancel();
    grace.cancel();
  }
}

} // namespace sallyport::http
