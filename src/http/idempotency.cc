#include "http/idempotency.h"

#include "crypto/digest.h"
#include "http/problem.h"

#include <algorithm>

namespace sallyport::http {
namespace {

constexpr std::string_view header = "idempotency-key";

Digest digest_of(const Request& request) {
  return crypto::sha256(as_bytes(request.method + "\n" + request.target + "\n" + request.body));
}

} // namespace

Result<std::optional<std::string>> idempotency_key(const Request& request) {
  const std::string* key = request.headers.find(header);
  if (key == nullptr) {
    return std::nullopt;
  }
  const bool visible = std::ranges::all_of(*key, [](char c) { return c > ' ' && c <= '~'; });
  if (!visible || key->empty() || key->size() > 128 || request.headers.count(header) != 1) {
    return fail(ErrorCode::malformed, "/headers/idempotency-key", "expected 1 to 128 visible ASCII letters");
  }
  return *key;
}

Result<std::optional<Response>> answered_before(engine::Core& core, std::string_view principal,
                                                const std::string& key, const Request& request) {
  SP_TRY(const auto answer, core.tx().reader().answer(principal, key));
  if (!answer || answer->at < core.now() - answers_kept) {
    return std::nullopt;
  }
  if (answer->request != digest_of(request)) {
    return problem(422, "idempotency-key", "The key was used for another request",
                   "send a fresh Idempotency-Key with every new request");
  }
  Response response{.status = answer->status, .headers = {}, .body = std::string(as_text(answer->body))};
  response.headers.add("content-type", "application/json");
  response.headers.add("cache-control", "no-store");
  response.headers.add("idempotency-replayed", "true");
  return response;
}

Result<void> keep_answer(engine::Core& core, std::string_view principal, const std::string& key,
                         const Request& request, const Response& response) {
  if (response.status < 200 || response.status > 299) {
    return {};
  }
  SP_CHECK(core.tx().forget_answers_before(core.now() - answers_kept));
  const ByteView body = as_bytes(response.body);
  return core.tx().put_answer({std::string(principal), key, digest_of(request), response.status,
                               Bytes(body.begin(), body.end()), core.now()});
}

} // namespace sallyport::http
