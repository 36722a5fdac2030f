#include "http/reader.h"

#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace sallyport;
using namespace sallyport::http;

namespace {

const ServerOptions small_limits{.header_bytes_max = 1024, .body_bytes_max = 64};

// Feeds `text` in pieces that end at the given offsets; the answers to what was complete.
struct Outcome {
  std::vector<Request> requests;
  int refused = 0; // status, 0 where nothing was refused

  bool operator==(const Outcome& other) const {
    const auto same = [](const Request& a, const Request& b) {
      return a.method == b.method && a.target == b.target && a.headers == b.headers && a.body == b.body;
    };
    return refused == other.refused && std::ranges::equal(requests, other.requests, same);
  }
};

Outcome feed(std::string_view text, const std::vector<std::size_t>& cuts) {
  Reader reader(small_limits);
  Outcome outcome;
  Reader::State state = Reader::State::more;
  std::size_t at = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t stop = i < cuts.size() ? cuts[i] : text.size();
    while (at < stop) {
      const auto room = reader.room();
      const std::size_t bytes = std::min(room.size(), stop - at);
      std::memcpy(room.data(), text.data() + at, bytes);
      at += bytes;
      for (state = reader.received(bytes); state == Reader::State::complete; state = reader.next()) {
        outcome.requests.push_back(reader.take());
      }
      if (state == Reader::State::failed) {
        outcome.refused = reader.refusal().status;
        return outcome;
      }
    }
  }
  return outcome;
}

// A head is judged when its end has come, or earlier; ending every head makes the outcome one.
constexpr std::string_view ending = "\r\n\r\n\r\n\r\n";

int status_of(std::string_view text) {
  const std::string ended = std::string(text) + std::string(ending);
  std::vector<std::size_t> each;
  for (std::size_t i = 1; i < ended.size(); ++i) {
    each.push_back(i);
  }
  CAPTURE(text);
  CHECK(feed(ended, each) == feed(ended, {}));
  return feed(text, {}).refused;
}

constexpr std::string_view pipelined =
    "GET /a?x=1 HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n"
    "POST /b HTTP/1.1\r\nhost: h\r\nContent-Length: 5\r\n\r\nhello"
    "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\n1\r\n!\r\n0\r\nAuthorization: late\r\n\r\n"
    "POST /d HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n";

} // namespace

TEST_CASE("requests are the same wherever the stream is cut") {
  const Outcome whole = feed(pipelined, {});
  REQUIRE(whole.requests.size() == 5);
  CHECK(whole.refused == 0);
  CHECK(whole.requests[0].path == "/a");
  CHECK(*whole.requests[0].query_value("x") == "1");
  CHECK(whole.requests[1].body == "hello");
  CHECK(whole.requests[2].body == "hello!");
  CHECK(whole.requests[3].body.empty());
  CHECK(whole.requests[4].method == "HEAD");

  std::vector<std::size_t> each;
  for (std::size_t cut = 1; cut < pipelined.size(); ++cut) {
    CAPTURE(cut);
    CHECK(feed(pipelined, {cut}) == whole);
    each.push_back(cut);
  }
  CHECK(feed(pipelined, each) == whole);

  std::mt19937_64 random(11);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::size_t> cuts;
    for (const std::size_t cut : each) {
      if (random() % 8 == 0) {
        cuts.push_back(cut);
      }
    }
    CHECK(feed(pipelined, cuts) == whole);
  }
}

TEST_CASE("trailers never become header fields") {
  const Outcome whole = feed(pipelined, {});
  CHECK(whole.requests[2].headers.find("authorization") == nullptr);
}

TEST_CASE("field names are lower case, values are trimmed, the order is kept") {
  const Outcome outcome = feed("GET / HTTP/1.1\r\nHOST: h\r\nX-B: 2  \r\nx-A:1\r\n\r\n", {});
  REQUIRE(outcome.requests.size() == 1);
  const auto& headers = outcome.requests[0].headers;
  CHECK(*headers.find("x-b") == "2");
  CHECK(*headers.find("x-a") == "1");
  CHECK(headers.begin()->first == "host");
}

TEST_CASE("the head has a limit of its own, however it arrives") {
  const std::string fields(1100, 'x');
  CHECK(status_of("GET / HTTP/1.1\r\nHost: h\r\nx: " + fields + "\r\n\r\n") == 431);
  CHECK(status_of("GET /" + fields + " HTTP/1.1\r\nHost: h\r\n\r\n") == 431);
  std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 300; ++i) {
    many += "a: b\r\n";
  }
  CHECK(status_of(many + "\r\n") == 431);
  CHECK(status_of(many) == 431); // refused before its end has come

  std::string head = "GET / HTTP/1.1\r\nHost: h\r\nx: \r\n\r\n";
  head.insert(head.size() - 4, std::string(1024 - head.size(), 'x'));
  CHECK(status_of(head) == 0);
  head.insert(head.size() - 4, "x");
  CHECK(status_of(head) == 431);
}

