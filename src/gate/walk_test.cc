// A random walk over two packets, and checkers that read the leaves and nothing of the gate's own
// judgement. SALLYPORT_GATE_STEPS makes it longer.
#include "gate/testing/scene.h"

#include "canon/json.h"
#include "packet/entry.h"
#include "packet/manifest.h"

#include <cstdlib>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

// What the leaves say, kept as plainly as possible.
class Oracle {
public:
  explicit Oracle(const Gate& g) : g_(g) {}

  void read(const packet::Leaf& leaf) {
    CHECK(leaf.n == next_++);
    CHECK(leaf.at >= at_);
    at_ = leaf.at;
    std::visit([&](const auto& r) { on(leaf, r); }, leaf.record);
  }

  std::size_t releases = 0;

private:
  struct Signed {
    packet::LeafNumber leaf = 0;
    PersonId person;
    Instant at;
    Digest key;
    bool withdrawn = false;
  };

  struct Bound {
    packet::ManifestSubmitted record;
    std::vector<Signed> signatures;
    bool void_ = false;
    bool consumed = false;
  };

  struct Case {
    std::optional<Digest> head;
    std::set<Digest> spent;
    std::map<Digest, Bound> manifests;
    std::map<ManifestId, Digest> ids;
    std::map<HoldId, packet::HoldOpened> holds;
    packet::LeafNumber resign = 0;
    std::optional<packet::RecheckOpened> recheck;
    Instant recheck_at;
    packet::LeafNumber recheck_leaf = 0;
    std::map<std::string, packet::LeafNumber> answers;
    bool asked = false; // by a person, or by the completing signature
    bool closed = false;
    std::set<PersonId> barred;
  };

  template <class R> void on(const packet::Leaf&, const R&) {}

  void on(const packet::Leaf&, const packet::CharterActivated& r) { charter_ = r.digest; }

  void on(const packet::Leaf&, const packet::RosterActivated& r) { roster_ = r.roster; }

  void on(const packet::Leaf&, const packet::KeyRevoked& r) { revoked_.insert(r.key); }

  void seal(const PacketId& id, const packet::SealedFacts& facts) {
    Case& c = cases_[id];
    CHECK_FALSE(c.closed);
    CHECK_FALSE(c.spent.contains(facts.digest)); // INV-24: spent never comes back
    c.head = facts.digest;
    c.barred.insert(facts.authors.begin(), facts.authors.end());
    if (facts.triager) {
      c.barred.insert(*facts.triager);
    }
    for (const packet::Cite& cite : facts.cites) {
      cited_[cite.object] = cite.ordinal;
    }
  }

  void spend(const PacketId& id) {
    Case& c = cases_[id];
    if (c.head) {
      c.spent.insert(*c.head);
    }
    c.head.reset();
    c.recheck.reset();
  }

  void on(const packet::Leaf&, const packet::PacketSubmitted& r) { seal(r.packet, r.facts); }

  void on(const packet::Leaf&, const packet::RevisionSealed& r) {
    for (const auto& [digest, bound] : cases_[r.packet].manifests) {
      CHECK((bound.void_ || bound.consumed)); // INV-09, INV-10: voided before the next head
    }
    spend(r.packet);
    seal(r.packet, r.facts);
  }

  void on(const packet::Leaf&, const packet::DuplicateMerged& r) {
    CHECK_FALSE(merged_.contains(r.packet)); // INV-25: a loser never wins again
    CHECK(merged_.insert(r.loser).second);
    spend(r.packet);
    spend(r.loser);
    cases_[r.loser].closed = true;
  }

  void on(const packet::Leaf&, const packet::PacketWithdrawn& r) {
    spend(r.packet);
    cases_[r.packet].closed = true;
  }

  void on(const packet::Leaf&, const packet::SourceEvent& r) {
    if (r.packet && r.effect == "supersede") {
      spend(*r.packet);
    }
  }

  void on(const packet::Leaf& leaf, const packet::SourceObserved& r) {
    for (const packet::ObservedObject& seen : r.objects) {
      auto& last = seen_[seen.object];
      if (seen.status != "unknown" && r.observed_at >= last.first) { // INV-27
        last = {r.observed_at, seen};
        seen_leaf_[seen.object] = leaf.n;
      }
    }
    for (auto& [id, c] : cases_) {
      if (c.recheck && r.recheck == c.recheck->recheck && r.observed_at > c.recheck_at) {
        c.answers[r.source] = leaf.n;
      }
    }
  }

