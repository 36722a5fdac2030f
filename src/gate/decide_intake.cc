// T01, T04, T16 of annexes, T18: packets come in, get new revisions, leave.
#include "gate/deciding.h"
#include "gate/lineage.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "charter/codes.h"
#include "packet/names.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

using packet::Reason;

bool is_machine_agent(const Deciding& d, const AccountId& by) {
  const Account* account = d.account(by);
  return account != nullptr && account->kind == "agent";
}

} // namespace

// What the lane's charter asks of a revision at the door, beside the core's own contract.
std::vector<packet::Reason> against_charter(const Sealed& sealed, const charter::Charter& charter) {
  std::vector<Reason> reasons;
  if (sealed.revision.packet_class != charter.packet_class) {
    reasons.push_back({"class_unknown", "/packet_class"});
  }
  for (const auto& [id, citation] : sealed.revision.citations) {
    const auto source = charter.sources.find(citation.source);
    if (source == charter.sources.end() || !source->second.supplies.contains(citation.kind)) {
      reasons.push_back({"intake_source", "/citations/" + id});
    }
  }
  for (const std::string& pattern : charter.lane.intake_fields) {
    if (std::ranges::none_of(sealed.intake_pointers,
                             [&](const std::string& p) { return canon::pointer_matches(pattern, p); })) {
      reasons.push_back({"intake_fields", pattern});
    }
  }
  for (std::size_t row = 0; row < charter.lineage.case_keys.size(); ++row) {
    if (row >= sealed.dossier.cases.size() || sealed.dossier.cases[row].empty()) {
      reasons.push_back({"lineage_keys", "/lineage/case_keys/" + std::to_string(row)});
    }
  }
  return reasons;
}

packet::SealedFacts facts_of(const Sealed& sealed, const Digest& charter, const AccountId& by) {
  packet::SealedFacts facts;
  facts.revision = sealed.revision.number;
  facts.digest = sealed.revision.digest;
  facts.charter = charter;
  facts.severity = sealed.revision.severity;
  facts.cites = sealed.cites;
  facts.parts = sealed.part_states;
  facts.withheld = static_cast<std::uint32_t>(sealed.revision.withheld.size());
  facts.actor = by;
  facts.triager = sealed.triager;
  facts.authors = sealed.authors;
  return facts;
}

Decision decide_one(Deciding& d, const RefuseIntake& e) {
  packet::IntakeRefused record{e.by, e.reasons, 0};
  limit_inline(record.reasons, record.more);
  d.out.refused = e.reasons;
  d.emit(std::move(record));
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const SubmitPacket& e) {
  const auto refuse = [&](std::vector<Reason> reasons) {
    return decide_one(d, RefuseIntake{e.by, std::move(reasons)});
  };
  if (d.account(e.by) == nullptr || is_machine_agent(d, e.by)) {
    return d.refuse("packet.submit", e.by, {},
                    d.account(e.by) == nullptr ? "account_unknown" : "agent_never_decides");
  }
  if (d.world.state.packets.contains(e.packet)) {
    return refuse({{"packet_exists", ""}});
  }
  const std::string& lane = e.sealed.revision.lane;
  const charter::Charter* charter = d.world.active_charter(lane);
  if (charter == nullptr) {
    return refuse({{"lane_unknown", "/lane"}});
  }
  if (charter->ledger) {
    return refuse({{"flow_other", "/lane"}}); // people open a workspace there, and write it together
  }
  if (auto reasons = against_charter(e.sealed, *charter); !reasons.empty()) {
    return refuse(std::move(reasons));
  }
  const Digest charter_digest = *d.world.state.lanes.at(lane).charter;
  std::optional<packet::Continues> continues;
  if (e.continues) {
    const Packet* from = d.world.state.find(*e.continues);
    if (from == nullptr || from->lane != lane || from->submitter != e.by ||
        !was_returned(d.world.state, *from)) {
      return refuse({{"continues_unsound", ""}});
    }
    continues = packet::Continues{*e.continues, from->spent.back().digest};
  }
  packet::PacketSubmitted record{e.packet, lane, continues, facts_of(e.sealed, charter_digest, e.by)};
  if (!fits(record)) {
    return refuse({{"packet_too_large", ""}});
  }
  d.emit(std::move(record), e.sealed.body, unit_of(e.packet));
  hold_duplicates(d, e.packet, lane, e.sealed.dossier.cases);
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const RevisePacket& e) {
  const auto refuse = [&](const char* code) { return d.refuse("packet.revise", e.by, e.packet, code); };
  const Packet* packet = d.world.state.find(e.packet);
  if (d.account(e.by) == nullptr || is_machine_agent(d, e.by)) {
    return refuse(d.account(e.by) == nullptr ? "account_unknown" : "agent_never_decides");
  }
  if (packet == nullptr || !packet->open()) {
    return refuse(packet == nullptr ? "packet_unknown" : "packet_closed");
  }
  const charter::Charter* charter = d.world.active_charter(packet->lane);
  if (charter == nullptr) {
    return refuse("lane_unknown");
  }
  if (packet->workspace) {
    return refuse("flow_other"); // it is sealed by those who write it
  }
  if (e.sealed.revision.lane != packet->lane) {
    return refuse("LANE.MISMATCH"); // the predeclared lane never changes
  }
  const Digest last = packet->head             ? packet->head->digest
                      : !packet->spent.empty() ? packet->spent.back().digest
                      : packet->continues      ? packet->continues->revision
                                               : Digest{};
  // Content changes only from where it came (A18): another feed is another claimant.
  if (packet->submitter != e.by || e.predecessor != last ||
      e.sealed.revision.number != packet->last_number() + 1) {
    // Two claimants of the head: a person sorts it out.
    Decision decision = refuse("LINE.FORK");
    if (packet->find_hold("LINE.FORK", "") == nullptr) {
      Deciding hold(d.world, d.now, d.draws);
      hold.open_hold(e.packet,
                     {"LINE.FORK", Outcome::hold, "", {{"head", std::int64_t{packet->last_number()}}}, ""});
      decision.records.push_back(std::move(hold.out.records.front()));
    }
    return decision;
  }
  if (auto reasons = against_charter(e.sealed, *charter); !reasons.empty()) {
    return decide_one(d, RefuseIntake{e.by, std::move(reasons)});
  }
  packet::RevisionSealed record;
  record.packet = e.packet;
  if (packet->head) {
    record.spent = packet->head->digest;
  }
  record.facts = facts_of(e.sealed, *d.world.state.lanes.at(packet->lane).charter, e.by);
  if (!fits(record)) {
    return decide_one(d, RefuseIntake{e.by, {{"packet_too_large", ""}}});
  }
  d.void_manifests(e.packet, "superseded");
  d.emit(std::move(record), e.sealed.body, unit_of(e.packet));
  hold_duplicates(d, e.packet, packet->lane, e.sealed.dossier.cases);
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const ReportMismatch& e) {
  const Packet* packet = d.world.state.find(e.packet);
  Decision decision = d.refuse("packet.submit", e.by, e.packet, "LINE.DIGEST_MISMATCH");
  if (packet != nullptr && packet->open() && packet->submitter == e.by &&
      packet->find_hold("LINE.DIGEST_MISMATCH", "") == nullptr) {
    Deciding hold(d.world, d.now, d.draws);
    hold.open_hold(e.packet,
                   {"LINE.DIGEST_MISMATCH", Outcome::hold, "", {{"same_upstream_revision", true}}, ""});
    decision.records.push_back(std::move(hold.out.records.front()));
  }
  return decision;
}

