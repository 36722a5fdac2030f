// Answers of the protocol as values.
#pragma once

#include "canon/value.h"
#include "mcp/tool.h"

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::mcp {

// The newest first. The first is stateless: every request says its version in `_meta`. The second opens with
// `initialize`, after which we keep nothing.
inline constexpr std::string_view stateless_version = "2026-07-28";
inline constexpr std::string_view handshake_version = "2025-11-25";

enum class Era { stateless, handshake };

// JSON-RPC's codes, and those that MCP adds.
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int internal_error = -32603;
inline constexpr int header_mismatch = -32020;
inline constexpr int unsupported_version = -32022;

// What goes back: an HTTP status and a message, or none where nothing is said.
struct Answer {
  int status = 200;
  std::optional<canon::Value> message;
};

// Who we say we are.
struct Server {
  std::string_view name;
  std::string_view version;
  std::string_view instructions; // for the model: what this server is for
};

// `id` is null where it could not be read, and then left out.
Answer error(int status, const canon::Value& id, int code, std::string_view message, canon::Object data = {});

// A result in the shape of its era.
Answer result(Era era, const Server& server, const canon::Value& id, canon::Object members);

// What the tool's route answered. A status of 2xx has its body as content, structured and as text. Any other
// is a problem document (RFC 9457), and so an error that the model is told in one sentence, with its reasons
// as data. All content is marked as data.
canon::Object tool_result(const Tool& tool, int status, std::string_view body);

// The problem in one sentence.
std::string sentence(const canon::Value& problem);

} // namespace sallyport::mcp
