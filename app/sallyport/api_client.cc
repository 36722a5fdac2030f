#include "api_client.h"

#include "base/sensitive.h"
#include "canon/json.h"
#include "engine/files.h"
#include "http/client.h"
#include "http/percent.h"
#include "print.h"

#include <cstdlib>
#include <optional>
#include <system_error>

namespace sallyport::cli {
namespace {

Answer<Sensitive<std::string>> token(const Context& context) {
  if (context.token_file.empty()) {
    const char* token = std::getenv("SALLYPORT_TOKEN");
    return Sensitive(std::string(token == nullptr ? "" : token));
  }
  SP_TRY(std::string text, engine::read_small_file(context.token_file));
  text.erase(std::min(text.find_first_of("\r\n"), text.size()));
  if (text.empty()) {
    return give_up(Exit::usage, context.token_file.string() + ": the first line holds no token");
  }
  return Sensitive(std::move(text));
}

Exit exit_of(int status) {
  switch (status) {
  case 401:
    return Exit::auth;
  case 403:
  case 422:
    return Exit::refused;
  case 404:
    return Exit::not_found;
  case 409:
    return Exit::conflict;
  case 423:
    return Exit::held;
  default:
    return status >= 500 ? Exit::unavailable : Exit::usage;
  }
}

// What usually helps; "" where the reasons say it.
std::string_view advice(Exit exit, std::string_view target) {
  switch (exit) {
  case Exit::auth:
    return "; give a token in SALLYPORT_TOKEN or with --token-file";
  case Exit::held:
    return target.starts_with("/v1/packets/") ? "; see 'sallyport packet explain'" : "";
  case Exit::conflict:
    return "; look at it again before you repeat this";
  case Exit::unavailable:
    return "; nothing happened, try again";
  case Exit::ok:
  case Exit::internal:
  case Exit::usage:
  case Exit::not_found:
  case Exit::refused:
  case Exit::fault:
    return "";
  }
  return "";
}

// A reason, and where it stands unless the sentence has named that place already.
std::string reason_in_words(const canon::Value& reason, std::string_view field) {
  const std::string where = text_at(reason, "where");
  const std::string text = text_at(reason, "text");
  const std::string code = text_at(reason, "code");
  return (text.empty() ? code : text + " (" + code + ")") +
         (where.empty() || where == field ? "" : " at " + where);
}

// field, detail or title, reasons and faults of a problem document (RFC 9457) in one sentence.
std::string sentence(const Reply& reply, Exit exit, std::string_view target) {
  const std::string field = text_at(reply.value, "field");
  std::string reasons;
  for (const canon::Value& reason : array_at(reply.value, "reasons")) {
    reasons += (reasons.empty() ? "" : "; ") + reason_in_words(reason, field);
  }
  for (const canon::Value& fault : array_at(reply.value, "faults")) {
    reasons += (reasons.empty() ? "" : "; ") + text_at(fault, "line") + ":" + text_at(fault, "column") +
               ": " + text_at(fault, "id") + " " + text_at(fault, "message");
  }
  std::string text = text_at(reply.value, "detail");
  if (text.empty()) {
    text = text_at(reply.value, "title");
  }
  if (text.empty()) {
    text = "the server answered with status " + std::to_string(reply.status);
  }
  return (field.empty() ? "" : field + ": ") + text + (reasons.empty() ? "" : ": " + reasons) +
         std::string(advice(exit, target));
}

Answer<Reply> call(const Context& context, std::string method, const std::string& target,
                   std::optional<std::string> body) {
  http::ClientOptions options;
  options.body_bytes_max = 4 * limits::bundle_file_bytes; // a bundle is one answer, in base64
  if (context.server.empty()) {
    options.unix_socket = context.socket_path();
  } else {
    options.origin = context.server;
  }
  http::Request request;
  request.method = std::move(method);
  request.target = target;
  SP_TRY(const Sensitive<std::string> credential, token(context));
  if (!credential.expose().empty()) {
    request.headers.set("authorization", "Bearer " + credential.expose());
  }
  if (body) {
    request.headers.set("content-type", "application/json");
    request.body = *std::move(body);
  }
  auto response = http::fetch(options, request);
  if (!response) {
    if (response.error().code != ErrorCode::unavailable) {
      return std::unexpected(Failure(response.error()));
    }
    const std::string at = context.server.empty() ? context.socket_path().string() : context.server;
    return give_up(Exit::unavailable, "no answer from the server at " + at + " (" + response.error().message +
                                          "); start it with 'sallyport serve'");
  }
  Reply reply{response->status, std::move(response->body), {}};
  if (auto value = canon::parse(reply.text, {.bytes = options.body_bytes_max, .depth = 64})) {
    reply.value = *std::move(value);
  }
  if (reply.status >= 200 && reply.status < 300) {
    return reply;
  }
  if (context.json) {
    show(context, reply, "");
  }
  const Exit exit = exit_of(reply.status);
  return give_up(exit, sentence(reply, exit, target));
}

} // namespace

std::string route(std::initializer_list<std::string_view> segments) {
  std::string path = "/v1";
  for (const std::string_view segment : segments) {
    path += "/" + http::percent_encode(segment);
  }
  return path;
}

Answer<Reply> get(const Context& context, const std::string& target) {
  return call(context, "GET", target, std::nullopt);
}

Answer<Reply> get_all(const Context& context, const std::string& target, std::string_view name) {
  const std::string first = target + (target.contains('?') ? "&" : "?") + "limit=200";
  SP_TRY(Reply all, get(context, first));
  std::string next = text_at(all.value, "next");
  if (next.empty()) {
    return all;
  }
  canon::Array rows = array_at(all.value, name);
  while (!next.empty()) {
    SP_TRY(const Reply page, get(context, first + "&cursor=" + next));
    std::ranges::copy(array_at(page.value, name), std::back_inserter(rows));
    next = text_at(page.value, "next");
  }
  all.value = canon::Object{};
  all.value.object()->set(std::string(name), std::move(rows));
  all.text = canon::write(all.value);
  return all;
}

Answer<Reply> post(const Context& context, const std::string& target, const canon::Value& body) {
  return call(context, "POST", target, canon::write(body));
}

Answer<Reply> put(const Context& context, const std::string& target, std::string body) {
  return call(context, "PUT", target, std::move(body));
}

Answer<Reply> post_text(const Context& context, const std::string& target, std::string body) {
  return call(context, "POST", target, std::move(body));
}

void show(const Context& context, const Reply& reply, std::string_view human) {
  if (!context.json) {
    out(human);
    return;
  }
  out(reply.text);
  if (!reply.text.ends_with('\n')) {
    out("\n");
  }
}

} // namespace sallyport::cli
