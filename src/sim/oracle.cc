#include "sim/oracle.h"

#include "canon/json.h"
#include "charter/codes.h"
#include "crypto/digest.h"
#include "crypto/ssh_key.h"
#include "gate/apply.h"
#include "gate/standing.h"
#include "packet/entry.h"
#include "packet/leaf.h"

#include <algorithm>

namespace sallyport::sim {

void Oracle::require(const char* invariant, bool so, const char* says) {
  if (!so && !broken_) {
    broken_ = Broken{invariant, says};
  }
}

// ---- reading a step

void Oracle::judge(const Played& played, const gate::World& world) {
  played_ = &played;
  step_from_ = next_;
  touched_.clear();
  all_touched_ = false;
  for (const gate::LeafOut& out : played.step.leaves) {
    const auto leaf = packet::decode(out.bytes);
    require("INV-40", leaf.has_value() && leaf->n == next_ && leaf->at >= at_,
            "a leaf does not follow the last one");
    if (broken_) {
      return;
    }
    const bool bodied =
        out.body ? leaf->body == crypto::sha256(as_bytes(*out.body)) : !leaf->body.has_value();
    require("INV-40", bodied, "a leaf names another body than the one that it has");
    out_ = &out;
    at_ = leaf->at;
    ++next_;
    tree_.append(ledger::leaf_hash(as_bytes(out.bytes)));
    gate::apply(shadow_, *leaf);
    no_marks(out.bytes, "INV-29");
    only_allowed(*leaf);
    if (const PacketId* id = packet::packet_of(leaf->record)) {
      const bool submitted = std::holds_alternative<packet::PacketSubmitted>(leaf->record);
      require("INV-28", submitted || cases_.contains(*id), "a leaf names a packet that was never taken in");
      touched_.insert(*id);
    }
    std::visit([&](const auto& r) { on(*leaf, r); }, leaf->record);
  }
  if (!broken_) {
    after(played, world);
  }
}

void Oracle::compare(const gate::State& state) {
  require("INV-40", gate::state_digest(shadow_) == gate::state_digest(state),
          "the state is not what its leaves fold to");
}

// What must be so between steps, of the packets that this one touched.
void Oracle::after(const Played& played, const gate::World& world) {
  std::size_t released = 0;
  for (const gate::LeafOut& out : played.step.leaves) {
    released += std::holds_alternative<packet::ReleaseCommitted>(out.leaf.record) ? 1U : 0U;
  }
  require("INV-42", released == played.step.entries.size() && released <= 1,
          "entries and release leaves do not come in pairs");
  const bool commit = std::holds_alternative<gate::CommitRelease>(played.event);
  require("INV-37", released == 0 || commit, "something other than a commit released");
  require("INV-23", !played.harmful || released == 0, "an action that only takes away released");
  if (!played.step.ok()) {
    const bool recorded = std::ranges::any_of(played.step.leaves, [](const gate::LeafOut& out) {
      return std::holds_alternative<packet::AttemptRefused>(out.leaf.record) ||
             std::holds_alternative<packet::IntakeRefused>(out.leaf.record) ||
             std::holds_alternative<packet::RecheckClosed>(out.leaf.record);
    });
    const bool nobody = std::visit(
        [](const auto& e) {
          if constexpr (requires { e.by; }) {
            return e.by.empty();
          } else {
            return true; // the engine's own: a recheck that is gone, an entry that never was
          }
        },
        played.event);
    require("INV-41", recorded || nobody, "an attempt was refused and is on no record");
  }
  const auto look = [&](const PacketId& id, const Case& c) {
    if (c.status != "open") {
      return;
    }
    for (const auto& [digest, bound] : c.manifests) {
      if (!bound.over) {
        require("INV-09", c.head == bound.record.revision,
                "a manifest is in review whose revision is not the head");
        require("INV-10", charter_[c.lane] == bound.record.charter,
                "a manifest is in review under a charter that is not active");
      }
    }
    const gate::Packet* shown = world.state.find(id);
    require("INV-24",
            shown != nullptr && shown->open() &&
                (shown->head ? std::optional(shown->head->digest) : std::nullopt) == c.head,
            "the state shows another head than the leaves");
    if (shown != nullptr && shown->open()) {
      require("INV-20",
              !shown->holds.empty() ||
                  std::ranges::any_of(gate::waits(world, id, played.now),
                                      [](const auto& line) { return line.outcome == gate::Outcome::wait; }),
              "an open packet shows neither a hold nor a wait");
      for (const packet::Cite& cite : c.cites) {
        const auto object = world.state.objects.find(cite.object);
        const auto seen = seen_.find(cite.object);
        require("INV-27",
                seen == seen_.end() || (object != world.state.objects.end() &&
                                        object->second.observed_at == seen->second.observed_at &&
                                        object->second.ordinal == seen->second.ordinal &&
                                        object->second.status == seen->second.status),
                "an object's newest observation is not the one that counts");
      }
    }
  };
  if (all_touched_) {
    for (const auto& [id, c] : cases_) {
      look(id, c);
    }
  } else {
    for (const PacketId& id : touched_) {
      if (const auto at = cases_.find(id); at != cases_.end()) {
        look(id, at->second);
      }
    }
  }
}

void Oracle::no_marks(std::string_view bytes, const char* invariant) {
  require(invariant, bytes.find(clear_mark) == std::string_view::npos,
          "a clear value of a submission stands where it must not");
}

// INV-43: what agents and services may put on record.
void Oracle::only_allowed(const packet::Leaf& leaf) {
  const auto kind = [&](const AccountId& account) {
    const auto at = truth_->accounts.find(account);
    return at == truth_->accounts.end() ? std::string("unknown") : at->second.kind;
  };
  std::visit(
      [&](const auto& r) {
        using R = std::remove_cvref_t<decltype(r)>;
        constexpr bool anybody = std::is_same_v<R, packet::AttemptRefused> ||
                                 std::is_same_v<R, packet::IntakeRefused> ||
                                 std::is_same_v<R, packet::AccessRecorded>;
        if constexpr (!anybody) {
          std::string by;
          if constexpr (requires { r.facts.actor; }) {
            by = kind(r.facts.actor);
            require("INV-43", by != "agent", "an agent sealed a revision");
          } else if constexpr (std::is_same_v<R, packet::ManifestDrafted>) {
            const auto* active = charter(cases_.contains(r.packet) ? cases_.at(r.packet).lane : "");
            require("INV-43",
                    kind(r.actor) != "agent" ||
                        (active != nullptr &&
                         active->agents.allow.contains(charter::AgentVerb::prepare_manifest)),
                    "an agent drafted without leave");
          } else if constexpr (std::is_same_v<R, packet::PacketWithdrawn>) {
            require("INV-43", kind(r.by) != "agent", "an agent withdrew a packet");
          } else if constexpr (std::is_same_v<R, packet::DuplicateMerged> ||
                               std::is_same_v<R, packet::SourceEvent>) {
            require("INV-43", kind(r.actor) != "agent", "an agent merged or reported");
          } else if constexpr (requires {
                                 r.account;
                                 r.person;
                               }) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(r.person)>, PersonId>) {
              require("INV-43", kind(r.account) == "person",
                      "an act of a person came from a machine's account");
            }
          }
        }
      },
      leaf.record);
}

