#include "demo/stage.h"

#include "canon/json.h"

#include <fmt/format.h>

namespace sallyport::demo {

std::string Answer::text(std::string_view name) const {
  const canon::Value* value = body.find(name);
  return value == nullptr || value->string() == nullptr ? "" : *value->string();
}

bool Answer::has_reason(std::string_view code) const {
  const canon::Value* reasons = body.find("reasons");
  if (reasons == nullptr || reasons->array() == nullptr) {
    return false;
  }
  for (const canon::Value& reason : *reasons->array()) {
    const canon::Value* name = reason.find("code");
    if (name != nullptr && name->string() != nullptr && *name->string() == code) {
      return true;
    }
  }
  return false;
}

double Stage::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

void Stage::act(const std::string& title) {
  ++acts_;
  if (options_.json) {
    fmt::print("{}\n", canon::write(canon::Object{{"act", acts_}, {"title", title}}));
  } else {
    fmt::print("\n{:2}. {}  [{:.1f} s]\n", acts_, title, seconds());
  }
  std::fflush(stdout);
}

void Stage::say(const std::string& line) {
  if (options_.json) {
    fmt::print("{}\n", canon::write(canon::Object{{"act", acts_}, {"says", line}}));
  } else {
    fmt::print("      {}\n", line);
  }
  std::fflush(stdout);
}

Result<void> Stage::expect(bool so, const std::string& line) {
  if (options_.json) {
    fmt::print("{}\n", canon::write(canon::Object{{"act", acts_}, {"checked", line}, {"holds", so}}));
  } else {
    fmt::print("   {} {}\n", so ? "ok " : "NO ", line);
  }
  std::fflush(stdout);
  if (!so) {
    return fail(ErrorCode::internal, "", "the demonstration did not go as it must: " + line);
  }
  return {};
}

Answer Stage::call(const Player& who, const std::string& method, const std::string& target,
                   canon::Value body) const {
  http::Request request;
  request.method = method;
  request.target = target;
  if (!who.token.empty()) {
    request.headers.set("authorization", "Bearer " + who.token);
  }
  if (!body.is_null()) {
    request.headers.set("content-type", "application/json");
    request.body = canon::write(body);
  }
  const auto response = http::fetch(client, request);
  if (!response) {
    return {};
  }
  auto parsed = canon::parse(response->body, {.bytes = limits::bundle_file_bytes});
  return {response->status, parsed ? *std::move(parsed) : canon::Value(response->body)};
}

Result<Answer> Stage::must(const Player& who, const std::string& method, const std::string& target,
                           canon::Value body) const {
  Answer answer = call(who, method, target, std::move(body));
  if (answer.status < 200 || answer.status > 299) {
    return fail(ErrorCode::internal, method + " " + target,
                fmt::format("answered {}: {}", answer.status, canon::write(answer.body)));
  }
  return answer;
}

Result<Answer> Stage::until(const Player& who, const std::string& target,
                            const std::function<bool(const Answer&)>& done, const std::string& what) const {
  Answer last;
  for (int i = 0; i < 200; ++i) {
    last = call(who, "GET", target);
    if (last.status == 200 && done(last)) {
      return last;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return fail(ErrorCode::internal, target,
              "waited ten seconds in vain for: " + what + "; last " + canon::write(last.body));
}

} // namespace sallyport::demo
