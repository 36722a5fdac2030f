// Amendments 38 and 39: a packet is a retention unit beside its fragments, and goes on a person's order when
// nobody has anything left to do with it.
#include "gate/lineage.h"
#include "gate/reading.h"
#include "gate/retention.h"
#include "gate/testing/scene.h"
#include "gate/testing/workshop.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

constexpr Duration kept{30 * day.ms}; // records, by the charters of this test
constexpr Duration fragments_kept{10 * day.ms};

Edits kept_briefly(Edits edits = software_keys) {
  edits.emplace_back("record_retention = \"2555d\"", "record_retention = \"30d\"");
  return edits;
}

const canon::Object court_asks{{"text", "a matter"}};

// A packet that people wrote together, in the lane.
struct Written {
  Workshop w{{.edits = kept_briefly()}};
  PacketId id;
  Instant closed;

  Written() {
    w.objects.at("c6").attrs["deadline"] = to_string(w.now + fragments_kept);
    id = w.ready();
    w.release(id);
    closed = w.packet(id).closed->at;
  }

  void judged(const std::string& code = "sufficient") { must(w.verdict(w.lin, code)); }

  Step order(const Actor& by, std::optional<std::string> fragment = {}) {
    return w.step(OrderErasure{by.account, id, fragment, w.sealed_bytes.at(id)});
  }

  void order_fragments() {
    for (const std::string& fragment : w.packet(id).fragments) {
      must(order(w.piet, fragment));
    }
  }

  // Judged, its fragments given up, and its time over.
  void due() {
    judged();
    w.pass(Duration{(closed + kept - w.now).ms});
    order_fragments();
  }

  Step confirm(std::uint32_t keys = 1, std::optional<std::string> fragment = {}) {
    return w.step(ConfirmErasure{id, std::move(fragment), keys, w.now + Duration{7 * day.ms}});
  }

  Step hold(const Actor& by, const PacketId& on, std::optional<std::string> fragment = {}) {
    return w.step(PlaceLegalHold{by.account, on, std::move(fragment), court_asks});
  }
};

// A packet that was dispatched.
struct Dispatched {
  Scene s{with(kept_briefly({}), with(by_request))};

  Gate& g = s.g;
  PacketId id = s.id;

  Step order(const Actor& by) { return g.step(OrderErasure{by.account, id, std::nullopt}); }

  void until_due() { g.pass(Duration{(g.packet(id).closed->at + kept - g.now).ms}); }
};

} // namespace

TEST_CASE(
    "INV-47: a packet itself is erased on a person's order, when the charter under which it closed says, "
    "once") {
  Written r;
  r.judged();
  r.w.pass(fragments_kept);
  CHECK(refused(r.order(r.w.piet), "fragment_kept")); // what says how long goes with the packet
  r.order_fragments();
  CHECK(refused(r.order(r.w.piet), "retention_runs"));
  CHECK(refused(r.confirm(), "erasure_unknown"));
  r.w.pass(Duration{(r.closed + kept - r.w.now).ms - second.ms});
  CHECK(refused(r.order(r.w.piet), "retention_runs"));
  r.w.pass(second); // reached is passed
  CHECK(refused(r.order(r.w.tomo), "role_missing"));
  CHECK(refused(r.order(r.w.gail), "role_missing"));
  CHECK(refused(r.w.step(OrderErasure{r.w.agent, r.id, std::nullopt}), "agent_never_decides"));
  const Step step = r.order(r.w.piet);
  REQUIRE(step.ok());
  const auto* order = find<packet::ErasureOrdered>(step);
  REQUIRE(order != nullptr);
  CHECK_FALSE(order->unit);
  CHECK_FALSE(order->end_state);
  CHECK_FALSE(order->revision);
  CHECK(order->deadline == r.closed + kept);
  CHECK(order->charter == r.w.packet(r.id).manifests.at(r.w.manifest).charter); // the one that bound it
  CHECK(order->person == r.w.piet.person);
  CHECK(r.w.packet(r.id).own_erasure->done == 0);
  CHECK_FALSE(r.w.packet(r.id).erased());
  REQUIRE(r.order(r.w.rhea).ok());
  CHECK(find<packet::ErasureOrdered>(r.order(r.w.rhea)) == nullptr); // the same order
  CHECK(refused(r.confirm(0), "erasure_incomplete"));
  CHECK(refused(r.confirm(2), "erasure_incomplete"));
  const Step done = r.confirm();
  REQUIRE(done.ok());
  const auto* record = find<packet::ErasureDone>(done);
  REQUIRE(record != nullptr);
  CHECK_FALSE(record->unit);
  CHECK(record->keys == 1);
  CHECK(record->notice == r.w.entry);
  CHECK(record->ordered == r.w.packet(r.id).own_erasure->ordered);
  CHECK(r.w.packet(r.id).erased());
  CHECK(find<packet::ErasureDone>(r.confirm()) == nullptr);
  CHECK(r.w.packet(r.id).status == "released");
  CHECK(r.w.replayed() == state_digest(r.w.state()));
}

