// T13: the two-step release. A request opens a recheck; when every source has answered, the commit
// evaluates everything afresh and either crosses, with its entry, or says why not.
#include "gate/admission.h"
#include "gate/bind.h"
#include "gate/deciding.h"
#include "gate/lineage.h"
#include "gate/waivers.h"

#include "packet/entry.h"

#include "crypto/digest.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

using packet::Reason;

std::vector<Reason> all_waits(const World& world, const PacketId& id, Instant now) {
  std::vector<Reason> out = reasons_of(quorum(world, id, now).waits, Outcome::wait);
  std::ranges::move(reasons_of(lane_waits(world, id, now), Outcome::wait), std::back_inserter(out));
  return out;
}

// Every source that the head cites or the charter reads, and the roster; with the objects to ask for. What
// clocks, windows and `agree` read is cited, or holds: no recheck opens without it.
std::vector<packet::NeededAnswer> needed_answers(const World& world, const PacketId& id) {
  const Packet& packet = *world.state.find(id);
  const charter::Charter& charter = *world.active_charter(packet.lane);
  std::map<std::string, std::vector<ObjectId>> needed;
  for (const packet::Cite& cite : packet.head->cites) {
    std::vector<ObjectId>& objects = needed[cite.source];
    if (!is_held_back(world, id, "/citations/" + cite.citation)) {
      objects.push_back(cite.object);
    }
  }
  needed[charter::roster_source(charter)];
  for (const auto& [dimension, rule] : charter.scope) {
    if (rule.source) {
      needed[*rule.source];
    }
  }
  if (charter.lane.clearance_by) {
    needed[charter.lane.clearance_by->from.source];
  }
  if (charter.exposure.handling) {
    needed[charter.exposure.handling->from.source];
  }
  if (charter.exposure.ruleset_source) {
    needed[*charter.exposure.ruleset_source];
  }
  std::vector<packet::NeededAnswer> out;
  for (auto& [source, objects] : needed) {
    std::ranges::sort(objects);
    const auto [first, last] = std::ranges::unique(objects);
    objects.erase(first, last);
    const auto rule = charter.sources.find(source);
    out.push_back({source, std::move(objects),
                   rule == charter.sources.end() ? Duration{} : rule->second.recheck_within});
  }
  return out;
}

// What the recheck's answers do not give: a source that did not answer in time, an object left unsaid.
std::vector<Reason> unanswered(const World& world, const Recheck& recheck) {
  std::vector<Reason> out;
  for (const packet::NeededAnswer& needed : recheck.needed) {
    if (!recheck.answers.contains(needed.source)) {
      out.push_back({"SYS.RECHECK", "/sources/" + needed.source});
      continue;
    }
    for (const ObjectId& object : needed.objects) {
      const auto at = world.state.objects.find(object);
      if (at == world.state.objects.end() || at->second.leaf <= recheck.leaf ||
          at->second.observed_at <= recheck.opened_at) {
        out.push_back({"FRESH.UNKNOWN", object.str()});
      }
    }
  }
  return out;
}

packet::Entry entry_of(const World& world, const BoundManifest& bound, const ManifestState& manifest,
                       const Quorum& signed_by, const EntryId& id, const RecheckId& recheck, Instant now) {
  packet::Entry entry;
  entry.entry = id;
  entry.log = world.state.origin;
  entry.packet = bound.manifest.packet;
  entry.revision = {bound.manifest.revision, bound.manifest.revision_digest};
  entry.lane = bound.manifest.lane;
  entry.manifest = manifest.digest;
  entry.view = manifest.view;
  std::set<PersonId> persons;
  std::set<std::string> roles;
  for (const Counted& counted : signed_by.counted) {
    persons.insert(counted.person);
    roles.insert(counted.role);
  }
  entry.owner = {{persons.begin(), persons.end()}, {roles.begin(), roles.end()}};
  entry.audience = bound.manifest.audience;
  entry.scope = bound.manifest.scope;
  entry.bounds = bound.manifest.bounds;
  entry.caveats = world.dossier(bound.manifest.packet)->revision.caveats;
  entry.holds = bound.manifest.holds;
  entry.also = bound.manifest.also.value_or(std::vector<PacketId>{});
  entry.continues = bound.manifest.continues;
  entry.remainder = bound.manifest.remainder;
  entry.accepted = bound.manifest.accepted;
  entry.disputes = bound.manifest.ledger;
  entry.clock_state = bound.manifest.clock_state;
  entry.recheck = recheck;
  entry.released_at = now;
  return entry;
}

