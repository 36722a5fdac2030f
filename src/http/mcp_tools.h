// What agents may call: one row for each route that has a tool. Private to this module.
#pragma once

#include "http/api_perform.h"
#include "mcp/tool.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::http::api {

std::span<const mcp::Tool> tools();
// The tool's route, which is there.
const Route& route_of(const mcp::Tool& tool);
// What a request of an agent is counted as: its tool's verb, or "other".
std::string_view request_name(const Route& route);
inline constexpr std::string_view denied_request = "denied";
// Those whose route the caller's credential has the scope of.
std::vector<const mcp::Tool*> tools_for(const engine::Caller& caller);

// What was meant by the name of a tool that there is not, in words that we know: the verb of a route that is
// no agent's ("sign", "manifest_sign", "release"), an act outside this workflow, or "other".
struct Meant {
  std::string verb;
  std::string_view code; // why it is refused
};

Meant meant_by(std::string_view name);

} // namespace sallyport::http::api
