// A small blocking HTTP/1.1 client for the command line: over the server's unix socket, or to
// http://host:port. No redirects, no proxies, no cookies.
#pragma once

#include "base/instant.h"
#include "base/limits.h"
#include "base/result.h"
#include "http/message.h"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace sallyport::http {

struct ClientOptions {
  std::filesystem::path unix_socket;       // where set, the connection goes there
  std::string origin = "http://localhost"; // "http://127.0.0.1:8420"; no path
  Duration connect_timeout{5'000};
  Duration timeout{30'000}; // of the whole exchange
  std::size_t body_bytes_max = limits::bundle_file_bytes;
};

// The message of an Error that was made before anything was sent; every other `unavailable` leaves open
// whether the request was heard.
inline constexpr const char* nobody_there = "nobody answers there";

// Of the request: method, target, headers, body. Whatever the status, an answer is a Response; an Error
// is `unavailable` (nobody there, time out), `too_large`, `malformed`.
Result<Response> fetch(const ClientOptions& options, const Request& request);

// The same of an answer without an end of its own (status 200): its body is handed over as it comes, until it
// ends or `take` answers false. ClientOptions::timeout is how long nothing at all may come.
Result<Response> follow(const ClientOptions& options, const Request& request,
                        const std::function<bool(std::string_view)>& take);

} // namespace sallyport::http
