#include "gate/apply.h"

#include "gate/acts.h"
#include "gate/apply_workspace.h"
#include "gate/by_hand.h"
#include "packet/statement.h"

#include "crypto/ssh_key.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

using namespace packet;

// One overload per record kind; `at_` and `n_` are the leaf's.
class Fold {
public:
  Fold(State& state, const Leaf& leaf) : state_(state), at_(leaf.at), n_(leaf.n) {}

  // ---- trust

  void operator()(const packet::Genesis& r) {
    const auto genesis = read_genesis(r.act.statement);
    SP_ASSERT(genesis.has_value());
    state_.origin = genesis->origin;
    state_.gate_spki = genesis->gate_spki;
    state_.log_vkey = genesis->log_vkey;
    for (const auto& owner : genesis->owners) {
      state_.owners.push_back({owner.person, owner.role});
      enrol({genesis->origin, owner.person, owner.key, owner.key_class, genesis->keys_from,
             genesis->keys_until, owner.rp_id, owner.origins});
    }
  }

  void operator()(const PrincipalAdded& r) {
    state_.accounts[r.account] = {r.account_kind, r.person, r.operator_, false};
  }

  void operator()(const PrincipalDisabled& r) { state_.accounts[r.account].disabled = true; }

  void operator()(const TokenIssued& r) { state_.tokens[r.token] = {r.account, r.scopes, r.until, false}; }

  void operator()(const TokenRevoked& r) {
    if (const auto token = state_.tokens.find(r.token); token != state_.tokens.end()) {
      token->second.revoked = true;
    }
  }

  void operator()(const KeyEnrolled& r) {
    const auto key = read_key(r.act.statement);
    SP_ASSERT(key.has_value());
    enrol(*key);
  }

  void operator()(const KeyRevoked& r) { state_.keys[r.key].revoked = true; }

  void operator()(const RosterActivated& r) {
    LaneState& lane = state_.lanes[r.lane];
    lane.roster = r.roster;
    lane.roster_version = r.version;
    lane.roster_leaves.push_back(n_);
  }

  void operator()(const SourceConfigured& r) {
    SourceState& source = state_.sources[r.source];
    source.epoch = r.epoch;
    source.last_contact.reset();
    source.unreachable = false;
  }

  void operator()(const CharterProposed& r) {
    state_.charters[r.digest] = {r.charter, r.version, r.lane, r.person, "proposed", {}, n_, 0};
  }

  void operator()(const CharterRatified& r) {
    for (const OwnerSignature& sig : r.act.sigs) {
      state_.charters[r.digest].ratified.push_back({sig.person, n_, at_});
    }
  }

  void operator()(const CharterActivated& r) {
    CharterVersion& next = state_.charters[r.digest];
    LaneState& lane = state_.lanes[next.lane];
    if (lane.charter) {
      state_.charters[*lane.charter].status = "retired";
    }
    lane.charter = r.digest;
    next.status = "active";
    next.activated = n_;
  }

  // ---- intake and lineage

  void operator()(const PacketSubmitted& r) {
    Packet& p = state_.packets[r.packet];
    p.lane = r.lane;
    p.submitter = r.facts.actor;
    p.opened_at = at_;
    p.continues = r.continues;
    if (r.continues) { // the holds that crossed with it; its signatures do not come along
      p.carried = state_.packets.at(r.continues->packet).carried;
    }
    state_.open_in_lane[r.lane].insert(r.packet);
    seal(r.packet, p, r.facts);
  }

  void operator()(const RevisionSealed& r) {
    Packet& p = state_.packets[r.packet];
    spend(r.packet, p, "superseded");
    seal(r.packet, p, r.facts);
  }

  void operator()(const IntakeRefused&) {}

  void operator()(const DuplicateMerged& r) {
    Packet& winner = state_.packets[r.packet];
    Packet& loser = state_.packets[r.loser];
    spend(r.packet, winner, "merged");
    winner.mergers.insert(r.by);
    // What a person stopped the loser for stops the packet that it went into, and for as long.
    for (const auto& [id, hold] : loser.holds) {
      if (is_placed_by_hand(hold.code) && winner.find_hold(hold.code, hold.subject) == nullptr) {
        winner.holds.emplace(id, hold);
      }
    }
    spend(r.loser, loser, "merged");
    loser.merged_into = r.packet;
    loser.last_leaf = n_;
    close(r.loser, loser, "merged");
  }