  void on(const packet::Leaf& leaf, const packet::HoldOpened& r) {
    Case& c = cases_[r.packet];
    if (const auto before = c.holds.find(r.hold); before != c.holds.end()) {
      CHECK(before->second.code == r.code);
    }
    for (const auto& [id, hold] : c.holds) {
      CHECK((id == r.hold || hold.code != r.code || hold.subject != r.subject)); // one hold per fact
    }
    c.holds[r.hold] = r;
    if (r.resign) {
      c.resign = leaf.n;
    }
    CHECK((r.mode == "blocking" || r.mode == "visible"));
  }

  void on(const packet::Leaf&, const packet::HoldCleared& r) {
    CHECK(cases_[r.packet].holds.erase(r.hold) == 1);
    CHECK((r.rule == "person") == r.by.has_value()); // INV-21, INV-41
  }

  void on(const packet::Leaf&, const packet::ManifestSubmitted& r) {
    Case& c = cases_[r.packet];
    CHECK(c.head == r.revision);
    CHECK(charter_ == r.charter);
    CHECK(roster_ == r.roster);
    c.manifests[r.manifest].record = r;
    c.ids[r.id] = r.manifest;
  }

  void on(const packet::Leaf&, const packet::ManifestVoided& r) {
    Case& c = cases_[r.packet];
    if (const auto at = c.ids.find(r.id); at != c.ids.end()) {
      c.manifests[at->second].void_ = true;
    }
  }

  void on(const packet::Leaf& leaf, const packet::ManifestSigned& r) {
    Case& c = cases_[r.packet];
    Bound& bound = c.manifests.at(r.manifest);
    CHECK_FALSE(bound.void_);
    CHECK_FALSE(bound.consumed);                               // INV-10
    CHECK(g_.state().accounts.at(r.account).kind == "person"); // INV-08
    CHECK_FALSE(c.barred.contains(r.person));                  // INV-14
    bound.signatures.push_back({leaf.n, r.person, leaf.at, r.key, false});
    completing_ = leaf.n;
  }

  void on(const packet::Leaf&, const packet::SignatureWithdrawn& r) {
    for (Signed& s : cases_[r.packet].manifests.at(r.manifest).signatures) {
      s.withdrawn = s.withdrawn || s.person == r.person;
    }
  }

  void on(const packet::Leaf& leaf, const packet::RecheckOpened& r) {
    Case& c = cases_[r.packet];
    CHECK_FALSE(c.recheck); // at most one
    // INV-37: a person asked, or the signature of this very step completed the quorum.
    CHECK((r.by.has_value() || (r.why == "completing_signature" && r.cause == completing_)));
    c.recheck = r;
    c.recheck_at = leaf.at;
    c.recheck_leaf = leaf.n;
    c.answers.clear();
  }

  void on(const packet::Leaf&, const packet::RecheckClosed& r) {
    CHECK_FALSE(r.reasons.empty());
    cases_[r.packet].recheck.reset();
  }

