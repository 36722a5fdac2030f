// http::Reader: the same requests and the same refusal, whatever pieces the bytes come in; a request's body
// is as long as it says.
//
// Input: number of pieces (1 byte, at most 15), their lengths (1 byte each), then the stream.
#include "http/reader.h"

#include "base/bytes.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

using namespace sallyport;
using http::Reader;

namespace {

// Ending every head makes the verdict on it one: a head may be judged before its end has come.
constexpr std::string_view ending = "\r\n\r\n\r\n\r\n";
const http::ServerOptions options{.header_bytes_max = 1024, .body_bytes_max = 256};

struct Outcome {
  std::vector<http::Request> requests;
  int refused = 0; // status; 0 where nothing was refused

  bool operator==(const Outcome& other) const {
    const auto same = [](const http::Request& a, const http::Request& b) {
      return a.method == b.method && a.target == b.target && a.path == b.path && a.query == b.query &&
             a.headers == b.headers && a.body == b.body;
    };
    return refused == other.refused && std::ranges::equal(requests, other.requests, same);
  }
};

void check_length(const http::Request& request) {
  SP_ASSERT(request.body.size() <= options.body_bytes_max);
  if (const std::string* length = request.headers.find("content-length")) {
    SP_ASSERT(std::to_string(request.body.size()) ==
              length->substr(std::min(length->find_first_not_of('0'), length->size() - 1)));
  }
}

// In pieces of the given lengths; what is left then comes at once.
Outcome feed(std::string_view stream, ByteView pieces) {
  Reader reader(options);
  Outcome outcome;
  std::size_t piece = 0;
  while (!stream.empty()) {
    std::size_t left = piece < pieces.size() ? pieces[piece++] : stream.size();
    left = std::min(left, stream.size());
    while (left > 0) {
      const auto room = reader.room();
      const std::size_t bytes = std::min(room.size(), left);
      std::memcpy(room.data(), stream.data(), bytes);
      stream.remove_prefix(bytes);
      left -= bytes;
      Reader::State state = reader.received(bytes);
      for (; state == Reader::State::complete; state = reader.next()) {
        outcome.requests.push_back(reader.take());
        check_length(outcome.requests.back());
      }
      if (state == Reader::State::failed) {
        outcome.refused = reader.refusal().status;
        return outcome;
      }
    }
  }
  return outcome;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::size_t pieces = std::min<std::size_t>(data[0] % 16, size - 1);
  const ByteView rest{data + 1, size - 1};
  const std::string stream = std::string(as_text(rest.subspan(pieces))) + std::string(ending);
  const Outcome whole = feed(stream, {});
  SP_ASSERT(feed(stream, rest.first(pieces)) == whole);
  SP_ASSERT(feed(stream, Bytes(stream.size(), 1)) == whole);
  return 0;
}
