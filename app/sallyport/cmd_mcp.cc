// mcp: the agents' door for clients that start a program and talk to it over its standard input and output.
// Each line is a message; it is passed on to POST /mcp with the agent's token, and what comes back is a line
// of output. Standard output has nothing else.
#include "cmd_mcp.h"

#include "canon/json.h"
#include "mcp/message.h"
#include "print.h"

#include <cstdio>
#include <optional>
#include <string>
#include <unistd.h>

namespace sallyport::cli {
namespace {

// Lines of standard input. What is longer than a message may be is read over and comes as nothing.
class Lines {
public:
  struct Line {
    std::optional<std::string> text;
  };

  // Nothing at the end.
  std::optional<Line> next() {
    std::string line;
    bool too_long = false;
    for (;;) {
      const auto end = pending_.find('\n');
      const std::string_view piece = std::string_view(pending_).substr(0, end);
      too_long = too_long || line.size() + piece.size() > mcp::message_bytes;
      if (!too_long) {
        line += piece;
      }
      if (end != std::string::npos) {
        pending_.erase(0, end + 1);
        return Line{too_long ? std::nullopt : std::optional(std::move(line))};
      }
      pending_.clear();
      if (!fill()) {
        return line.empty() ? std::nullopt : std::optional(Line{std::move(line)});
      }
    }
  }

private:
  bool fill() {
    char block[16 * 1024];
    const ssize_t got = ::read(STDIN_FILENO, block, sizeof block);
    if (got > 0) {
      pending_.assign(block, static_cast<std::size_t>(got));
    }
    return got > 0;
  }

  std::string pending_;
};

http::Headers fields_of(const std::string& message) {
  const mcp::Headers mirrored = mcp::headers_of(message);
  http::Headers out;
  for (const auto& [name, value] :
       {std::pair{"mcp-protocol-version", &mirrored.version}, std::pair{"mcp-method", &mirrored.method},
        std::pair{"mcp-name", &mirrored.name}}) {
    if (*value) {
      out.add(name, **value);
    }
  }
  return out;
}

// What the client is told; nothing where its message asks for no answer.
std::optional<canon::Value> answer_message(const Context& context, const std::string& message) {
  const Answer<http::Response> response = pass_on(context, "/mcp", message, fields_of(message));
  if (!response) {
    return mcp::undelivered(message, response.error().text);
  }
  if (response->body.empty()) {
    return response->status == 202 ? std::nullopt
                                   : mcp::undelivered(message, "the server answered with nothing");
  }
  auto value = canon::parse(response->body, {.bytes = 2 * limits::request_bytes, .depth = 64});
  if (value && value->find("jsonrpc") != nullptr) {
    return *std::move(value);
  }
  const std::string why = value ? mcp::sentence(*value) : "the server's answer is no JSON";
  return mcp::undelivered(message, why, {{"status", std::int64_t{response->status}}});
}

Answer<void> run_mcp(const Context& context, const NoOptions&) {
  Lines lines;
  while (const auto line = lines.next()) {
    if (line->text && line->text->find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    const auto said = line->text
                          ? answer_message(context, *line->text)
                          : mcp::error(400, {}, mcp::invalid_request, "The message is too long").message;
    if (said) {
      out(canon::write(*said) + "\n");
    }
    if (std::fflush(stdout) != 0) {
      return give_up(Exit::unavailable, "the client does not take what is said to it");
    }
  }
  return {};
}

} // namespace

void add_mcp(CLI::App& app, Context& context) {
  on(add_verb(app, "mcp", "The agents' protocol on standard input and output, with an agent's token",
              "sallyport mcp --token-file agent.token"),
     context, std::make_shared<NoOptions>(), run_mcp);
}

} // namespace sallyport::cli
