// What each leaf must have been, as it is read.
#include "canon/json.h"
#include "charter/codes.h"
#include "crypto/digest.h"
#include "crypto/ssh_key.h"
#include "sim/oracle.h"

#include <algorithm>

namespace sallyport::sim {

namespace {

// What the owners of every role must agree to.
bool protected_change(const charter::Charter& a, const charter::Charter& b) {
  const auto listed = [&](charter::Section section) { return a.governance.protects.contains(section); };
  return a.lane != b.lane || a.scope != b.scope || a.signers != b.signers || a.lineage != b.lineage ||
         a.governance != b.governance || (listed(charter::Section::exposure) && a.exposure != b.exposure) ||
         (listed(charter::Section::sources) && a.sources != b.sources) ||
         (listed(charter::Section::holds) && a.holds != b.holds) ||
         (listed(charter::Section::clocks) && a.clocks != b.clocks) ||
         (listed(charter::Section::admission) && a.admission != b.admission) ||
         (listed(charter::Section::agents) && a.agents != b.agents);
}

} // namespace

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
  const auto& [lane, proposer] = proposed->second;
  std::set<PersonId> others = ratified_[r.digest];
  const charter::Charter* before = charter(lane);
  const charter::Charter& next = *truth_->charters.at(r.digest);
  const charter::Governance& rule = before == nullptr ? next.governance : before->governance;
  std::size_t filled = 0;
  for (const std::string& role : rule.owners) {
    filled += std::ranges::any_of(others,
                                  [&](const PersonId& person) { return holds_role(lane, person, role, at_); })
                  ? 1U
                  : 0U;
  }
  const bool is_protected = before == nullptr || protected_change(*before, next);
  require("INV-07", filled >= (is_protected ? rule.owners.size() : 1),
          "a charter is active that too few ratified");
  const bool alone = others.size() == 1 && others.contains(proposer);
  require("INV-07", !alone, "a charter was ratified by its proposer alone");
  charter_[proposed->second.first] = r.digest;
  all_touched_ = true;
}

// ---- intake and lineage

void Oracle::on(const packet::Leaf& leaf, const packet::PacketSubmitted& r) {
  require("INV-28", played_->step.ok(), "a refused submission made a packet");
  Case& c = cases_[r.packet];
  c.lane = r.lane;
  c.submitter = r.facts.actor;
  if (r.continues) {
    const auto from = cases_.find(r.continues->packet);
    const bool returned = from != cases_.end() && from->second.entry && !from->second.ordered &&
                          !entries_.at(*from->second.entry).verdict.empty() &&
                          entries_.at(*from->second.entry).verdict != "accepted" &&
                          entries_.at(*from->second.entry).verdict != "sufficient";
    require("INV-26",
            returned && from->second.lane == r.lane && from->second.submitter == r.facts.actor &&
                from->second.last == r.continues->revision,
            "a packet continues one that the lane did not return");
    if (broken_) {
      return;
    }
    c.continues = r.continues->packet;
    c.carried = from->second.carried;
  }
  seal(leaf, r.packet, r.facts);
}

void Oracle::on(const packet::Leaf& leaf, const packet::RevisionSealed& r) {
  spend(cases_[r.packet]);
  seal(leaf, r.packet, r.facts);
}

void Oracle::on(const packet::Leaf&, const packet::DuplicateMerged& r) {
  Case& winner = cases_[r.packet];
  Case& loser = cases_[r.loser];
  require("INV-34",
          !loser.written || std::ranges::all_of(loser.written->items,
                                                [&](const auto& row) {
                                                  return row.second.state != "open" ||
                                                         row.first == loser.written->boundary;
                                                }),
          "a merge lost an item that was open");
  require("INV-25", r.packet != r.loser && winner.status == "open" && loser.status == "open",
          "a packet that is closed took part in a merge");
  spend(winner);
  spend(loser);
  winner.mergers.insert(r.by);
  loser.merged = r.packet;
  // What a person placed on the loser is open on the winner, and as long; its leaf follows.
  for (const auto& [id, hold] : loser.holds) {
    const std::string& code = hold.record.code;
    const bool by_hand = code.starts_with("GOV.") ? code != "GOV.CHARTER" : code == "SYS.AUDIT";
    const bool there = std::ranges::any_of(winner.holds, [&](const auto& open) {
      return open.second.record.code == code && open.second.record.subject == hold.record.subject;
    });
    if (by_hand && !there) {
      winner.holds.emplace(id, hold);
    }
  }
  close(loser, "merged");
  touched_.insert(r.loser);
}

