#include "api_client.h"
#include "http/client.h"

#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace sallyport;
using namespace sallyport::cli;

namespace {

// A server that hears `breaks` requests without an answer and then answers every one, and what it heard.
class Fickle {
public:
  Fickle(int breaks, int requests) {
    std::string name = (std::filesystem::temp_directory_path() / "fickle-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket().string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    thread_ = std::thread([this, breaks, requests] {
      for (int n = 0; n < requests; ++n) {
        hear(n >= breaks);
      }
    });
  }

  ~Fickle() {
    join();
    ::close(listener_);
    std::filesystem::remove_all(folder_);
  }

  std::filesystem::path socket() const { return folder_ / "s"; }

  // Ends it, also where fewer requests came than it waits for.
  void join() {
    ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  // The header fields named Idempotency-Key of every request; "" where there was none.
  const std::vector<std::string>& keys() {
    join();
    return keys_;
  }

private:
  void hear(bool answers) {
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) {
      return;
    }
    std::string text;
    std::array<char, 4096> piece{};
    // The body is {} or nothing: the request ends with it, or with the empty line.
    while (!text.ends_with("{}") && !(text.starts_with("GET") && text.ends_with("\r\n\r\n"))) {
      const auto n = ::read(client, piece.data(), piece.size());
      if (n <= 0) {
        break;
      }
      text.append(piece.data(), static_cast<std::size_t>(n));
    }
    constexpr std::string_view name = "idempotency-key: ";
    const auto at = text.find(name);
    keys_.push_back(
        at == std::string::npos ? "" : text.substr(at + name.size(), text.find('\r', at) - at - name.size()));
    constexpr std::string_view answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                                        "content-length: 11\r\n\r\n{\"ok\":true}";
    if (answers) {
      CHECK(::write(client, answer.data(), answer.size()) == static_cast<ssize_t>(answer.size()));
    }
    ::close(client);
  }

  std::filesystem::path folder_;
  int listener_ = -1;
  std::vector<std::string> keys_;
  std::thread thread_;
};

Context at(const Fickle& server) {
  Context context;
  context.socket = server.socket();
  return context;
}

} // namespace

TEST_CASE("a write whose connection broke is sent again under one key that was drawn for it") {
  Fickle server(2, 3);
  const auto reply = post(at(server), "/v1/x");
  REQUIRE(reply);
  CHECK(reply->text == "{\"ok\":true}");
  REQUIRE(server.keys().size() == 3);
  CHECK(server.keys()[0].size() == 32);
  CHECK(server.keys()[1] == server.keys()[0]);
  CHECK(server.keys()[2] == server.keys()[0]);
}

TEST_CASE("two writes have two keys, and a caller's own key is sent as it is") {
  Fickle server(0, 3);
  Context context = at(server);
  REQUIRE(post(context, "/v1/x"));
  REQUIRE(post(context, "/v1/x"));
  context.idempotency_key = "case-4471";
  REQUIRE(post(context, "/v1/x"));
  CHECK(server.keys()[0] != server.keys()[1]);
  CHECK(server.keys()[2] == "case-4471");
}

TEST_CASE("after three repetitions the failure names the key, because it may have happened") {
  Fickle server(4, 4);
  Context context = at(server);
  context.idempotency_key = "case-4471";
  const auto reply = post(context, "/v1/x");
  REQUIRE_FALSE(reply);
  CHECK(reply.error().exit == Exit::unavailable);
  CHECK(reply.error().text.contains("--idempotency-key case-4471"));
  CHECK(server.keys().size() == 4);
}

TEST_CASE("what has no key is sent once: a read, and a POST whose answer is a secret") {
  Fickle server(2, 2);
  const auto read = get(at(server), "/v1/x");
  const auto secret = ask(at(server), "/v1/x");
  REQUIRE_FALSE(read);
  REQUIRE_FALSE(secret);
  CHECK(secret.error().text.contains("look whether it happened"));
  CHECK(server.keys() == std::vector<std::string>{"", ""});
}

TEST_CASE("where nobody listens nothing is repeated, and the sentence says how to start the server") {
  Context context;
  context.socket = "no-such-socket";
  const auto reply = post(context, "/v1/x");
  REQUIRE_FALSE(reply);
  CHECK(reply.error().text.contains("sallyport serve"));
  CHECK_FALSE(reply.error().text.contains("may have happened"));
}
