#include "http/api_call.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "crypto/sshsig.h"
#include "engine/present.h"
#include "engine/trace.h"
#include "gate/decide.h"
#include "http/conditions.h"
#include "http/problem.h"

#include <algorithm>
#include <charconv>

namespace sallyport::http::api {
namespace {

// A leaf with a statement has 16 KiB; header, names and JSON around them need a part of it.
constexpr std::size_t act_bytes = 12 * 1024;
constexpr std::size_t field_bytes = 300;

// The gravest class decides the status: what nobody may do is not hidden behind what merely waits.
int rank(gate::RefusalClass refusal_class) {
  switch (refusal_class) {
  case gate::RefusalClass::denied:
    return 4;
  case gate::RefusalClass::not_found:
    return 3;
  case gate::RefusalClass::conflict:
    return 2;
  case gate::RefusalClass::usage:
    return 1;
  case gate::RefusalClass::held:
    return 0;
  }
  return 0;
}

// Of the lane that the request is about: its packet's, its entry's, or that which it names. Null where there
// is none.
const charter::Charter* charter_of(const Call& call) {
  const auto lane_of_packet = [&](const std::string& text) {
    const auto id = PacketId::parse(text);
    const gate::Packet* packet = id ? call.state().find(*id) : nullptr;
    return packet == nullptr ? std::string() : packet->lane;
  };
  const auto lane_of_entry = [&](const std::string& text) {
    const auto id = EntryId::parse(text);
    const auto entry = id ? call.state().entries.find(*id) : call.state().entries.end();
    return entry == call.state().entries.end() ? std::string() : entry->second.lane;
  };
  const canon::Value* named = call.body.find("lane");
  const std::string* packet = call.params.find("packet");
  const std::string* entry = call.params.find("entry");
  const std::string lane = packet != nullptr                                ? lane_of_packet(*packet)
                           : entry != nullptr                               ? lane_of_entry(*entry)
                           : named != nullptr && named->string() != nullptr ? *named->string()
                                                                            : std::string();
  return call.core.world().active_charter(lane);
}

} // namespace

Response json(int status, canon::Object object) {
  Response response{.status = status, .headers = {}, .body = canon::write(std::move(object))};
  response.headers.add("content-type", "application/json");
  response.headers.add("cache-control", "no-store");
  return response;
}

Response problem_of(const Error& error) {
  canon::Object more;
  if (canon::is_pointer(error.where) && !error.where.empty() && error.where.size() <= field_bytes) {
    more.set("field", error.where);
  }
  switch (error.code) {
  case ErrorCode::malformed:
  case ErrorCode::unsupported:
    return problem(400, "malformed", "The request is not what it should be", error.message, std::move(more));
  case ErrorCode::too_large:
    return problem(413, "too-large", "A limit was passed", error.message, std::move(more));
  case ErrorCode::not_found:
    return problem(404, "not-found", "Not found", error.message);
  case ErrorCode::conflict:
    return problem(409, "conflict", "It is so already, or was so once", error.message);
  case ErrorCode::denied:
    return problem(403, "forbidden", "Not allowed", error.message);
  case ErrorCode::unavailable:
    return problem(503, "unavailable", "Not now; nothing happened", error.message);
  case ErrorCode::corrupt:
  case ErrorCode::internal:
    break;
  }
  return problem(500, "internal", "Stored bytes or a promise of this program do not hold", error.text());
}

Response refusal(const Call& call, const std::vector<packet::Reason>& reasons) {
  return refusal(charter_of(call), reasons);
}

Response refusal(const charter::Charter* charter, const std::vector<packet::Reason>& reasons) {
  auto gravest = gate::RefusalClass::held;
  for (const packet::Reason& reason : reasons) {
    const gate::RefusalClass one = gate::refusal_text(reason.code).refusal_class;
    gravest = rank(one) > rank(gravest) ? one : gravest;
  }
  canon::Object more{{"reasons", engine::reasons_in_words(reasons, charter)}};
  switch (gravest) {
  case gate::RefusalClass::usage:
    if (!reasons.empty() && canon::is_pointer(reasons.front().where) && !reasons.front().where.empty()) {
      more.set("field", reasons.front().where);
    }
    return problem(422, "refused", "It is not taken", {}, std::move(more));
  case gate::RefusalClass::denied:
    return problem(403, "forbidden", "Not allowed", {}, std::move(more));
  case gate::RefusalClass::not_found:
    return problem(404, "not-found", "Not found", {}, std::move(more));
  case gate::RefusalClass::conflict:
    return problem(409, "conflict", "It is so already, or was so once", {}, std::move(more));
  case gate::RefusalClass::held:
    break;
  }
  return problem(423, "held", "Holds or waits stand against it", {}, std::move(more));
}

Result<Outcome> deny(Call& call, std::vector<packet::Reason> reasons, std::optional<PacketId> packet) {
  SP_TRY(const gate::Step step, call.core.apply(gate::RefuseAttempt{call.by(), std::string(call.verb),
                                                                    std::move(packet), std::move(reasons)}));
  return refusal(call, step.refused);
}

Result<Outcome> apply(Call& call, const gate::Event& event, int status, canon::Object answer) {
  SP_TRY(const gate::Step step, call.core.apply(event));
  return step.ok() ? json(status, std::move(answer)) : refusal(call, step.refused);
}

Result<Digest> digest_at(const Call& call, std::string_view name) {
  const auto digest = Digest::from_hex(call.params.at(name));
  if (!digest) {
    return nothing_there();
  }
  return *digest;
}

Result<PacketId> packet_at(const Call& call) {
  SP_TRY(PacketId id, id_at<PacketId>(call, "packet"));
  if (call.state().find(id) == nullptr) {
    return nothing_there();
  }
  return id;
}

Result<PacketId> workspace_at(const Call& call) {
  SP_TRY(PacketId id, packet_at(call));
  if (!call.state().find(id)->workspace) {
    return nothing_there();
  }
  return id;
}

Result<packet::LeafNumber> leaf_at(const Call& call, std::string_view name) {
  const std::string& text = call.params.at(name);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return nothing_there();
  }
  return number;
}

