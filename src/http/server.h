// An HTTP/1.1 server (RFC 9112) on TCP and on a unix socket, with one I/O thread.
#pragma once

#include "base/instant.h"
#include "base/limits.h"
#include "base/result.h"
#include "http/message.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace sallyport::http {

// Answers the request. May be called once, from any thread, also after the server has stopped (then
// it does nothing). Destroying one that was never called answers 500.
using Reply = std::move_only_function<void(Response)>;

// Runs on the I/O thread: it must not block, so slow work takes the Reply elsewhere. An exception that
// leaves it is answered with 500.
using Handler = std::function<void(Request, Reply)>;

struct ServerOptions {
  std::size_t header_bytes_max = limits::header_bytes; // request line and fields; beyond: 431
  std::size_t body_bytes_max = limits::request_bytes;  // beyond: 413
  std::size_t connections_max = limits::connections;   // beyond: 503 with Retry-After
  Duration read_deadline{30'000}; // first byte of a request to its last, and a response to be taken
  Duration idle_timeout{60'000};  // between two requests of a connection; then it is closed
};

// States: built -> listen_*() any number of times -> start() once -> stop(). A stopped server stays so.
class Server {
public:
  explicit Server(Handler handler, ServerOptions options = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server(); // stop() without grace

  // `address` is a numeric IPv4 or IPv6 address; port 0 lets the system choose. Connections that come
  // before start() wait. A taken port is `unavailable`, `where` = "127.0.0.1:8420".
  Result<void> listen_tcp(const std::string& address, std::uint16_t port);
  // `mode` is 0600 (our user) or 0660 (and our group). A socket file that nobody answers on is
  // replaced; a live one is `unavailable`, a file of another kind `conflict`. Removed again by stop().
  Result<void> listen_unix(const std::filesystem::path& path, unsigned mode = 0600);
  // The bound port of the last listen_tcp(); 0 before one.
  std::uint16_t port() const;

  Result<void> start();
  // Stops accepting, lets requests in flight finish with "Connection: close" for at most `grace`,
  // then cuts what is left and joins the thread. Not from the I/O thread. May be called again.
  void stop(Duration grace = {});

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace sallyport::http
