// The transport beside its physical floor: the same small answer from our server, and from the least
// program that can give it (one epoll loop that does not even parse).
//
//   http_floor floor 8500 &      http_floor server 8501 &
//   wrk -t1 -c64 -d5s --latency http://127.0.0.1:8500/      (then 8501; alternate, take medians)
//
// wrk and the server share the machine, so compare the ratio of the two rates, and the processor time per
// request that each process prints when it is ended with SIGINT.
#include "http/server.h"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

using namespace sallyport;

namespace {

constexpr std::string_view body = R"({"packet":"p-example","state":"held"})";

std::atomic<std::uint64_t> requests = 0;
std::atomic<bool> ended = false;

void end(int) {
  ended = true;
}

void report() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
  };
  const auto count = static_cast<double>(std::max<std::uint64_t>(requests, 1));
  fmt::print("{} requests, {:.2f} us of processor time each\n", requests.load(),
             (us(used.ru_utime) + us(used.ru_stime)) / count);
}

// One answer per request head that arrives whole, which wrk's do.
void answer_all(int fd, std::string_view reply) {
  std::array<char, 4096> in;
  const ssize_t got = ::read(fd, in.data(), in.size());
  if (got <= 0) {
    ::close(fd);
    return;
  }
  requests.fetch_add(1, std::memory_order_relaxed);
  if (::write(fd, reply.data(), reply.size()) < 0) {
    ::close(fd);
  }
}

int run_floor(std::uint16_t port) {
  const std::string reply = fmt::format("HTTP/1.1 200 OK\r\ndate: Fri, 20 Nov 2026 12:00:00 GMT\r\n"
                                        "content-type: application/json\r\ncontent-length: {}\r\n\r\n{}",
                                        body.size(), body);
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, SOMAXCONN) != 0) {
    fmt::print(stderr, "port {} is taken\n", port);
    return 1;
  }
  const int poll = ::epoll_create1(0);
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener}};
  ::epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  std::array<epoll_event, 128> events;
  while (!ended) {
    const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd != listener) {
        answer_all(fd, reply);
      } else if (const int peer = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK); peer >= 0) {
        ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        event = {.events = EPOLLIN, .data = {.fd = peer}};
        ::epoll_ctl(poll, EPOLL_CTL_ADD, peer, &event);
      }
    }
  }
  return 0;
}

int run_server(std::uint16_t port) {
  http::Server server([](http::Request, http::Reply reply) {
    requests.fetch_add(1, std::memory_order_relaxed);
    http::Response response;
    response.headers.add("content-type", "application/json");
    response.body = body;
    reply(std::move(response));
  });
  const auto listening = server.listen_tcp("127.0.0.1", port);
  const auto started = listening ? server.start() : listening;
  if (!started) {
    fmt::print(stderr, "{}\n", started.error().text());
    return 1;
  }
  while (!ended) {
    ::pause();
  }
  server.stop(Duration{1'000});
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc == 3 ? argv[1] : "";
  if (kind != "floor" && kind != "server") {
    fmt::print(stderr, "usage: http_floor floor|server PORT\n");
    return 2;
  }
  std::signal(SIGINT, end);
  std::signal(SIGPIPE, SIG_IGN);
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  const int status = kind == "floor" ? run_floor(port) : run_server(port);
  report();
  return status;
}
