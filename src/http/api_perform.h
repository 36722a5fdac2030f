// What stands between who was let in and a route's act. Private to this module.
#pragma once

#include "http/api_call.h"

#include <functional>
#include <span>
#include <vector>

namespace sallyport::http::api {

std::span<const Route> mcp_routes();
std::span<const Route> agent_routes();
std::span<const Route> retention_routes();
// Every route of every table.
const std::vector<const Route*>& all_routes();

// What a request meets that it does not bring.
struct Surroundings {
  const std::function<Instant()>& clock;
  const Examined* examined = nullptr; // where this request was, and comes again
};

// Whether the caller's credential has the scope that the route demands.
bool may(const engine::Caller& caller, const Route& route);
// One request of a caller who is known and counted: its scope, its form, the route's act. Also for what comes
// in by another door and means this route. As an Act does, it answers every error but `unavailable`.
Result<Outcome> perform(engine::Core& core, const engine::Caller& caller, const Route& route,
                        const Request& request, const Params& params, const Surroundings& around);

} // namespace sallyport::http::api
