// One message of the Model Context Protocol, in either of its two eras: what it asks, or the answer that it
// has already. Pure: a text and a table of tools in, values out. Nothing is remembered between two messages.
#pragma once

#include "base/limits.h"
#include "mcp/result.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace sallyport::mcp {

inline constexpr std::size_t message_bytes = limits::body_bytes;

// The header fields that repeat a part of the message, so that what stands between may route by them. Where
// the two differ, what stands between was told something else than we are: such a message is refused.
struct Headers {
  std::optional<std::string> version; // MCP-Protocol-Version
  std::optional<std::string> method;  // Mcp-Method
  std::optional<std::string> name;    // Mcp-Name
};

// A tool to be called. `arguments` have been checked where the tool is known.
struct Call {
  Era era = Era::stateless;
  canon::Value id;
  std::string name;
  const Tool* tool = nullptr; // null where the table has none of this name
  canon::Object arguments;
};

// `tools`: those that the caller may call. A tool's arguments that are not as its schema has them are an
// answer as well, for the model to mend.
std::variant<Answer, Call> read(std::string_view text, const Headers& headers,
                                std::span<const Tool* const> tools, const Server& server);

// What a message says in its headers where it goes over HTTP: for who passes messages on.
Headers headers_of(std::string_view text);
// The answer of who passes a message on and has none: an error under the message's id, or nothing where it
// has none.
std::optional<canon::Value> undelivered(std::string_view text, std::string_view why, canon::Object data = {});

// Whether a page of this origin (RFC 6454) may ask at all: those of the machine itself. Another has been
// brought to us by a browser that was led here under a false name.
bool is_local_origin(std::string_view origin);

} // namespace sallyport::mcp