  void operator()(const DuplicateSplit& r) {
    state_.packets[r.packet].acts.insert(use_of_act(r.act));
    state_.packets[r.packet].apart[r.other] = {"split", r.equal, r.act.sigs.front().person, n_};
  }

  void operator()(const DuplicateDismissed& r) {
    if (r.other) {
      state_.packets[r.packet].apart[*r.other] = {"dismissed", r.equal, r.by, n_};
    }
  }

  void operator()(const ScopeSplit& r) {
    const auto act = read_partial(r.act.statement);
    SP_ASSERT(act.has_value());
    Packet& p = state_.packets[r.packet];
    p.acts.insert(use_of_act(r.act));
    const Partial* before = p.split(); // of the same head
    Partial next{act->revision_digest, act->dimension, act->free, {}};
    for (const std::string& element : act->held) {
      const bool already = before != nullptr && before->held.contains(element);
      next.held[element] = already ? before->held.at(element) : r.remainder;
    }
    if (p.partial && before == nullptr) {
      p.earlier.push_back(*std::move(p.partial));
    }
    p.partial = std::move(next);
  }

  // A packet without a head: it collects. Whoever brought and wrote the whole did so for the rest.
  void operator()(const RemainderOpened& r) {
    const Packet from = state_.packets.at(r.continues.packet);
    Packet& p = state_.packets[r.packet];
    p.lane = from.lane;
    p.submitter = from.submitter;
    p.triager = from.triager;
    p.authors = from.authors;
    p.mergers = from.mergers;
    p.opened_at = at_;
    p.continues = r.continues;
    for (const HeldElement& held : r.held) {
      p.carried.push_back({"SCOPE.PARTIAL", "/scope/" + r.dimension + "/" + held.element, held.since});
    }
    carry(from, p, "blocking");
    state_.open_in_lane[p.lane].insert(r.packet);
  }

  void operator()(const PacketWithdrawn& r) {
    Packet& p = state_.packets[r.packet];
    spend(r.packet, p, "withdrawn");
    close(r.packet, p, "withdrawn");
  }

  void operator()(const AnnexPromoted& r) { state_.packets[r.packet].head->parts[r.part] = "included"; }

  // ---- evidence

  void operator()(const SourceObserved& r) {
    SourceState& source = state_.sources[r.source];
    // An answer from the future is no later contact than its leaf.
    const Instant contact = std::min(r.observed_at, at_);
    if (!source.last_contact || contact >= *source.last_contact) {
      source.last_contact = contact;
      source.leaf = n_;
    }
    source.unreachable = false;
    for (const ObservedObject& seen : r.objects) {
      observe(r, seen);
    }
    if (r.facts) {
      state_.scans[r.facts->dump].push_back(
          {*r.facts, r.pins.value_or(std::map<std::string, std::uint32_t>{}), n_});
    }
    if (r.recheck) {
      if (Recheck* recheck = find_recheck(*r.recheck)) {
        answer(*recheck, r);
      }
    }
  }

  void operator()(const SourceUnreachable& r) {
    state_.sources[r.source].unreachable = true;
    if (r.recheck) {
      if (Recheck* recheck = find_recheck(*r.recheck)) {
        recheck->failed.insert(r.source);
      }
    }
  }

  void operator()(const SourceEvent& r) {
    if (r.packet && r.effect == "supersede") {
      spend(*r.packet, state_.packets[*r.packet], "superseded");
    }
  }

  void operator()(const MaterialTriggered& r) { spend(r.packet, state_.packets[r.packet], "superseded"); }

  // ---- holds

  void operator()(const HoldOpened& r) {
    Packet& p = state_.packets[r.packet];
    const auto before = p.holds.find(r.hold);
    const Instant first = before == p.holds.end() ? first_opened(p, r) : before->second.first_opened;
    std::optional<AccountId> opener = before == p.holds.end() ? std::nullopt : before->second.opener;
    if (r.actor) {
      opener = r.actor;
    } else if (p.attempt && p.attempt->leaf + 1 == n_ && std::ranges::count(p.attempt->codes, r.code) != 0) {
      opener = p.attempt->actor;
    }
    p.holds[r.hold] = {r.code, r.subject, r.mode, r.latched, r.clears, first, n_, std::move(opener)};
    if (r.resign) {
      p.last_resign = n_;
    }
  }