TEST_CASE("the body has a limit, whole or chunked") {
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
  CHECK(status_of(post + "Content-Length: 64\r\n\r\n" + std::string(64, 'x')) == 0);
  CHECK(status_of(post + "Content-Length: 65\r\n\r\n") == 413);
  CHECK(status_of(post + "Content-Length: 18446744073709551615\r\n\r\n") == 413);
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string chunk = "20\r\n" + std::string(32, 'x') + "\r\n";
  CHECK(status_of(chunked + chunk + chunk + "0\r\n\r\n") == 0);
  CHECK(status_of(chunked + chunk + chunk + "1\r\n") == 413);
  CHECK(status_of(chunked + "FFFFFFFFFFFFFFFF\r\n") == 413);
}

TEST_CASE("what can be read in two ways is refused") {
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
  CHECK(status_of(post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
  CHECK(status_of(post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n") == 400);
  CHECK(status_of(post + "Content-Length: 1\r\nTransfer-Encoding: gzip\r\n\r\nx") == 400);
  CHECK(status_of(post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx") == 400);
  CHECK(status_of(post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx") == 400);
  CHECK(status_of(post + "Content-Length: 1, 1\r\n\r\nx") == 400);
  CHECK(status_of(post + "Content-Length: +1\r\n\r\nx") == 400);
  CHECK(status_of(post + "Content-Length: -1\r\n\r\nx") == 400);
  CHECK(status_of(post + "Content-Length: 18446744073709551616\r\n\r\nx") == 400);
  CHECK(status_of(post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
  CHECK(status_of(post + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
  CHECK(status_of(post + "Transfer-Encoding: gzip, chunked\r\n\r\n") == 501);
  CHECK(status_of(post + "Transfer-Encoding: chunked, identity\r\n\r\n") == 501);
  CHECK(status_of(post + "Transfer-Encoding : chunked\r\n\r\n") == 400);
  CHECK(status_of(post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n") == 400);
  CHECK(status_of(post + "Transfer-Encoding: chunked\r\n\t\r\n\r\n0\r\n\r\n") == 400);
  CHECK(status_of(post + "Content-Length: 1\r\n 0\r\n\r\nx") == 400);
  CHECK(status_of(post + "X-A: b\r\n c\r\n\r\n") == 400);
  CHECK(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\nHost: h\n\n") == 505);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);
}

TEST_CASE("bad chunks are refused") {
  const std::string chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(status_of(chunked + "x\r\nhello\r\n0\r\n\r\n") == 400);
  CHECK(status_of(chunked + "5;a=b\r\nhello\r\n0\r\n\r\n") == 400);
  CHECK(status_of(chunked + "5;a=\"\r\nhello") == 400); // a quote that the line's end does not close
  CHECK(status_of(chunked + "5\r\nhello\r\n0;a=\"\r\n\r\n\"\r\n\r\n") == 400);
  CHECK(status_of(chunked + "3\r\nhello\r\n0\r\n\r\n") == 400);
  CHECK(status_of(chunked + "-3\r\nabc\r\n0\r\n\r\n") == 400);
  CHECK(status_of(chunked + "\r\n\r\n0\r\n") == 400);
  CHECK(status_of(chunked + "11111111111111111\r\n") == 400);
  CHECK(status_of(chunked + "1;" + std::string(8000, 'x')) == 400);
  CHECK(status_of(chunked + "0\r\n" + std::string(8000, 'x')) == 400);
  CHECK(status_of(chunked + "0\r\nContent-Length: 5\r\n\r\n") == 400);
}

TEST_CASE("targets are paths, queries are UTF-8, versions are 1.0 and 1.1") {
  const std::string rest = " HTTP/1.1\r\nHost: h\r\n\r\n";
  CHECK(status_of("GET http://h/" + rest) == 400);
  CHECK(status_of("OPTIONS *" + rest) == 400);
  CHECK(status_of("GET /a#b" + rest) == 400);
  CHECK(status_of("GET /\xC3\xA9" + rest) == 400);
  CHECK(status_of("GET /?a=%FF" + rest) == 400);
  CHECK(status_of("GET /?a=%0" + rest) == 400);
  CHECK(status_of("GET /?a=%00" + rest) == 400);
  CHECK(status_of("GET /?a=%C3%A9" + rest) == 0);
  CHECK(status_of("GET /" + std::string(" HTTP/2.0\r\nHost: h\r\n\r\n")) == 505);
  CHECK(status_of("GET / HTTP/1.0\r\n\r\n") == 0);
  CHECK(status_of("nonsense\r\n\r\n") == 400);
  CHECK(status_of("\x16\x03\x01\x02") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: h\r\nExpect: magic\r\n\r\n") == 417);
}

TEST_CASE("random bytes never break the reader") {
  std::mt19937_64 random(5);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(pipelined);
    for (std::uint64_t edits = 1 + random() % 4; edits > 0; --edits) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, random() % 6);
        break;
      case 2:
        text.insert(at, text.substr(random() % text.size(), random() % 6));
        break;
      }
    }
    text += ending;
    const std::size_t cut = random() % (text.size() + 1);
    const Outcome whole = feed(text, {});
    CHECK(feed(text, {cut}) == whole);
  }
}