// ---- what the leaves and the truth say together

const charter::Charter* Oracle::charter(const std::string& lane) const {
  const auto at = charter_.find(lane);
  const auto found = at == charter_.end() ? truth_->charters.end() : truth_->charters.find(at->second);
  return found == truth_->charters.end() ? nullptr : found->second.get();
}

const RosterTruth* Oracle::roster(const std::string& lane) const {
  const auto at = roster_.find(lane);
  const auto found = at == roster_.end() ? truth_->rosters.end() : truth_->rosters.find(at->second);
  return found == truth_->rosters.end() ? nullptr : &found->second;
}

bool Oracle::holds_role(const std::string& lane, const PersonId& person, const std::string& role,
                        Instant at) const {
  const RosterTruth* active = roster(lane);
  return active != nullptr && std::ranges::any_of(active->grants, [&](const packet::Grant& g) {
           return g.person == person && g.role == role && at >= g.from && at < g.until;
         });
}

bool Oracle::is_person(const AccountId& account, const PersonId& person) const {
  const auto known = truth_->accounts.find(account);
  const auto here = disabled_.find(account);
  return known != truth_->accounts.end() && known->second.kind == "person" &&
         known->second.person == person && here != disabled_.end() && !here->second;
}

bool Oracle::barred(const Case& c, const Bound& bound, const PersonId& person, Instant at) const {
  for (const std::string& entry : charter(c.lane)->signers.not_also) {
    const bool played = entry == "packet-triager"  ? c.triager == person
                        : entry == "packet-author" ? c.authors.contains(person)
                        : entry == "packet-merger" ? c.mergers.contains(person)
                        : entry == "packet-drafter"
                            ? c.drafters.contains(bound.record.id) && c.drafters.at(bound.record.id) == person
                            : holds_role(c.lane, person, entry, at);
    if (played) {
      return true;
    }
  }
  return false;
}

