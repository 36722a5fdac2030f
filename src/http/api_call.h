// What the routes share. Private to this module.
#pragma once

#include "canon/fields.h"
#include "engine/core.h"
#include "engine/lists.h"
#include "engine/people.h"
#include "engine/scanned.h"
#include "engine/working.h"
#include "gate/event.h"
#include "http/api.h"
#include "http/router.h"

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sallyport::http::api {

// The longest texts of a body, in bytes.
inline constexpr std::size_t reason_bytes = 4000;
inline constexpr std::size_t name_bytes = 63;
inline constexpr std::size_t key_bytes = 200; // what a source calls an object

// The rest of an answer that would hold up the engine: it runs on a thread of its own.
using Later = std::move_only_function<Result<Response>()>;

// A submission that a thread of its own has read and scanned, so that nobody else waits for that.
struct Examined {
  engine::Scanned scanned{fail(ErrorCode::internal, "", "nothing was scanned"), {}, {}, {}, {}, {}, false};
  Result<Digest> predecessor = Digest{}; // of a revision; or what the request's form has against it
  std::optional<engine::WorkingScan> working = std::nullopt; // of a workspace that is to be sealed
};

// The route is not done: its request is examined elsewhere, and then the route acts again, with
// Call::examined. A value, which takes nothing of the engine along but terms.
using Examine = std::move_only_function<Examined(const Request&)>;

// The answer is a stream of what the log says from `next` on, of one packet or of all.
struct Listen {
  AccountId account;
  packet::LeafNumber next = 0;
  std::optional<PacketId> packet;
};

using Outcome = std::variant<Response, Later, Examine, Listen>;

// One request, authenticated and allowed, inside a batch on the engine's thread.
struct Call {
  engine::Core& core;
  const engine::Caller& caller;
  const Request& request;
  const Params& params;
  const canon::Value& body; // null where the route takes none
  std::string_view verb;
  const std::function<Instant()>& clock;
  const Examined* examined = nullptr; // what an Examine gave

  const AccountId& by() const { return caller.account; }

  const gate::State& state() const { return core.state(); }

  Instant now() const { return core.now(); }

  const gate::Account& account() const { return *core.state().account(caller.account); }
};

enum class Takes {
  nothing,    // no body, or {}
  json,       // Call::body
  maybe_json, // the same, or no body: Call::body is null
  raw,        // JSON that the handler's callee reads by itself, from Request::body
};

// What becomes of a write's answer when its Idempotency-Key comes again (idempotency.h).
enum class Keeps {
  answer,  // it is given again
  nothing, // the route changes nothing that a repetition would change again
  secret,  // it shows a secret once, so it is not kept and the header is refused
};

// An Error is an answer as well (problem_of), except `unavailable`: then the batch is undone.
using Act = Result<Outcome> (*)(Call&);

struct Route {
  std::string_view method;
  std::string_view pattern;
  Access access;
  Takes takes;
  std::string_view verb; // what a refused attempt is called in the log
  Act act;
  std::array<std::string_view, 3> query{}; // the names that the route knows
  Keeps keeps = Keeps::answer;
};

std::span<const Route> trust_routes();
std::span<const Route> roster_routes();
std::span<const Route> source_routes();
std::span<const Route> charter_routes();
std::span<const Route> packet_routes();
std::span<const Route> lineage_routes();
std::span<const Route> manifest_routes();
std::span<const Route> workspace_routes();
std::span<const Route> ledger_routes();
std::span<const Route> dump_routes();
std::span<const Route> lane_routes();
std::span<const Route> log_routes();

// ---- answers

Response json(int status, canon::Object object);
Response problem_of(const Error& error);
// The gate's refusal; its status is that of the gravest reason. Where one is about a word of a charter,
// it says which there are: in `charter`, which may be null, or in that of the lane that the request is about.
Response refusal(const charter::Charter* charter, const std::vector<packet::Reason>& reasons);
Response refusal(const Call& call, const std::vector<packet::Reason>& reasons);
// Records the attempt and answers its refusal.
Result<Outcome> deny(Call& call, std::vector<packet::Reason> reasons,
                     std::optional<PacketId> packet = std::nullopt);
// Applies the event; `answer` where it happened.
Result<Outcome> apply(Call& call, const gate::Event& event, int status = 200, canon::Object answer = {});

// ---- parameters

inline std::unexpected<Error> nothing_there() {
  return fail(ErrorCode::not_found, "", "there is nothing of this name, or it is not yours to see");
}

template <class Id> Result<Id> id_at(const Call& call, std::string_view name) {
  auto id = Id::parse(call.params.at(name));
  if (!id) {
    return nothing_there();
  }
  return *std::move(id);
}

Result<Digest> digest_at(const Call& call, std::string_view name);
// The packet of the path, which is there.
Result<PacketId> packet_at(const Call& call);
// The same, of a packet that people write together.
Result<PacketId> workspace_at(const Call& call);
// The number of a leaf in the path.
Result<packet::LeafNumber> leaf_at(const Call& call, std::string_view name);

// The member's ids; none where it is absent.
template <class Id>
Result<std::vector<Id>> ids_in(canon::Fields& fields, std::string_view name, std::size_t max) {
  std::vector<Id> out;
  if (fields.maybe(name) == nullptr) {
    return out;
  }
  for (const std::string& text : fields.strings(name, max)) {
    auto id = Id::parse(text);
    if (!id) {
      fields.fault(name, id.error().message);
      break;
    }
    out.push_back(*std::move(id));
  }
  return out;
}

// An integer of the query; `otherwise` where it is absent.
Result<std::int64_t> number_in_query(const Call& call, std::string_view name, std::int64_t otherwise,
                                     std::int64_t max);

// ?limit= and ?cursor= of a list, and its answer: {name: rows, next?: cursor}.
Result<engine::Page> page_of(const Call& call);
Response listed(std::string_view name, engine::Listed list);

// ---- conditions (RFC 9110 section 13)

// What a write to a packet names in If-Match: it moves with what people decide on, and not because somebody
// looked at the packet or was refused. Time and other packets move what its page derives as well, so a read
// under this tag is never answered with 304.
std::string tag_of(const engine::Core& core, const PacketId& packet);
Response tagged(Response response, std::string tag);
// An answer that says only what is stored, under a tag of its bytes; 304 where If-None-Match names it.
Response unless_known(const Call& call, Response response);

// ---- signatures

// The canonical SSHSIG blob of an armored text, which `where` holds.
Result<Bytes> read_armored(std::string_view armored, std::string where);
// The signature under the name of the person whose enrolled key made it; the gate refuses the empty one.
Result<packet::OwnerSignature> read_owner_signature(const gate::State& state, std::string_view armored,
                                                    std::string where);
// {statement: text, signatures: [armored]} of `fields`; together they fit into one leaf.
Result<packet::SignedStatement> read_act(const gate::State& state, canon::Fields& fields);

} // namespace sallyport::http::api
