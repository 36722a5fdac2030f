// One GET or POST after another over one connection. The only file pair that sees libcurl's transfers.
//
// What is never done: following a redirect, accepting a certificate that does not verify, another
// scheme than http and https, a proxy or password from the environment, decompression, dot segments
// taken out of a path, or more of a body than the limit.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "base/sensitive.h"
#include "source/config.h"
#include "source/probe.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::source {

struct Fetched {
  int status = 0;
  std::string body;
  std::optional<Instant> date; // the Date field (RFC 9110 section 6.6.1), in whole seconds
};

class Fetcher {
public:
  // Reads the token file, where the configuration names one. The deadline begins here.
  static Result<Fetcher> open(const Config& config, std::size_t bytes_max = answer_bytes_max);
  Fetcher(Fetcher&&) noexcept;
  ~Fetcher();

  // `target` is a path with its query, percent-encoded; `post` is JSON text to POST, or empty for GET.
  // Any status is a result; an error is unavailable (no response in time) or too_large.
  Result<Fetched> ask(std::string_view target, std::string_view post);

private:
  struct Impl;
  explicit Fetcher(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Everything but unreserved characters (RFC 3986 section 2.3) as %XX.
std::string percent_encode(std::string_view text);

} // namespace sallyport::source