TEST_CASE("INV-47: whoever reads the packet's words is told before the restart what is so after it") {
  Written r;
  r.due();
  must(r.order(r.w.piet));
  CHECK(may_read(r.w.machine.world(), r.w.entry, r.w.lin.person)); // the key is there
  must(r.confirm());
  CHECK(r.w.machine.facts().manifests.empty());
  CHECK(r.w.machine.world().dossier(r.id) == nullptr);
  CHECK_FALSE(may_read(r.w.machine.world(), r.w.entry, r.w.lin.person));
}

TEST_CASE(
    "INV-47: nothing is erased with which somebody is not done: an open packet, a lane without a verdict") {
  Workshop w{{.edits = kept_briefly()}};
  w.objects.at("c6").attrs["deadline"] = to_string(w.now + fragments_kept);
  const PacketId id = w.ready();
  const auto order = [&](const PacketId& of) {
    return w.step(OrderErasure{w.piet.account, of, std::nullopt});
  };
  const auto order_fragments = [&](const PacketId& of) {
    for (const std::string& fragment : w.packet(of).fragments) {
      must(w.step(OrderErasure{w.piet.account, of, fragment, w.sealed_bytes.at(of)}));
    }
  };
  CHECK(refused(order(id), "unit_needed")); // by itself
  w.release(id);
  w.pass(kept);
  order_fragments(id);
  CHECK(refused(order(id), "entry_pending"));
  w.objects.at("c6").attrs["deadline"] = to_string(w.now + fragments_kept);
  const Step verdict = w.verdict(w.lin, "narrower_evidence");
  REQUIRE(verdict.ok());
  const PacketId next = *find<packet::LaneVerdict>(verdict)->successor;
  CHECK(refused(order(id), "unit_needed")); // its content goes on there
  must(w.step(WithdrawPacket{w.rhea.account, next, "withdrawn"}));
  CHECK(order(id).ok());
  CHECK(refused(order(next), "retention_runs")); // from its own end
  w.pass(kept);
  CHECK(order(next).ok()); // nothing was sealed there
  CHECK(w.replayed() == state_digest(w.state()));
}

TEST_CASE(
    "STATE.LEGAL_HOLD INV-47: a legal hold on anything of the case keeps the packet, and comes too late "
    "after the order") {
  Written r;
  r.due();
  must(r.hold(r.w.gail, r.id));
  CHECK(refused(r.order(r.w.piet), "STATE.LEGAL_HOLD"));
  must(
      r.w.step(LiftLegalHold{r.w.pavel.account, r.id, r.w.packet(r.id).legal_holds.back().leaf, court_asks}));
  must(r.order(r.w.piet));
  CHECK(refused(r.hold(r.w.gail, r.id), "erasure_ordered"));
  CHECK(refused(r.hold(r.w.gail, r.id, "f2"), "erasure_ordered"));
  Written of_one; // of a fragment alone, before it is ordered: words of it lie in the packet
  of_one.judged();
  must(of_one.hold(of_one.w.gail, of_one.id, "f2"));
  of_one.w.pass(kept);
  CHECK(refused(of_one.order(of_one.w.piet), "STATE.LEGAL_HOLD"));
}

