// A request and its answer as plain values (RFC 9110). No header of the HTTP library is visible here or
// in any other public header of this module.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::http {

// Fields in the order they came. Names are stored in lower case, so comparing is equality of bytes.
class Headers {
public:
  using Field = std::pair<std::string, std::string>;

  // The first field of that name (given in lower case); null where absent.
  const std::string* find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  void add(std::string_view name, std::string value);
  // Replaces every field of that name.
  void set(std::string_view name, std::string value);
  void erase(std::string_view name);

  bool empty() const { return fields_.empty(); }

  std::size_t size() const { return fields_.size(); }

  std::vector<Field>::const_iterator begin() const { return fields_.begin(); }

  std::vector<Field>::const_iterator end() const { return fields_.end(); }

  bool operator==(const Headers&) const = default;

private:
  std::vector<Field> fields_;
};

enum class PeerKind { tcp, unix_socket };

// Who is at the other end. The ids are those the kernel saw at connect (SO_PEERCRED): present exactly
// for unix sockets, where they identify the operator without a token.
struct Peer {
  PeerKind kind = PeerKind::tcp;
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  std::optional<std::int32_t> pid;
  std::string address; // "127.0.0.1:49152"; for unix the path that we listen on
};

struct Request {
  std::string method; // as sent; methods are case-sensitive
  std::string target; // as sent: "/v1/packets?state=held"
  std::string path;   // the target before '?', still percent-encoded (the router decodes per segment)
  std::vector<std::pair<std::string, std::string>> query; // decoded ('+' is a space), in order, UTF-8
  Headers headers;
  std::string body; // whole, without transfer coding
  Peer peer;

  // The first value of that query name; null where absent.
  const std::string* query_value(std::string_view name) const;
};

class Stream;

// The server writes content-length, connection and date itself; a handler that sets one of them is
// overruled. The body of an answer to HEAD is counted and not sent.
struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::shared_ptr<Stream> stream = {}; // where set, it stands for the body, and the connection ends with it
};

// The reason phrase of a status; "" where we have none.
std::string_view reason(int status);

} // namespace sallyport::http