bool Oracle::stands(const Case& c, const Bound& bound, const Signed& s, Instant at) const {
  const auto key = keys_.find(s.key);
  return !bound.over && !s.withdrawn && s.leaf > c.resign && s.granted && c.head == bound.record.revision &&
         charter_.at(c.lane) == bound.record.charter && roster_.at(c.lane) == bound.record.roster &&
         at - s.at < charter(c.lane)->signers.valid_for && is_person(s.account, s.person) &&
         key != keys_.end() && key->second.person == s.person && !key->second.revoked &&
         at >= key->second.from && at < key->second.until && !barred(c, bound, s.person, at);
}

// Whether the places can be filled by different persons: tried in every way, there are few.
bool Oracle::quorum(const Case& c, const Bound& bound, Instant at,
                    const std::set<packet::LeafNumber>* only) const {
  std::vector<const charter::Requirement*> places;
  for (const charter::Requirement& row : charter(c.lane)->signers.require) {
    places.insert(places.end(), static_cast<std::size_t>(row.count), &row);
  }
  std::set<PersonId> used;
  const std::function<bool(std::size_t)> fill = [&](std::size_t place) {
    if (place == places.size()) {
      return true;
    }
    for (const Signed& s : bound.signatures) {
      if ((only != nullptr && !only->contains(s.leaf)) || used.contains(s.person) ||
          !stands(c, bound, s, at)) {
        continue;
      }
      const bool may = std::ranges::any_of(places[place]->roles, [&](const std::string& role) {
        return holds_role(c.lane, s.person, role, at);
      });
      if (may && (!places[place]->principal || *places[place]->principal == s.person)) {
        used.insert(s.person);
        if (fill(place + 1)) {
          return true;
        }
        used.erase(s.person);
      }
    }
    return false;
  };
  return !places.empty() && fill(0);
}

std::vector<packet::BoundHold> Oracle::visible(const Case& c) const {
  std::vector<packet::BoundHold> out;
  for (const auto& [id, hold] : c.holds) {
    if (hold.record.mode == "visible") {
      out.push_back({id, hold.record.code, hold.record.subject, hold.record.mode, hold.first});
    }
  }
  return out;
}

const Thing* Oracle::snapshot(const ObjectId& object) const {
  const auto seen = seen_.find(object);
  if (seen == seen_.end()) {
    return nullptr;
  }
  const auto kept = truth_->snapshots.find(seen->second.leaf);
  if (kept == truth_->snapshots.end()) {
    return nullptr;
  }
  const auto thing = kept->second.things.find(object);
  return thing == kept->second.things.end() ? nullptr : &thing->second;
}

void Oracle::spend(Case& c) {
  if (c.head) {
    c.spent.insert(*c.head);
  }
  c.head.reset();
  c.cites.clear();
  c.recheck.reset();
}

