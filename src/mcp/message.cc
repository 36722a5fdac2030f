#include "mcp/message.h"

#include "base/bytes.h"
#include "canon/json.h"

#include <algorithm>

namespace sallyport::mcp {
namespace {

constexpr std::string_view version_key = "io.modelcontextprotocol/protocolVersion";
constexpr std::string_view capabilities_key = "io.modelcontextprotocol/clientCapabilities";
constexpr std::int64_t list_ttl_ms = 300'000; // tools change with the program and with the credential
constexpr std::size_t word_bytes = 200;       // a method, a version, an id

const std::string* string_at(const canon::Value* value, std::string_view name) {
  const canon::Value* member = value == nullptr ? nullptr : value->find(name);
  return member == nullptr ? nullptr : member->string();
}

const canon::Value* meta_of(const canon::Value& message) {
  const canon::Value* params = message.find("params");
  return params == nullptr ? nullptr : params->find("_meta");
}

bool is_id(const canon::Value& value) {
  return value.integer() != nullptr || (value.string() != nullptr && value.string()->size() <= word_bytes);
}

// Null where the message has no id that can be answered to.
canon::Value id_of(const canon::Value& message) {
  const canon::Value* id = message.find("id");
  return id != nullptr && is_id(*id) ? *id : canon::Value();
}

canon::Array versions() {
  return {stateless_version, handshake_version};
}

canon::Object capabilities() {
  return {{"tools", canon::Object{}}};
}

Answer no_such_version(const canon::Value& id, std::string_view requested) {
  canon::Object data{{"supported", versions()}};
  if (requested.size() <= word_bytes) {
    data.set("requested", requested);
  }
  return error(400, id, unsupported_version, "Unsupported protocol version", std::move(data));
}

// A name in a header may be in base64, where it is no plain ASCII.
std::optional<std::string> plain(const std::string& value) {
  constexpr std::string_view before = "=?base64?";
  constexpr std::string_view after = "?=";
  if (value.size() < before.size() + after.size() || !value.starts_with(before) || !value.ends_with(after)) {
    return value;
  }
  const auto bytes =
      from_base64(std::string_view(value).substr(before.size(), value.size() - before.size() - after.size()));
  return bytes ? std::optional(std::string(as_text(*bytes))) : std::nullopt;
}

// A message with everything that both eras ask of one.
struct Reading {
  const canon::Value& message;
  const Headers& headers;
  std::span<const Tool* const> tools;
  const Server& server;
  canon::Value id;
  std::string method;
  Era era = Era::handshake;

  const canon::Value* params() const { return message.find("params"); }

  Answer done(canon::Object members) const { return result(era, server, id, std::move(members)); }

  Answer fault(int status, int code, std::string_view why) const { return error(status, id, code, why); }

