#include "packet/manifest.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "packet/exact.h"
#include "packet/in_toto.h"
#include "packet/statement.h"

#include <algorithm>
#include <fmt/format.h>

namespace sallyport::packet {
namespace {

constexpr std::string_view dispatch_act = "dispatch";
constexpr std::string_view release_act = "release";
constexpr std::string_view audience_name = "/audience/members";

// All of what a ledger adds, and each digest that of what it is of; or nothing of it.
bool is_release_whole(const Manifest& m) {
  if (!m.is_release()) {
    return !m.ledger && m.accepted.empty() && !m.accepted_digest && !m.clock_state && !m.fragments;
  }
  return m.ledger && m.accepted_digest && m.clock_state && m.fragments &&
         m.ledger->digest == ledger_digest(m.ledger->items) && is_set(m.accepted, &BoundAcceptance::item) &&
         std::ranges::all_of(m.accepted, [](const auto& at) { return !at.by.empty() && is_set(at.by); }) &&
         *m.accepted_digest == accepted_digest(m.accepted);
}

bool is_well_formed(const Manifest& m) {
  return is_release_whole(m) &&
         std::ranges::all_of(m.scope, [](const auto& item) { return is_set(item.second); }) &&
         is_set(m.signers.eligible) && is_set(m.holds, &BoundHold::hold) &&
         is_set(m.windows, &BoundWindow::window) && m.holds_digest == holds_digest(m.holds) &&
         (!m.bounds || !m.bounds->empty()) && (!m.also || (!m.also->empty() && is_set(*m.also))) &&
         m.remainder.value_or(true);
}

canon::Value statement_of(const Manifest& manifest) {
  Writer w;
  const_cast<Manifest&>(manifest).predicate(w); // the walk does not change what it writes
  return in_toto(manifest.is_release() ? release_act : dispatch_act,
                 fmt::format("packet/{}/revision/{}", manifest.packet.str(), manifest.revision),
                 manifest.revision_digest, std::move(w.object));
}

std::vector<AudienceMember> in_order(std::vector<AudienceMember> members) {
  for (AudienceMember& member : members) {
    std::ranges::sort(member.clearances);
  }
  std::ranges::sort(members);
  return members;
}

} // namespace

Digest holds_digest(const std::vector<BoundHold>& holds) {
  std::vector<BoundHold> sorted = holds;
  std::ranges::sort(sorted, {}, &BoundHold::hold);
  return crypto::sha256(canon::write(to_value(sorted)));
}

Digest ledger_digest(const std::map<std::string, BoundItem>& items) {
  return crypto::sha256(canon::write(to_value(items)));
}

Digest accepted_digest(const std::vector<BoundAcceptance>& accepted) {
  return crypto::sha256(canon::write(to_value(accepted)));
}

std::string_view signing_act(const Manifest& manifest) {
  return manifest.is_release() ? act::release : act::dispatch;
}

std::string manifest_bytes(const Manifest& manifest) {
  SP_ASSERT(is_well_formed(manifest));
  return canon::write(statement_of(manifest));
}

Result<Manifest> read_manifest(std::string_view bytes) {
  SP_TRY(const canon::Value value, canon::parse(bytes));
  const canon::Value* type = value.find("predicateType");
  const bool release = type != nullptr && type->string() != nullptr && *type->string() == release_predicate;
  SP_TRY(const InToto statement, open_in_toto(value, release ? release_act : dispatch_act));
  Manifest manifest;
  Reader r(*statement.predicate, "/predicate");
  manifest.predicate(r);
  SP_CHECK(r.done());
  manifest.revision_digest = statement.digest;
  if (canon::write(statement_of(manifest)) != bytes) {
    return fail(ErrorCode::malformed, "", not_exact);
  }
  if (!is_well_formed(manifest)) {
    return fail(ErrorCode::malformed, "/predicate",
                "a list is not sorted, names something twice, or holds_digest is not that of holds");
  }
  return manifest;
}

Disclosure audience_disclosure(const Salt& salt, const std::vector<AudienceMember>& members) {
  return make_disclosure(salt, std::string(audience_name), to_value(in_order(members)));
}

Result<std::vector<AudienceMember>> read_audience(const Disclosure& disclosure) {
  std::vector<AudienceMember> members;
  if (disclosure.name != audience_name || !from_value(disclosure.value, members)) {
    return fail(ErrorCode::malformed, "", "this disclosure does not open an audience");
  }
  const bool once = is_set(members, &AudienceMember::person) &&
                    std::ranges::all_of(members, [](const auto& m) { return is_set(m.clearances); });
  if (!once) {
    return fail(ErrorCode::malformed, "", "an audience's lists are sorted and name nobody twice");
  }
  return members;
}

} // namespace sallyport::packet