Decision decide_one(Deciding& d, const WithdrawPacket& e) {
  const auto refuse = [&](const char* code) { return d.refuse("packet.withdraw", e.by, e.packet, code); };
  const Packet* packet = d.world.state.find(e.packet);
  const Account* account = d.account(e.by);
  if (account == nullptr || account->kind == "agent") {
    return refuse(account == nullptr ? "account_unknown" : "agent_never_decides");
  }
  if (packet == nullptr || !packet->open()) {
    return refuse(packet == nullptr ? "packet_unknown" : "packet_closed");
  }
  const bool upstream = packet->submitter == e.by;
  // Of a packet that people write, its release owner's: taking part in it is no right to end it.
  const bool ends =
      account->person && (packet->workspace ? packet->workspace->owner == *account->person
                                            : involved(d.world, e.packet, *account->person, d.now));
  if (!upstream && !ends) {
    return refuse("role_missing");
  }
  if (!packet::is_name(e.code)) {
    return refuse("code_malformed");
  }
  d.void_manifests(e.packet, "withdrawn");
  d.emit(packet::PacketWithdrawn{e.packet, e.by, e.code});
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const PromoteAnnex& e) {
  const auto refuse = [&](const char* code) { return d.refuse("annex.promote", e.by, e.packet, code); };
  const Packet* packet = d.world.state.find(e.packet);
  const auto person = d.person(e.by);
  if (!person) {
    return d.refuse("annex.promote", e.by, e.packet, d.why_not_person(e.by));
  }
  if (packet == nullptr || !packet->open() || !packet->head) {
    return refuse(packet == nullptr ? "packet_unknown"
                  : packet->open()  ? "LINE.SUPERSEDED"
                                    : "packet_closed");
  }
  const charter::Charter* charter = d.world.active_charter(packet->lane);
  const LaneRoster* roster = d.world.active_roster(packet->lane);
  if (charter == nullptr || roster == nullptr) {
    return refuse("GOV.CHARTER");
  }
  const auto statement = packet::read_annex(e.act.statement);
  if (!statement || e.act.sigs.size() != 1 || statement->packet != e.packet ||
      statement->origin != d.world.state.origin) {
    return refuse("statement_malformed");
  }
  if (statement->revision_digest != packet->head->digest || statement->revision != packet->head->number) {
    return refuse("revision_not_head");
  }
  const auto part = packet->head->parts.find(statement->part);
  const auto& annexes = charter->exposure.annexes;
  if (part == packet->head->parts.end() || part->second != "redacted" || statement->from != "redacted" ||
      statement->to != "included" || !annexes || annexes->include_if != charter::IncludeIf::redacted) {
    return refuse("annex_state");
  }
  crypto::KeyClass key_class = crypto::KeyClass::software;
  const auto signer = verify_statement(d.world, e.act.sigs.front(), canon::write(e.act.statement),
                                       packet::act::annex, d.now, &key_class);
  if (!signer || *signer != *person) {
    return refuse(signer                                    ? "person_mismatch"
                  : signer.error().message == "key_unknown" ? "key_unknown"
                                                            : "signature_invalid");
  }
  if (!holds_role(*roster, *person, *annexes->promote_by, d.now)) {
    return refuse("role_missing");
  }
  if (static_cast<int>(key_class) < static_cast<int>(charter->signers.key_class_min)) {
    return refuse("key_class_low");
  }
  d.void_manifests(e.packet, "annex_promoted");
  d.emit(packet::AnnexPromoted{e.packet, packet->head->digest, statement->part, e.act});
  return std::move(d.out);
}

} // namespace sallyport::gate
