// What arrives in a town, and what its people do when nothing is in the way.
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "gate/standing.h"
#include "sim/town.h"

#include <algorithm>

namespace sallyport::sim {
namespace {

std::string ref(const std::string& value) {
  return crypto::sha256("ref:" + value).hex();
}

} // namespace

gate::CaseTuples tuples_of(const charter::Charter& charter, const std::map<std::string, std::string>& fields,
                           const std::map<std::string, std::set<std::string>>& scope) {
  gate::CaseTuples out;
  for (const charter::CaseKey& row : charter.lineage.case_keys) {
    std::vector<gate::Refs> rows{{}};
    for (const std::string& name : row.key) {
      std::vector<std::string> values;
      for (const std::string& place : charter.lineage.keys.at(name)) {
        if (place.starts_with("scope.")) {
          const auto at = scope.find(place.substr(6));
          if (at != scope.end()) {
            std::ranges::transform(at->second, std::back_inserter(values), ref);
          }
        } else if (const auto at = fields.find(place); at != fields.end()) {
          values.push_back(ref(at->second));
        }
      }
      std::vector<gate::Refs> longer;
      for (const gate::Refs& tuple : rows) {
        for (const std::string& value : values) {
          longer.push_back(tuple);
          longer.back().push_back(value);
        }
      }
      rows = std::move(longer);
    }
    out.push_back(std::move(rows));
  }
  return out;
}

namespace {

std::set<std::string> field_pointers(const charter::Charter& charter) {
  std::set<std::string> out(charter.lane.intake_fields.begin(), charter.lane.intake_fields.end());
  for (const auto& [pattern, field] : charter.exposure.fields) {
    if (field.field_class != charter::FieldClass::secret) {
      out.insert(pattern);
    }
  }
  for (const auto& [name, places] : charter.lineage.keys) {
    out.insert(places.begin(), places.end());
  }
  std::erase_if(out, [](const std::string& p) {
    return !p.starts_with('/') || p.find('*') != std::string::npos || p.find('/', 1) != std::string::npos;
  });
  return out;
}

} // namespace

Town::Scope Town::drawn_scope(Draw& draw, bool clean) {
  Scope out;
  for (const auto& [dimension, rule] : charter().scope) {
    if (rule.type == charter::ScopeType::level) {
      continue; // it stands in clear, among the bounds
    }
    const std::size_t count = !clean && draw.one_in(12) ? 0 : 1 + draw.below(rule.splittable ? 3 : 2);
    for (std::size_t i = 0; i < count; ++i) {
      out[dimension]["t" + std::to_string(i)] =
          std::string(clear_mark) + "value-" + std::to_string(draw.below(4));
    }
  }
  return out;
}

std::optional<Town::Scope> Town::left_by_split(const gate::Packet& packet) const {
  const auto declared = [&](const Digest& revision) {
    const auto sealing = truth_->sealings.find(revision);
    return sealing == truth_->sealings.end() ? Scope{} : sealing->second.elements;
  };
  if (packet.continues) { // the rest: what was held in it
    const gate::Packet* whole = state().find(packet.continues->packet);
    Scope rest = declared(packet.continues->revision);
    if (whole == nullptr || !whole->partial || !rest.contains(whole->partial->dimension)) {
      return std::nullopt;
    }
    std::erase_if(rest[whole->partial->dimension], [&](const auto& element) {
      const auto held = whole->partial->held.find(element.first);
      return held == whole->partial->held.end() || state().find(held->second) != &packet;
    });
    return rest[whole->partial->dimension].empty() ? std::nullopt : std::optional(std::move(rest));
  }
  if (!packet.partial) {
    return std::nullopt;
  }
  Scope left = declared(packet.partial->revision);
  std::erase_if(left[packet.partial->dimension],
                [&](const auto& element) { return packet.partial->held.contains(element.first); });
  return left;
}

gate::Sealed Town::seal(const PacketId& id, std::uint32_t number, Draw& draw, bool clean,
                        const std::optional<Scope>& scope) {
  const charter::Charter& charter = this->charter();
  packet::Submission s;
  Sealing sealing;
  s.upstream = {"triage-desk", "case-1", number};
  s.upstream_digest = crypto::sha256("upstream");
  s.packet_class = !clean && draw.one_in(12) ? "another-class" : charter.packet_class;
  s.lane = !clean && draw.one_in(12) ? "Q-OTHER" : lane_;
  s.severity = "sev" + std::to_string(1 + draw.below(3));
  const PersonId triager = draw.one_in(3) ? signers[draw.below(signers.size())]->id : outsider->id;
  s.triage = {"ts_1", now, triager};
  s.authors = {draw.one_in(3) ? signers[draw.below(signers.size())]->id : outsider->id};
  sealing.packet = id;
  sealing.number = number;
  sealing.lane = s.lane;
  // The rest of a split is of the same session as the whole, as often as not.
  const gate::Packet* known = state().find(id);
  const bool rest = known != nullptr && known->continues && draw.one_in(2);
  const PacketId of = rest ? known->continues->packet : id;
  std::map<std::string, std::string> fields;
  for (const std::string& pointer : field_pointers(charter)) {
    const auto rule = charter.exposure.fields.find(pointer);
    const charter::ViewKind view =
        rule == charter.exposure.fields.end() ? charter::ViewKind::omit : rule->second.lane_view.kind;
    // One session in eight is that of another packet; the rest are the packet's own.
    const std::string value =
        std::string(clear_mark) + pointer.substr(1) + (draw.one_in(8) ? "-s" : of.str().substr(3));
    const bool whole = clean || !draw.one_in(8);
    sealing.whole = sealing.whole &&
                    (whole || (view != charter::ViewKind::coarsen && view != charter::ViewKind::pseudonym));
    s.fields[pointer] = {
        value,
        view == charter::ViewKind::coarsen && whole ? std::optional<canon::Value>("coarse") : std::nullopt,
        view == charter::ViewKind::pseudonym && whole ? std::optional<canon::Value>("pseudo") : std::nullopt};
    fields[pointer] = value;
  }
  sealing.elements = scope ? *scope : drawn_scope(draw, clean);
  sealing.severity = s.severity;
  for (const auto& [dimension, elements] : sealing.elements) {
    for (const auto& [element, value] : elements) {
      s.scope[dimension][element] = {value, {}, "pseudo-" + element};
      sealing.scope[dimension].insert(value);
    }
  }
  s.claims["m1"] = {"one thing"};
  if (!draw.one_in(4)) {
    s.caveats["k1"] = {"uncorroborated", "a caveat"};
    sealing.caveats.insert("k1");
  }
  gate::Sealed sealed;
  std::size_t next = 0;
  const auto missing_rule = charter.holds.codes.find("FRESH.MISSING");
  const bool may_lack = missing_rule != charter.holds.codes.end() && missing_rule->second.override_by;
  const bool compares = std::ranges::any_of(charter.sources, [](const auto& row) {
    return std::ranges::any_of(row.second.checks, [](const charter::Check& check) {
      return check.kind == charter::CheckKind::agree;
    });
  });
  const std::string key = compares ? ref(id.str()) : "";
  const auto& split_dimension = charter.admission.partial_dim;
  for (const auto& [kind, missing] : charter.lane.citations) {
    if (missing == charter::Missing::visible ? draw.one_in(2) : (may_lack || !clean) && draw.one_in(12)) {
      continue;
    }
    const auto source = std::ranges::find_if(
        charter.sources, [&](const auto& row) { return row.second.supplies.contains(kind); });
    // Where a scope may be split, what is cited is of one element each; the case itself is of none.
    std::vector<std::map<std::string, std::set<std::string>>> touched{sealing.scope};
    std::vector<std::string> claims{"m1"};
    if (split_dimension && sealing.elements.contains(*split_dimension)) {
      touched = {{}};
      if (kind != "chronology" && !sealing.elements.at(*split_dimension).empty()) {
        touched.clear();
        claims.clear();
        for (const auto& [element, value] : sealing.elements.at(*split_dimension)) {
          touched.push_back({{*split_dimension, {value}}});
          claims.push_back("m-" + element);
          s.claims[claims.back()] = {"of one element"};
        }
      }
    }
    for (std::size_t i = 0; i < touched.size(); ++i) {
      const std::string citation = "c" + std::to_string(++next);
      const Thing& thing = things.at(this->thing(kind, source->first, draw, touched[i], key));
      const Instant seen = now - Duration{static_cast<std::int64_t>(draw.below(clean ? 60'000 : 7'200'000))};
      for (const charter::Check& check : source->second.checks) {
        if (check.kind == charter::CheckKind::pin && check.of.contains(kind) && (clean || !draw.one_in(8))) {
          sealing.pins[citation][*check.attr] = thing.attrs.at(*check.attr);
        }
      }
      const std::uint32_t ordinal = !clean && draw.one_in(8) ? thing.ordinal + 1 : thing.ordinal;
      s.citations[citation] = {kind,
                               source->first,
                               thing.id.str(),
                               seen,
                               seen,
                               seen,
                               crypto::sha256(thing.id.str() + std::to_string(ordinal)),
                               {claims[i]},
                               sealing.pins[citation]};
      sealing.supports[claims[i]].insert(citation);
      sealed.cites.push_back({citation, source->first, thing.id, ordinal, seen, seen});
      sealing.cites[citation] = thing.id;
      sealing.ordinals[citation] = ordinal;
      sealing.kinds[citation] = kind;
    }
  }
  if (charter.exposure.annexes && draw.one_in(3)) {
    const std::string state = draw.one_in(3) ? "held" : "redacted";
    const bool include = draw.one_in(3);
    s.parts["a1"] = {"annex", "text/plain", "a1.txt", state, include, Bytes{1, 2, 3}};
    sealed.part_states["a1"] = state;
    sealing.parts["a1"] = crypto::sha256(ByteView(s.parts["a1"].content));
    if (include) {
      sealing.asked_to_cross.insert("a1");
    }
  }
  packet::SealInput input;
  input.packet = id;
  input.revision = number;
  input.ruleset = crypto::sha256("rules");
  if (!clean && draw.one_in(6)) {
    input.withheld["w1"] = {"/narrative", "replayable_token", crypto::sha256("keyed")};
    sealing.withheld = 1;
  }
  sealing.scanned = clean || !draw.one_in(8);
  if (!clean && draw.one_in(4)) {
    sealing.findings.push_back(
        {draw.one_in(2) ? "tenant_identifier" : "privileged_path", "tenant_identity", "/narrative"});
  }
  input.findings = static_cast<std::uint32_t>(sealing.findings.size());
  const packet::SealedRevision made = packet::seal(s, input, [&] { return salt(); }).value();
  host_->sealed(made);
  sealed.revision = packet::read_revision(made.bytes).value();
  sealed.triager = triager;
  sealed.authors = s.authors;
  gate::Dossier& dossier = sealed.dossier;
  dossier.revision = sealed.revision;
  for (const packet::Disclosure& disclosure : made.disclosures) {
    dossier.names[disclosure.name] = disclosure.digest;
    sealed.intake_pointers.push_back(packet::split_form(disclosure.name).pointer);
  }
  for (const auto& [dimension, elements] : s.scope) {
    for (const auto& [element, forms] : elements) {
      dossier.scope[dimension][element] = ref(*forms.value.string());
    }
  }
  dossier.cases = tuples_of(charter, fields, sealing.scope);
  dossier.pins = sealing.pins;
  dossier.findings = sealing.findings;
  dossier.scan_complete = sealing.scanned;
  sealed.body = {{"revision", std::int64_t{number}}};
  sealing.bytes = made.bytes;
  sealing.names = dossier.names;
  sealing.cases = dossier.cases;
  truth_->sealings[made.digest] = std::move(sealing);
  return sealed;
}

Stage Town::stage(std::size_t slot) {
  const gate::Packet* packet = find(slot);
  if (packet == nullptr || packet->status == "merged" || packet->status == "withdrawn") {
    return Stage::none;
  }
  if (packet->status == "released") {
    return Stage::released;
  }
  if (packet->recheck) {
    return packet->recheck->answers.size() == packet->recheck->needed.size() ? Stage::answered
                                                                             : Stage::recheck;
  }
  const gate::ManifestState* manifest = packet->reviewed();
  if (manifest == nullptr) {
    return Stage::open;
  }
  return manifest->status == "authorised" ? Stage::authorised
         : manifest->signatures.empty()   ? Stage::in_review
                                          : Stage::signed_once;
}

void Town::bring(std::size_t slot, Stage to, Draw& draw) {
  constexpr int patience = 40;
  if (stage(slot) == Stage::released) {
    submit(slot, draw);
  }
  for (int i = 0; i < patience && stage(slot) < to; ++i) {
    help(slot, draw);
  }
}

void Town::help(std::size_t slot, Draw& draw) {
  const gate::Packet* packet = find(slot);
  if (packet == nullptr || packet->status == "merged" || packet->status == "withdrawn") {
    return submit(slot, draw);
  }
  if (packet->status == "released") {
    const gate::EntryState& entry = state().entries.at(*packet->entry);
    const Person& reader = *readers[draw.below(2)];
    if (!entry.delivered) {
      play(gate::DeliverEntry{*packet->entry, state().size});
    } else if (!entry.acknowledged) {
      play(gate::AcknowledgeEntry{account_of(reader, draw), *packet->entry});
    } else if (!entry.verdict) {
      const auto& verdicts = charter().lane.verdicts;
      play(gate::GiveVerdict{account_of(reader, draw),
                             *packet->entry,
                             writes() && draw.one_in(3) ? negative_verdict()
                                                        : std::string(charter::to_word(*verdicts.begin())),
                             {}});
    } else {
      submit(slot, draw);
    }
    return;
  }
  if (packet->recheck) {
    return help_recheck(slot, *packet, draw);
  }
  if (!packet->head) {
    heal(slot);
    return revise(slot, draw, true);
  }
  if (packet->workspace && address(slot, *packet, draw)) {
    return;
  }
  if (!resolve(slot, *packet, draw)) {
    help_review(slot, *packet, draw);
  }
}

// How many elements an earlier split of this head holds, and how many there are.
std::size_t Town::held_before(const gate::Packet& packet) const {
  return packet.split() == nullptr ? 0 : packet.split()->held.size();
}

std::size_t Town::elements_of(const gate::Packet& packet) const {
  const auto& elements = truth_->sealings.at(packet.head->digest).elements;
  const auto at = elements.find(*charter().admission.partial_dim);
  return at == elements.end() ? 0 : at->second.size();
}

// One step against whatever holds the packet; false where nothing does.
bool Town::resolve(std::size_t slot, const gate::Packet& packet, Draw& draw) {
  for (const auto& [id, hold] : packet.holds) {
    if (hold.mode != "blocking" || hold.clears == "new_manifest") {
      continue;
    }
    now = now + Duration{1};
    if (hold.code == "FRESH.MISSING" || hold.clears == "ratification") {
      if (resolve_waived(slot, packet, HoldId(id), draw)) {
        return true;
      }
      continue; // the next manifest names it
    }
    if (charter().admission.partial_dim && packet.head && !draw.one_in(3)) {
      const std::set<std::string> held = held_elements(slot);
      const Person& lead = *leads[draw.below(leads.size())];
      if (held.size() > held_before(packet) && held.size() < elements_of(packet)) {
        split_scope(slot, held, lead, account_of(lead, draw));
        return true;
      }
    }
    heal(slot);
    if (hold.clears == "person") {
      const Person& lead = *leads[draw.below(leads.size())];
      play(gate::ClearHold{account_of(lead, draw), packet_at(slot), id, {{"evidence", "looked"}}});
    } else if (hold.clears == "new_revision") {
      revise(slot, draw, true);
    } else if (hold.clears == "merge" || hold.clears == "dismissal") {
      resolve_duplicate(slot, packet, gate::Hold(hold), HoldId(id), draw);
    } else {
      const auto& sources = charter().sources; // whoever is silent or behind is asked
      const std::string before = hold.subject;
      auto at = sources.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(draw.below(sources.size())));
      observe(before.starts_with("/sources/") && sources.contains(before.substr(9)) ? before.substr(9)
                                                                                    : at->first);
    }
    return true;
  }
  return false;
}

void Town::help_review(std::size_t slot, const gate::Packet& packet, Draw& draw) {
  ManifestId manifest_id;
  const gate::ManifestState* manifest = packet.reviewed(&manifest_id);
  const PacketId id = packet_at(slot);
  gate::Waived asked = waived(slot);
  bool held = false;
  for (const auto& [hold_id, hold] : packet.holds) {
    const bool crosses = manifest != nullptr && manifest->waived.overrides.contains(hold_id);
    held = held || (hold.mode == "blocking" && !crosses);
  }
  if (state().lanes.at(lane_).status != "open") {
    play(gate::SetLane{account_of(*leads[0], draw), lane_, "open", {{"reason", "again"}}});
    return;
  }
  if (packet.request) { // it has its place in the lane's order; somebody reads what is before it
    const auto unread = state().unread.find(lane_);
    if (unread != state().unread.end() && !unread->second.empty()) {
      const EntryId entry = *unread->second.begin();
      play(gate::DeliverEntry{entry, state().size});
      play(gate::AcknowledgeEntry{account_of(*readers[0], draw), entry});
    } else {
      now = now + hour;
      play(gate::Reevaluate{packet_at(slot)});
    }
    return;
  }
  const gate::BoundManifest* bound = manifest == nullptr ? nullptr : world().manifest(manifest_id);
  std::vector<Person*> left; // whose signature may be missing: those whom the manifest names, as a rule
  std::vector<Person*> able = signers;
  able.push_back(deputy);
  const bool careless = draw.one_in(16);
  for (Person* person : able) {
    if (bound != nullptr &&
        (careless || std::ranges::any_of(bound->manifest.signers.eligible,
                                         [&](const auto& s) { return s.person == person->id; })) &&
        std::ranges::none_of(manifest->signatures, [&](const auto& s) { return s.person == person->id; })) {
      left.push_back(person);
    }
  }
  const bool authorised = manifest != nullptr && manifest->status == "authorised";
  if (manifest != nullptr && !authorised && left.empty() && draw.one_in(4)) { // too few are left who may sign
    grant_signers(draw.one_in(2) ? signers.size() : 3);
    activate_roster();
    return;
  }
  if (manifest == nullptr || held || (!authorised && (left.empty() || draw.one_in(16)))) {
    const auto draft = std::ranges::find_if(packet.manifests, [&](const auto& m) {
      return m.second.status == "draft" && m.second.revision == packet.head->digest;
    });
    const AccountId lead = account_of(*leads[draw.below(leads.size())], draw);
    if (draft == packet.manifests.end()) {
      // Who drafts lets nothing cross, so where something is to, an agent drafts.
      const bool by_agent = draw.one_in(3) || (!asked.overrides.empty() && !draw.one_in(4));
      play(gate::DraftManifest{by_agent ? agent : lead, id, ManifestId::from_random(random()),
                               packet.head->digest, named(slot, draw)});
    } else {
      submit_manifest(slot, lead, ManifestId(draft->first), std::move(asked));
    }
    return;
  }
  if (!authorised) {
    const Person& person = *draw.pick(left);
    const Digest digest = manifest->digest;
    if (const std::string* bytes = manifest_bytes(digest)) {
      play(gate::SignManifest{account_of(person, draw), id, digest, sign(person, signing_act(slot), *bytes)});
    }
    return;
  }
  const Person& person =
      packet.workspace ? person_of(packet.workspace->owner) : *signers[draw.below(signers.size())];
  if (!play(
          gate::RequestRelease{account_of(person, draw), id, packet.head->digest, manifest->digest, lane_}) &&
      !charter().clocks.windows.empty()) {
    now = now + hour; // perhaps a window opens
  }
}

void Town::help_recheck(std::size_t slot, const gate::Packet& packet, Draw& draw) {
  const gate::Recheck& recheck = *packet.recheck;
  for (const packet::NeededAnswer& needed : recheck.needed) {
    if (!recheck.answers.contains(needed.source)) {
      now = std::max(now, state().last_at) + Duration{50};
      const RecheckId id = recheck.id;
      if (state().last_at - recheck.opened_at >= needed.within) {
        play(gate::ExpireRecheck{packet_at(slot), id, "timeout"});
      } else {
        if (!draw.one_in(4)) {
          heal(slot);
        }
        observe(needed.source, id);
      }
      return;
    }
  }
  play(gate::CommitRelease{packet_at(slot), RecheckId(recheck.id)});
}

} // namespace sallyport::sim
