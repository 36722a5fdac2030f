#include "serve.h"

#include "engine/engine.h"
#include "engine/founding.h"
#include "http/api.h"
#include "http/server.h"
#include "signals.h"

#include <charconv>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace sallyport::app {
namespace {

constexpr Duration grace{10'000};

std::shared_ptr<spdlog::logger> service_log() {
  auto log = spdlog::get("sallyport");
  return log ? log : spdlog::stderr_color_mt("sallyport");
}

Result<std::string> founded_origin(const std::filesystem::path& dir) {
  auto origin = engine::origin_of(dir);
  std::error_code ignored;
  if (!origin || !std::filesystem::exists(dir / "log.db", ignored)) {
    return fail(ErrorCode::not_found, dir.string(), "there is no founded log here; run sallyport init first");
  }
  return origin;
}

Result<void> listen(http::Server& server, const ServeOptions& options) {
  const std::filesystem::path socket =
      options.socket.empty() ? options.dir / "sallyport.sock" : options.socket;
  if (!options.address.empty()) {
    if (auto done = server.listen_tcp(options.address, options.port); !done) {
      return fail(done.error().code, done.error().where,
                  done.error().code == ErrorCode::unavailable
                      ? "the address is taken, or is none of this machine; choose another with --listen"
                      : done.error().message);
    }
  }
  return server.listen_unix(socket);
}

http::ApiOptions api_options(const ServeOptions& options, const std::shared_ptr<spdlog::logger>& log) {
  http::ApiOptions api;
  api.answered = [log](const http::Answered& answer) {
    log->info("{} {} {} {} ms", answer.method, answer.pattern, answer.status, answer.took.ms);
  };
  const auto rate = [](const std::optional<double>& wanted, http::Rate& of) {
    of = wanted ? http::Rate{*wanted, *wanted * 2} : of;
  };
  rate(options.people, api.people);
  rate(options.agents, api.agents);
  rate(options.strangers, api.strangers);
  return api;
}

} // namespace

Result<void> parse_listen(const std::string& text, ServeOptions& options) {
  const auto colon = text.rfind(':');
  const auto fault = [] {
    return fail(ErrorCode::malformed, "--listen", "expected an address and a port, as in 127.0.0.1:8420");
  };
  if (colon == std::string::npos || colon == 0) {
    return fault();
  }
  std::string address = text.substr(0, colon);
  if (address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + colon + 1, end, options.port);
  if (error != std::errc{} || stopped != end || address.empty()) {
    return fault();
  }
  options.address = std::move(address);
  return {};
}

Result<int> serve(const ServeOptions& options) {
  const Signals signals;
  const auto log = service_log();
  SP_TRY(const std::string origin, founded_origin(options.dir));
  SP_TRY(const std::unique_ptr<engine::Engine> engine,
         engine::Engine::open({.core = {.dir = options.dir, .origin = origin, .vfs = ""},
                               .clock = engine::system_now,
                               .say = [log](const std::string& line) { log->warn("{}", line); }}));
  SP_TRY(store::WalKeeper keeper,
         store::WalKeeper::open(options.dir, {origin, engine::wrapping_key_file(options.dir), false, ""}));
  http::Api api(*engine, api_options(options, log));
  http::Server server(api.handler());
  SP_CHECK(listen(server, options));
  engine->start();
  SP_CHECK(server.start());
  if (options.on_ready) {
    options.on_ready(server.port());
  }
  for (int look = 1; !signals.wait() && !options.stop.stop_requested(); ++look) {
    if (look % Signals::looks_per_second == 0) {
      if (const auto kept = keeper.passive(); !kept) {
        log->warn("the write-ahead log was not moved: {}", kept.error().text());
      }
    }
  }
  server.stop(grace);
  engine->stop();
  api.stop();
  (void)keeper.truncate(); // a reader in the way only leaves work for the next start
  return 0;
}

} // namespace sallyport::app
