// What must be so when a manifest enters review and when something crosses.
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "packet/entry.h"
#include "packet/view.h"
#include "sim/oracle.h"

#include <algorithm>

namespace sallyport::sim {
namespace {

packet::Openness openness(charter::ViewKind kind) {
  using enum charter::ViewKind;
  return kind == omit        ? packet::Openness::omit
         : kind == ref       ? packet::Openness::reference
         : kind == pseudonym ? packet::Openness::pseudonym
         : kind == coarsen   ? packet::Openness::coarse
                             : packet::Openness::show;
}

packet::ViewChoice chosen(const Sealing& sealing, const charter::Charter& charter) {
  packet::Recipe recipe;
  for (const auto& [pattern, field] : charter.exposure.fields) {
    recipe.push_back({pattern, openness(field.lane_view.kind)});
  }
  std::vector<std::string> names;
  for (const auto& [name, digest] : sealing.names) {
    names.push_back(name);
  }
  return packet::choose(recipe, names);
}

} // namespace

// What the head declares, and of a split one what goes on.
std::map<std::string, std::vector<std::string>> Oracle::declared(const Case& c) const {
  const Sealing& sealing = truth_->sealings.at(*c.head);
  const Split* split = split_of(c);
  std::map<std::string, std::vector<std::string>> out;
  for (const auto& [dimension, rule] : charter(c.lane)->scope) {
    if (rule.type == charter::ScopeType::level && level_of(c)) {
      continue; // it stands in clear, among the bounds
    }
    out[dimension];
    const std::string below = "/scope/" + dimension + "/";
    for (const auto& [name, digest] : sealing.names) {
      if (!name.starts_with(below)) {
        continue;
      }
      const std::string element = packet::split_form(name).pointer.substr(below.size());
      if (split == nullptr || split->dimension != dimension || split->free.contains(element)) {
        out[dimension].push_back(digest);
      }
    }
    std::ranges::sort(out[dimension]);
  }
  return out;
}

Digest Oracle::view(const Case& c) const {
  const Sealing& sealing = truth_->sealings.at(*c.head);
  packet::View view{"lane", *c.head, charter_.at(c.lane), {}, {}};
  for (const std::string& name : chosen(sealing, *charter(c.lane)).names) {
    if (goes_on(c, name) && !stubbed(c, name)) {
      view.disclosures.push_back(sealing.names.at(name));
    }
  }
  std::ranges::sort(view.disclosures);
  std::set<Digest> parts;
  for (const auto& [part, state] : c.parts) {
    if (state == "included" && goes_on(c, "/parts/" + part)) {
      parts.insert(sealing.parts.at(part));
    }
  }
  view.parts.assign(parts.begin(), parts.end());
  return crypto::sha256(as_bytes(packet::view_bytes(view)));
}

// Statements of an item that the lane does not read.
bool Oracle::stubbed(const Case& c, std::string_view name) const {
  constexpr std::string_view below = "/ledger/";
  if (!c.written || !name.starts_with(below)) {
    return false;
  }
  const auto id = ItemId::parse(name.substr(below.size(), name.find('/', below.size()) - below.size()));
  return !id || !c.written->items.contains(*id) || c.written->items.at(*id).stub.has_value();
}

// Members of the lane's audience with every tag that the lane asks for, by what the sources last said.
std::vector<packet::AudienceMember> Oracle::cut(const Case& c) const {
  const charter::Charter& active = *charter(c.lane);
  std::set<std::string> asked;
  for (const auto& tag : {active.lane.clearance, active.lane.privilege}) {
    if (tag) {
      asked.insert(*tag);
    }
  }
  if (const auto& by = active.lane.clearance_by) {
    for (const packet::Cite& cite : c.cites) {
      const Thing* thing = cite.source == by->from.source ? snapshot(cite.object) : nullptr;
      const auto value = thing == nullptr ? by->needs.end()
                         : thing->attrs.contains(by->from.attr)
                             ? by->needs.find(thing->attrs.at(by->from.attr))
                             : by->needs.end();
      if (value != by->needs.end()) {
        asked.insert(value->second);
      }
    }
  }
  std::vector<packet::AudienceMember> out;
  const RosterTruth* now = roster(c.lane);
  if (now == nullptr || !now->audience.contains(active.lane.audience_max)) {
    return out;
  }
  for (const packet::AudienceMember& member : now->audience.at(active.lane.audience_max)) {
    if (std::ranges::all_of(asked, [&](const std::string& tag) {
          return std::ranges::find(member.clearances, tag) != member.clearances.end();
        })) {
      out.push_back(member);
    }
  }
  std::ranges::sort(out);
  return out;
}

void Oracle::submitted_as(const Case& c, const Bound& bound, const packet::Leaf& leaf) {
  const packet::Manifest& m = bound.said;
  const packet::ManifestSubmitted& r = bound.record;
  const charter::Charter* active = charter(c.lane);
  require("INV-09", c.head == r.revision && m.revision_digest == r.revision,
          "a manifest is over something other than the head");
  require("INV-07", active != nullptr && charter_[c.lane] == r.charter && m.charter.digest == r.charter,
          "a manifest names a charter that is not active");
  require("INV-05", roster_[c.lane] == r.roster && m.roster.digest == r.roster,
          "a manifest names a roster that is not active");
  if (broken_) {
    return;
  }
  require("INV-02", m.lane == c.lane && active->lane.id == c.lane, "a manifest names another lane");
  require("INV-03", m.scope == declared(c), "a manifest's scope is not what the head declares");
  require("INV-47", m.view == r.view && m.view == view(c),
          "a manifest's view is not the set that the recipe gives");
  require("INV-22",
          m.holds == crossing_holds(c, bound.overrides) && m.holds_digest == r.holds &&
              packet::holds_digest(m.holds) == r.holds,
          "a manifest's holds are not those that are to cross");
  for (const HoldId& hold : bound.overrides) {
    const auto at = c.holds.find(hold);
    require("INV-21",
            at != c.holds.end() && at->second.record.code == "FRESH.MISSING" &&
                active->holds.codes.contains("FRESH.MISSING") &&
                active->holds.codes.at("FRESH.MISSING").override_by,
            "a manifest asks for the override of what nobody may override");
  }
  require("INV-37", m.windows == windows(c),
          "a manifest binds other windows than the charter and sources say");
  std::vector<packet::BoundSubstitute> substitutes;
  for (const auto& [role, person] : bound.substitutes) {
    const auto rule = active->signers.substitute.find(role);
    const bool allowed = rule != active->signers.substitute.end() &&
                         holds_role(c.lane, person, rule->second.by, leaf.at) &&
                         !barred(c, bound, person, leaf.at);
    require("INV-12", allowed, "a manifest names a substitute whom the charter does not let stand in");
    if (allowed) {
      substitutes.push_back({role, person, rule->second.by, rule->second.ratified_by});
    }
    require("INV-12", !somebody_can_sign(c, bound, role, leaf.at),
            "a manifest names a substitute though somebody of the role can sign");
  }
  require("INV-12", m.signers.substitutes.value_or(std::vector<packet::BoundSubstitute>{}) == substitutes,
          "a manifest binds other substitutes than its leaf names");
  require("INV-05", m.audience.name == active->lane.audience_max, "a manifest names another audience");
  require("INV-04", bound.members == cut(c), "the bound audience is not whom the lane admits");
  require("INV-05",
          m.signers.valid_for == active->signers.valid_for &&
              m.signers.key_class_min == charter::to_word(active->signers.key_class_min) &&
              m.signers.require.size() == active->signers.require.size(),
          "a manifest asks for other signers than the charter");
  std::vector<packet::EligibleSigner> eligible;
  for (const charter::Requirement& row : active->signers.require) {
    for (const std::string& role : row.roles) {
      for (const Person& person : truth_->people) {
        if (holds_role(c.lane, person.id, role, leaf.at) && !barred(c, bound, person.id, leaf.at) &&
            (!row.principal || *row.principal == person.id)) {
          eligible.push_back({person.id, role});
        }
      }
    }
  }
  for (const auto& [role, person] : bound.substitutes) {
    eligible.push_back({person, role});
  }
  if (c.written) { // those who are named, and nobody else
    const auto named = c.named.find(r.id);
    std::erase_if(eligible, [&](const packet::EligibleSigner& signer) {
      return named == c.named.end() || std::ranges::none_of(named->second, [&](const auto& n) {
               return n.person == signer.person && n.role == signer.role;
             });
    });
  }
  std::ranges::sort(eligible);
  eligible.erase(std::ranges::unique(eligible).begin(), eligible.end());
  require("INV-12", m.signers.eligible == eligible, "a manifest names others than those who may sign");
  require("INV-05", m.evidence.size() == c.cites.size(), "a manifest binds other evidence than is cited");
  for (const packet::Cite& cite : c.cites) {
    const auto evidence = m.evidence.find(cite.citation);
    require("INV-05", evidence != m.evidence.end() && evidence->second.source == cite.source,
            "a citation is not bound");
  }
}

void Oracle::crossing(const packet::Leaf& leaf, const packet::ReleaseCommitted& r, Case& c, Bound& bound) {
  require("INV-01",
          c.head == r.revision && bound.record.revision == r.revision &&
              truth_->sealings.contains(r.revision),
          "what was released is not the head");
  require("INV-42", played_->step.entries.size() == 1 && played_->step.entries[0].id == r.entry,
          "a release has no entry of its own");
  require("INV-07", charter_[c.lane] == bound.record.charter, "released under a charter that is not active");
  require("INV-11", roster_[c.lane] == bound.record.roster, "released under a roster that is not active");
  require("INV-17", !held_up(c, leaf.at), "released while something blocks");
  require("INV-37", !lane_status_.contains(c.lane), "released while the lane takes nothing");
  require("INV-37", windows_open(c, leaf.at), "released outside a window");
  if (broken_) {
    return;
  }
  const std::string& bytes = played_->step.entries[0].bytes;
  const auto entry = packet::read_entry(bytes);
  require("INV-01", entry.has_value() && crypto::sha256(as_bytes(bytes)) == r.entry_digest,
          "an entry is not the one that its leaf names");
  no_marks(bytes, "INV-30");
  if (broken_) {
    return;
  }
  const packet::Manifest& m = bound.said;
  const Sealing& sealing = truth_->sealings.at(r.revision);
  require("INV-01",
          entry->revision.digest == r.revision && entry->manifest == r.manifest && entry->packet == r.packet,
          "an entry names another revision or manifest");
  require("INV-02",
          r.lane == c.lane && entry->lane == c.lane && m.lane == c.lane && sealing.lane == c.lane &&
              charter(c.lane)->lane.id == c.lane,
          "an entry goes to another lane");
  require("INV-03", entry->scope == m.scope && m.scope == declared(c),
          "an entry's scope is not the bound one");
  require("INV-47", entry->view == m.view && m.view == r.view && m.view == view(c),
          "an entry's view is not the bound set");
  require("INV-22", entry->holds == m.holds && entry->holds == crossing_holds(c, bound.overrides),
          "an entry's holds are not those that cross");
  for (const packet::BoundHold& hold : entry->holds) {
    if (hold.mode == "accepted") {
      continue; // of an item: disputes_cross()
    }
    require("INV-21", hold.mode == "visible" || hold.code == "FRESH.MISSING",
            "a hold crosses that nobody may override");
    const auto rule = charter(c.lane)->holds.codes.find(hold.code);
    require("INV-21",
            hold.mode == "visible" ||
                (rule != charter(c.lane)->holds.codes.end() && rule->second.override_by &&
                 overriders(c, bound, hold.hold, leaf.at).size() >=
                     static_cast<std::size_t>(rule->second.override_by->count)),
            "a hold crosses that too few let cross");
  }
  for (const auto& [role, person] : bound.substitutes) {
    const auto rule = charter(c.lane)->signers.substitute.find(role);
    const auto acts = bound.ratified.find(role);
    require("INV-12",
            rule != charter(c.lane)->signers.substitute.end() && acts != bound.ratified.end() &&
                holds_role(c.lane, person, rule->second.by, leaf.at) &&
                std::ranges::any_of(acts->second,
                                    [&](const Given& act) {
                                      return act.person != person &&
                                             act_stands(c, act, rule->second.max_age, leaf.at) &&
                                             holds_role(c.lane, act.person, rule->second.ratified_by,
                                                        leaf.at);
                                    }),
            "released with a substitute whom nobody ratified");
    require("INV-12", !somebody_can_sign(c, bound, role, leaf.at),
            "released with a substitute though somebody of the role can sign");
  }
  lineage_crosses(leaf, r.packet, c, *entry);
  disputes_cross(c, bound, *entry, leaf.at);
  levels_cross(c, m);
  require("INV-05",
          entry->audience == m.audience &&
              std::set(entry->caveats.begin(), entry->caveats.end()) == sealing.caveats,
          "an entry lost its audience or its caveats");
  const std::vector<packet::AudienceMember> admitted = cut(c);
  require("INV-04", !bound.members.empty() && std::ranges::includes(admitted, bound.members),
          "somebody is bound whom the lane does not admit");
  // Signatures: those that the leaf names, and no others, fill the places.
  const std::set<packet::LeafNumber> counted(r.sigs.begin(), r.sigs.end());
  std::set<PersonId> persons;
  for (const Signed& s : bound.signatures) {
    if (!counted.contains(s.leaf)) {
      continue;
    }
    persons.insert(s.person);
    require("INV-13", !s.withdrawn, "a withdrawn signature counts");
    require("INV-46", s.leaf > c.resign, "a signature counts that is older than a hold that made it fall");
    require("INV-07", s.charter == bound.record.charter,
            "a signature counts that was made under another charter");
    require("INV-11", s.granted && may_sign_as(c, bound, s.person, s.role, leaf.at),
            "a signature counts whose grant has ended");
    require("INV-11", stands(c, bound, s, leaf.at), "a signature counts that does not stand");
  }
  require("INV-12", persons.size() == counted.size() && quorum(c, bound, leaf.at, &counted),
          "the counted signers do not fill the places");
  require("INV-12", std::ranges::equal(entry->owner.persons, persons),
          "an entry names other owners than its signers");
  crossing_truth(leaf, c);
  conditions(c, leaf.at);
  clocks(c, leaf.at);
  crossing_content(c, sealing, *charter(c.lane));
  // INV-38 over the moment before this release.
  const charter::Admission& admission = charter(c.lane)->admission;
  std::int64_t waiting = 0;
  for (const auto& [id, other] : entries_) {
    const Case& with = cases_[other.packet];
    waiting += with.lane == c.lane && !other.acknowledged && admission.window &&
                       leaf.at - other.at < *admission.window
                   ? 1
                   : 0;
  }
  require("INV-38", !admission.capacity || waiting < *admission.capacity,
          "the lane has more entries than it takes");
}

// Every source, asked in this recheck, said that what is cited is still so.
void Oracle::crossing_truth(const packet::Leaf& leaf, const Case& c) {
  require("INV-18", c.recheck.has_value() && leaf.at < c.recheck->at + c.recheck->record.within,
          "released without a recheck, or after its time");
  if (broken_) {
    return;
  }
  const charter::Charter& active = *charter(c.lane);
  const Sealing& sealing = truth_->sealings.at(*c.head);
  for (const packet::NeededAnswer& needed : c.recheck->record.needed) {
    require("INV-18", c.recheck->answers.contains(needed.source), "released though a source did not answer");
    const auto rule = active.sources.find(needed.source);
    require("INV-18",
            rule != active.sources.end() && contact_.contains(needed.source) &&
                leaf.at - contact_.at(needed.source) < rule->second.unknown_after,
            "released though a source is silent");
  }
  for (const packet::Cite& cite : c.cites) {
    if (held_back(c, "/citations/" + cite.citation)) {
      continue; // it does not cross
    }
    const auto seen = seen_.find(cite.object);
    const Thing* thing = snapshot(cite.object);
    require("INV-18",
            seen != seen_.end() && thing != nullptr && seen->second.leaf > c.recheck->leaf &&
                seen->second.observed_at > c.recheck->at,
            "released on an observation older than the recheck");
    if (broken_) {
      return;
    }
    require("INV-17",
            std::max(seen->second.observed_at, cite.observed_at) <= leaf.at &&
                std::max(seen->second.complete_through, cite.complete_through) <= leaf.at &&
                !seen->second.contradicts,
            "released on a clock that cannot be right");
    const std::string& kind = sealing.kinds.at(cite.citation);
    const charter::Source& source = active.sources.at(cite.source);
    for (const charter::Check& check : source.checks) {
      if (!check.of.contains(kind)) {
        continue;
      }
      if (check.kind == charter::CheckKind::digest) {
        require("INV-17", thing->status != "gone" && thing->ordinal == cite.ordinal,
                "released though the source holds something else");
      } else if (check.kind == charter::CheckKind::pin) {
        const auto pinned = sealing.pins.find(cite.citation);
        require("INV-17",
                pinned != sealing.pins.end() && pinned->second.contains(*check.attr) &&
                    thing->attrs.contains(*check.attr) &&
                    pinned->second.at(*check.attr) == thing->attrs.at(*check.attr),
                "released though a pinned attribute differs");
      } else if (check.kind == charter::CheckKind::max_age) {
        const bool same = thing->status != "gone" && thing->ordinal == cite.ordinal;
        const Instant through =
            same ? std::max(seen->second.complete_through, cite.complete_through) : cite.complete_through;
        require("INV-18", leaf.at - through < *check.limit, "released on stale evidence");
      }
    }
    for (const std::string& dimension : source.touches) {
      if (active.scope.at(dimension).type == charter::ScopeType::level) {
        continue; // levels_cross()
      }
      const auto declared_here = sealing.scope.find(dimension);
      const auto touched = thing->touches.find(dimension);
      require("INV-03",
              touched != thing->touches.end() && !touched->second.empty() &&
                  declared_here != sealing.scope.end() &&
                  std::ranges::includes(declared_here->second, touched->second),
              "released though the evidence touches what is not declared");
    }
  }
  for (const auto& [dimension, rule] : active.scope) {
    if (rule.type == charter::ScopeType::level) {
      continue;
    }
    const auto here = sealing.scope.find(dimension);
    require("INV-03", !rule.required || (here != sealing.scope.end() && !here->second.empty()),
            "released with no scope");
    if (!rule.source || here == sealing.scope.end()) {
      continue;
    }
    std::set<std::string> crossing; // of a split one, what goes on
    for (const auto& [element, value] : sealing.elements.at(dimension)) {
      if (!held_back(c, "/scope/" + dimension + "/" + element)) {
        crossing.insert(value);
      }
    }
    std::set<std::string> known;
    for (const packet::Cite& cite : c.cites) {
      const Thing* thing = cite.source == *rule.source ? snapshot(cite.object) : nullptr;
      if (thing != nullptr && thing->touches.contains(dimension)) {
        known.insert(thing->touches.at(dimension).begin(), thing->touches.at(dimension).end());
      }
    }
    require("INV-03", !crossing.empty() && std::ranges::includes(known, crossing),
            "released a scope that its source does not know");
  }
  // The directory's answer in this very recheck names exactly the roster's audience.
  const auto answer = c.recheck->answers.find(charter::roster_source(active));
  const auto kept =
      answer == c.recheck->answers.end() ? truth_->snapshots.end() : truth_->snapshots.find(answer->second);
  require("INV-18", kept != truth_->snapshots.end() && kept->second.directory.has_value(),
          "released without the directory's answer");
  if (broken_) {
    return;
  }
  std::set<PersonId> readers;
  for (const packet::AudienceMember& member : roster(c.lane)->audience.at(active.lane.audience_max)) {
    readers.insert(member.person);
  }
  require("INV-17", *kept->second.directory == readers, "released though the directory names other readers");
}

void Oracle::crossing_content(const Case& c, const Sealing& sealing, const charter::Charter& active) {
  require("INV-32", sealing.scanned, "released what was not scanned");
  require("INV-30", sealing.withheld == 0, "released a revision from which a secret was taken");
  for (const std::string& part : sealing.asked_to_cross) {
    require("INV-31", c.parts.at(part) == "included", "released with an annex that nobody promoted");
  }
  const packet::ViewChoice choice = chosen(sealing, active);
  require("INV-47", choice.lacking.empty(), "released without a form that the view asks for");
  for (const gate::ScanFinding& finding : sealing.findings) {
    const auto detector = charter::from_word<charter::Detector>(finding.detector);
    const bool rule = detector && active.exposure.detectors.contains(*detector);
    require("INV-17", !rule || std::ranges::find(choice.names, finding.name) == choice.names.end(),
            "released with a finding in what crosses");
  }
  std::set<std::string> kinds;
  for (const auto& [citation, kind] : sealing.kinds) {
    kinds.insert(kind);
  }
  for (const auto& [kind, missing] : active.lane.citations) {
    const bool shown = std::ranges::any_of(c.holds, [&](const auto& h) {
      return h.second.record.code == "FRESH.MISSING" && h.second.record.subject == "citation_kind:" + kind;
    });
    require("INV-17", kinds.contains(kind) || missing == charter::Missing::visible || shown,
            "released without a citation that the lane asks for");
    require("INV-22", kinds.contains(kind) || shown, "a missing citation crosses unseen");
  }
  if (const auto& handling = active.exposure.handling) {
    for (const packet::Cite& cite : c.cites) {
      const Thing* thing = cite.source == handling->from.source ? snapshot(cite.object) : nullptr;
      if (thing == nullptr || !thing->attrs.contains(handling->from.attr)) {
        continue;
      }
      const auto value = thing->attrs.find(handling->from.attr);
      const auto forbids = handling->forbids.find(value->second);
      require("INV-17", forbids != handling->forbids.end(),
              "released under a handling constraint that the charter does not know");
      for (const std::string& name : choice.names) {
        const packet::NamedForm form = packet::split_form(name);
        const auto field = active.exposure.fields.find(form.pointer);
        require("INV-17",
                forbids == handling->forbids.end() || field == active.exposure.fields.end() ||
                    form.form == packet::Form::pseudonym ||
                    !forbids->second.contains(field->second.field_class),
                "released a field that the handling constraint forbids");
      }
    }
  }
}

} // namespace sallyport::sim