  void operator()(const HoldCleared& r) { state_.packets[r.packet].holds.erase(r.hold); }

  void operator()(const HoldOverridden& r) {
    state_.packets[r.packet].acts.insert(use_of_act(r.act));
    if (ManifestState* m = find_manifest(r.packet, r.manifest)) {
      m->overridden[r.hold].push_back({r.person, r.account, signing_key(r.act), at_, n_});
    }
  }

  // ---- manifest and signatures

  void operator()(const ManifestDrafted& r) {
    ManifestState& m = state_.packets[r.packet].manifests[r.id];
    m.revision = r.revision;
    m.drafter = r.actor;
    m.drafted_at = at_;
    m.signers = r.signers;
    const Account* account = state_.account(r.actor);
    m.drafter_person = account == nullptr ? std::nullopt
                       : account->person  ? account->person
                                          : account->operator_;
    note_prepared(state_, r.packet, r.actor, at_);
  }

  void operator()(const ManifestSubmitted& r) {
    ManifestState& m = state_.packets[r.packet].manifests[r.id];
    m.status = "in_review";
    m.revision = r.revision;
    m.digest = r.manifest;
    m.view = r.view;
    m.holds = r.holds;
    m.roster = r.roster;
    m.charter = r.charter;
    m.submitter = r.person;
    m.submitted_at = at_;
    m.leaf = n_;
    if (r.overrides) {
      m.waived.overrides.insert(r.overrides->begin(), r.overrides->end());
    }
    if (r.substitutes) {
      m.waived.substitutes = *r.substitutes;
    }
    m.ledger_at = r.ledger_at;
    m.ledger = r.ledger;
    m.accepted = r.accepted;
  }

  void operator()(const ManifestVoided& r) {
    ManifestState& m = state_.packets[r.packet].manifests[r.id];
    m.status = "void";
    m.void_cause = r.cause;
    m.ended_at = at_;
  }

  void operator()(const ManifestSigned& r) {
    state_.packets[r.packet].acts.insert(use_of_act(r.manifest, r.sig));
    if (ManifestState* m = find_manifest(r.packet, r.manifest)) {
      m->signatures.push_back({r.person, r.account, r.role, r.key, r.key_class, at_, n_, false, {}});
    }
  }

  void operator()(const SignatureWithdrawn& r) {
    if (ManifestState* m = find_manifest(r.packet, r.manifest)) {
      for (Signature& signature : m->signatures) {
        if (signature.person == r.person && !signature.withdrawn) {
          signature.withdrawn = true;
          signature.withdrawn_at = at_;
        }
      }
    }
  }

  void operator()(const SubstituteRatified& r) {
    state_.packets[r.packet].acts.insert(use_of_act(r.act));
    if (ManifestState* m = find_manifest(r.packet, r.manifest)) {
      m->ratified[r.role].push_back({r.person, r.account, signing_key(r.act), at_, n_});
    }
  }

  void operator()(const ManifestRefused&) {} // the void that follows is a record of its own

  void operator()(const ManifestAuthorised& r) {
    ManifestState& m = state_.packets[r.packet].manifests[r.id];
    m.status = r.authorised ? "authorised" : "in_review";
    m.authorised_at = r.authorised ? at_ : Instant{};
  }

  // ---- release

  void operator()(const ReleaseRequested& r) {
    Packet& p = state_.packets[r.packet];
    p.request = StandingRequest{r.manifest, r.person, at_, n_};
    state_.requested[p.lane].insert(r.packet);
  }

  void operator()(const ReleaseLapsed& r) { drop_request(r.packet, state_.packets[r.packet]); }

  void operator()(const RecheckOpened& r) {
    Packet& p = state_.packets[r.packet];
    const bool preview = r.mode == "preview";
    if (!preview) {
      drop_request(r.packet, p); // it has what it asked for
      p.blocked.reset();
    }
    p.recheck = Recheck{r.recheck, r.manifest, r.needed, {}, {}, at_, r.within, n_, preview};
    state_.rechecks[r.recheck] = r.packet;
  }