void Oracle::seal(const packet::Leaf& leaf, const PacketId& id, const packet::SealedFacts& facts) {
  Case& c = cases_[id];
  require("INV-25", c.status == "open", "a packet that is closed got a revision");
  require("INV-06", sealed_.insert(facts.digest).second, "one digest was sealed twice");
  require("INV-24", !c.spent.contains(facts.digest), "a spent revision came back");
  const auto sealing = truth_->sealings.find(facts.digest);
  require("INV-01",
          sealing != truth_->sealings.end() &&
              crypto::sha256(as_bytes(sealing->second.bytes)) == facts.digest,
          "a sealed digest is not that of the bytes that were sealed");
  if (broken_) {
    return;
  }
  require("INV-02", sealing->second.lane == c.lane, "a revision went to another lane than it names");
  c.head = facts.digest;
  c.sealed = leaf.n;
  c.cites = facts.cites;
  c.parts = facts.parts;
  if (facts.triager) {
    c.triager = facts.triager;
  }
  c.authors.insert(facts.authors.begin(), facts.authors.end());
  if (const auto actor = truth_->accounts.find(facts.actor);
      actor != truth_->accounts.end() && actor->second.person) {
    c.authors.insert(*actor->second.person);
  }
}

// ---- trust

void Oracle::on(const packet::Leaf&, const packet::Genesis& r) {
  const auto genesis = packet::read_genesis(r.act.statement);
  for (const packet::GenesisOwner& owner : genesis->owners) {
    keys_[crypto::parse_public_key_line(owner.key)->fingerprint()] = {owner.person, genesis->keys_from,
                                                                      genesis->keys_until, false};
  }
}

void Oracle::on(const packet::Leaf&, const packet::PrincipalAdded& r) {
  disabled_[r.account] = false;
}

void Oracle::on(const packet::Leaf&, const packet::PrincipalDisabled& r) {
  disabled_[r.account] = true;
  all_touched_ = true;
}

void Oracle::on(const packet::Leaf&, const packet::KeyEnrolled& r) {
  const auto key = packet::read_key(r.act.statement);
  const Digest fingerprint = crypto::parse_public_key_line(key->key)->fingerprint();
  const auto owner = truth_->key_owner.find(fingerprint);
  require("INV-08", owner != truth_->key_owner.end() && owner->second == key->person,
          "a key was enrolled for somebody whose it is not");
  keys_[fingerprint] = {key->person, key->valid_from, key->valid_until, false};
}

void Oracle::on(const packet::Leaf&, const packet::KeyRevoked& r) {
  keys_[r.key].revoked = true;
  all_touched_ = true;
}

void Oracle::on(const packet::Leaf&, const packet::RosterActivated& r) {
  require("INV-41", truth_->rosters.contains(r.roster), "a roster is active that nobody made");
  roster_[r.lane] = r.roster;
  all_touched_ = true;
}

void Oracle::on(const packet::Leaf&, const packet::CharterProposed& r) {
  proposed_[r.digest] = {r.lane, r.person};
}

void Oracle::on(const packet::Leaf&, const packet::CharterRatified& r) {
  for (const packet::OwnerSignature& sig : r.act.sigs) {
    ratified_[r.digest].insert(sig.person);
    require("INV-08",
            truth_->hands.contains({sig.person, crypto::sha256(as_bytes(canon::write(r.act.statement)))}),
            "a ratification was not made by that person's hand");
  }
}

void Oracle::on(const packet::Leaf&, const packet::CharterActivated& r) {
  const auto proposed = proposed_.find(r.digest);
  require("INV-07", proposed != proposed_.end(), "a charter is active that nobody proposed");
  if (broken_) {
    return;
  }
  const std::set<PersonId>& by = ratified_[r.digest];
  require("INV-07", by.size() > 1 || !by.contains(proposed->second.second),
          "a charter was ratified by its proposer alone");
  charter_[proposed->second.first] = r.digest;
  all_touched_ = true;
}

// ---- intake and lineage

void Oracle::on(const packet::Leaf& leaf, const packet::PacketSubmitted& r) {
  require("INV-28", played_->step.ok(), "a refused submission made a packet");
  cases_[r.packet].lane = r.lane;
  seal(leaf, r.packet, r.facts);
}

void Oracle::on(const packet::Leaf& leaf, const packet::RevisionSealed& r) {
  spend(cases_[r.packet]);
  seal(leaf, r.packet, r.facts);
}

void Oracle::on(const packet::Leaf&, const packet::DuplicateMerged& r) {
  Case& winner = cases_[r.packet];
  Case& loser = cases_[r.loser];
  require("INV-25", r.packet != r.loser && winner.status == "open" && loser.status == "open",
          "a packet that is closed took part in a merge");
  spend(winner);
  spend(loser);
  winner.mergers.insert(r.by);
  loser.status = "merged";
  loser.holds.clear();
  touched_.insert(r.loser);
}

