// Bytes to requests: the one place that sees the HTTP/1.1 parser. Knows no sockets. Private to this
// module.
#pragma once

#include "http/message.h"
#include "http/server.h"

#include <cstddef>
#include <memory>
#include <span>

namespace sallyport::http {

// One per connection. room() -> received() until the state is not `more`; after `complete`, take(), then
// next() for the request behind it (its bytes may be here already). After `failed` the position in the
// stream is lost: answer refusal() and close.
class Reader {
public:
  enum class State { more, complete, failed };

  explicit Reader(const ServerOptions& options);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader();

  std::span<char> room(); // never empty while the state is `more`
  State received(std::size_t bytes);
  State next();

  bool started() const;  // a byte of this request has come
  bool has_rest() const; // bytes behind this request have come
  // True once per request that waits for "100 Continue" before it sends its body.
  bool take_expectation();

  // Of a complete request.
  Request take();
  bool keep_alive() const;
  // Of a failed one.
  Response refusal() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace sallyport::http