TEST_CASE("INV-47: a forgotten fragment is one when the words of its whole case are gone, and not before") {
  Workshop w{{.edits = kept_briefly()}};
  w.objects.at("c6").attrs["deadline"] = to_string(w.now + fragments_kept);
  w.end_state = "forgotten";
  const PacketId id = w.ready();
  w.release(id);
  const Step verdict = w.verdict(w.lin, "narrower_evidence");
  REQUIRE(verdict.ok());
  const PacketId next = *find<packet::LaneVerdict>(verdict)->successor;
  must(w.step(WithdrawPacket{w.rhea.account, next, "withdrawn"}));
  w.pass(kept).pass(day);
  for (const std::string& fragment : w.packet(id).fragments) {
    must(w.step(OrderErasure{w.piet.account, id, fragment, w.sealed_bytes.at(id)}));
  }
  const auto confirm = [&](const PacketId& of, std::optional<std::string> fragment, std::uint32_t keys) {
    return w.step(ConfirmErasure{of, std::move(fragment), keys, w.now + day});
  };
  REQUIRE(w.packet(id).erasures.at("f2").end_state == "forgotten");
  CHECK(refused(confirm(id, "f2", 3), "erasure_incomplete"));
  must(w.step(OrderErasure{w.piet.account, id, std::nullopt}));
  CHECK(refused(confirm(id, "f2", 3), "erasure_incomplete")); // an order destroys nothing
  must(confirm(id, {}, 1));
  CHECK(refused(confirm(id, "f2", 3), "erasure_incomplete")); // of its words in the packet that went on
  must(w.step(OrderErasure{w.piet.account, next, std::nullopt}));
  CHECK(refused(confirm(id, "f2", 3), "erasure_incomplete"));
  must(confirm(next, {}, 1));
  CHECK(refused(confirm(id, "f2", 2), "erasure_incomplete"));
  const Step done = confirm(id, "f2", 3);
  REQUIRE(done.ok());
  CHECK(find<packet::ErasureDone>(done)->keys == 3);
  CHECK(find<packet::ErasureDone>(done)->end_state == "forgotten");
  CHECK(w.replayed() == state_digest(w.state()));
}

TEST_CASE("INV-47: a dispatched packet is kept as its charter says, and held for a court like any other") {
  Dispatched d;
  CHECK(refused(d.order(d.g.lena), "unit_needed"));
  d.s.crosses();
  d.until_due();
  CHECK(refused(d.order(d.g.lena), "entry_pending"));
  d.g.deliver(d.g.last.entry);
  CHECK(refused(d.order(d.g.lena), "entry_pending"));
  must(d.g.step(GiveVerdict{d.g.rhea.account, d.g.last.entry, "returned", {}}));
  CHECK(was_returned(d.g.state(), d.g.packet(d.id)));
  CHECK(refused(d.g.step(OrderErasure{d.g.lena.account, d.id, "x1"}), "workspace_none"));
  CHECK(refused(d.order(d.g.rhea), "role_missing"));
  must(d.g.step(PlaceLegalHold{d.g.gail.account, d.id, std::nullopt, court_asks}));
  CHECK(refused(d.order(d.g.lena), "STATE.LEGAL_HOLD"));
  must(
      d.g.step(LiftLegalHold{d.g.pavel.account, d.id, d.g.packet(d.id).legal_holds.back().leaf, court_asks}));
  must(d.g.step(RecordCorrection{d.g.rhea.account, d.g.last.entry, "other", {{"note", "late"}}}));
  must(d.order(d.g.lena));
  // Nothing is said of it any more: the words would lie under a key that goes.
  CHECK(refused(d.g.step(RecordCorrection{d.g.rhea.account, d.g.last.entry, "other", {{"note", "late"}}}),
                "packet_erased"));
  CHECK(refused(d.g.step(GiveNotice{d.g.rhea.account, d.g.last.entry, {}, {{"note", "late"}}}),
                "packet_erased"));
  CHECK_FALSE(was_returned(d.g.state(), d.g.packet(d.id))); // and nothing continues it
  must(d.g.step(ConfirmErasure{d.id, std::nullopt, 1, d.g.now + day}));
  CHECK(d.g.replayed() == state_digest(d.g.state()));
}

TEST_CASE("INV-47: a packet is kept from its own end on, as the charter says that was active then") {
  Dispatched d;
  Gate& g = d.g;
  must(g.step(WithdrawPacket{g.intake, d.id, "not_needed"}));
  const Instant end = g.packet(d.id).closed->at;
  charter::Charter longer = g.charter();
  longer.version = 2;
  longer.governance.record_retention = Duration{10 * kept.ms};
  must(g.adopt(longer));
  CHECK(own_deadline(g.machine.world(), g.packet(d.id)) == end + kept); // nobody knew of the next one
  g.pass(kept);
  const Step step = d.order(g.lena);
  REQUIRE(step.ok());
  CHECK(find<packet::ErasureOrdered>(step)->charter == g.packet(d.id).closed->charter);
}

TEST_CASE("INV-47: a packet of which no charter on record says how long it is kept stays") {
  Dispatched d;
  Gate& g = d.g;
  must(g.step(WithdrawPacket{g.intake, d.id, "not_needed"}));
  const Digest old = *g.packet(d.id).closed->charter;
  charter::Charter next = g.charter();
  next.version = 2;
  g.pass(Duration{3 * day.ms});
  must(g.adopt(next));
  g.pass(kept);
  g.machine.library().charters.erase(old);
  CHECK(refused(d.order(g.lena), "retention_unknown"));
}