Result<std::int64_t> number_in_query(const Call& call, std::string_view name, std::int64_t otherwise,
                                     std::int64_t max) {
  const std::string* text = call.request.query_value(name);
  if (text == nullptr) {
    return otherwise;
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size() || number < 0 || number > max) {
    return fail(ErrorCode::malformed, "/query/" + std::string(name),
                "expected an integer from 0 to " + std::to_string(max));
  }
  return number;
}

Result<engine::Page> page_of(const Call& call) {
  engine::Page page;
  SP_TRY(const std::int64_t limit, number_in_query(call, "limit", 50, 200));
  if (limit == 0) {
    return fail(ErrorCode::malformed, "/query/limit", "expected an integer from 1 to 200");
  }
  page.limit = static_cast<std::size_t>(limit);
  if (const std::string* cursor = call.request.query_value("cursor")) {
    const auto key = from_base64url(*cursor);
    if (!key || key->empty() || key->size() > 100) {
      return fail(ErrorCode::malformed, "/query/cursor", "expected the `next` of an earlier page");
    }
    page.after = as_text(*key);
  }
  return page;
}

Response listed(std::string_view name, engine::Listed list) {
  canon::Object out;
  out.set(std::string(name), std::move(list.rows));
  if (!list.next.empty()) {
    out.set("next", to_base64url(as_bytes(list.next)));
  }
  return json(200, std::move(out));
}

std::string tag_of(const engine::Core& core, const PacketId& packet) {
  return "\"" + packet.str() + "." + std::to_string(engine::last_move(core, packet)) + "\"";
}

Response tagged(Response response, std::string tag) {
  response.headers.set("etag", std::move(tag));
  return response;
}

Response unless_known(const Call& call, Response response) {
  std::string tag = "\"" + crypto::sha256(as_bytes(response.body)).hex().substr(0, 32) + "\"";
  const std::string* known = call.request.headers.find("if-none-match");
  if (known != nullptr && names_tag(*known, tag)) {
    response = {.status = 304, .headers = {}, .body = {}};
  }
  response.headers.set("cache-control", "no-cache"); // ask again each time, with the tag
  return tagged(std::move(response), std::move(tag));
}

Result<Bytes> read_armored(std::string_view armored, std::string where) {
  const auto blob = crypto::dearmor(armored);
  if (!blob) {
    return fail(blob.error().code, std::move(where), blob.error().message);
  }
  const auto sig = crypto::decode_sshsig(*blob);
  if (!sig) {
    return fail(sig.error().code, std::move(where), sig.error().message);
  }
  return crypto::encode_sshsig(*sig);
}

Result<packet::OwnerSignature> read_owner_signature(const gate::State& state, std::string_view armored,
                                                    std::string where) {
  SP_TRY(const Bytes blob, read_armored(armored, where));
  SP_TRY(const crypto::SshSig sig, crypto::decode_sshsig(blob));
  packet::OwnerSignature out;
  out.key = sig.key.fingerprint();
  out.sig = to_base64(blob);
  if (out.sig.size() > act_bytes) {
    return fail(ErrorCode::too_large, std::move(where), "longer than a leaf can hold");
  }
  if (const auto key = state.keys.find(out.key); key != state.keys.end()) {
    out.person = key->second.person;
  }
  return out;
}

Result<packet::SignedStatement> read_act(const gate::State& state, canon::Fields& fields) {
  const std::string statement = fields.string("statement", act_bytes);
  const canon::Array& signatures = fields.array("signatures");
  SP_CHECK(fields.done());
  packet::SignedStatement act;
  auto value = canon::parse(statement);
  if (!value || canon::write(*value) != statement) {
    return fail(ErrorCode::malformed, fields.where("statement"), "not the exact bytes of a statement");
  }
  act.statement = *std::move(value);
  std::size_t bytes = statement.size();
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    const std::string where = fields.where("signatures") + "/" + std::to_string(i);
    const std::string* armored = signatures[i].string();
    if (armored == nullptr || armored->size() > 2 * limits::signature_bytes) {
      return fail(ErrorCode::malformed, where, "expected an armored signature");
    }
    SP_TRY(packet::OwnerSignature sig, read_owner_signature(state, *armored, where));
    bytes += sig.sig.size() + 256;
    if (bytes > act_bytes) {
      return fail(ErrorCode::too_large, where, "the signatures are longer than a leaf can hold");
    }
    act.sigs.push_back(std::move(sig));
  }
  return act;
}

} // namespace sallyport::http::api