  // A list or a discovery in the stateless era says how long it may be kept, and for whom.
  Answer kept(canon::Object members) const {
    if (era == Era::stateless) {
      members.set("ttlMs", list_ttl_ms);
      members.set("cacheScope", "private");
    }
    return done(std::move(members));
  }
};

// What a request of the stateless era must say beside its method; nothing where it does.
std::optional<Answer> check_stateless(const Reading& r) {
  const canon::Value* meta = meta_of(r.message);
  const std::string& version = *string_at(meta, version_key);
  if (!r.headers.version || *r.headers.version != version) {
    return r.fault(400, header_mismatch,
                   "Header mismatch: MCP-Protocol-Version is missing or differs from the message");
  }
  if (version != stateless_version) {
    return no_such_version(r.id, version);
  }
  const canon::Value* capable = meta->find(capabilities_key);
  if (capable == nullptr || capable->object() == nullptr) {
    return r.fault(400, invalid_params, "_meta lacks the client's capabilities");
  }
  if (!r.headers.method || *r.headers.method != r.method) {
    return r.fault(400, header_mismatch,
                   "Header mismatch: Mcp-Method is missing or differs from the message");
  }
  const std::string* name = r.method == "tools/call" ? string_at(r.params(), "name") : nullptr;
  if (name != nullptr && (!r.headers.name || plain(*r.headers.name) != *name)) {
    return r.fault(400, header_mismatch, "Header mismatch: Mcp-Name is missing or differs from the message");
  }
  return std::nullopt;
}

std::optional<Answer> check_handshake(const Reading& r) {
  if (r.method == "initialize" || !r.headers.version || *r.headers.version == handshake_version) {
    return std::nullopt;
  }
  return *r.headers.version == stateless_version
             ? r.fault(400, invalid_params, "_meta lacks the protocol version and the client's capabilities")
             : no_such_version(r.id, *r.headers.version);
}

Answer initialize(const Reading& r) {
  if (string_at(r.params(), "protocolVersion") == nullptr) {
    return r.fault(400, invalid_params, "initialize lacks the protocol version");
  }
  return r.done({{"protocolVersion", handshake_version},
                 {"capabilities", capabilities()},
                 {"serverInfo", canon::Object{{"name", r.server.name}, {"version", r.server.version}}},
                 {"instructions", r.server.instructions}});
}

Answer list_tools(const Reading& r) {
  if (r.params() != nullptr && r.params()->find("cursor") != nullptr) {
    return r.fault(200, invalid_params, "There is one page of tools, and no cursor");
  }
  canon::Array rows;
  for (const Tool* tool : r.tools) {
    rows.emplace_back(described(*tool));
  }
  return r.kept({{"tools", std::move(rows)}});
}

std::variant<Answer, Call> call_tool(const Reading& r) {
  const std::string* name = string_at(r.params(), "name");
  if (name == nullptr) {
    return r.fault(200, invalid_params, "tools/call lacks the tool's name");
  }
  Call call{r.era, r.id, *name, nullptr, {}};
  const auto tool =
      std::ranges::find_if(r.tools, [&](const Tool* one) { return one->name == std::string_view(*name); });
  if (tool == r.tools.end()) {
    return call;
  }
  if (const canon::Value* arguments = r.params()->find("arguments")) {
    if (arguments->object() == nullptr) {
      return r.fault(200, invalid_params, "The arguments are an object");
    }
    call.arguments = *arguments->object();
  }
  if (const auto good = check(**tool, call.arguments); !good) {
    const std::string& where = good.error().where;
    const canon::Object problem{
        {"type", "urn:sallyport:problem:malformed"},
        {"title", "The arguments are not what they should be"},
        {"detail", where.empty() ? good.error().message : where.substr(1) + ": " + good.error().message}};
    return r.done(tool_result(**tool, 400, canon::write(problem)));
  }
  call.tool = *tool;
  return call;
}

std::variant<Answer, Call> answer_request(const Reading& r) {
  if (auto wrong = r.era == Era::stateless ? check_stateless(r) : check_handshake(r)) {
    return *std::move(wrong);
  }
  if (r.method == "tools/list") {
    return list_tools(r);
  }
  if (r.method == "tools/call") {
    return call_tool(r);
  }
  if (r.era == Era::stateless && r.method == "server/discover") {
    return r.kept({{"supportedVersions", versions()},
                   {"capabilities", capabilities()},
                   {"instructions", r.server.instructions}});
  }
  if (r.era == Era::handshake && r.method == "initialize") {
    return initialize(r);
  }
  if (r.era == Era::handshake && r.method == "ping") {
    return r.done({});
  }
  return r.fault(r.era == Era::stateless ? 404 : 200, method_not_found, "There is no such method here");
}

} // namespace

std::variant<Answer, Call> read(std::string_view text, const Headers& headers,
                                std::span<const Tool* const> tools, const Server& server) {
  const auto message = canon::parse(text, {.bytes = message_bytes});
  if (!message) {
    return error(400, {}, parse_error, "The message is no strict JSON: " + message.error().message);
  }
  if (message->array() != nullptr) {
    return error(400, {}, invalid_request, "One message is sent at a time, and no batch");
  }
  const std::string* version = string_at(message->object() == nullptr ? nullptr : &*message, "jsonrpc");
  const std::string* method = string_at(&*message, "method");
  const canon::Value* params = message->find("params");
  const canon::Value* id = message->find("id");
  if (version == nullptr || *version != "2.0" || method == nullptr || method->size() > word_bytes ||
      (params != nullptr && params->object() == nullptr) || (id != nullptr && !is_id(*id))) {
    return error(400, id_of(*message), invalid_request, "The message is no request of JSON-RPC 2.0");
  }
  if (id == nullptr) {
    return method->starts_with("notifications/")
               ? Answer{202, std::nullopt}
               : error(400, {}, invalid_request, "A request has an id; without one nothing is done");
  }
  const bool stateless = string_at(meta_of(*message), version_key) != nullptr;
  return answer_request(
      {*message, headers, tools, server, *id, *method, stateless ? Era::stateless : Era::handshake});
}

Headers headers_of(std::string_view text) {
  Headers out;
  const auto message = canon::parse(text, {.bytes = message_bytes});
  const std::string* version = message ? string_at(meta_of(*message), version_key) : nullptr;
  if (version == nullptr) {
    return out; // of the other era, or nothing that will be understood
  }
  out.version = *version;
  if (const std::string* method = string_at(&*message, "method")) {
    out.method = *method;
  }
  if (const std::string* name = string_at(message->find("params"), "name")) {
    out.name = "=?base64?" + to_base64(as_bytes(*name)) + "?=";
  }
  return out;
}

std::optional<canon::Value> undelivered(std::string_view text, std::string_view why, canon::Object data) {
  const auto message = canon::parse(text, {.bytes = message_bytes});
  if (message && message->find("id") == nullptr && message->find("method") != nullptr) {
    return std::nullopt;
  }
  return error(200, message ? id_of(*message) : canon::Value(), internal_error, why, std::move(data)).message;
}

bool is_local_origin(std::string_view origin) {
  for (const std::string_view host : {"http://localhost", "http://127.0.0.1", "http://[::1]"}) {
    if (origin.starts_with(host)) {
      const std::string_view port = origin.substr(host.size());
      return port.empty() ||
             (port.size() > 1 && port.front() == ':' &&
              std::ranges::all_of(port.substr(1), [](char c) { return c >= '0' && c <= '9'; }));
    }
  }
  return false;
}

} // namespace sallyport::mcp