void Oracle::on(const packet::Leaf&, const packet::PacketWithdrawn& r) {
  Case& c = cases_[r.packet];
  require("INV-16", c.status == "open", "a closed packet was withdrawn");
  spend(c);
  close(c, "withdrawn");
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

void Oracle::on(const packet::Leaf&, const packet::MaterialTriggered& r) {
  spend(cases_[r.packet]);
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
            "one fact has two holds", r.code);
  }
  const auto before = c.holds.find(r.hold);
  require("INV-22",
          before == c.holds.end() ||
              (before->second.record.code == r.code && before->second.record.subject == r.subject),
          "a hold that opened again is about something else");
  // As old as it was in the packet that this one continues.
  const auto carried = std::ranges::find_if(
      c.carried, [&](const Carried& old) { return old.code == r.code && old.subject == r.subject; });
  Hold hold{r,
            before != c.holds.end()      ? before->second.first
            : carried == c.carried.end() ? leaf.at
                                         : carried->first,
            leaf.n, before == c.holds.end() ? std::nullopt : before->second.opener};
  if (r.actor) {
    hold.opener = r.actor;
  } else if (c.attempt + 1 == leaf.n && c.attempted.contains(r.code)) {
    hold.opener = c.attempted_by; // the refused act that opened it
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

namespace {

// Whether the leaf's body says anything: beside its salt.
bool says_why(const gate::Step& step, packet::LeafNumber n) {
  return std::ranges::any_of(step.leaves, [&](const gate::LeafOut& out) {
    const auto body = out.leaf.n == n && out.body ? canon::parse(*out.body) : canon::Value();
    return body && body->object() != nullptr && body->object()->size() > 1;
  });
}

} // namespace

void Oracle::on(const packet::Leaf& leaf, const packet::HoldCleared& r) {
  Case& c = cases_[r.packet];
  const auto at = c.holds.find(r.hold);
  require("INV-19", at != c.holds.end(), "a hold was cleared that was not open");
  if (broken_) {
    return;
  }
  const Hold& hold = at->second;
  if (r.rule == "split" && held_back(c, hold.record.subject)) { // it stands against the rest
    c.holds.erase(r.hold);
    return;
  }
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
    std::set<PersonId> able;
    for (const Person& person : truth_->people) {
      if (std::ranges::any_of(
              roles, [&](const std::string& role) { return holds_role(c.lane, person.id, role, leaf.at); })) {
        able.insert(person.id);
      }
    }
    const auto evidence = out_->body ? canon::parse(*out_->body) : std::unexpected(Error{});
    const bool shown =
        evidence && evidence->object() != nullptr && evidence->object()->size() > 1; // beside the salt
    const auto opener = hold.opener ? truth_->accounts.find(*hold.opener) : truth_->accounts.end();
    const bool own = opener != truth_->accounts.end() && r.by &&
                     (opener->second.person == *r.by || opener->second.operator_ == *r.by);
    so = (code->clears & charter::clear::person) != 0 && r.by && able.contains(*r.by) && shown &&
         (!own || able.size() == 1);
  } else if (r.rule == "auto") {
    so = !hold.record.latched;
  } else if (r.rule == "new_revision") {
    so = hold.record.clears == "new_revision" && later_seal;
  } else if (r.rule == "new_manifest") {
    so = (hold.record.clears == "new_manifest" || hold.record.clears == "ratification") && later_manifest;
  } else if (r.rule == "promotion") {
    const std::string part = hold.record.subject.size() > 7 ? hold.record.subject.substr(7) : "";
    so = hold.record.code == "MIN.ANNEX" && c.parts.contains(part) && c.parts.at(part) == "included";
  } else if (r.rule == "merge") {
    so = hold.record.code.starts_with("LINE.DUP_") && with == "merged";
  } else if (r.rule == "moot") {
    const auto entry = std::ranges::find_if(
        entries_, [&](const auto& seen) { return other && seen.second.packet == *other; });
    const bool judged = entry != entries_.end() && entry->second.judged;
    so = hold.record.code.starts_with("LINE.DUP_")
             ? with == "withdrawn" || judged
             : hold.record.code == "SIGN.SUBSTITUTE" && in_review(c) == nullptr;
  } else if (r.rule == "split") {
    so = hold.record.code.starts_with("LINE.DUP_") && other && c.apart.contains(*other) &&
         c.apart.at(*other).how == "split" && r.by.has_value();
  } else if (r.rule == "dismissal") {
    so = hold.record.code == "LINE.DUP_PENDING" && hold.record.clears == "dismissal" &&
         c.dismissed >= step_from_ && r.by.has_value();
  } else if (r.rule == "ratification") {
    const Bound* bound = in_review(c);
    const std::string role =
        hold.record.subject.starts_with("/signers/") ? hold.record.subject.substr(9) : "";
    const auto rule = charter(c.lane)->signers.substitute.find(role);
    so = hold.record.code == "SIGN.SUBSTITUTE" && bound != nullptr && bound->ratified.contains(role) &&
         rule != charter(c.lane)->signers.substitute.end() &&
         std::ranges::any_of(bound->ratified.at(role), [&](const Given& act) {
           return act_stands(c, act, rule->second.max_age, leaf.at);
         });
  }
  require("INV-19", so, "a hold ended by a rule that does not end it", hold.record.code + " " + r.rule);
  require("INV-19", (r.rule == "person" || r.rule == "split" || r.rule == "dismissal") == r.by.has_value(),
          "a hold was cleared by nobody, or by a rule and a person");
  require("INV-19", r.rule != "person" || says_why(played_->step, leaf.n),
          "a person cleared a hold without evidence");
  c.holds.erase(r.hold);
}

