// Rosters: who holds which role, and who may read a lane.
#include "base/whole_second.h"
#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "http/api_call.h"
#include "packet/names.h"
#include "packet/roster.h"

#include <algorithm>

namespace sallyport::http::api {
namespace {

constexpr std::size_t grants_max = 1024;
constexpr std::size_t members_max = 1024;
constexpr std::size_t openings_bytes = limits::body_bytes / 2; // they are the body of a leaf

std::vector<packet::Grant> read_grants(canon::Fields& fields) {
  std::vector<packet::Grant> out;
  const canon::Array& rows = fields.array("grants");
  if (rows.size() > grants_max) {
    fields.fault("grants", "more than 1024 grants", ErrorCode::too_large);
    return out;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    canon::Fields row(rows[i], fields.where("grants") + "/" + std::to_string(i));
    packet::Grant grant{row.id<PersonId>("person"), row.string("role", 63), whole_second(row.instant("from")),
                        whole_second(row.instant("until"))};
    if (row.ok() && !packet::is_name(grant.role)) {
      row.fault("role", "expected a short lower-case name");
    }
    if (row.ok() && grant.from >= grant.until) {
      row.fault("until", "a grant ends after it begins");
    }
    if (const auto done = row.done(); !done) {
      fields.fault(("grants/" + std::to_string(i)), done.error().message);
      return out;
    }
    out.push_back(std::move(grant));
  }
  std::ranges::sort(out);
  const auto [first, last] = std::ranges::unique(out);
  out.erase(first, last);
  return out;
}

Result<std::vector<packet::AudienceMember>> read_members(const canon::Value& value,
                                                         const std::string& where) {
  const canon::Array* rows = value.array();
  if (rows == nullptr) {
    return fail(ErrorCode::malformed, where, "expected an array");
  }
  if (rows->size() > members_max) {
    return fail(ErrorCode::too_large, where, "more than 1024 members");
  }
  std::vector<packet::AudienceMember> out;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    canon::Fields row((*rows)[i], where + "/" + std::to_string(i));
    packet::AudienceMember member{row.id<PersonId>("person"), row.strings("clearances", 32)};
    if (!std::ranges::all_of(member.clearances, packet::is_token)) {
      row.fault("clearances", "a clearance is a short name");
    }
    SP_CHECK(row.done());
    std::ranges::sort(member.clearances);
    const auto [first, last] = std::ranges::unique(member.clearances);
    member.clearances.erase(first, last);
    out.push_back(std::move(member));
  }
  std::ranges::sort(out);
  const auto same_person = [](const auto& a, const auto& b) { return a.person == b.person; };
  if (std::ranges::adjacent_find(out, same_person) != out.end()) {
    return fail(ErrorCode::malformed, where, "a person stands there twice");
  }
  return out;
}

// The lane's next roster with fresh salts: what the owners will sign.
Result<Outcome> roster_statement(Call& call) {
  canon::Fields fields(call.body, "");
  packet::Roster roster;
  roster.log = call.state().origin;
  roster.lane = fields.string("lane", 63);
  if (fields.ok() && !packet::is_lane_id(roster.lane)) {
    fields.fault("lane", "expected a lane's id");
  }
  roster.grants = read_grants(fields);
  const canon::Object& audiences = fields.object("audience");
  SP_CHECK(fields.done());
  if (audiences.size() > limits::collection_items) {
    return fail(ErrorCode::too_large, "/audience", "more than 256 audiences");
  }
  canon::Object openings;
  for (const auto& [name, value] : audiences) {
    const std::string where = "/audience/" + canon::pointer_escape(name);
    if (!packet::is_name(name)) {
      return fail(ErrorCode::malformed, where, "an audience has a short lower-case name");
    }
    SP_TRY(const std::vector<packet::AudienceMember> members, read_members(value, where));
    packet::Salt salt;
    crypto::random_bytes(salt);
    roster.audience[name] = packet::audience_digest(salt, members);
    openings.set(name, canon::Object{{"salt", to_base64url(salt)}, {"members", packet::to_value(members)}});
  }
  if (canon::write(openings).size() > openings_bytes) {
    return fail(ErrorCode::too_large, "/audience", "the audiences are longer than a body can hold");
  }
  packet::RosterStatement statement{roster.log, roster.lane, 1, {}, std::nullopt};
  const auto lane = call.state().lanes.find(roster.lane);
  if (lane != call.state().lanes.end() && lane->second.roster) {
    statement.version = lane->second.roster_version + 1;
    statement.replaces = lane->second.roster;
  }
  roster.version = statement.version;
  statement.roster = crypto::sha256(as_bytes(packet::roster_bytes(roster)));
  return json(200, {{"roster", packet::to_value(roster)},
                    {"openings", canon::Object{{"audience", std::move(openings)}}},
                    {"statement", canon::write(packet::statement(statement))}});
}

Result<Outcome> activate_roster(Call& call) {
  canon::Fields fields(call.body, "");
  auto roster = packet::read_roster(canon::write(fields.any("roster")));
  if (!roster) {
    return fail(ErrorCode::malformed, "/roster" + roster.error().where, roster.error().message);
  }
  canon::Object openings = fields.object("openings");
  SP_TRY(packet::SignedStatement act, read_act(call.state(), fields));
  if (canon::write(openings).size() > openings_bytes) {
    return fail(ErrorCode::too_large, "/openings", "the audiences are longer than a body can hold");
  }
  if (openings.size() != 1 || openings.find("audience") == nullptr) {
    return fail(ErrorCode::malformed, "/openings", "expected the openings of the audiences and nothing else");
  }
  canon::Object out{{"version", std::int64_t{roster->version}},
                    {"digest", crypto::sha256(as_bytes(packet::roster_bytes(*roster))).hex()}};
  return apply(call, gate::ActivateRoster{call.by(), *std::move(roster), std::move(act), std::move(openings)},
               201, std::move(out));
}

constexpr std::array roster_table{
    Route{"POST",
          "/v1/rosters/statement",
          Access::read,
          Takes::json,
          "roster.statement",
          roster_statement,
          {},
          Keeps::nothing},
    Route{"POST", "/v1/rosters", Access::govern, Takes::json, "roster.activate", activate_roster},
};

} // namespace

std::span<const Route> roster_routes() {
  return roster_table;
}

} // namespace sallyport::http::api