// For the leaf: result -> codes; for the body: every line with what it saw.
std::map<std::string, std::vector<std::string>> codes_by_result(const Report& report) {
  std::map<std::string, std::set<std::string>> sets;
  for (const CheckLine& line : report) {
    sets[std::string(to_string(line.outcome))].insert(line.code);
  }
  std::map<std::string, std::vector<std::string>> out;
  for (const auto& [result, codes] : sets) {
    out[result] = {codes.begin(), codes.end()};
  }
  return out;
}

canon::Array lines_of(const Report& report) {
  canon::Array out;
  for (const CheckLine& line : report) {
    out.push_back(canon::Object{{"code", line.code},
                                {"result", std::string(to_string(line.outcome))},
                                {"subject", line.subject},
                                {"saw", line.saw}});
  }
  return out;
}

packet::RecheckClosed closed(const PacketId& id, const Recheck& recheck, std::vector<Reason> reasons) {
  packet::RecheckClosed record{id, recheck.id, std::move(reasons), 0, {}};
  for (const packet::NeededAnswer& needed : recheck.needed) {
    if (!recheck.answers.contains(needed.source)) {
      record.unanswered.push_back(needed.source);
    }
  }
  limit_inline(record.reasons, record.more);
  return record;
}

// What a preview showed. It voids nothing and holds nothing: a press looks again.
Decision previewed(Deciding& d, const PacketId& id, const Recheck& recheck, std::vector<Reason> reasons) {
  const char* result = reasons.empty() ? "would_cross" : "blocked";
  packet::RecheckClosed record = closed(id, recheck, std::move(reasons));
  record.result = result;
  d.emit(std::move(record));
  return std::move(d.out);
}

Decision blocked(Deciding& d, const PacketId& id, const Recheck& recheck, std::vector<Reason> reasons) {
  d.emit(closed(id, recheck, reasons));
  for (const char* cause : {"holds_changed", "window_moved", "ledger_changed"}) {
    if (std::ranges::any_of(reasons, [&](const Reason& r) { return r.code == cause; })) {
      d.void_manifests(id, cause);
      break;
    }
  }
  d.out.refused = std::move(reasons);
  return std::move(d.out);
}

} // namespace

void open_recheck(Deciding& d, const PacketId& id, const std::string& why, std::optional<PersonId> by,
                  LeafNumber cause, bool preview) {
  if (const auto& open = d.world.state.find(id)->recheck; open && open->preview) {
    d.emit(packet::RecheckClosed{id, open->id, {}, 0, {}, "cancelled"});
  }
  packet::RecheckOpened record;
  record.packet = id;
  if (preview) {
    record.mode = "preview";
  }
  record.recheck = RecheckId::from_random(d.draws.take());
  record.manifest = d.world.state.find(id)->reviewed()->digest;
  record.needed = needed_answers(d.world, id);
  for (const packet::NeededAnswer& needed : record.needed) {
    record.within = std::max(record.within, needed.within);
  }
  record.why = why;
  record.by = std::move(by);
  record.cause = cause;
  d.out.probe = record.recheck;
  d.emit(std::move(record));
}

