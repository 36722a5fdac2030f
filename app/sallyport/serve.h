// The service: the engine, its API on a TCP address and on the local socket, and the keeper of the
// write-ahead log, from start to a graceful stop.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace sallyport::app {

struct ServeOptions {
  std::filesystem::path dir;
  std::string address = "127.0.0.1";                // numeric; empty: the socket alone
  std::uint16_t port = 8420;                        // 0: the system chooses
  std::filesystem::path socket;                     // empty: dir/sallyport.sock
  std::function<void(std::uint16_t port)> on_ready; // called once, when requests are answered
  std::stop_token stop;                             // ends it like SIGTERM does
  // Requests of one principal a second, above which it is told to wait; twice as many at once.
  // Nothing: the API's own rates.
  std::optional<double> people, agents, strangers;
};

// "127.0.0.1:8420", "[::1]:0" into address and port.
Result<void> parse_listen(const std::string& text, ServeOptions& options);

// Blocks until SIGTERM, SIGINT or `stop`; then requests under way are answered and what was acknowledged
// is durable. The signals are taken by this thread and blocked in every thread that it starts. 0 where
// the stop was graceful; an Error where the service could not start, in one sentence that says why.
Result<int> serve(const ServeOptions& options);

} // namespace sallyport::app
