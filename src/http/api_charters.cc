// Charters: proposed as TOML, ratified by owners who sign, activated.
#include "canon/json.h"
#include "charter/canonical.h"
#include "charter/lint.h"
#include "http/api_call.h"
#include "http/problem.h"
#include "packet/statement.h"

#include <algorithm>

namespace sallyport::http::api {
namespace {

canon::Array fault_rows(const std::vector<charter::Fault>& faults, bool errors) {
  canon::Array out;
  for (const charter::Fault& fault : faults) {
    if (fault.error == errors) {
      out.push_back(canon::Object{{"id", fault.id},
                                  {"line", fault.line},
                                  {"column", fault.column},
                                  {"path", fault.path},
                                  {"message", fault.message}});
    }
  }
  return out;
}

Response faulty(const std::vector<charter::Fault>& faults) {
  return problem(422, "refused", "It is not taken", "the charter has faults",
                 {{"field", "/toml"}, {"faults", fault_rows(faults, true)}});
}

Result<Outcome> propose_charter(Call& call) {
  canon::Fields fields(call.body, "");
  const std::string toml = fields.string("toml", limits::charter_bytes);
  SP_CHECK(fields.done());
  charter::Parsed parsed = charter::parse_toml(toml);
  if (!parsed.charter) {
    SP_CHECK(call.core.tx().count_attempt(call.by().str(), call.now(), "charter-faults"));
    return faulty(parsed.faults);
  }
  const charter::Charter& charter = *parsed.charter;
  std::vector<charter::Fault> found = charter::honourable(charter);
  std::ranges::move(charter::succession(charter, call.core.world().active_charter(charter.lane.id)),
                    std::back_inserter(found));
  charter::place(found, parsed.positions);
  std::ranges::copy(parsed.faults, std::back_inserter(found));
  // The gate sees the same faults, refuses, and puts the attempt on record.
  SP_TRY(const gate::Step step, call.core.apply(gate::ProposeCharter{call.by(), charter}));
  if (!step.ok()) {
    return std::ranges::any_of(found, &charter::Fault::error) ? faulty(found) : refusal(call, step.refused);
  }
  return json(201, {{"digest", charter::digest(charter).hex()},
                    {"charter", charter.id},
                    {"version", std::int64_t{charter.version}},
                    {"warnings", fault_rows(found, false)}});
}

Result<Outcome> list_charters(Call& call) {
  SP_TRY(const engine::Page page, page_of(call));
  SP_TRY(engine::Listed rows, engine::list_charters(call.core, page));
  return listed("charters", std::move(rows));
}

// What an owner signs now: it names the charter that this one replaces.
Result<canon::Value> statement_of(const Call& call) {
  SP_TRY(const Digest digest, digest_at(call, "digest"));
  const auto at = call.state().charters.find(digest);
  if (at == call.state().charters.end()) {
    return nothing_there();
  }
  const auto lane = call.state().lanes.find(at->second.lane);
  return packet::statement(
      packet::RatifyStatement{call.state().origin, at->second.id, at->second.version, digest,
                              lane == call.state().lanes.end() ? std::nullopt : lane->second.charter});
}

Result<Outcome> statement(Call& call) {
  SP_TRY(const canon::Value value, statement_of(call));
  return json(200, {{"statement", canon::write(value)}});
}

Result<Outcome> ratify(Call& call) {
  SP_TRY(canon::Value value, statement_of(call));
  SP_TRY(const Digest digest, digest_at(call, "digest"));
  canon::Fields fields(call.body, "");
  const std::string armored = fields.string("signature", 2 * limits::signature_bytes);
  SP_CHECK(fields.done());
  SP_TRY(packet::OwnerSignature sig, read_owner_signature(call.state(), armored, "/signature"));
  SP_TRY(const gate::Step step,
         call.core.apply(gate::RatifyCharter{call.by(), {std::move(value), {std::move(sig)}}}));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  canon::Array ratified;
  for (const gate::Ratification& ratification : call.state().charters.at(digest).ratified) {
    ratified.emplace_back(ratification.person.str());
  }
  return json(200, {{"ratified", std::move(ratified)}});
}

Result<Outcome> activate(Call& call) {
  SP_TRY(const Digest digest, digest_at(call, "digest"));
  return apply(call, gate::ActivateCharter{call.by(), digest});
}

constexpr std::array charter_table{
    Route{"POST", "/v1/charters", Access::govern, Takes::json, "charter.propose", propose_charter},
    Route{"GET",
          "/v1/charters",
          Access::read,
          Takes::nothing,
          "charter.list",
          list_charters,
          {"limit", "cursor"}},
    Route{"POST",
          "/v1/charters/{digest}/statement",
          Access::read,
          Takes::nothing,
          "charter.statement",
          statement,
          {},
          Keeps::nothing},
    Route{"POST", "/v1/charters/{digest}/ratify", Access::govern, Takes::json, "charter.ratify", ratify},
    Route{"POST", "/v1/charters/{digest}/activate", Access::govern, Takes::nothing, "charter.activate",
          activate},
};

} // namespace

std::span<const Route> charter_routes() {
  return charter_table;
}

} // namespace sallyport::http::api
