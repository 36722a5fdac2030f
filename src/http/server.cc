#include "http/server.h"

#include "http/listen.h"
#include "http/session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <csignal>
#include <system_error>
#include <thread>

namespace sallyport::http {

struct Server::Impl {
  Impl(Handler handler, const ServerOptions& options) : core(std::move(handler), options) {}

  Core core;
  std::thread thread;
  std::uint16_t port = 0;
  bool stopped = false;
};

Server::Server(Handler handler, ServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(handler), options)) {
}

Server::~Server() {
  stop();
}

Result<void> Server::listen_tcp(const std::string& address, std::uint16_t port) {
  SP_ASSERT(!impl_->thread.joinable() && !impl_->stopped);
  auto& listeners = impl_->core.tcp;
  auto listening = listen_on(listeners.emplace_back(impl_->core.io), address, port);
  if (!listening) {
    listeners.pop_back();
    return listening;
  }
  boost::system::error_code ignored;
  impl_->port = listeners.back().acceptor.local_endpoint(ignored).port();
  return {};
}

Result<void> Server::listen_unix(const std::filesystem::path& path, unsigned mode) {
  SP_ASSERT(!impl_->thread.joinable() && !impl_->stopped);
  auto& listeners = impl_->core.local;
  auto listening = listen_on(listeners.emplace_back(impl_->core.io), path.string(), mode);
  if (!listening) {
    listeners.pop_back();
  }
  return listening;
}

std::uint16_t Server::port() const {
  return impl_->port;
}

Result<void> Server::start() {
  SP_ASSERT(!impl_->thread.joinable() && !impl_->stopped);
  Core& core = impl_->core;
  for (auto& listener : core.tcp) {
    asio::co_spawn(core.io, accept_tcp(core, listener), asio::detached);
  }
  for (auto& listener : core.local) {
    asio::co_spawn(core.io, accept_unix(core, listener), asio::detached);
  }
  core.watch_deadlines();

  // Signals stay with the threads that wait for them: the new thread inherits this mask.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Result<void> started;
  try {
    impl_->thread = std::thread([&core] { core.io.run(); });
  } catch (const std::system_error&) {
    started = fail(ErrorCode::unavailable, "", "no thread for the server could be started");
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

void Server::stop(Duration grace) {
  if (std::exchange(impl_->stopped, true)) {
    return;
  }
  Core& core = impl_->core;
  if (impl_->thread.joinable()) {
    SP_ASSERT(impl_->thread.get_id() != std::this_thread::get_id());
    asio::post(core.io, [&core, grace] { core.drain(grace); });
    impl_->thread.join();
  } else {
    core.close_listeners();
  }
  core.mailbox->close();
}

} // namespace sallyport::http
