// A connection without its kind: what a session needs of TCP, unix sockets and whatever stands in
// between later. Private to this module.
#pragma once

#include "http/asio.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace sallyport::http {

// None of these functions is a coroutine itself. One read and one write may be under way at a time.
class Conn {
public:
  using Buffers = std::array<asio::const_buffer, 2>;

  virtual ~Conn() = default;
  // At least one byte, or an error.
  virtual Awaitable<std::size_t> read(asio::mutable_buffer room, IoError& error) = 0;
  // All of it, or an error.
  virtual Awaitable<std::size_t> write(const Buffers& buffers, IoError& error) = 0;
  // What is under way ends with an error.
  virtual void cancel() = 0;
  // What was written and not taken by the peer is bounded from here on: a slow one is noticed by that.
  virtual void keep_little() = 0;
  // The peer reads the end of the stream; we can still read.
  virtual void end_writing() = 0;
};

template <class Protocol> class SocketConn final : public Conn {
public:
  explicit SocketConn(Socket<Protocol> socket) : socket_(std::move(socket)) {}

  Awaitable<std::size_t> read(asio::mutable_buffer room, IoError& error) override {
    return socket_.async_read_some(room, asio::redirect_error(use_awaitable, error));
  }

  Awaitable<std::size_t> write(const Buffers& buffers, IoError& error) override {
    return asio::async_write(socket_, buffers, asio::redirect_error(use_awaitable, error));
  }

  void cancel() override {
    IoError ignored;
    socket_.cancel(ignored);
  }

  void keep_little() override {
    IoError ignored;
    socket_.set_option(asio::socket_base::send_buffer_size(32 * 1024), ignored);
  }

  void end_writing() override {
    IoError ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  }

private:
  Socket<Protocol> socket_;
};

} // namespace sallyport::http