  void operator()(const RecheckClosed& r) {
    Packet& p = state_.packets[r.packet];
    drop_recheck(p);
    if (!r.unanswered.empty() && !r.result) {
      p.blocked = BlockedRecheck{r.unanswered, at_};
    }
  }

  void operator()(const ReleaseCommitted& r) {
    Packet& p = state_.packets[r.packet];
    if (ManifestState* m = find_manifest(r.packet, r.manifest)) {
      m->status = "consumed";
      m->ended_at = at_;
      for (const HoldId& id : m->waived.overrides) { // it crossed, and a successor has it from its beginning
        if (const auto hold = p.holds.find(id); hold != p.holds.end() && hold->second.mode == "blocking") {
          p.carried.push_back({hold->second.code, hold->second.subject, hold->second.first_opened});
        }
      }
    }
    p.entry = r.entry;
    state_.entries[r.entry] = {r.packet,     r.lane, r.manifest, r.entry_digest, at_, n_, false, false,
                               std::nullopt, {},     {}};
    carry(p, p, "visible");
    state_.unread[r.lane].insert(r.entry);
    spend(r.packet, p, "released");
    close(r.packet, p, "released");
  }

  void operator()(const EntryDelivered& r) { state_.entries[r.entry].delivered = true; }

  void operator()(const EntryAcknowledged& r) {
    EntryState& entry = state_.entries[r.entry];
    entry.acknowledged = true;
    state_.unread[entry.lane].erase(r.entry);
  }

  void operator()(const LaneStateSet& r) {
    LaneState& lane = state_.lanes[r.lane];
    lane.status = r.state;
    lane.since = at_;
  }

  void operator()(const LaneVerdict& r) {
    state_.entries[r.entry].verdict = r.code;
    state_.entries[r.entry].found = r.found;
  }

  void operator()(const CorrectionRecorded& r) {
    state_.entries[r.entry].remarks.push_back({"correction", r.code, std::nullopt, r.person, at_, n_});
  }

  void operator()(const SupersessionNotice& r) {
    state_.entries[r.entry].remarks.push_back({"notice", "", r.successor, r.person, at_, n_});
  }

  // Attempts and reads change nothing; who tried is kept for a hold that the attempt opens.
  void operator()(const AttemptRefused& r) {
    if (!r.packet) {
      return;
    }
    RefusedAttempt attempt{r.actor, {}, n_};
    for (const Reason& reason : r.reasons) {
      attempt.codes.push_back(reason.code);
    }
    state_.packets[*r.packet].attempt = std::move(attempt);
  }

  void operator()(const AccessRecorded&) {}

  void operator()(const JournalCoalesced&) {}

  // ---- workspaces and ledgers

  template <class R>
    requires requires(State& s, const R& r, const At& at) { fold(s, r, at); }
  void operator()(const R& r) {
    fold(state_, r, At{n_, at_});
  }

private:
  void enrol(const KeyStatement& key) {
    const auto parsed = crypto::parse_public_key_line(key.key);
    SP_ASSERT(parsed.has_value());
    state_.keys[parsed->fingerprint()] = {key.person,     key.key,         key.key_class,
                                          key.valid_from, key.valid_until, key.rp_id,
                                          key.origins,    false,           n_};
  }

  void seal(const PacketId& id, Packet& p, const SealedFacts& facts) {
    p.head = Head{facts.revision, facts.digest, facts.charter, facts.severity, facts.cites, facts.parts,
                  facts.withheld, n_,           at_,           facts.ledger_at};
    if (facts.triager) {
      p.triager = facts.triager;
    }
    p.authors.insert(facts.authors.begin(), facts.authors.end());
    // A person who brings the content is one of its authors, whatever the content says.
    // Whoever seals a workspace only closes it: its authors are those whose edits were taken.
    if (const Account* account = state_.account(facts.actor);
        account != nullptr && account->person && !p.workspace) {
      p.authors.insert(*account->person);
    }
    if (p.workspace) {
      for (const auto& [fragment, part_state] : facts.parts) {
        p.fragments.insert(fragment);
      }
    }
    for (const Cite& cite : facts.cites) {
      state_.citing[cite.object].insert(id);
      ObjectState& object = state_.objects[cite.object];
      if (object.source.empty()) {
        object = {cite.source,           "same", cite.ordinal, cite.observed_at,
                  cite.complete_through, n_,     false,        false};
      }
    }
  }

