// T07-T11: a manifest is drafted, submitted, signed, refused; signatures are withdrawn.
#include "gate/acts.h"
#include "gate/bind.h"
#include "gate/deciding.h"

#include "crypto/digest.h"
#include "gate/ledger.h"
#include "gate/waivers.h"
#include "gate/workspace.h"
#include "packet/names.h"

#include <algorithm>
#include <array>

namespace sallyport::gate {
namespace {

using packet::Reason;

// What no manifest can be made over, whatever people think of it.
std::vector<Reason> not_bindable(const World& world, const PacketId& id, Instant now) {
  static constexpr std::array integrity{
      "MIN.SECRET",    "LINE.DIGEST_MISMATCH", "LINE.FORK", "LINE.SUPERSEDED", "SYS.INTEGRITY",
      "LANE.MISMATCH", "LANE.METADATA",        "AUD.EMPTY", "SCOPE.UNDEFINED"};
  std::vector<Reason> reasons;
  for (const CheckLine& line : evaluate(world, id, now)) {
    // What only a new manifest ends, and is no longer so, does not stand in that manifest's way.
    const Hold* hold = line.saw.find("latched") == nullptr
                           ? nullptr
                           : world.state.find(id)->find_hold(line.code, line.subject);
    if (line.outcome == Outcome::hold && std::ranges::find(integrity, line.code) != integrity.end() &&
        (hold == nullptr || hold->clears != "new_manifest")) {
      reasons.push_back({line.code, line.subject});
    }
  }
  return reasons;
}

// The packet, open and with everything that a manifest is made of; otherwise a refusal's code.
std::string ready(const World& world, const PacketId& id) {
  const Packet* packet = world.state.find(id);
  if (packet == nullptr) {
    return "packet_unknown";
  }
  if (!packet->open()) {
    return "packet_closed";
  }
  if (!packet->head) {
    return "LINE.SUPERSEDED";
  }
  if (world.active_charter(packet->lane) == nullptr) {
    return "GOV.CHARTER";
  }
  if (world.active_roster(packet->lane) == nullptr) {
    return "AUD.EMPTY";
  }
  return world.dossier(id) == nullptr ? "SYS.INTEGRITY" : "";
}

// What the manifest asks for beyond the rule, and the charter or the roster does not give.
std::vector<Reason> not_waivable(const World& world, const PacketId& id, const ManifestId& manifest,
                                 const Waived& waived, Instant now) {
  std::vector<Reason> reasons;
  const Packet& packet = *world.state.find(id);
  for (const HoldId& asked : waived.overrides) {
    const auto hold = packet.holds.find(asked);
    if (hold == packet.holds.end()) {
      reasons.push_back({"hold_unknown", asked.str()});
    } else if (hold->second.mode != "blocking" ||
               override_rule(*world.active_charter(packet.lane), hold->second.code) == nullptr) {
      reasons.push_back({"hold_not_overridable", asked.str()});
    }
  }
  for (const auto& [role, person] : waived.substitutes) {
    if (std::string code = why_not_substitute(world, id, manifest, role, person, now); !code.empty()) {
      reasons.push_back({std::move(code), "/signers"});
    }
  }
  return reasons;
}

// Who is to sign a packet with a ledger: its owner, and others for the places that the owner does not fill.
// Nothing where the named do not fill the places.
std::optional<std::vector<packet::NamedSigner>>
named_signers(const World& world, const Packet& packet, std::vector<packet::NamedSigner> named, Instant now) {
  const charter::Charter& charter = *world.active_charter(packet.lane);
  const LaneRoster& roster = *world.active_roster(packet.lane);
  named.push_back({packet.workspace->owner, charter.ledger->owner.role});
  std::ranges::sort(named);
  const auto [first, last] = std::ranges::unique(named);
  named.erase(first, last);
  std::vector<std::set<PersonId>> places;
  std::set<PersonId> persons;
  for (const packet::NamedSigner& signer : named) {
    if (!holds_role(roster, signer.person, signer.role, now) || !persons.insert(signer.person).second) {
      return std::nullopt;
    }
  }
  for (const charter::Requirement& row : charter.signers.require) {
    std::set<PersonId> able;
    for (const packet::NamedSigner& signer : named) {
      if (row.roles.contains(signer.role) && (!row.principal || *row.principal == signer.person)) {
        able.insert(signer.person);
      }
    }
    places.insert(places.end(), static_cast<std::size_t>(row.count), able);
  }
  const bool exactly = named.size() == places.size() && places_filled(places, persons) == places.size();
  return exactly ? std::optional(std::move(named)) : std::nullopt;
}

// What of the ledger stands in the way of a review: open items that nobody accepted, and flags of agents that
// nobody looked at.
std::vector<Reason> not_addressed(const World& world, const PacketId& id, Instant now) {
  std::vector<Reason> reasons;
  const Packet& packet = *world.state.find(id);
  if (!packet.workspace) {
    return reasons;
  }
  for (const CheckLine& line : evaluate(world, id, now)) {
    if (line.item && line.outcome == Outcome::hold) {
      reasons.push_back({line.code, line.subject});
    }
  }
  for (const Flag& flag : packet.workspace->flags) {
    if (flag.status == "open") {
      reasons.push_back({"flag_open", flag.subject});
    }
  }
  return reasons;
}

} // namespace

Decision decide_one(Deciding& d, const DraftManifest& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("manifest.draft", e.by, e.packet, std::move(code));
  };
  const Account* account = d.account(e.by);
  if (account == nullptr) {
    return refuse("account_unknown");
  }
  if (std::string code = ready(d.world, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const Packet& packet = *d.world.state.find(e.packet);
  const charter::Charter& charter = *d.world.active_charter(packet.lane);
  if (account->kind == "agent" && !charter.agents.allow.contains(charter::AgentVerb::prepare_manifest)) {
    return refuse("verb_not_allowed");
  }
  if (account->kind == "agent" && over_rate(packet, charter, e.by, d.now)) {
    return refuse("agent_rate");
  }
  if (packet.manifests.contains(e.manifest) || d.world.facts.manifests.contains(e.manifest)) {
    return refuse("manifest_exists");
  }
  if (account->kind == "person" && !involved(d.world, e.packet, *account->person, d.now)) {
    return refuse("role_missing");
  }
  if (account->kind == "service") {
    return refuse("not_a_person");
  }
  if (e.revision != packet.head->digest) {
    return refuse("revision_not_head");
  }
  if (auto reasons = not_bindable(d.world, e.packet, d.now); !reasons.empty()) {
    return d.refuse("manifest.draft", e.by, e.packet, std::move(reasons));
  }
  packet::ManifestDrafted record{e.packet, e.manifest, e.revision, e.by, std::nullopt};
  if (packet.workspace) {
    record.signers = named_signers(d.world, packet, e.signers, d.now);
    if (!record.signers) {
      return refuse("signers_named");
    }
  }
  d.emit(std::move(record));
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const SubmitManifest& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("manifest.submit", e.by, e.packet, std::move(code));
  };
  const auto person = d.person(e.by);
  if (!person) {
    return refuse(d.why_not_person(e.by));
  }
  if (std::string code = ready(d.world, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const Packet& packet = *d.world.state.find(e.packet);
  if (!involved(d.world, e.packet, *person, d.now)) {
    return refuse("role_missing");
  }
  const auto draft = packet.manifests.find(e.manifest);
  if (draft == packet.manifests.end()) {
    return refuse("manifest_unknown");
  }
  if (draft->second.status != "draft") {
    return refuse("manifest_closed");
  }
  if (draft->second.revision != packet.head->digest) {
    return refuse("revision_not_head");
  }
  std::vector<Reason> reasons = not_bindable(d.world, e.packet, d.now);
  std::ranges::move(not_addressed(d.world, e.packet, d.now), std::back_inserter(reasons));
  Bound bound = gate::bind(d.world, e.packet, e.manifest, e.audience_salt, e.head, d.now, e.waived);
  std::ranges::move(not_waivable(d.world, e.packet, e.manifest, e.waived, d.now),
                    std::back_inserter(reasons));
  std::ranges::move(bound.lacking, std::back_inserter(reasons));
  if (e.head.origin != d.world.state.origin || e.head.size > d.world.state.size) {
    reasons.push_back({"SYS.AUDIT", "/log"});
  }
  if (!reasons.empty()) {
    return d.refuse("manifest.submit", e.by, e.packet, std::move(reasons));
  }
  if (ManifestId other; packet.reviewed(&other) != nullptr) {
    d.emit(packet::ManifestVoided{e.packet, other, "replaced"});
  }
  const packet::Manifest& m = bound.manifest;
  const std::string bytes = packet::manifest_bytes(m);
  const Digest digest = crypto::sha256(as_bytes(bytes));
  canon::Object body{{"audience", bound.audience.encoded}};
  if (bound.view) {
    body.set("view", packet::view_bytes(*bound.view));
  }
  packet::ManifestSubmitted record{
      e.packet,        e.manifest,       digest,       m.revision_digest, m.view, m.holds_digest,
      m.roster.digest, m.charter.digest, m.log.size,   *person,           e.by,   std::nullopt,
      std::nullopt,    std::nullopt,     std::nullopt, std::nullopt};
  if (!e.waived.overrides.empty()) {
    record.overrides.emplace(e.waived.overrides.begin(), e.waived.overrides.end());
  }
  if (!e.waived.substitutes.empty()) {
    record.substitutes = e.waived.substitutes;
  }
  if (m.ledger) {
    record.ledger_at = m.ledger->at;
    record.ledger = m.ledger->digest;
    record.accepted = m.accepted_digest;
  }
  if (const bool whole = fits(record); !whole) {
    return refuse("packet_too_large"); // so many holds at once
  }
  d.emit(std::move(record), std::move(body), unit_of(e.packet));
  d.out.manifest = SubmittedManifest{e.manifest, {m, bytes, bound.audience, bound.members, bound.view}};
  return std::move(d.out);
}

namespace {

// The manifest in review with that digest; otherwise a refusal's code.
std::string find_reviewed(const World& world, const PacketId& id, const Digest& digest,
                          ManifestId& manifest_id) {
  const Packet* packet = world.state.find(id);
  if (packet == nullptr) {
    return "packet_unknown";
  }
  const ManifestState* manifest = packet->by_digest(digest, &manifest_id);
  if (manifest == nullptr) {
    return "manifest_unknown";
  }
  if (!packet->open()) {
    return "packet_closed";
  }
  if (!manifest->in_review()) {
    return manifest->void_cause == "superseded" || manifest->void_cause == "merged" ? "LINE.SUPERSEDED"
                                                                                    : "manifest_closed";
  }
  return {};
}

} // namespace

Decision decide_one(Deciding& d, const SignManifest& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("manifest.sign", e.by, e.packet, std::move(code));
  };
  const auto person = d.person(e.by);
  if (!person) {
    return refuse(d.why_not_person(e.by));
  }
  ManifestId id;
  if (std::string code = find_reviewed(d.world, e.packet, e.manifest, id); !code.empty()) {
    return refuse(std::move(code));
  }
  if (std::string code = ready(d.world, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const Packet& packet = *d.world.state.find(e.packet);
  const ManifestState& manifest = packet.manifests.at(id);
  const charter::Charter& charter = *d.world.active_charter(packet.lane);
  const LaneState& lane = d.world.state.lanes.at(packet.lane);
  const BoundManifest* bound = d.world.manifest(id);
  if (bound == nullptr || !intact(*bound, manifest.digest)) {
    return refuse("SYS.INTEGRITY");
  }
  if (manifest.revision != packet.head->digest) {
    return refuse("LINE.SUPERSEDED");
  }
  if (manifest.charter != *lane.charter) {
    return refuse("GOV.CHARTER");
  }
  if (manifest.roster != *lane.roster) {
    return refuse("AUD.ROSTER_DRIFT");
  }
  // T09, INV-15: the signer saw the holds that would cross now.
  const auto crossing = crossing_holds(d.world, packet, manifest.waived.overrides, d.now);
  if (packet::holds_digest(crossing) != manifest.holds) {
    return refuse("holds_changed");
  }
  if (packet.workspace && manifest.ledger_at != packet.workspace->ledger.at) {
    return refuse("ledger_changed");
  }
  const auto eligible_as =
      std::ranges::find(bound->manifest.signers.eligible, *person, &packet::EligibleSigner::person);
  if (!barred(d.world, e.packet, id, *person, d.now).empty()) {
    return refuse("SIGN.CONFLICT");
  }
  if (eligible_as == bound->manifest.signers.eligible.end() ||
      !may_sign_as(d.world, packet, manifest, *person, eligible_as->role, d.now)) {
    return refuse("role_missing");
  }
  // Whoever lets a hold cross is not also counted for the rest.
  const bool overrides = std::ranges::any_of(manifest.overridden, [&](const auto& hold) {
    return overriders(d.world, packet, manifest, hold.first, d.now).contains(*person);
  });
  if (overrides) {
    return refuse("SIGN.CONFLICT");
  }
  // What was withdrawn never counts again (INV-13): the old signature verifies as well as a new one.
  const bool withdrawn = std::ranges::any_of(manifest.signatures, [&](const Signature& signature) {
    return signature.person == *person && signature.withdrawn;
  });
  if (withdrawn) {
    return refuse("signature_withdrawn");
  }
  const bool signed_before = std::ranges::any_of(manifest.signatures, [&](const Signature& signature) {
    return signature.person == *person && stands(d.world, packet, manifest, signature, d.now);
  });
  if (signed_before) {
    return refuse("already_signed");
  }
  const auto decoded = crypto::decode_sshsig(e.sig);
  if (!decoded) {
    return refuse("signature_invalid");
  }
  const Digest fingerprint = decoded->key.fingerprint();
  const auto key = d.world.state.keys.find(fingerprint);
  if (key == d.world.state.keys.end() || key->second.person != *person || !key->second.valid(d.now)) {
    return refuse("key_unknown");
  }
  const auto expected = crypto::parse_public_key_line(key->second.line);
  const crypto::VerifyPolicy policy{std::string(packet::signing_act(bound->manifest)),
                                    key->second.rp_id.value_or(""), key->second.origins, false};
  const auto verified = expected ? crypto::verify_sshsig(*decoded, *expected, as_bytes(bound->bytes), policy)
                                 : std::unexpected(expected.error());
  if (!verified) {
    return d.refuse("manifest.sign", e.by, e.packet, "signature_invalid", verified.error().message);
  }
  const auto enrolled = crypto::parse_key_class(key->second.key_class);
  const int key_class = std::min(static_cast<int>(verified->key_class),
                                 enrolled ? static_cast<int>(*enrolled) : 0); // never above what was enrolled
  if (key_class < static_cast<int>(charter.signers.key_class_min)) {
    return refuse("key_class_low");
  }
  packet::ManifestSigned record;
  record.packet = e.packet;
  record.manifest = e.manifest;
  record.person = *person;
  record.account = e.by;
  record.role = eligible_as->role;
  record.key = fingerprint;
  record.key_class = std::string(crypto::to_string(static_cast<crypto::KeyClass>(key_class)));
  record.sig = to_base64(crypto::encode_sshsig(*decoded));
  if (packet.acts.contains(use_of_act(e.manifest, record.sig))) {
    return refuse("signature_used");
  }
  record.flags = verified->flags;
  record.counter = verified->counter;
  if (!fits(record)) {
    return refuse("signature_invalid"); // a passkey's client data may be longer than a leaf
  }
  d.emit(std::move(record));
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const WithdrawSignature& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("signature.withdraw", e.by, e.packet, std::move(code));
  };
  const auto person = d.person(e.by);
  if (!person) {
    return refuse(d.why_not_person(e.by));
  }
  ManifestId id;
  if (std::string code = find_reviewed(d.world, e.packet, e.manifest, id); !code.empty()) {
    return refuse(std::move(code));
  }
  if (*person != e.signer && !owns(d.world, *person, d.now)) {
    return refuse("role_missing");
  }
  const ManifestState& manifest = d.world.state.find(e.packet)->manifests.at(id);
  const bool there = std::ranges::any_of(
      manifest.signatures, [&](const Signature& s) { return s.person == e.signer && !s.withdrawn; });
  if (!there) {
    return refuse("SIGN.MISSING");
  }
  d.emit(packet::SignatureWithdrawn{e.packet, e.manifest, e.signer, *person, e.by});
  const auto& recheck = d.world.state.find(e.packet)->recheck;
  if (recheck && !recheck->preview &&
      recheck->manifest == e.manifest) { // the chain that it started ends with it
    d.emit(packet::RecheckClosed{e.packet, recheck->id, {{"SIGN.WITHDRAWN", e.signer.str()}}, 0, {}});
  }
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const RefuseManifest& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("manifest.refuse", e.by, e.packet, std::move(code));
  };
  const auto person = d.person(e.by);
  if (!person) {
    return refuse(d.why_not_person(e.by));
  }
  ManifestId id;
  if (std::string code = find_reviewed(d.world, e.packet, e.manifest, id); !code.empty()) {
    return refuse(std::move(code));
  }
  if (!packet::is_name(e.code)) {
    return refuse("code_malformed");
  }
  const BoundManifest* bound = d.world.manifest(id);
  const bool signer =
      bound != nullptr && std::ranges::any_of(bound->manifest.signers.eligible,
                                              [&](const auto& s) { return s.person == *person; });
  if (!signer) {
    return refuse("role_missing");
  }
  d.emit(packet::ManifestRefused{e.packet, e.manifest, *person, e.by, e.code}, e.body, unit_of(e.packet));
  d.emit(packet::ManifestVoided{e.packet, id, "refused"});
  return std::move(d.out);
}

} // namespace sallyport::gate