// ---- manifest and signatures

void Oracle::on(const packet::Leaf&, const packet::ManifestDrafted& r) {
  Case& c = cases_[r.packet];
  require("INV-09", c.head == r.revision, "a manifest was drafted over something other than the head");
  c.drafts[r.id] = r.revision;
  if (c.written) {
    c.named[r.id] = r.signers.value_or(std::vector<packet::NamedSigner>{});
    require("INV-12",
            std::ranges::any_of(c.named[r.id], [&](const auto& n) { return n.person == c.written->owner; }),
            "a manifest was drafted whose owner is not to sign");
  }
  const auto account = truth_->accounts.find(r.actor);
  if (account != truth_->accounts.end() && account->second.kind == "agent") {
    std::vector<Instant>& drafted = c.drafted[r.actor];
    std::erase_if(drafted, [&](Instant at) { return at_ - at >= hour; });
    drafted.push_back(at_);
    require("INV-43",
            static_cast<std::int64_t>(drafted.size()) <= charter(c.lane)->agents.rate_per_hour.value_or(0),
            "an agent drafts more often than it may");
  }
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
  if (r.overrides) {
    bound.overrides.insert(r.overrides->begin(), r.overrides->end());
  }
  if (r.substitutes) {
    bound.substitutes = *r.substitutes;
  }
  bound.said = *said;
  bound.members = *members;
  bound.leaf = leaf.n;
  c.ids[r.id] = r.manifest;
  submitted_as(c, bound, leaf);
  binds_ledger(c, bound.said, r);
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
  const bool granted = may_sign_as(c, bound, r.person, r.role, leaf.at);
  require("INV-11", valid && granted, "somebody signed without a role or a valid key");
  require("INV-09", c.head == bound.record.revision,
          "a signature was taken over something other than the head");
  require("INV-07", charter_[c.lane] == bound.record.charter,
          "a signature was taken under a charter that is not active");
  require("INV-12", !barred(c, bound, r.person, leaf.at),
          "somebody signed who is barred by a part or a role");
  require("INV-15", packet::holds_digest(crossing_holds(c, bound.overrides)) == bound.record.holds,
          "a signer saw other holds than are bound");
  for (const HoldId& hold : bound.overrides) {
    require("INV-21", !overriders(c, bound, hold, leaf.at).contains(r.person),
            "somebody signed who lets a hold cross with it");
  }
  require("INV-36", !c.written || bound.said.ledger->at == c.written->at,
          "somebody signed over another ledger than there is");
  require("INV-34", !unaddressed(c, leaf.at), "somebody signed over an item that nobody addressed");
  require("INV-46", c.used.insert(r.sig).second, "an old signature counted as a new one");
  for (const Signed& before : bound.signatures) {
    require("INV-13", before.person != r.person || !before.withdrawn, "somebody signed again who withdrew");
  }
  bound.signatures.push_back({leaf.n, r.person, r.account, r.role, r.key, leaf.at, charter_[c.lane], granted,
                              false, c.written ? c.written->at : 0});
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
    // The end of an embargo is no loss: it is what the packet waited for (T25).
    const bool embargoed = std::ranges::any_of(charter(c.lane)->clocks.windows, [](const auto& window) {
      const auto* embargo = std::get_if<charter::Embargo>(&window.second);
      return embargo != nullptr && embargo->until;
    });
    require("INV-23", !played_->harmful || embargoed, "an action that only takes away authorised");
    require("INV-17", !held_up(c, leaf.at), "authorised while something blocks");
    conditions(c, leaf.at);
    require("INV-34", !unaddressed(c, leaf.at), "authorised over an item that nobody addressed");
  }
  bound.authorised = r.authorised;
}

} // namespace sallyport::sim