Decision decide_one(Deciding& d, const RequestRelease& e) {
  const auto refuse = [&](std::vector<Reason> reasons) {
    return d.refuse("release.request", e.by, e.packet, std::move(reasons));
  };
  const auto person = d.person(e.by);
  if (!person) {
    return refuse({{d.why_not_person(e.by), ""}});
  }
  const Packet* packet = d.world.state.find(e.packet);
  if (packet == nullptr || !packet->open()) {
    return refuse({{packet == nullptr ? "packet_unknown" : "packet_closed", ""}});
  }
  if (e.lane != packet->lane) {
    return refuse({{"LANE.MISMATCH", "/lane"}});
  }
  if (!packet->head || packet->head->digest != e.revision) {
    return refuse({{"LINE.SUPERSEDED", "/revision"}});
  }
  ManifestId id;
  const ManifestState* manifest = packet->by_digest(e.manifest, &id);
  if (manifest == nullptr || !manifest->in_review()) {
    return refuse({{manifest == nullptr ? "manifest_unknown" : "manifest_closed", "/manifest"}});
  }
  const charter::Charter* charter = d.world.active_charter(packet->lane);
  const bool signer_role =
      charter != nullptr &&
      std::ranges::any_of(charter->signers.require, [&](const charter::Requirement& row) {
        return std::ranges::any_of(row.roles, [&](const std::string& role) {
          return may_sign_as(d.world, *packet, *manifest, *person, role, d.now);
        });
      });
  if (!packet->workspace && !signer_role && manifest->submitter != *person) {
    return refuse({{"role_missing", ""}});
  }
  if (packet->workspace && packet->workspace->owner != *person) {
    return refuse({{"not_owner", ""}}); // the owner's own press, whoever else may sign
  }
  if (packet->releasing()) {
    return refuse({{"recheck_open", packet->recheck->id.str()}});
  }
  std::vector<Reason> reasons = blocking(evaluate(d.world, e.packet, d.now));
  std::ranges::move(reasons_of(quorum(d.world, e.packet, d.now).waits, Outcome::wait),
                    std::back_inserter(reasons));
  std::ranges::move(reasons_of(lane_closed(d.world, e.packet, d.now), Outcome::wait),
                    std::back_inserter(reasons));
  if (!reasons.empty()) {
    return refuse(std::move(reasons));
  }
  if (capacity_line(d.world, e.packet, d.now).outcome != Outcome::wait) {
    open_recheck(d, e.packet, "request", *person, manifest->leaf);
  } else if (packet->request) {
    return refuse({{"request_stands", ""}, {"LANE.CAPACITY", ""}});
  } else { // it keeps its place in the lane's order
    d.emit(packet::ReleaseRequested{e.packet, manifest->digest, *person, e.by});
  }
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const PreviewRecheck& e) {
  const auto refuse = [&](std::string code, std::string where = "") {
    return d.refuse("recheck.preview", e.by, e.packet, std::move(code), std::move(where));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const Packet& packet = *d.world.state.find(e.packet);
  const ManifestState* manifest = packet.by_digest(e.manifest);
  if (manifest == nullptr || !manifest->in_review()) {
    return refuse(manifest == nullptr ? "manifest_unknown" : "manifest_closed", "/manifest");
  }
  const PersonId person = *d.person(e.by);
  const bool signs =
      manifest->signers &&
      std::ranges::find(*manifest->signers, person, &packet::NamedSigner::person) != manifest->signers->end();
  if (packet.workspace->owner != person && !signs) {
    return refuse("not_owner");
  }
  if (packet.recheck) {
    return refuse("recheck_open", packet.recheck->id.str());
  }
  open_recheck(d, e.packet, "request", person, manifest->leaf, true);
  return std::move(d.out);
}

namespace {

// What stands in the way of a release, now that the sources have answered: nothing, where there are no
// reasons.
struct Judgement {
  std::vector<Reason> reasons;
  Report report;
  Quorum signed_by;
};

Judgement judge(const World& world, const PacketId& id, const Recheck& recheck, Instant now) {
  const Packet& packet = *world.state.find(id);
  ManifestId manifest_id;
  const ManifestState* manifest = packet.by_digest(recheck.manifest, &manifest_id);
  Judgement out{unanswered(world, recheck), {}, {}};
  if (now >= recheck.opened_at + recheck.within) {
    out.reasons.push_back({"SYS.RECHECK", ""});
  }
  if (manifest == nullptr || !manifest->in_review() || !packet.head) {
    out.reasons.push_back({"manifest_closed", "/manifest"});
    return out;
  }
  out.report = evaluate(world, id, now);
  std::ranges::move(blocking(out.report), std::back_inserter(out.reasons));
  std::ranges::move(all_waits(world, id, now), std::back_inserter(out.reasons));
  if (!out.reasons.empty()) {
    return out;
  }
  // Nothing holds; now the bytes that were signed against what would be bound today.
  const BoundManifest* bound = world.manifest(manifest_id);
  if (bound == nullptr || !intact(*bound, manifest->digest)) {
    out.reasons = {{"SYS.INTEGRITY", "/manifest"}};
    return out;
  }
  packet::BoundLog head = bound->manifest.log;
  head.origin = world.state.origin;
  head.size = world.state.size;
  Bound today = gate::bind(world, id, manifest_id, {}, head, now, manifest->waived);
  if (std::ranges::includes(today.members, bound->members)) {
    today.manifest.audience.members = bound->manifest.audience.members; // nobody beyond whom the lane admits
  }
  out.signed_by = quorum(world, id, now);
  out.reasons = differences(bound->manifest, today.manifest);
  std::ranges::move(today.lacking, std::back_inserter(out.reasons));
  for (const Counted& counted : out.signed_by.counted) {
    const packet::EligibleSigner as{counted.person, counted.role};
    if (std::ranges::find(bound->manifest.signers.eligible, as) == bound->manifest.signers.eligible.end()) {
      out.reasons.push_back({"SIGN.CONFLICT", counted.person.str()});
    }
  }
  return out;
}

} // namespace

Decision decide_one(Deciding& d, const CommitRelease& e) {
  const Packet* packet = d.world.state.find(e.packet);
  if (packet == nullptr || !packet->recheck || packet->recheck->id != e.recheck) {
    d.out.refused = {{"recheck_unknown", ""}};
    return std::move(d.out);
  }
  const Recheck recheck = *packet->recheck;
  Judgement judged = judge(d.world, e.packet, recheck, d.now);
  if (recheck.preview) {
    return previewed(d, e.packet, recheck, std::move(judged.reasons));
  }
  if (!judged.reasons.empty()) {
    return blocked(d, e.packet, recheck, std::move(judged.reasons));
  }
  ManifestId id;
  const ManifestState* manifest = packet->by_digest(recheck.manifest, &id);
  const BoundManifest* bound = d.world.manifest(id);
  Report& report = judged.report;
  const Quorum& signed_by = judged.signed_by;
  std::ranges::move(lane_waits(d.world, e.packet, d.now), std::back_inserter(report));
  report.push_back({"SIGN.MISSING", Outcome::pass, "", {{"counted", signed_by.counted.size()}}, ""});

  const EntryId entry_id = EntryId::from_random(d.draws.take());
  const std::string entry =
      packet::entry_bytes(entry_of(d.world, *bound, *manifest, signed_by, entry_id, recheck.id, d.now));
  packet::ReleaseCommitted record;
  record.packet = e.packet;
  record.entry = entry_id;
  record.entry_digest = crypto::sha256(as_bytes(entry));
  record.lane = packet->lane;
  record.manifest = manifest->digest;
  record.revision = packet->head->digest;
  record.view = manifest->view;
  record.holds = manifest->holds;
  record.recheck = recheck.id;
  for (const auto& [source, leaf] : recheck.answers) {
    record.answers.push_back(leaf);
  }
  std::ranges::sort(record.answers);
  for (const Counted& counted : signed_by.counted) {
    record.sigs.push_back(counted.leaf);
  }
  std::ranges::sort(record.sigs);
  record.checks = codes_by_result(report);
  if (bound->manifest.ledger) {
    record.ledger = bound->manifest.ledger->digest;
    record.accepted = bound->manifest.accepted_digest;
    std::set<LeafNumber> acts;
    for (const packet::BoundAcceptance& one : bound->manifest.accepted) {
      for (const packet::AcceptedBy& by : one.by) {
        acts.insert(by.leaf);
      }
    }
    record.accepts.emplace(acts.begin(), acts.end());
  }
  d.out.entry = CommittedEntry{entry_id, e.packet, packet->lane, entry};
  d.emit(std::move(record), {{"checks", lines_of(report)}}, unit_of(e.packet));
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const ExpireRecheck& e) {
  const Packet* packet = d.world.state.find(e.packet);
  if (packet == nullptr || !packet->recheck || packet->recheck->id != e.recheck) {
    d.out.refused = {{"recheck_unknown", ""}};
    return std::move(d.out);
  }
  std::vector<Reason> reasons{{"SYS.RECHECK", e.code}};
  return packet->recheck->preview ? previewed(d, e.packet, *packet->recheck, std::move(reasons))
                                  : blocked(d, e.packet, *packet->recheck, std::move(reasons));
}

} // namespace sallyport::gate
