#include "engine/present.h"

#include "canon/json.h"
#include "charter/codes.h"
#include "engine/dossier.h"
#include "engine/retention.h"
#include "gate/bind.h"
#include "gate/lineage.h"
#include "gate/notices.h"
#include "gate/reading.h"
#include "gate/standing.h"
#include "gate/words_taken.h"
#include "packet/entry.h"
#include "packet/statement.h"

#include <algorithm>

namespace sallyport::engine {
namespace {

using gate::CheckLine;
using gate::Outcome;

canon::Object line_of(const CheckLine& line) {
  canon::Object out{
      {"code", line.code}, {"result", std::string(gate::to_string(line.outcome))}, {"saw", line.saw}};
  if (!line.subject.empty()) {
    out.set("subject", line.subject);
  }
  if (!line.remedy.empty()) {
    out.set("clears", line.remedy);
  }
  if (const charter::HoldCode* code = charter::find_hold_code(line.code)) {
    out.set("means", code->means);
  }
  return out;
}

struct Waits {
  gate::Report report;
  gate::Report waits;
};

Waits evaluate_all(const Core& core, const PacketId& id, Instant now) {
  return {gate::evaluate(core.world(), id, now), gate::waits(core.world(), id, now)};
}

// freshness, minimization, audience and scope, approval: satisfied only where nothing stands against it.
canon::Object watches(const Waits& all, Instant now) {
  canon::Object out;
  const auto watch = [&](const char* name, std::initializer_list<std::string_view> prefixes) {
    std::int64_t against = 0;
    for (const gate::Report* report : {&all.report, &all.waits}) {
      for (const CheckLine& line : *report) {
        const bool ours =
            std::ranges::any_of(prefixes, [&](auto prefix) { return line.code.starts_with(prefix); });
        against += ours && (line.outcome == Outcome::hold || line.outcome == Outcome::wait) ? 1 : 0;
      }
    }
    out.set(name, canon::Object{
                      {"satisfied", against == 0}, {"against", against}, {"evaluated_at", to_string(now)}});
  };
  watch("freshness", {"FRESH.", "LINE.", "STATE.", "TIME."});
  watch("minimization", {"MIN."});
  watch("audience_and_scope", {"AUD.", "SCOPE.", "LANE."});
  watch("approval", {"SIGN.", "GOV.", "SYS.", "LEDG."});
  return out;
}

std::string gate_state(const gate::Packet& packet, const Waits& all) {
  if (!packet.open()) {
    return packet.status;
  }
  if (!packet.head) {
    return "collecting";
  }
  const auto holds = [](const CheckLine& line) { return line.outcome == Outcome::hold; };
  if (std::ranges::any_of(all.report, holds)) {
    return "held";
  }
  const gate::ManifestState* manifest = packet.reviewed();
  if (manifest == nullptr) {
    return "eligible";
  }
  return manifest->status == "authorised" ? "authorised" : "awaiting_signature";
}

// A signature as it was given. In review it is also said why it has fallen, where it has: it is there, and
// does not count.
canon::Object signature_of(const gate::World& world, const PacketId& packet, const ManifestId& id,
                           const gate::Signature& signature, Instant now) {
  const gate::Packet& of = *world.state.find(packet);
  const gate::ManifestState& manifest = of.manifests.at(id);
  canon::Object out{{"person", signature.person.str()}, {"role", signature.role},
                    {"class", signature.key_class},     {"at", to_string(signature.at)},
                    {"withdrawn", signature.withdrawn}, {"leaf", static_cast<std::int64_t>(signature.leaf)}};
  if (std::string why; manifest.in_review() && !gate::stands(world, of, manifest, signature, now, &why)) {
    out.set("fallen", std::move(why));
  } else if (manifest.in_review() && !gate::barred(world, packet, id, signature.person, now).empty()) {
    out.set("fallen", "SIGN.CONFLICT");
  }
  return out;
}

canon::Object manifest_of(const gate::World& world, const PacketId& packet, const ManifestId& id,
                          Instant now) {
  const gate::ManifestState& manifest = world.state.find(packet)->manifests.at(id);
  canon::Object out{
      {"manifest", id.str()}, {"status", manifest.status}, {"revision", manifest.revision.hex()}};
  if (manifest.leaf != 0) {
    out.set("digest", manifest.digest.hex());
    out.set("submitted_at", to_string(manifest.submitted_at));
    out.set("submitter", manifest.submitter.str());
  }
  if (!manifest.void_cause.empty()) {
    out.set("void_cause", manifest.void_cause);
  }
  canon::Array signatures;
  for (const gate::Signature& signature : manifest.signatures) {
    signatures.emplace_back(signature_of(world, packet, id, signature, now));
  }
  out.set("signatures", std::move(signatures));
  if (!manifest.waived.overrides.empty()) {
    canon::Array overrides;
    for (const HoldId& hold : manifest.waived.overrides) {
      canon::Array by;
      if (const auto acts = manifest.overridden.find(hold); acts != manifest.overridden.end()) {
        for (const gate::SignedAct& act : acts->second) {
          by.push_back(canon::Object{{"person", act.person.str()}, {"at", to_string(act.at)}});
        }
      }
      overrides.push_back(canon::Object{{"hold", hold.str()}, {"signed", std::move(by)}});
    }
    out.set("overrides", std::move(overrides));
  }
  if (!manifest.waived.substitutes.empty()) {
    canon::Array substitutes;
    for (const auto& [role, person] : manifest.waived.substitutes) {
      canon::Array by;
      if (const auto acts = manifest.ratified.find(role); acts != manifest.ratified.end()) {
        for (const gate::SignedAct& act : acts->second) {
          by.push_back(canon::Object{{"person", act.person.str()}, {"at", to_string(act.at)}});
        }
      }
      substitutes.push_back(
          canon::Object{{"role", role}, {"person", person.str()}, {"ratified", std::move(by)}});
    }
    out.set("substitutes", std::move(substitutes));
  }
  return out;
}

canon::Object opened(const std::vector<packet::Disclosure>& disclosures,
                     const std::vector<std::string>& digests) {
  canon::Object out;
  for (const packet::Disclosure& disclosure : disclosures) {
    if (std::ranges::find(digests, disclosure.digest) != digests.end()) {
      out.set(disclosure.name, disclosure.value);
    }
  }
  return out;
}

// The names of what does not cross, which nobody of the lane will read.
canon::Array kept_back(const std::vector<packet::Disclosure>& disclosures,
                       const std::vector<std::string>& digests) {
  canon::Array out;
  for (const packet::Disclosure& disclosure : disclosures) {
    if (std::ranges::find(digests, disclosure.digest) == digests.end()) {
      out.emplace_back(disclosure.name);
    }
  }
  return out;
}

// A text of a leaf's body; empty where the body was erased.
std::string text_of_body(const Core& core, packet::LeafNumber leaf, std::string_view name) {
  const auto row = core.reader().body(leaf);
  const auto body = row ? canon::parse(as_text(row->bytes)) : std::unexpected(row.error());
  const canon::Value* text = body ? body->find(name) : nullptr;
  return text != nullptr && text->string() != nullptr ? *text->string() : "";
}

// What people said of the entry since it crossed; it is none of its bytes.
canon::Array remarks_of(const Core& core, const gate::EntryState& entry) {
  canon::Array out;
  for (const gate::Remark& remark : entry.remarks) {
    canon::Object row{{"what", remark.what},
                      {"person", remark.person.str()},
                      {"at", to_string(remark.at)},
                      {"note", text_of_body(core, remark.leaf, "note")},
                      {"leaf", static_cast<std::int64_t>(remark.leaf)}};
    if (!remark.code.empty()) {
      row.set("code", remark.code);
    }
    if (remark.successor) {
      row.set("successor", remark.successor->str());
    }
    out.emplace_back(std::move(row));
  }
  return out;
}

// C07: the packets that a person split this one from, and why.
canon::Array splits_of(const Core& core, const gate::Packet& packet) {
  canon::Array out;
  for (const PacketId& other : gate::split_from(core.state(), packet)) {
    const gate::Apart& apart = packet.apart.at(other);
    const auto opening = packet::open_disclosure(text_of_body(core, apart.leaf, "rationale"));
    out.emplace_back(
        canon::Object{{"packet", other.str()},
                      {"person", apart.by.str()},
                      {"rationale", opening ? packet::read_rationale(*opening).value_or("") : std::string()},
                      {"leaf", static_cast<std::int64_t>(apart.leaf)}});
  }
  return out;
}

} // namespace

canon::Object show_hold(const PacketId& packet, const HoldId& id, const gate::Hold& hold) {
  canon::Object out{{"hold", id.str()},
                    {"packet", packet.str()},
                    {"code", hold.code},
                    {"mode", hold.mode},
                    {"first_opened", to_string(hold.first_opened)},
                    {"clears", hold.clears},
                    {"leaf", static_cast<std::int64_t>(hold.leaf)}};
  if (!hold.subject.empty()) {
    out.set("subject", hold.subject);
  }
  if (const charter::HoldCode* code = charter::find_hold_code(hold.code)) {
    out.set("means", code->means);
  }
  return out;
}

canon::Array reasons_in_words(const std::vector<packet::Reason>& reasons, const charter::Charter* charter) {
  canon::Array out;
  for (const packet::Reason& reason : reasons) {
    canon::Object row{{"code", reason.code}, {"text", gate::refusal_text(reason.code).text}};
    if (!reason.where.empty()) {
      row.set("where", reason.where);
    }
    if (const std::vector<std::string> words = gate::words_taken(charter, reason); !words.empty()) {
      row.set("expected", canon::Array(words.begin(), words.end()));
    }
    out.emplace_back(std::move(row));
  }
  return out;
}

canon::Object show_packet(const Core& core, const PacketId& id, Instant now) {
  const gate::Packet& packet = *core.state().find(id);
  const Waits all = packet.open() ? evaluate_all(core, id, now) : Waits{}; // what is closed waits for nothing
  canon::Object out{{"packet", id.str()},
                    {"lane", packet.lane},
                    {"status", packet.status},
                    {"gate", gate_state(packet, all)},
                    {"opened_at", to_string(packet.opened_at)},
                    {"watch", watches(all, now)}};
  if (packet.merged_into) {
    out.set("merged_into", packet.merged_into->str());
  }
  if (packet.head) {
    out.set("head", canon::Object{{"revision", std::int64_t{packet.head->number}},
                                  {"digest", packet.head->digest.hex()},
                                  {"severity", packet.head->severity},
                                  {"sealed_at", to_string(packet.head->sealed_at)},
                                  {"citations", packet.head->cites.size()},
                                  {"parts", packet::to_value(packet.head->parts)}});
  }
  if (packet.continues) {
    out.set("continues", packet.continues->packet.str());
  }
  if (const std::vector<PacketId> others = gate::split_from(core.state(), packet); !others.empty()) {
    canon::Array list;
    for (const PacketId& other : others) {
      list.emplace_back(other.str());
    }
    out.set("split_from", std::move(list));
  }
  if (const gate::Partial* partial = packet.split()) {
    out.set("partial", canon::Object{{"dimension", partial->dimension},
                                     {"free", packet::to_value(partial->free)},
                                     {"held", packet::to_value(partial->held)}});
  }
  canon::Array spent;
  for (const gate::SpentRevision& revision : packet.spent) {
    spent.push_back(canon::Object{{"revision", std::int64_t{revision.number}},
                                  {"digest", revision.digest.hex()},
                                  {"cause", revision.cause}});
  }
  out.set("spent", std::move(spent));
  canon::Array holds;
  for (const auto& [hold_id, hold] : packet.holds) {
    holds.emplace_back(show_hold(id, hold_id, hold));
  }
  out.set("holds", std::move(holds));
  canon::Array waits;
  for (const CheckLine& line :
       all.report) { // an open item of the ledger is its own hold, and no record is one
    if (line.outcome == Outcome::hold && packet.find_hold(line.code, line.subject) == nullptr) {
      waits.emplace_back(line_of(line));
    }
  }
  for (const CheckLine& line : all.waits) {
    if (line.outcome == Outcome::wait) {
      waits.emplace_back(line_of(line));
    }
  }
  out.set("waits", std::move(waits));
  canon::Array told;
  for (const gate::Notice& notice : gate::notices(core.world(), id, now)) {
    told.push_back(canon::Object{{"code", notice.code},
                                 {"subject", notice.subject},
                                 {"to", notice.to},
                                 {"since", to_string(notice.since)}});
  }
  out.set("notices", std::move(told));
  canon::Array manifests;
  for (const auto& [manifest_id, manifest] : packet.manifests) {
    manifests.emplace_back(manifest_of(core.world(), id, manifest_id, now));
  }
  out.set("manifests", std::move(manifests));
  if (!packet.legal_holds.empty()) {
    out.set("legal_holds", legal_holds_of(packet));
  }
  if (packet.own_erasure) {
    out.set("erasure", erasure_of(*packet.own_erasure));
  }
  if (packet.request) {
    out.set("request",
            canon::Object{{"person", packet.request->person.str()}, {"at", to_string(packet.request->at)}});
  }
  if (packet.recheck) {
    out.set("recheck", canon::Object{{"recheck", packet.recheck->id.str()},
                                     {"mode", packet.recheck->preview ? "preview" : "release"},
                                     {"opened_at", to_string(packet.recheck->opened_at)},
                                     {"needed", packet.recheck->needed.size()},
                                     {"answered", packet.recheck->answers.size()}});
  }
  if (packet.entry) {
    out.set("entry", packet.entry->str());
  }
  return out;
}

canon::Object summarise_packet(const Core& core, const PacketId& id, Instant now) {
  const gate::Packet& packet = *core.state().find(id);
  const Waits all = packet.open() ? evaluate_all(core, id, now) : Waits{};
  std::set<std::string> codes;
  for (const auto& [hold_id, hold] : packet.holds) {
    codes.insert(hold.code);
  }
  return {{"packet", id.str()},
          {"lane", packet.lane},
          {"gate", gate_state(packet, all)},
          {"revision", std::int64_t{packet.last_number()}},
          {"opened_at", to_string(packet.opened_at)},
          {"holds", canon::Array(codes.begin(), codes.end())}};
}

canon::Object explain_packet(const Core& core, const PacketId& id, Instant now) {
  if (const gate::Packet& closed = *core.state().find(id); !closed.open()) {
    return {{"packet", id.str()},
            {"gate", closed.status},
            {"evaluated_at", to_string(now)},
            {"checks", canon::Array{}}};
  }
  const Waits all = evaluate_all(core, id, now);
  canon::Array checks;
  for (const CheckLine& line : all.report) {
    checks.emplace_back(line_of(line));
  }
  for (const CheckLine& line : all.waits) {
    checks.emplace_back(line_of(line));
  }
  const gate::Packet& packet = *core.state().find(id);
  return {{"packet", id.str()},
          {"gate", gate_state(packet, all)},
          {"evaluated_at", to_string(now)},
          {"checks", std::move(checks)}};
}

Result<canon::Object> show_manifest(const Core& core, const PacketId& id, const ManifestId& manifest_id,
                                    Instant now) {
  const gate::Packet& packet = *core.state().find(id);
  const auto manifest = packet.manifests.find(manifest_id);
  if (manifest == packet.manifests.end()) {
    return fail(ErrorCode::not_found, manifest_id.str(), "there is no such manifest of this packet");
  }
  canon::Object out = manifest_of(core.world(), id, manifest_id, now);
  if (manifest->second.leaf == 0) {
    return out;
  }
  SP_TRY(const store::Manifest row, core.reader().manifest(manifest_id));
  out.set("bytes", as_text(row.bytes));
  SP_TRY(const canon::Value statement, canon::parse(as_text(row.bytes)));
  out.set("statement", statement);
  if (manifest->second.in_review()) {
    const gate::Quorum quorum = gate::quorum(core.world(), id, now);
    out.set("quorum", canon::Object{{"met", quorum.met}, {"counted", quorum.counted.size()}});
  }
  return out;
}

Result<canon::Object> show_signer_view(const Core& core, const PacketId& id) {
  const gate::Packet& packet = *core.state().find(id);
  if (!packet.head || core.world().dossier(id) == nullptr ||
      core.world().active_charter(packet.lane) == nullptr) {
    return fail(ErrorCode::not_found, id.str(), "the packet has no readable head");
  }
  SP_TRY(const store::Revision row, core.reader().revision(id, packet.head->number));
  SP_TRY(const OpenedRevision revision, open_revision(row));
  SP_TRY(const canon::Value clear, canon::parse(revision.bytes, {.bytes = limits::request_bytes}));
  const packet::View view = gate::lane_view(core.world(), id);
  return canon::Object{{"packet", id.str()},
                       {"revision", clear},
                       {"opened", opened(revision.disclosures, view.disclosures)},
                       {"kept_back", kept_back(revision.disclosures, view.disclosures)},
                       {"parts", packet::to_value(view.parts)}};
}

Result<canon::Object> show_entry(const Core& core, const EntryId& id) {
  SP_TRY(const store::Entry row, core.reader().entry(id));
  SP_TRY(const canon::Value entry, canon::parse(as_text(row.core)));
  SP_TRY(const packet::Entry read, packet::read_entry(as_text(row.core)));
  SP_TRY(const store::Revision stored, core.reader().revision(read.packet, read.revision.number));
  SP_TRY(const OpenedRevision revision, open_revision(stored));
  ManifestId manifest_id;
  (void)core.state().find(read.packet)->by_digest(read.manifest, &manifest_id);
  SP_TRY(const store::Manifest manifest_row, core.reader().manifest(manifest_id));
  SP_TRY(const packet::Manifest manifest, packet::read_manifest(as_text(manifest_row.bytes)));
  const gate::BoundManifest* bound = core.world().manifest(manifest_id);
  SP_TRY(const canon::Value clear, canon::parse(revision.bytes, {.bytes = limits::request_bytes}));
  canon::Object out{
      {"entry", entry},
      {"revision", clear},
      {"opened", opened(revision.disclosures, crossing(core, manifest, bound, revision.disclosures))}};
  if (bound != nullptr) {
    out.set("audience", packet::to_value(bound->members));
  }
  if (row.receipt) {
    out.set("receipt", as_text(*row.receipt));
  }
  const gate::EntryState& state = core.state().entries.at(id);
  out.set("acknowledged", state.acknowledged);
  if (state.verdict) {
    out.set("verdict", *state.verdict);
  }
  const std::set<std::string> corrections = gate::corrections_of(state);
  out.set("corrections", canon::Array(corrections.begin(), corrections.end()));
  out.set("remarks", remarks_of(core, state));
  out.set("splits", splits_of(core, *core.state().find(read.packet)));
  return out;
}

canon::Object show_lane(const Core& core, const std::string& lane, Instant now) {
  const gate::LaneState& state = core.state().lanes.at(lane);
  canon::Object out{{"lane", lane}, {"state", state.status}};
  if (state.since != Instant{}) {
    out.set("since", to_string(state.since));
  }
  if (const charter::Charter* charter = core.world().active_charter(lane)) {
    out.set("charter", canon::Object{{"id", charter->id},
                                     {"version", charter->version},
                                     {"title", charter->title},
                                     {"digest", core.state().lanes.at(lane).charter->hex()}});
  }
  if (const gate::LaneRoster* roster = core.world().active_roster(lane)) {
    canon::Array grants;
    for (const packet::Grant& grant : roster->roster.grants) {
      canon::Value row = packet::to_value(grant);
      row.object()->set("valid", now >= grant.from && now < grant.until);
      grants.push_back(std::move(row));
    }
    canon::Object audiences;
    for (const auto& [name, members] : roster->audience) {
      audiences.set(name, packet::to_value(members));
    }
    out.set("roster", canon::Object{{"version", std::int64_t{roster->roster.version}},
                                    {"digest", core.state().lanes.at(lane).roster->hex()},
                                    {"grants", std::move(grants)},
                                    {"audience", std::move(audiences)}});
  }
  return out;
}

Result<canon::Array> show_log(const Core& core, std::uint64_t from, std::size_t count) {
  SP_TRY(const std::vector<Bytes> leaves, core.reader().leaves(from, count));
  canon::Array out;
  for (const Bytes& bytes : leaves) {
    SP_TRY(canon::Value leaf, canon::parse(as_text(bytes)));
    out.push_back(std::move(leaf));
  }
  return out;
}

} // namespace sallyport::engine