void Oracle::on(const packet::Leaf&, const packet::PacketWithdrawn& r) {
  Case& c = cases_[r.packet];
  require("INV-16", c.status == "open", "a closed packet was withdrawn");
  spend(c);
  c.status = "withdrawn";
  c.holds.clear();
}

void Oracle::on(const packet::Leaf&, const packet::AnnexPromoted& r) {
  Case& c = cases_[r.packet];
  const charter::Charter* active = charter(c.lane);
  const PersonId& by = r.act.sigs.front().person;
  require("INV-31",
          c.head == r.revision && c.parts.contains(r.part) && c.parts.at(r.part) == "redacted" &&
              active != nullptr && active->exposure.annexes && active->exposure.annexes->promote_by &&
              holds_role(c.lane, by, *active->exposure.annexes->promote_by, at_) &&
              truth_->hands.contains({by, crypto::sha256(as_bytes(canon::write(r.act.statement)))}),
          "an annex was promoted that could not be, or by somebody who may not");
  c.parts[r.part] = "included";
}

// ---- evidence

void Oracle::on(const packet::Leaf&, const packet::SourceConfigured& r) {
  contact_.erase(r.source);
}

void Oracle::on(const packet::Leaf& leaf, const packet::SourceObserved& r) {
  const Instant contact = std::min(r.observed_at, leaf.at);
  if (!contact_.contains(r.source) || contact >= contact_[r.source]) {
    contact_[r.source] = contact;
  }
  for (const packet::ObservedObject& said : r.objects) {
    const auto before = seen_.find(said.object);
    if (said.status == "unknown" || (before != seen_.end() && r.observed_at < before->second.observed_at)) {
      continue;
    }
    const bool contradicts = before != seen_.end() && before->second.observed_at == r.observed_at &&
                             before->second.ordinal != said.ordinal;
    seen_[said.object] = {r.observed_at, r.complete_through, said.status, said.ordinal, leaf.n, contradicts};
  }
  for (auto& [id, c] : cases_) {
    if (!c.recheck) {
      continue;
    }
    for (const packet::NeededAnswer& needed : c.recheck->record.needed) {
      if (needed.source == r.source && r.recheck == c.recheck->record.recheck &&
          r.observed_at > c.recheck->at && leaf.at < c.recheck->at + needed.within) {
        c.recheck->answers[r.source] = leaf.n;
      }
    }
  }
}

void Oracle::on(const packet::Leaf&, const packet::SourceEvent& r) {
  if (r.packet && r.effect == "supersede") {
    spend(cases_[*r.packet]);
  }
}

// ---- holds

void Oracle::on(const packet::Leaf& leaf, const packet::HoldOpened& r) {
  Case& c = cases_[r.packet];
  const charter::HoldCode* code = charter::find_hold_code(r.code);
  require("INV-19", code != nullptr && (r.mode == "blocking" || r.mode == "visible" || r.mode == "override"),
          "a hold opened that the language does not know");
  if (broken_) {
    return;
  }
  require("INV-21", r.mode != "override" || code->overridable,
          "a hold is overridden that nobody may override");
  for (const auto& [id, hold] : c.holds) {
    require("INV-22", id == r.hold || hold.record.code != r.code || hold.record.subject != r.subject,
            "one fact has two holds");
  }
  const auto before = c.holds.find(r.hold);
  require("INV-22",
          before == c.holds.end() ||
              (before->second.record.code == r.code && before->second.record.subject == r.subject),
          "a hold that opened again is about something else");
  Hold hold{r, before == c.holds.end() ? leaf.at : before->second.first, leaf.n, std::nullopt};
  if (c.attempt + 1 == leaf.n && c.attempted.contains(r.code)) {
    hold.opener = {};
  }
  c.holds[r.hold] = std::move(hold);
  // By the language's own table and the charter's additions, not by what the leaf says of itself.
  const charter::Charter* active = charter(c.lane);
  const auto rule = active == nullptr ? std::map<std::string, charter::CodeRule>::const_iterator{}
                                      : active->holds.codes.find(r.code);
  const bool falls = code->standing == charter::Standing::voided || active == nullptr ||
                     (rule != active->holds.codes.end() && rule->second.resign);
  if (falls && r.mode == "blocking") {
    c.resign = leaf.n;
    require("INV-46", r.resign, "a hold opened that makes signatures fall, and its leaf does not say so");
  }
}

