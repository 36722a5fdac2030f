// The routes of docs/openapi.yaml: what the outside may ask of the engine. A route names the scope that it
// demands and says how its body becomes an event; everything else is decided by the gate.
#pragma once

#include "base/instant.h"
#include "engine/engine.h"
#include "http/rate.h"
#include "http/server.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::http {

// The scope that a route demands of the caller's credential, or nothing at all.
enum class Access { anyone, read, intake, source, prepare, decide, govern, lane };

struct RouteInfo {
  std::string method;
  std::string pattern;
  Access access = Access::anyone;
};

// One answer, for the service's own log: the pattern and never the path, a query, a body or a value.
struct Answered {
  std::string_view method;
  std::string_view pattern;
  int status = 0;
  Duration took;
};

// Who listens to the log as it grows (GET /v1/events).
struct EventsOptions {
  std::size_t listeners = 64;  // all together
  std::size_t of_one = 8;      // of one account
  Duration pulse{15'000};      // what says that the stream is still there, where nothing else does
  Duration slow_after{10'000}; // who has not taken what was sent by then is let go, if there is more
};

struct ApiOptions {
  std::function<Instant()> clock = engine::system_now; // for questions to sources outside a batch
  std::function<void(const Answered&)> answered;       // from any thread; may be empty
  Rate people{200, 400};                               // also services
  Rate agents{20, 60};
  Rate strangers{50, 100}; // all who are not known, together
  EventsOptions events;
};

// Credentials are checked on the engine's thread, inside the job that acts, so that a token that was
// revoked before a request never acts after it. The engine must outlive every request.
class Api {
public:
  explicit Api(engine::Engine& engine, ApiOptions options = {});
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;
  ~Api(); // stop()

  Handler handler() const; // may outlive the Api
  std::vector<RouteInfo> routes() const;
  // Ends the threads of slow answers, after what they are at; what waits gets no answer of its own (500).
  void stop();

private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

} // namespace sallyport::http
