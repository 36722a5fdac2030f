#include "http/server.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace sallyport;
using namespace sallyport::http;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::string_view crlf2 = "\r\n\r\n";

// A client that sends exactly the bytes it is told to.
class Wire {
public:
  explicit Wire(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    patience();
  }

  explicit Wire(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    patience();
  }

  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  ~Wire() { ::close(fd_); }

  Wire& send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        reset_ = true;
        return *this; // the server has ended the connection; reading shows how
      }
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return *this;
  }

  // One answer: head and body. "" at the end of the stream, where nothing more came.
  std::string answer(bool with_body = true) {
    std::size_t head = 0;
    while ((head = buffer_.find(crlf2)) == std::string::npos) {
      if (!fill()) {
        return std::exchange(buffer_, "");
      }
    }
    std::size_t size = head + crlf2.size();
    if (const std::size_t at = buffer_.find("content-length: "); with_body && at < head) {
      size += std::strtoul(buffer_.c_str() + at + 16, nullptr, 10);
    }
    while (buffer_.size() < size) {
      REQUIRE(fill());
    }
    std::string one = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return one;
  }

  int status() { return std::atoi(answer().substr(0, 12).c_str() + (sizeof "HTTP/1.1 " - 1)); }

  bool ended() { return buffer_.empty() && !fill(); }

  // Whether the server ended the connection in a way that may lose its last answer.
  bool was_reset() const { return reset_; }

  void end_writing() { ::shutdown(fd_, SHUT_WR); }

private:
  void patience() {
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }

  bool fill() {
    char chunk[16384];
    const ssize_t got = ::recv(fd_, chunk, sizeof chunk, 0);
    CHECK_MESSAGE((got >= 0 || errno == ECONNRESET), "no answer within ten seconds");
    reset_ = reset_ || got < 0;
    if (got > 0) {
      buffer_.append(chunk, static_cast<std::size_t>(got));
    }
    return got > 0;
  }

  int fd_;
  bool reset_ = false;
  std::string buffer_;
};

std::string get(std::string_view target, std::string_view fields = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}

void echo(Request request, Reply reply) {
  Response response;
  response.headers.add("content-type", "text/plain");
  response.body = request.method + " " + request.path + " " + request.body;
  reply(std::move(response));
}

// Holds Replies back, for a test to answer from its own thread.
class Held {
public:
  Handler handler() {
    return [this](Request, Reply reply) {
      const std::lock_guard lock(mutex_);
      replies_.push_back(std::move(reply));
      came_.notify_all();
    };
  }

  Reply take() {
    std::unique_lock lock(mutex_);
    REQUIRE(came_.wait_for(lock, std::chrono::seconds(10), [this] { return !replies_.empty(); }));
    Reply reply = std::move(replies_.front());
    replies_.erase(replies_.begin());
    return reply;
  }

private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Reply> replies_;
};

struct Running {
  explicit Running(Handler handler, ServerOptions options = {}) : server(std::move(handler), options) {
    REQUIRE(server.listen_tcp("127.0.0.1", 0));
    REQUIRE(server.start());
  }

  Wire wire() { return Wire(server.port()); }

  Server server;
};

struct Directory {
  Directory() {
    char name[] = "/tmp/sallyport-http-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }

  ~Directory() { std::filesystem::remove_all(path); }

  std::filesystem::path path;
};

std::int64_t ms_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

} // namespace

TEST_CASE("a connection is kept, and requests on it are answered in order") {
  Running running(echo);
  auto wire = running.wire();
  CHECK(wire.send(get("/1")).answer().ends_with("GET /1 "));
  CHECK(wire.send(get("/2")).answer().ends_with("GET /2 "));
  std::string many;
  for (int i = 0; i < 500; ++i) {
    many += get("/" + std::to_string(i));
  }
  wire.send(many);
  for (int i = 0; i < 500; ++i) {
    CHECK(wire.answer().ends_with("GET /" + std::to_string(i) + " "));
  }
}

TEST_CASE("an answer has a date, a length and the handler's fields") {
  Running running(echo);
  const std::string answer = running.wire().send(get("/x")).answer();
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\ndate: "));
  CHECK(answer.find(" GMT\r\ncontent-type: text/plain\r\ncontent-length: 7\r\n\r\nGET /x ") !=
        std::string::npos);
}

TEST_CASE("a request cut at every byte is the same request") {
  Running running(echo);
  const std::string text =
      "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  auto wire = running.wire();
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    wire.send(text.substr(0, cut));
    std::this_thread::sleep_for(std::chrono::microseconds(300));
    CHECK(wire.send(text.substr(cut)).answer().ends_with("POST /p abc"));
  }
}