void Oracle::on(const packet::Leaf& leaf, const packet::HoldCleared& r) {
  Case& c = cases_[r.packet];
  const auto at = c.holds.find(r.hold);
  require("INV-19", at != c.holds.end(), "a hold was cleared that was not open");
  if (broken_) {
    return;
  }
  const Hold& hold = at->second;
  const bool later_seal = c.head && c.sealed > hold.leaf;
  bool later_manifest = false;
  for (const auto& [digest, bound] : c.manifests) {
    later_manifest = later_manifest || (!bound.over && bound.leaf > hold.leaf);
  }
  const auto other = PacketId::parse(hold.record.subject);
  const std::string with = other && cases_.contains(*other) ? cases_.at(*other).status : "";
  bool so = false;
  if (r.rule == "person") {
    const charter::HoldCode* code = charter::find_hold_code(hold.record.code);
    const charter::Charter* active = charter(c.lane);
    const auto rule = active->holds.codes.find(hold.record.code);
    const charter::Names& roles = rule != active->holds.codes.end() && rule->second.clear_roles
                                      ? *rule->second.clear_roles
                                      : active->holds.clear_roles;
    const bool may = r.by && std::ranges::any_of(roles, [&](const std::string& role) {
                       return holds_role(c.lane, *r.by, role, leaf.at);
                     });
    so = (code->clears & charter::clear::person) != 0 && may && leaf.body.has_value();
  } else if (r.rule == "auto") {
    so = !hold.record.latched;
  } else if (r.rule == "new_revision") {
    so = hold.record.clears == "new_revision" && later_seal;
  } else if (r.rule == "new_manifest") {
    so = hold.record.clears == "new_manifest" && later_manifest;
  } else if (r.rule == "promotion") {
    const std::string part = hold.record.subject.size() > 7 ? hold.record.subject.substr(7) : "";
    so = hold.record.code == "MIN.ANNEX" && c.parts.contains(part) && c.parts.at(part) == "included";
  } else if (r.rule == "merge") {
    so = hold.record.code == "LINE.DUP_PENDING" && with == "merged";
  } else if (r.rule == "moot") {
    so = hold.record.code == "LINE.DUP_PENDING" && with == "withdrawn";
  }
  require("INV-19", so, "a hold ended by a rule that does not end it");
  require("INV-19", (r.rule == "person") == r.by.has_value(),
          "a hold was cleared by nobody, or by a rule and a person");
  c.holds.erase(r.hold);
}

// ---- manifest and signatures

void Oracle::on(const packet::Leaf&, const packet::ManifestDrafted& r) {
  Case& c = cases_[r.packet];
  require("INV-09", c.head == r.revision, "a manifest was drafted over something other than the head");
  c.drafts[r.id] = r.revision;
  const auto account = truth_->accounts.find(r.actor);
  if (account != truth_->accounts.end()) {
    c.drafters[r.id] = account->second.person ? account->second.person : account->second.operator_;
  }
}

void Oracle::on(const packet::Leaf& leaf, const packet::ManifestSubmitted& r) {
  Case& c = cases_[r.packet];
  require("INV-05", played_->step.manifest.has_value(), "a manifest was submitted and its bytes are nowhere");
  require("INV-16", !c.ids.contains(r.id), "one manifest was submitted twice");
  require("INV-16", std::ranges::all_of(c.manifests, [](const auto& m) { return m.second.over; }),
          "two manifests of one packet are in review");
  if (broken_) {
    return;
  }
  const std::string& bytes = played_->step.manifest->bound.bytes;
  const auto said = packet::read_manifest(bytes);
  const auto body = out_->body ? canon::parse(*out_->body) : std::unexpected(Error{});
  const canon::Value* encoded = body ? body->find("audience") : nullptr;
  const auto opening = encoded != nullptr && encoded->string() != nullptr
                           ? packet::open_disclosure(*encoded->string())
                           : std::unexpected(Error{});
  const auto members = opening ? packet::read_audience(*opening) : std::unexpected(Error{});
  require("INV-05", said.has_value() && crypto::sha256(as_bytes(bytes)) == r.manifest && members.has_value(),
          "a manifest's leaf names other bytes than those that are signed");
  no_marks(bytes, "INV-30");
  if (broken_) {
    return;
  }
  require("INV-04", opening->digest == said->audience.members,
          "the audience's opening is not the one that is bound");
  Bound& bound = c.manifests[r.manifest];
  bound.record = r;
  bound.said = *said;
  bound.members = *members;
  bound.leaf = leaf.n;
  c.ids[r.id] = r.manifest;
  submitted_as(c, bound, leaf);
}

