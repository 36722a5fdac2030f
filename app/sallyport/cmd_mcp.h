// The agents' door for clients that start a program (docs/agents.md).
#pragma once

#include "cli.h"
#include "http/message.h"

#include <string>

namespace sallyport::cli {

void add_mcp(CLI::App& app, Context& context);

// The server's answer to a POST as it came, whatever its status. Sent once, with the credential and `more`
// header fields. (api_client.cc)
Answer<http::Response> pass_on(const Context& context, const std::string& target, std::string body,
                               const http::Headers& more);

} // namespace sallyport::cli