TEST_CASE("a client asked to wait for 100 Continue is told to go on, or refused before it sends") {
  Running running(echo, {.body_bytes_max = 10});
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: ";
  auto wire = running.wire();
  CHECK(wire.send(head + "3\r\n\r\n").answer() == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(wire.send("abc").answer().ends_with("POST / abc"));
  CHECK(wire.send(head + "11\r\n\r\n").status() == 413);
}

TEST_CASE("refusals are problems and end the connection") {
  Running running(echo, {.header_bytes_max = 2000, .body_bytes_max = 100'000});
  const auto refused = [&](std::string_view text) {
    auto wire = running.wire();
    const std::string answer = wire.send(text).answer();
    CHECK(answer.find("connection: close\r\n") != std::string::npos);
    CHECK(answer.find("content-type: application/problem+json\r\n") != std::string::npos);
    CHECK(answer.find("\"type\":\"urn:sallyport:problem:") != std::string::npos);
    wire.end_writing();
    CHECK(wire.ended());
    CHECK_FALSE(wire.was_reset());
    return std::atoi(answer.c_str() + 9);
  };
  CHECK(refused("nonsense\r\n\r\n") == 400);
  CHECK(refused(get("/", "x: " + std::string(3000, 'x') + "\r\n")) == 431);
  // The client is still sending when the refusal comes; it must be able to read it.
  CHECK(refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n" +
                std::string(3'000'000, 'x')) == 413);
  CHECK(refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n") ==
        400);
  CHECK(refused("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n") == 400);
}

TEST_CASE("a slow request is answered 408, an idle connection is closed") {
  Running running(echo, {.read_deadline{200}, .idle_timeout{400}});
  auto slow = running.wire();
  auto idle = running.wire();
  const auto start = Clock::now();
  const std::string text = get("/");
  for (std::size_t i = 0; i + 1 < text.size() && ms_since(start) < 350; ++i) {
    slow.send(text.substr(i, 1));
    std::this_thread::sleep_for(std::chrono::milliseconds(20)); // every byte in time, the whole not
  }
  CHECK(slow.status() == 408);
  CHECK(idle.ended());
  CHECK(ms_since(start) >= 400);
}

TEST_CASE("HEAD has the length of the body and no body") {
  Running running(echo);
  auto wire = running.wire();
  const std::string head = wire.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n").answer(false);
  CHECK(head.find("content-length: 8\r\n") != std::string::npos);
  CHECK(wire.send(get("/y")).answer().starts_with("HTTP/1.1 200"));
}

TEST_CASE("Connection: close and HTTP/1.0 end the connection after the answer") {
  Running running(echo);
  for (const std::string& text : {get("/", "Connection: close\r\n"), std::string("GET / HTTP/1.0\r\n\r\n")}) {
    auto wire = running.wire();
    CHECK(wire.send(text).answer().find("connection: close\r\n") != std::string::npos);
    CHECK(wire.ended());
  }
}

TEST_CASE("a client that has ended its side still gets its answer") {
  Running running(echo);
  auto wire = running.wire();
  wire.send(get("/"));
  wire.end_writing();
  CHECK(wire.status() == 200);
  CHECK(wire.ended());
}

TEST_CASE("204 and 304 have neither body nor length") {
  std::atomic<int> status = 204;
  Running running([&](Request, Reply reply) { reply({.status = status, .headers = {}, .body = "x"}); });
  auto wire = running.wire();
  for (const int one : {204, 304}) {
    status = one;
    const std::string answer = wire.send(get("/")).answer();
    CHECK(answer.ends_with(crlf2));
    CHECK(answer.find("content-length") == std::string::npos);
  }
}

TEST_CASE("a reply may come from another thread, and the connection goes on") {
  Held held;
  Running running(held.handler());
  auto wire = running.wire();
  for (int i = 0; i < 50; ++i) {
    wire.send(get("/"));
    std::thread([reply = held.take()]() mutable {
      reply({.status = 201, .headers = {}, .body = "late"});
    }).join();
    CHECK(wire.answer().ends_with("late"));
  }
}

TEST_CASE("a reply that is dropped, a handler that throws and fields that cannot be sent are 500") {
  Held held;
  Running running(held.handler());
  auto wire = running.wire();
  wire.send(get("/"));
  {
    const Reply dropped = held.take();
  }
  CHECK(wire.status() == 500);

  Running throwing([](Request, Reply) { throw std::runtime_error("no"); });
  CHECK(throwing.wire().send(get("/")).status() == 500);

  Running splitting([](Request, Reply reply) {
    Response response;
    response.headers.add("location", "/\r\nset-cookie: a=b");
    reply(std::move(response));
  });
  const std::string answer = splitting.wire().send(get("/")).answer();
  CHECK(answer.starts_with("HTTP/1.1 500"));
  CHECK(answer.find("set-cookie") == std::string::npos);
}

TEST_CASE("a second call of a reply and one after the server's end do nothing") {
  Held held;
  Reply late;
  {
    Running running(held.handler());
    auto wire = running.wire();
    wire.send(get("/"));
    Reply reply = held.take();
    reply({.status = 200, .headers = {}, .body = "first"});
    reply({.status = 200, .headers = {}, .body = "second"});
    CHECK(wire.answer().ends_with("first"));
    wire.send(get("/"));
    late = held.take();
  }
  late({});
}

TEST_CASE("a unix socket tells who is at the other end") {
  const Directory directory;
  const auto path = directory.path / "s";
  Peer peer;
  Server server([&](Request request, Reply reply) {
    peer = request.peer;
    reply({});
  });
  REQUIRE(server.listen_unix(path, 0600));
  REQUIRE(server.start());
  struct stat file = {};
  REQUIRE(::lstat(path.c_str(), &file) == 0);
  CHECK((file.st_mode & 0777U) == 0600);
  CHECK(Wire(path.string()).send(get("/")).status() == 200);
  CHECK(peer.kind == PeerKind::unix_socket);
  CHECK(peer.uid == ::getuid());
  CHECK(peer.gid == ::getgid());
  CHECK(peer.pid == ::getpid());
  CHECK(peer.address == path.string());
  server.stop();
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a TCP peer has an address and no ids") {
  Peer peer;
  Running running([&](Request request, Reply reply) {
    peer = request.peer;
    reply({});
  });
  CHECK(running.wire().send(get("/")).status() == 200);
  CHECK(peer.kind == PeerKind::tcp);
  CHECK(peer.address.starts_with("127.0.0.1:"));
  CHECK_FALSE(peer.uid);
}

TEST_CASE("a stale socket file is replaced, a live one and another file are not") {
  const Directory directory;
  const auto path = directory.path / "s";
  {
    const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(stale, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::close(stale);
  }
  Server first(echo);
  REQUIRE(first.listen_unix(path));
  Server second(echo);
  const auto taken = second.listen_unix(path);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == ErrorCode::unavailable);
  CHECK(taken.error().where == path.string());
  second.stop();
  CHECK(std::filesystem::exists(path));

  const auto file = directory.path / "f";
  std::fclose(std::fopen(file.c_str(), "w"));
  CHECK(Server(echo).listen_unix(file).error().code == ErrorCode::conflict);
  CHECK(std::filesystem::exists(file));
  CHECK(Server(echo).listen_unix(directory.path / std::string(108, 'x')).error().code ==
        ErrorCode::too_large);
}

TEST_CASE("a taken port says which, and what to do") {
  Running running(echo);
  Server second(echo);
  const auto taken = second.listen_tcp("127.0.0.1", running.server.port());
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == ErrorCode::unavailable);
  CHECK(taken.error().text() == "127.0.0.1:" + std::to_string(running.server.port()) +
                                    ": the port is taken by another program; choose another with --listen");
  CHECK(second.listen_tcp("localhost", 0).error().code == ErrorCode::malformed);
}

TEST_CASE("connections beyond the limit are told so, and there is room again afterwards") {
  Running running(echo, {.connections_max = 2});
  {
    auto one = running.wire();
    auto two = running.wire();
    CHECK(one.send(get("/")).status() == 200);
    CHECK(two.send(get("/")).status() == 200);
    auto three = running.wire();
    const std::string refused = three.send(get("/")).answer();
    CHECK(refused.starts_with("HTTP/1.1 503"));
    CHECK(refused.find("retry-after: 1\r\n") != std::string::npos);
  }
  int status = 0;
  for (int tries = 0; status != 200 && tries < 100; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    status = running.wire().send(get("/")).status();
  }
  CHECK(status == 200);
}

TEST_CASE("a graceful stop answers what is in flight, closes what is idle and accepts nothing") {
  Held held;
  Running running(held.handler());
  auto idle = running.wire();
  auto busy = running.wire();
  busy.send(get("/"));
  Reply reply = held.take();
  std::thread stopping([&] { running.server.stop(Duration{10'000}); });
  CHECK(idle.ended());
  reply({.status = 200, .headers = {}, .body = "done"});
  const std::string answer = busy.answer();
  CHECK(answer.find("connection: close\r\n") != std::string::npos);
  CHECK(answer.ends_with("done"));
  CHECK(busy.ended());
  stopping.join();
  const std::uint16_t port = running.server.port();
  Server next(echo);
  CHECK(next.listen_tcp("127.0.0.1", port));
}

TEST_CASE("a stop whose grace has passed cuts what is left") {
  Held held;
  Running running(held.handler());
  auto wire = running.wire();
  wire.send(get("/"));
  const Reply reply = held.take();
  const auto start = Clock::now();
  running.server.stop(Duration{100});
  CHECK(ms_since(start) < 5'000);
  CHECK(wire.ended());
}

TEST_CASE("64 clients with 200 requests each get their own answers") {
  Running running([](Request request, Reply reply) {
    if (request.target.back() % 2 == 0) {
      echo(std::move(request), std::move(reply));
    } else {
      std::thread([r = std::move(request), a = std::move(reply)]() mutable {
        echo(std::move(r), std::move(a));
      }).detach();
    }
  });
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  for (int client = 0; client < 64; ++client) {
    clients.emplace_back([&, client] {
      auto wire = running.wire();
      for (int i = 0; i < 200; ++i) {
        const std::string target = "/" + std::to_string(client) + "/" + std::to_string(i);
        right += wire.send(get(target)).answer().ends_with("GET " + target + " ");
      }
    });
  }
  for (auto& client : clients) {
    client.join();
  }
  CHECK(right == 64 * 200);
}