void Oracle::on(const packet::Leaf&, const packet::ManifestVoided& r) {
  Case& c = cases_[r.packet];
  c.drafts.erase(r.id);
  if (const auto at = c.ids.find(r.id); at != c.ids.end()) {
    require("INV-16", !c.manifests[at->second].over, "a manifest that was over was voided");
    c.manifests[at->second].over = true;
    c.manifests[at->second].authorised = false;
  }
}

void Oracle::on(const packet::Leaf& leaf, const packet::ManifestSigned& r) {
  Case& c = cases_[r.packet];
  const auto at = c.manifests.find(r.manifest);
  require("INV-16", at != c.manifests.end() && !at->second.over && c.status == "open",
          "a manifest was signed that is not in review");
  if (broken_) {
    return;
  }
  Bound& bound = at->second;
  require("INV-08", is_person(r.account, r.person),
          "a signature's account is not that of a person, or not of this one");
  require("INV-08", truth_->hands.contains({r.person, r.manifest}),
          "a signature was not made by that person's hand");
  const auto owner = truth_->key_owner.find(r.key);
  require("INV-08", owner != truth_->key_owner.end() && owner->second == r.person,
          "a signature is by another's key");
  const auto key = keys_.find(r.key);
  const bool valid = key != keys_.end() && !key->second.revoked && leaf.at >= key->second.from &&
                     leaf.at < key->second.until;
  const bool granted = holds_role(c.lane, r.person, r.role, leaf.at);
  require("INV-11", valid && granted, "somebody signed without a role or a valid key");
  require("INV-09", c.head == bound.record.revision,
          "a signature was taken over something other than the head");
  require("INV-07", charter_[c.lane] == bound.record.charter,
          "a signature was taken under a charter that is not active");
  require("INV-12", !barred(c, bound, r.person, leaf.at),
          "somebody signed who is barred by a part or a role");
  require("INV-15", packet::holds_digest(visible(c)) == bound.record.holds,
          "a signer saw other holds than are bound");
  for (const Signed& before : bound.signatures) {
    require("INV-13", before.person != r.person || !before.withdrawn, "somebody signed again who withdrew");
  }
  bound.signatures.push_back(
      {leaf.n, r.person, r.account, r.role, r.key, leaf.at, charter_[c.lane], granted, false});
}

void Oracle::on(const packet::Leaf&, const packet::SignatureWithdrawn& r) {
  for (Signed& s : cases_[r.packet].manifests[r.manifest].signatures) {
    s.withdrawn = s.withdrawn || s.person == r.person;
  }
}

void Oracle::on(const packet::Leaf& leaf, const packet::ManifestAuthorised& r) {
  Case& c = cases_[r.packet];
  const auto id = c.ids.find(r.id);
  require("INV-14", id != c.ids.end() && !c.manifests[id->second].over,
          "a manifest was authorised that is not in review");
  if (broken_) {
    return;
  }
  Bound& bound = c.manifests[id->second];
  if (r.authorised) {
    require("INV-14", quorum(c, bound, leaf.at, nullptr),
            "authorised without a quorum of standing signatures");
    require("INV-23", !played_->harmful, "an action that only takes away authorised");
    require("INV-17",
            std::ranges::all_of(c.holds, [](const auto& h) { return h.second.record.mode != "blocking"; }),
            "authorised while something blocks");
  }
  bound.authorised = r.authorised;
}

// ---- release

