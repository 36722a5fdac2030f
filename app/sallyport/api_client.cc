#include "api_client.h"

#include "base/bytes.h"
#include "base/sensitive.h"
#include "canon/json.h"
#include "cmd_mcp.h"
#include "cmd_watch.h"
#include "crypto/random.h"
#include "engine/files.h"
#include "http/client.h"
#include "http/percent.h"
#include "print.h"
#include "ticker.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <thread>

namespace sallyport::cli {

using namespace std::chrono_literals;

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

Exit exit_of_status(int status) {
  switch (status) {
  case 401:
    return Exit::auth;
  case 403:
  case 422:
    return Exit::refused;
  case 404:
    return Exit::not_found;
  case 409:
  case 412:
    return Exit::conflict;
  case 423:
    return Exit::held;
  default:
    return status == 429 || status >= 500 ? Exit::unavailable : Exit::usage;
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
  std::string expected;
  for (const canon::Value& word : array_at(reason, "expected")) {
    expected += (expected.empty() ? ", expected " : ", ") + inline_text(word);
  }
  return (text.empty() ? code : text + " (" + code + ")") +
         (where.empty() || where == field ? "" : " at " + where) + expected;
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

http::ClientOptions client_options(const Context& context) {
  http::ClientOptions options;
  options.body_bytes_max = 4 * limits::bundle_file_bytes; // a bundle is one answer, in base64
  if (context.server.empty()) {
    options.unix_socket = context.socket_path();
  } else {
    options.origin = context.server;
  }
  return options;
}

Answer<http::Request> request_of(const Context& context, std::string method, const std::string& target,
                                 std::optional<std::string> body) {
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
  return request;
}

// `after` says what to do now.
Failure no_answer(const Context& context, const Error& error, const std::string& after) {
  if (error.code != ErrorCode::unavailable) {
    return error;
  }
  const std::string at = context.server.empty() ? context.socket_path().string() : context.server;
  return {
      Exit::unavailable,
      "no answer from the server at " + at + " (" + error.message + "); " +
          (error.message == http::nobody_there && after.empty() ? "start it with 'sallyport serve'" : after)};
}

// The server's answer, or a Failure with its reasons.
Answer<Reply> read_reply(const Context& context, http::Response response, const std::string& target) {
  Reply reply{response.status, std::move(response.body), {}};
  if (auto value = canon::parse(reply.text, {.bytes = 4 * limits::bundle_file_bytes, .depth = 64})) {
    reply.value = *std::move(value);
  }
  if (reply.status >= 200 && reply.status < 300) {
    return reply;
  }
  if (context.json) {
    show(context, reply, "");
  }
  const Exit exit = exit_of_status(reply.status);
  Failure failure(exit, sentence(reply, exit, target));
  for (const canon::Value& reason : array_at(reply.value, "reasons")) {
    failure.codes.push_back(text_at(reason, "code"));
  }
  return std::unexpected(std::move(failure));
}

Answer<Reply> once(const Context& context, std::string method, const std::string& target,
                   std::optional<std::string> body) {
  const std::string_view path = std::string_view(target).substr(0, target.find('?'));
  if (path.ends_with('/') || path.contains("//")) { // as of a shell variable that is not set
    return give_up(Exit::usage, "an argument is empty where an id or a name belongs");
  }
  const bool changes = method != "GET";
  SP_TRY(const http::Request request, request_of(context, std::move(method), target, std::move(body)));
  const Ticker ticker(context, "waiting for the server");
  auto response = http::fetch(client_options(context), request);
  if (!response) {
    const bool heard = response.error().message != http::nobody_there;
    return std::unexpected(no_answer(context, response.error(),
                                     !heard    ? ""
                                     : changes ? "look whether it happened before you repeat it"
                                               : "try again"));
  }
  return read_reply(context, *std::move(response), target);
}

constexpr std::array<std::chrono::milliseconds, 3> pauses{100ms, 400ms, 1600ms};

Answer<Reply> write(const Context& context, std::string method, const std::string& target, std::string body) {
  SP_TRY(http::Request request, request_of(context, std::move(method), target, std::move(body)));
  std::string key = context.idempotency_key;
  if (key.empty()) {
    std::array<std::uint8_t, 16> drawn{};
    crypto::random_bytes(drawn);
    key = to_hex(drawn);
  }
  request.headers.set("idempotency-key", key);
  const http::ClientOptions options = client_options(context);
  const Ticker ticker(context, "waiting for the server");
  auto response = http::fetch(options, request);
  const bool heard = response || response.error().message != http::nobody_there;
  for (const auto pause : pauses) {
    if (response || !heard || response.error().code != ErrorCode::unavailable) {
      break;
    }
    std::this_thread::sleep_for(pause); // a server that starts again is there soon
    response = http::fetch(options, request);
  }
  if (!response) {
    return std::unexpected(no_answer(
        context, response.error(),
        heard ? "it may have happened; repeated with --idempotency-key " + key + " it happens once" : ""));
  }
  return read_reply(context, *std::move(response), target);
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
  return once(context, "GET", target, std::nullopt);
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
  return write(context, "POST", target, canon::write(body));
}

Answer<Reply> put(const Context& context, const std::string& target, std::string body) {
  return write(context, "PUT", target, std::move(body));
}

Answer<Reply> post_text(const Context& context, const std::string& target, std::string body) {
  return write(context, "POST", target, std::move(body));
}

Answer<Reply> ask(const Context& context, const std::string& target, const canon::Value& body) {
  return once(context, "POST", target, canon::write(body));
}

Answer<Reply> ask_text(const Context& context, const std::string& target, std::string body) {
  return once(context, "POST", target, std::move(body));
}

Answer<http::Response> pass_on(const Context& context, const std::string& target, std::string body,
                               const http::Headers& more) {
  SP_TRY(http::Request request, request_of(context, "POST", target, std::move(body)));
  for (const auto& [name, value] : more) {
    request.headers.add(name, value);
  }
  auto response = http::fetch(client_options(context), request);
  if (!response) {
    const bool heard = response.error().message != http::nobody_there;
    return std::unexpected(
        no_answer(context, response.error(), heard ? "look whether it happened before you repeat it" : ""));
  }
  return *std::move(response);
}

Answer<void> follow(const Context& context, const std::string& target, const http::Headers& more,
                    const std::function<bool(std::string_view)>& take) {
  SP_TRY(http::Request request, request_of(context, "GET", target, std::nullopt));
  for (const auto& [name, value] : more) {
    request.headers.add(name, value);
  }
  http::ClientOptions options = client_options(context);
  options.timeout = Duration{60'000}; // the server's pulse is more often
  auto response = http::follow(options, request, take);
  if (!response) {
    return std::unexpected(no_answer(context, response.error(), "try again"));
  }
  SP_TRY(const Reply reply, read_reply(context, *std::move(response), target));
  (void)reply;
  return {};
}

void show(const Context& context, const Reply& reply, std::string_view data, std::string_view remark) {
  if (!context.json) {
    out(data);
    out(context.quiet ? "" : remark);
    return;
  }
  out(reply.text);
  if (!reply.text.ends_with('\n')) {
    out("\n");
  }
}

} // namespace sallyport::cli
