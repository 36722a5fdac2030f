// A source at the other end of a socket, for tests: it answers one request a connection with the bytes
// that were laid down for its target, or for "target body" where something is posted, and notes the
// requests. It parses nothing else, so it can also say what no HTTP library would.
#pragma once

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace sallyport::source::testing {

inline const std::string silence = "(never answers)";

inline std::string reply(std::string_view status, std::string_view body, std::string_view fields = "") {
  return "HTTP/1.1 " + std::string(status) + "\r\nConnection: close\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

class Peer {
public:
  explicit Peer(std::map<std::string, std::string> replies) : replies_(std::move(replies)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 64) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    base_url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    REQUIRE(::pipe(stop_) == 0);
    thread_ = std::thread([this] { serve(); });
  }

  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  ~Peer() {
    ::close(stop_[1]);
    thread_.join();
    for (const int fd : held_) {
      ::close(fd);
    }
    ::close(stop_[0]);
    ::close(listener_);
  }

  const std::string& base_url() const { return base_url_; }

  // The requests with their bodies, in the order they came.
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

private:
  void serve() {
    while (true) {
      pollfd waits[] = {{listener_, POLLIN, 0}, {stop_[0], POLLIN, 0}};
      ::poll(waits, 2, -1);
      if (waits[1].revents != 0) {
        return;
      }
      answer(::accept(listener_, nullptr, nullptr));
    }
  }

  void answer(int fd) {
    std::string head;
    char buffer[4096];
    while (head.find("\r\n\r\n") == std::string::npos) {
      const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
      if (n <= 0) {
        break;
      }
      head.append(buffer, static_cast<std::size_t>(n));
    }
    const std::size_t body = std::min(head.find("\r\n\r\n"), head.size() - 4) + 4;
    if (const std::size_t field = head.find("\r\nContent-Length: "); field < body) {
      const std::size_t end = body + std::stoul(head.substr(field + 18));
      for (ssize_t n = 1; head.size() < end && n > 0;) {
        n = ::recv(fd, buffer, sizeof buffer, 0);
        head.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
      }
    }
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(head);
    }
    const std::size_t begin = std::min(head.find(' '), head.size() - 1) + 1;
    std::string asked = head.substr(begin, head.find(' ', begin) - begin);
    if (body < head.size()) {
      asked += " " + head.substr(body);
    }
    const auto found = replies_.find(asked);
    const std::string bytes = found == replies_.end() ? reply("404 Not Found", "{}") : found->second;
    if (bytes == silence) {
      held_.push_back(fd);
      return;
    }
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t n = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) {
        break;
      }
      sent += static_cast<std::size_t>(n);
    }
    ::close(fd);
  }

  std::map<std::string, std::string> replies_;
  std::string base_url_;
  int listener_ = -1;
  int stop_[2] = {-1, -1};
  std::vector<int> held_;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

} // namespace sallyport::source::testing