void Oracle::on(const packet::Leaf& leaf, const packet::RecheckOpened& r) {
  Case& c = cases_[r.packet];
  require("INV-16", !c.recheck && c.status == "open", "a second recheck opened, or one of a closed packet");
  require("INV-23", !played_->harmful, "an action that only takes away opened a recheck");
  const bool completing = r.why == "completing_signature" && r.cause >= step_from_ &&
                          std::holds_alternative<gate::SignManifest>(played_->event);
  const bool asked = r.by.has_value() && std::holds_alternative<gate::RequestRelease>(played_->event);
  require("INV-37", completing || asked, "a recheck opened that no person asked for");
  const auto bound = c.manifests.find(r.manifest);
  require("INV-14", bound != c.manifests.end() && quorum(c, bound->second, leaf.at, nullptr),
          "a recheck opened without a quorum");
  // Every source that is cited, and the roster's, is among those that will be asked.
  const charter::Charter* active = charter(c.lane);
  std::set<std::string> must{active == nullptr ? "" : charter::roster_source(*active)};
  for (const packet::Cite& cite : c.cites) {
    must.insert(cite.source);
  }
  std::set<std::string> asks;
  for (const packet::NeededAnswer& needed : r.needed) {
    asks.insert(needed.source);
  }
  require("INV-18", std::ranges::includes(asks, must), "a recheck leaves a source out");
  c.recheck = Asked{r, leaf.at, leaf.n, {}};
}

void Oracle::on(const packet::Leaf&, const packet::RecheckClosed& r) {
  Case& c = cases_[r.packet];
  require("INV-41", !r.reasons.empty(), "a recheck closed without a reason");
  c.recheck.reset();
}

void Oracle::on(const packet::Leaf& leaf, const packet::ReleaseCommitted& r) {
  Case& c = cases_[r.packet];
  require("INV-16", c.status == "open" && !c.entry, "a packet was released that is closed");
  const auto bound = c.manifests.find(r.manifest);
  require("INV-10", bound != c.manifests.end() && !bound->second.over,
          "something was released over a manifest that is over");
  if (broken_) {
    return;
  }
  crossing(leaf, r, c, bound->second);
  ++releases;
  entries_[r.entry] = {r.packet, r.manifest, leaf.at, false, false};
  bound->second.over = true;
  spend(c);
  c.entry = r.entry;
  c.status = "released";
  c.holds.clear();
}

void Oracle::on(const packet::Leaf&, const packet::EntryDelivered& r) {
  require("INV-42", entries_.contains(r.entry), "an entry was delivered that was never released");
}

void Oracle::reader(const packet::Leaf&, const EntryId& entry, const PersonId& person) {
  const auto at = entries_.find(entry);
  require("INV-04", at != entries_.end(), "somebody acted on an entry that was never released");
  if (broken_) {
    return;
  }
  const Case& c = cases_[at->second.packet];
  const auto in = [&](const std::vector<packet::AudienceMember>& members) {
    return std::ranges::any_of(members, [&](const auto& m) { return m.person == person; });
  };
  const RosterTruth* active = roster(c.lane);
  const Bound& bound = c.manifests.at(at->second.manifest);
  require("INV-04",
          in(bound.members) && active != nullptr && active->audience.contains(bound.said.audience.name) &&
              in(active->audience.at(bound.said.audience.name)),
          "somebody acted on an entry who may not read it");
}

void Oracle::on(const packet::Leaf& leaf, const packet::EntryAcknowledged& r) {
  reader(leaf, r.entry, r.person);
  entries_[r.entry].acknowledged = true;
}

void Oracle::on(const packet::Leaf& leaf, const packet::LaneVerdict& r) {
  reader(leaf, r.entry, r.person);
  require("INV-16", !entries_[r.entry].judged, "an entry got two verdicts");
  entries_[r.entry].judged = true;
}

void Oracle::on(const packet::Leaf& leaf, const packet::AttemptRefused& r) {
  if (r.packet) {
    Case& c = cases_[*r.packet];
    c.attempt = leaf.n;
    c.attempted.clear();
    for (const packet::Reason& reason : r.reasons) {
      c.attempted.insert(reason.code);
    }
  }
}

} // namespace sallyport::sim