  void on(const packet::Leaf& leaf, const packet::ReleaseCommitted& r) {
    ++releases;
    Case& c = cases_[r.packet];
    Bound& bound = c.manifests.at(r.manifest);
    CHECK_FALSE(c.closed);                   // INV-16: once
    CHECK(c.head == r.revision);             // INV-01
    CHECK(r.lane == "Q-PSR");                // INV-02
    CHECK_FALSE(bound.void_);                // INV-10
    CHECK(bound.record.charter == charter_); // INV-07
    CHECK(bound.record.roster == roster_);
    CHECK(bound.record.holds == r.holds);
    CHECK(bound.record.view == r.view);
    for (const auto& [id, hold] : c.holds) {
      CHECK_MESSAGE(hold.mode == "visible", hold.code, " ", hold.subject); // INV-19
    }
    // INV-11 to INV-13, INV-46: two persons, each with a standing signature later than any re-sign hold.
    std::set<PersonId> persons;
    for (const packet::LeafNumber leaf_of : r.sigs) {
      const auto s = std::ranges::find(bound.signatures, leaf_of, &Signed::leaf);
      REQUIRE(s != bound.signatures.end());
      CHECK_FALSE(s->withdrawn);
      CHECK(s->leaf > c.resign);
      CHECK(leaf.at - s->at < Duration{4 * hour.ms});
      CHECK_FALSE(revoked_.contains(s->key));
      persons.insert(s->person);
    }
    CHECK(persons.size() == 2);
    // INV-17, INV-18: every source answered after the recheck opened and before its limit.
    REQUIRE(c.recheck);
    CHECK(c.recheck->recheck == r.recheck);
    CHECK(leaf.at < c.recheck_at + Duration{30'000});
    for (const packet::NeededAnswer& needed : c.recheck->needed) {
      CHECK(c.answers.contains(needed.source));
      for (const ObjectId& object : needed.objects) {
        CHECK(seen_leaf_[object] > c.recheck_leaf);
        CHECK(seen_[object].second.status == "same");
        CHECK(seen_[object].second.ordinal == cited_[object]);
        CHECK(seen_[object].first <= leaf.at);
      }
    }
    // INV-22: what crosses keeps its first opening; C06: item by item.
    const packet::Entry entry = packet::read_entry(g_.last.entry_bytes).value();
    std::set<HoldId> crossing;
    for (const packet::BoundHold& hold : entry.holds) {
      crossing.insert(hold.hold);
    }
    CHECK(crossing.size() == c.holds.size());
    bound.consumed = true;
    spend(r.packet);
    c.holds.clear();
    c.closed = true;
  }

  const Gate& g_;
  packet::LeafNumber next_ = 0;
  Instant at_;
  std::optional<Digest> charter_;
  std::optional<Digest> roster_;
  std::set<Digest> revoked_;
  std::map<PacketId, Case> cases_;
  std::set<PacketId> merged_;
  std::map<ObjectId, std::uint32_t> cited_;
  std::map<ObjectId, std::pair<Instant, packet::ObservedObject>> seen_;
  std::map<ObjectId, packet::LeafNumber> seen_leaf_;
  packet::LeafNumber completing_ = 0;
};

// One world: two packets at a time, three approvers, until the steps are used up.
class Walk {
public:
  explicit Walk(std::uint64_t seed)
      : g_(with(two_approvers, {.seed = seed, .shadow = false, .approvers = 3})), oracle_(g_), random_(seed) {
    packets_ = {g_.submit(g_.usual("a")), g_.submit(g_.usual("b"))};
    g_.observe_all();
    follow();
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      one();
      follow();
      for (const PacketId& id : packets_) {
        if (g_.packet(id).open()) { // INV-20
          CHECK_FALSE((g_.packet(id).holds.empty() && g_.waits(id).empty()));
          if (g_.authorised(id)) {
            CHECK_FALSE(g_.waits(id).empty());
          }
        }
      }
      if (i % 40 == 0) {
        CHECK(g_.replayed() == state_digest(g_.state())); // INV-40
      }
    }
    CHECK(g_.replayed() == state_digest(g_.state()));
  }

  const Oracle& oracle() const { return oracle_; }

private:
  std::size_t pick(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

  void follow() {
    for (; read_ < g_.log.size(); ++read_) {
      oracle_.read(packet::decode(g_.log[read_]).value());
    }
  }

  Actor& approver() {
    Actor* all[] = {&g_.anna, &g_.ben, &g_.cleo};
    return *all[pick(3)];
  }

  std::string name_of(std::size_t which) { return which == 0 ? "a" : "b"; }

  // The objects as they were first, so that a packet can recover.
  void heal() {
    for (auto& [key, object] : g_.objects) {
      object.status = "same";
      object.touches["tenant"] = {"Northwind"};
      if (object.kind == "tenant_record") {
        object.attrs = {{"version", "v1"}, {"env_class", "standard"}, {"handling", "none"}};
      }
    }
    g_.directory = {g_.rhea.person, g_.rolf.person};
    g_.pass(second);
    g_.observe_all();
  }

  void disturb() {
    auto at = g_.objects.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(pick(g_.objects.size())));
    Object& object = at->second;
    switch (pick(6)) {
    case 0:
      ++object.ordinal;
      break;
    case 1:
      object.status = "gone";
      break;
    case 2:
      object.touches["tenant"].push_back("Contoso");
      break;
    case 3:
      object.attrs["env_class"] = "regulated-prod";
      break;
    case 4:
      g_.directory.insert(g_.mira.person);
      break;
    case 5:
      object.status = "unknown";
      break;
    }
  }

  void one() {
    const std::size_t which = pick(2);
    PacketId& id = packets_[which];
    if (!g_.packet(id).open()) {
      ++generation_;
      id = g_.submit(g_.usual(name_of(which) + std::to_string(generation_)));
      g_.observe_all();
      return;
    }
    const Packet& p = g_.packet(id);
    switch (pick(30)) {
    case 0:
      g_.pass(Duration{static_cast<std::int64_t>(1) << pick(24)});
      g_.step(Reevaluate{id});
      break;
    case 1:
      disturb();
      break;
    case 2:
    case 3:
    case 4:
      heal();
      break;
    case 5:
      g_.revise(id, g_.usual("x" + std::to_string(generation_) + name_of(which)));
      g_.observe_all();
      break;
    case 6:
      if (pick(6) == 0) {
        g_.activate_roster();
      }
      break;
    case 7:
      g_.withdraw(approver(), id, approver().person);
      break;
    case 8:
      if (pick(8) == 0) {
        g_.step(WithdrawPacket{g_.intake, id, "not_needed"});
      }
      break;
    case 9:
      if (pick(8) == 0) {
        g_.step(MergePackets{g_.intake, g_.liam.person, packets_[0], packets_[1], "same_case", {}});
      }
      break;
    case 10:
      g_.report("intake-triage", pick(4) == 0 ? "intake.newer" : "object.changed", {}, id);
      break;
    case 11:
      g_.step(RevisePacket{g_.intake, id, pick(8) == 0 ? Digest{} : (p.head ? p.head->digest : Digest{}),
                           g_.seal(id, p.last_number() + 1, g_.usual("y" + std::to_string(pick(9))))});
      break;
    case 12:
      for (const auto& [hold, h] : std::map(p.holds)) {
        g_.clear(g_.lena, id, hold);
      }
      break;
    case 13:
      g_.step(SignManifest{g_.agent, id, p.reviewed() == nullptr ? Digest{} : p.reviewed()->digest, {}});
      break;
    case 14:
      if (p.reviewed() != nullptr) {
        g_.step(RefuseManifest{approver().account, id, p.reviewed()->digest, "not_so", {}});
      }
      break;
    case 15:
    case 16:
      if (p.head && g_.draft(g_.lena.account, id).ok()) {
        g_.submit_manifest(g_.lena, id);
      }
      break;
    case 17:
    case 18:
    case 19:
      sign_and_go(id);
      break;
    case 20:
      g_.request(approver(), id);
      break;
    case 21:
      if (p.recheck) {
        g_.step(ExpireRecheck{id, p.recheck->id, "timeout"});
      }
      break;
    case 22:
    case 23:
    case 24:
      push(id);
      break;
    default:
      answer(id);
    }
  }

  // What people do when nothing is in the way.
  void push(const PacketId& id) {
    heal();
    if (!g_.packet(id).head) {
      g_.revise(id, g_.usual("z" + std::to_string(++generation_)));
      g_.observe_all();
    }
    if (g_.packet(id).reviewed() == nullptr && g_.draft(g_.lena.account, id).ok()) {
      g_.submit_manifest(g_.lena, id);
    }
    sign_and_go(id);
    if (!g_.packet(id).recheck) {
      g_.request(approver(), id);
    }
    if (pick(3) != 0) {
      answer(id);
    }
  }

  void sign_and_go(const PacketId& id) {
    if (g_.packet(id).reviewed() == nullptr) {
      return;
    }
    g_.sign(approver(), id);
    if (g_.packet(id).reviewed() != nullptr) {
      g_.sign(approver(), id);
    }
  }

  // Answers what the open recheck asks, mostly all of it and mostly in time; then commits.
  void answer(const PacketId& id) {
    if (!g_.packet(id).recheck) {
      return;
    }
    const Recheck recheck = *g_.packet(id).recheck;
    g_.pass(Duration{static_cast<std::int64_t>(pick(12) == 0 ? 31'000 : 900)});
    const std::size_t left_out = pick(12) == 0 ? pick(recheck.needed.size()) : recheck.needed.size();
    for (std::size_t i = 0; i < recheck.needed.size(); ++i) {
      if (i != left_out) {
        g_.observe(recheck.needed[i].source, recheck.id);
      }
      if (pick(60) == 0) {
        disturb();
      }
    }
    g_.step(CommitRelease{id, recheck.id});
    if (!g_.packet(id).open() && pick(2) == 0) {
      g_.deliver(g_.last.entry);
      g_.step(AcknowledgeEntry{g_.rhea.account, g_.last.entry});
    }
  }

  Gate g_;
  Oracle oracle_;
  std::mt19937_64 random_;
  std::vector<PacketId> packets_;
  std::size_t read_ = 0;
  int generation_ = 0;
};

} // namespace

TEST_CASE("INV-01, 02, 07-14, 16-22, 24, 25, 27, 37, 40, 46 hold over the leaves of a random walk") {
  const char* asked = std::getenv("SALLYPORT_GATE_STEPS");
  const int steps = asked == nullptr ? 3000 : std::atoi(asked);
  constexpr int steps_per_world = 500;
  std::size_t releases = 0;
  for (int done = 0; done < steps; done += steps_per_world) {
    const auto seed = static_cast<std::uint64_t>(done + 1);
    CAPTURE(seed);
    Walk walk(seed);
    walk.run(std::min(steps_per_world, steps - done));
    releases += walk.oracle().releases;
  }
  MESSAGE("releases: ", releases);
  CHECK(releases >= static_cast<std::size_t>(steps) / 300); // a walk that never releases proves nothing
}
