#include "http/listen.h"

#include <boost/asio/ip/v6_only.hpp>

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace sallyport::http {
namespace {

std::unexpected<Error> refuse(const IoError& error, std::string where) {
  if (error == asio::error::address_in_use) {
    return fail(ErrorCode::unavailable, std::move(where),
                "the port is taken by another program; choose another with --listen");
  }
  if (error == asio::error::access_denied) {
    return fail(ErrorCode::denied, std::move(where), "this user may not listen here");
  }
  return fail(ErrorCode::unavailable, std::move(where), "cannot listen here: " + error.message());
}

// Whether a program answers on the socket file. A full backlog (EAGAIN) is an answer too.
bool is_answered(const std::string& path) {
  asio::io_context io;
  Socket<Unix> socket(io);
  IoError error;
  socket.connect(Unix::endpoint(path), error);
  return error != asio::error::connection_refused && error != asio::error::not_found;
}

// After this nothing is at `path`, or somebody else's.
Result<void> remove_stale(const std::string& path) {
  struct stat found = {};
  if (::lstat(path.c_str(), &found) != 0) {
    return {};
  }
  if (!S_ISSOCK(found.st_mode)) {
    return fail(ErrorCode::conflict, path, "a file that is no socket is in the way");
  }
  if (is_answered(path)) {
    return fail(ErrorCode::unavailable, path, "another program listens on this socket");
  }
  ::unlink(path.c_str());
  return {};
}

} // namespace

std::string host_and_port(const std::string& address, std::uint16_t port) {
  const bool six = address.find(':') != std::string::npos;
  return (six ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

Result<void> listen_on(Listener<Tcp>& listener, const std::string& address, std::uint16_t port) {
  const std::string where = host_and_port(address, port);
  IoError error;
  const auto ip = asio::ip::make_address(address, error);
  if (error) {
    return fail(ErrorCode::malformed, where, "this is no numeric IP address");
  }
  const Tcp::endpoint endpoint(ip, port);
  auto& acceptor = listener.acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) {
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error && ip.is_v6()) {
    acceptor.set_option(asio::ip::v6_only(true), error);
  }
  if (!error) {
    acceptor.bind(endpoint, error);
  }
  if (!error) {
    acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return refuse(error, where);
  }
  return {};
}

Result<void> listen_on(Listener<Unix>& listener, const std::string& path, unsigned mode) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(ErrorCode::too_large, path, "the path of a unix socket has 1 to 107 bytes");
  }
  SP_CHECK(remove_stale(path));
  const Unix::endpoint endpoint(path);
  auto& acceptor = listener.acceptor;
  IoError error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) {
    acceptor.bind(endpoint, error);
  }
  // Nobody can connect before listen(), so there is no moment with the umask's mode.
  if (!error && (::chmod(path.c_str(), mode) != 0 || ::lstat(path.c_str(), &listener.file) != 0)) {
    error.assign(errno, boost::system::system_category());
  }
  if (!error) {
    acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error == asio::error::address_in_use) {
    return fail(ErrorCode::unavailable, path, "another program listens on this socket");
  }
  if (error) {
    return refuse(error, path);
  }
  listener.path = path;
  return {};
}

} // namespace sallyport::http
