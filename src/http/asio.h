// The one door to Asio, for the three files that need it. Private to this module.
//
// The library is compiled once (asio_src.cc); the executor is concrete, because the type-erased one
// costs a second instantiation of everything; there is one I/O thread, so there are no strands.
#pragma once

#define BOOST_ASIO_SEPARATE_COMPILATION
#define BOOST_ASIO_NO_DEPRECATED

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace sallyport::http {

namespace asio = boost::asio;

using IoError = boost::system::error_code;
using Executor = asio::io_context::executor_type;
template <class T> using Awaitable = asio::awaitable<T, Executor>;
inline constexpr asio::use_awaitable_t<Executor> use_awaitable{};

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Tcp = asio::ip::tcp;
using Unix = asio::local::stream_protocol;
template <class Protocol> using Socket = asio::basic_stream_socket<Protocol, Executor>;
template <class Protocol> using Acceptor = asio::basic_socket_acceptor<Protocol, Executor>;

} // namespace sallyport::http
