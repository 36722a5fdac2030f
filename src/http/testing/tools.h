// An agent's tools over MCP, called through a real server, and what came of a call.
#pragma once

#include "canon/json.h"
#include "engine/files.h"
#include "http/api.h"
#include "http/testing/service.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::http::testing {

inline ApiOptions quick() {
  ApiOptions options;
  options.people = options.agents = {100'000, 100'000};
  return options;
}

inline Ask message(std::string_view method, canon::Object params = {}, Headers headers = {}) {
  Ask ask =
      post("/mcp",
           canon::Object{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}});
  ask.headers = std::move(headers);
  return ask;
}

inline Ask tool(std::string_view name, canon::Object arguments = {}) {
  return message("tools/call", {{"name", name}, {"arguments", std::move(arguments)}});
}

inline const canon::Value& within(const canon::Value& value, std::initializer_list<const char*> path) {
  static const canon::Value none;
  const canon::Value* at = &value;
  for (const char* name : path) {
    at = at == nullptr ? nullptr : at->find(name);
  }
  return at == nullptr ? none : *at;
}

inline bool failed(const Got& got) {
  return got.value.find("result") == nullptr ||
         within(got.value, {"result", "isError"}) == canon::Value(true);
}

// The code of a refusal, of a tool that there is or of one that there is not.
inline std::string why(const Got& got) {
  for (const auto& path : {std::initializer_list<const char*>{"result", "structuredContent", "reasons"},
                           std::initializer_list<const char*>{"error", "data", "reasons"}}) {
    if (const canon::Array* reasons = within(got.value, path).array(); reasons && !reasons->empty()) {
      return *reasons->front().find("code")->string();
    }
  }
  return "";
}

// Texts that would make an agent act, and that no agent may be moved by.
inline std::vector<std::string> injections() {
  const auto text =
      engine::read_small_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) / "test/mcp/injections.txt");
  REQUIRE(text);
  std::istringstream lines(*text);
  std::vector<std::string> out;
  for (std::string line; std::getline(lines, line);) {
    out.push_back(line);
  }
  REQUIRE(out.size() > 20);
  return out;
}

} // namespace sallyport::http::testing