  // INV-22, also from one packet to the one that continues it.
  Instant first_opened(const Packet& p, const HoldOpened& r) const {
    const auto same = [&](const Carried& c) { return c.code == r.code && c.subject == r.subject; };
    const auto carried = std::ranges::find_if(p.carried, same);
    return carried == p.carried.end() ? at_ : carried->first_opened;
  }

  static void carry(const Packet& from, Packet& to, std::string_view mode) {
    for (const auto& [id, hold] : from.holds) {
      if (hold.mode == mode) {
        to.carried.push_back({hold.code, hold.subject, hold.first_opened});
      }
    }
  }

  // The head, if there is one, never comes back.
  void spend(const PacketId& id, Packet& p, const std::string& cause) {
    if (!p.head) {
      return;
    }
    for (const Cite& cite : p.head->cites) {
      if (const auto at = state_.citing.find(cite.object); at != state_.citing.end()) {
        at->second.erase(id);
        if (at->second.empty()) {
          state_.citing.erase(at);
        }
      }
    }
    p.spent.push_back({p.head->number, p.head->digest, cause, p.head->leaf});
    p.head.reset();
    if (cause != "released") {
      drop_acceptances(p, n_);
    }
    drop_recheck(p);
  }

  void close(const PacketId& id, Packet& p, const std::string& status) {
    p.status = status;
    const auto lane = state_.lanes.find(p.lane);
    p.closed = Closing{at_, lane == state_.lanes.end() ? std::nullopt : lane->second.charter};
    p.holds.clear();
    drop_request(id, p);
    p.blocked.reset();
    state_.open_in_lane[p.lane].erase(id);
  }

  // An older observation never replaces a newer one (INV-27).
  void observe(const SourceObserved& r, const ObservedObject& seen) {
    ObjectState& object = state_.objects[seen.object];
    object.source = r.source;
    if (object.observed && r.observed_at < object.observed_at) {
      return;
    }
    if (seen.status == "unknown") {
      return;
    }
    object.clock_fault =
        object.observed && r.observed_at == object.observed_at && seen.ordinal != object.ordinal;
    object.status = seen.status;
    object.ordinal = seen.ordinal;
    object.observed_at = r.observed_at;
    object.complete_through = r.complete_through;
    object.leaf = n_;
    object.observed = true;
  }

  // Too early or too late is no answer.
  void answer(Recheck& recheck, const SourceObserved& r) const {
    for (const NeededAnswer& needed : recheck.needed) {
      if (needed.source == r.source && r.observed_at > recheck.opened_at &&
          at_ < recheck.opened_at + needed.within) {
        recheck.answers[r.source] = n_;
      }
    }
  }

  Recheck* find_recheck(const RecheckId& id) {
    const auto at = state_.rechecks.find(id);
    return at == state_.rechecks.end() ? nullptr : &*state_.packets[at->second].recheck;
  }

  void drop_request(const PacketId& id, Packet& p) {
    if (p.request) {
      state_.requested[p.lane].erase(id);
      p.request.reset();
    }
  }

  void drop_recheck(Packet& p) {
    if (p.recheck) {
      state_.rechecks.erase(p.recheck->id);
      p.recheck.reset();
    }
  }

  static Digest signing_key(const SignedStatement& act) {
    SP_ASSERT(act.sigs.size() == 1);
    return act.sigs.front().key;
  }

  ManifestState* find_manifest(const PacketId& packet, const Digest& digest) {
    for (auto& [id, m] : state_.packets[packet].manifests) {
      if (m.leaf != 0 && m.digest == digest) {
        return &m;
      }
    }
    return nullptr;
  }

  State& state_;
  Instant at_;
  LeafNumber n_;
};

} // namespace

void apply(State& state, const Leaf& leaf) {
  SP_ASSERT(leaf.n == state.size);
  std::visit(Fold(state, leaf), leaf.record);
  if (const PacketId* id = packet_of(leaf.record)) {
    if (const auto at = state.packets.find(*id); at != state.packets.end()) {
      at->second.last_leaf = leaf.n;
    }
  }
  state.size = leaf.n + 1;
  state.last_at = leaf.at;
}

} // namespace sallyport::gate
