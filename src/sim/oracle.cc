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

void Oracle::require(const char* invariant, bool so, const char* says, std::string_view about) {
  if (!so && !broken_) {
    broken_ = Broken{invariant, about.empty() ? says : std::string(says) + " (" + std::string(about) + ")"};
  }
}

// ---- reading a step

void Oracle::judge(const Played& played, const gate::World& world) {
  played_ = &played;
  step_from_ = next_;
  touched_.clear();
  all_touched_ = false;
  on_the_way_.clear();
  for (const auto& [id, c] : cases_) {
    if (c.recheck) {
      on_the_way_.insert(id);
    }
  }
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
    written_in_time(out);
    if (const PacketId* id = packet::packet_of(leaf->record)) {
      const bool submitted = std::holds_alternative<packet::PacketSubmitted>(leaf->record) ||
                             std::holds_alternative<packet::RemainderOpened>(leaf->record) ||
                             std::holds_alternative<packet::WorkspaceOpened>(leaf->record);
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
    reviews_what_is(c);
    const gate::Packet* shown = world.state.find(id);
    require("INV-24",
            shown != nullptr && shown->open() &&
                (shown->head ? std::optional(shown->head->digest) : std::nullopt) == c.head,
            "the state shows another head than the leaves");
    if (shown != nullptr && shown->open()) {
      require("INV-20",
              !shown->holds.empty() || unaddressed(c, played.now) || // an open item is its own hold
                  std::ranges::any_of(gate::waits(world, id, played.now),
                                      [](const auto& line) { return line.outcome == gate::Outcome::wait; }),
              "an open packet shows neither a hold nor a wait");
      require("INV-41",
              std::ranges::equal(
                  shown->holds, c.holds, {}, [](const auto& row) { return row.first; },
                  [](const auto& row) { return row.first; }),
              "a hold came or went without a leaf that says so");
      require("INV-22",
              std::ranges::all_of(shown->holds,
                                  [&](const auto& row) {
                                    const auto own = c.holds.find(row.first);
                                    return own == c.holds.end() ||
                                           own->second.first == row.second.first_opened;
                                  }),
              "a hold is not as old as its first opening");
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
          } else if constexpr (std::is_same_v<R, packet::DuplicateDismissed>) {
            require("INV-43", kind(r.actor) == "person",
                    "something other than a person dismissed a suspicion");
          } else if constexpr (std::is_same_v<R, packet::HoldOpened>) {
            require("INV-43", !r.actor || kind(*r.actor) == "person",
                    "something other than a person placed a hold");
          } else if constexpr (requires {
                                 r.account;
                                 r.person;
                               }) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(r.person)>, PersonId> &&
                          std::is_same_v<std::remove_cvref_t<decltype(r.account)>, AccountId>) {
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
  return !bound.over && !s.withdrawn && s.leaf > c.resign && s.granted &&
         may_sign_as(c, bound, s.person, s.role, at) && c.head == bound.record.revision &&
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
        return may_sign_as(c, bound, s.person, role, at) && may_sign_as(c, bound, s.person, role, s.at);
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

std::vector<packet::BoundHold> Oracle::crossing_holds(const Case& c,
                                                      const std::set<HoldId>& overrides) const {
  std::vector<packet::BoundHold> out;
  for (const packet::BoundAcceptance& one : // an item that is accepted crosses as the hold that it is
       c.written ? all_accepted(c, at_) : std::vector<packet::BoundAcceptance>{}) {
    const WrittenItem& item = c.written->items.at(one.item);
    out.push_back({HoldId::parse(one.item.str()).value(), item.code, item.subject, "accepted", item.first});
  }
  for (const auto& [id, hold] : c.holds) {
    const bool crosses = hold.record.mode == "blocking" && overrides.contains(id);
    if (crosses || hold.record.mode == "visible") {
      out.push_back(
          {id, hold.record.code, hold.record.subject, crosses ? "override" : "visible", hold.first});
    }
  }
  std::ranges::sort(out, {}, &packet::BoundHold::hold);
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
    if (c.written && !c.written->accepted.empty() &&
        !std::holds_alternative<packet::ReleaseCommitted>(out_->leaf.record)) {
      c.written->accepted.clear(); // what people let cross was of that revision
      c.written->at = next_ - 1;
      c.written->items_were = c.written->items_at;
      c.written->items_at = next_ - 1;
    }
  }
  c.head.reset();
  c.cites.clear();
  c.recheck.reset();
}

void Oracle::owns_up_to(const packet::Leaf&, const packet::SignedStatement& act, const PersonId& person) {
  const std::string bytes = canon::write(act.statement);
  require("INV-08",
          act.sigs.size() == 1 && act.sigs.front().person == person &&
              truth_->hands.contains({person, crypto::sha256(as_bytes(bytes))}),
          "an act was not signed by that person's hand");
  const auto key = act.sigs.empty() ? keys_.end() : keys_.find(act.sigs.front().key);
  require("INV-11",
          key != keys_.end() && key->second.person == person && !key->second.revoked &&
              at_ >= key->second.from && at_ < key->second.until,
          "an act was signed with a key that is not valid");
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
  if (c.written) {
    seal_of(leaf, sealing->second, c);
  }
  c.head = facts.digest;
  c.last = facts.digest;
  c.sealed = leaf.n;
  c.sealed_at = leaf.at;
  c.cites = facts.cites;
  c.parts = facts.parts;
  if (facts.triager) {
    c.triager = facts.triager;
  }
  c.authors.insert(facts.authors.begin(), facts.authors.end());
  if (const auto actor = truth_->accounts.find(facts.actor);
      actor != truth_->accounts.end() && actor->second.person && !c.written) {
    c.authors.insert(*actor->second.person);
  }
}

} // namespace sallyport::sim
