// Amendments 38 and 39: a fragment's keys are destroyed on a person's order, and by nothing else.
#include "gate/retention.h"
#include "gate/testing/workshop.h"

#include "canon/json.h"
#include "crypto/digest.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

constexpr Duration until_deadline{10 * day.ms};

// A packet that crossed, whose fragments are kept for ten days.
struct Released {
  Workshop w;
  PacketId id;
  Instant deadline;

  Released() {
    deadline = w.now + until_deadline;
    w.objects.at("c6").attrs["deadline"] = to_string(deadline);
    id = w.ready();
    w.release(id);
  }

  Step order(const Actor& by, const std::string& unit = "f2") {
    return w.step(OrderErasure{by.account, id, unit, w.sealed_bytes.at(id)});
  }

  Step confirm(std::uint32_t keys = 2, const std::string& unit = "f2") {
    return w.step(ConfirmErasure{id, unit, keys, w.now + Duration{7 * day.ms}});
  }
};

} // namespace

TEST_CASE("INV-47: an erasure is ordered by a person after the deadline, and confirmed when its keys are "
          "gone; each "
          "once") {
  Released r;
  CHECK(refused(r.order(r.w.piet), "retention_runs"));
  r.w.pass(Duration{(r.deadline - r.w.now).ms - second.ms});
  CHECK(refused(r.order(r.w.piet), "retention_runs"));
  CHECK(refused(r.confirm(), "erasure_unknown"));
  r.w.pass(second); // reached is passed
  CHECK(refused(r.order(r.w.tomo), "role_missing"));
  CHECK(refused(r.order(r.w.mira), "role_missing"));
  CHECK(refused(r.w.step(OrderErasure{r.w.agent, r.id, "f2", r.w.sealed_bytes.at(r.id)}),
                "agent_never_decides"));
  CHECK(refused(r.order(r.w.piet, "f9"), "unit_unknown"));
  const Step step = r.order(r.w.piet);
  REQUIRE(step.ok());
  const auto* order = find<packet::ErasureOrdered>(step);
  REQUIRE(order != nullptr);
  CHECK(order->end_state == "bytes_gone");
  CHECK(order->clock == "retention");
  CHECK(order->person == r.w.piet.person);
  CHECK(r.w.packet(r.id).erasures.at("f2").done == 0); // to be carried out, also after a restart
  CHECK(r.order(r.w.rhea).ok());
  CHECK(find<packet::ErasureOrdered>(r.order(r.w.rhea)) == nullptr); // the same order
  CHECK(refused(r.confirm(1), "erasure_incomplete"));
  CHECK(refused(r.confirm(3), "erasure_incomplete"));
  CHECK(refused(r.w.step(ConfirmErasure{r.id, "f2", 2, Instant{r.w.now.ms - 1}}), "erasure_incomplete"));
  const Step done = r.confirm();
  REQUIRE(done.ok());
  const auto* record = find<packet::ErasureDone>(done);
  REQUIRE(record != nullptr);
  CHECK(record->ordered == r.w.packet(r.id).erasures.at("f2").ordered);
  CHECK(record->notice == r.w.entry); // its readers have copies
  CHECK(r.w.packet(r.id).erasures.at("f2").done != 0);
  CHECK(find<packet::ErasureDone>(r.confirm()) == nullptr);
  CHECK(r.w.packet(r.id).status == "released"); // which it stays
  CHECK(r.w.replayed() == state_digest(r.w.state()));
}

TEST_CASE(
    "INV-47: how long a fragment is kept is said by bytes that the log names, and by the newest of them") {
  Workshop w;
  w.objects.at("c6").attrs["deadline"] = to_string(w.now + until_deadline);
  const PacketId id = w.ready();
  const Instant later = w.now + Duration{20 * day.ms};
  w.objects.at("c6").attrs["deadline"] = to_string(later);
  must(w.seal(w.rhea, id));
  const std::vector<std::string> both = w.sealed_bytes.at(id);
  REQUIRE(both.size() == 2);
  const Packet& packet = w.packet(id);
  CHECK(kept_unit(packet, "f2", both)->kept.deadline == later);
  CHECK_FALSE(kept_unit(packet, "f2", std::vector{both.front()})); // the older one alone says nothing
  CHECK_FALSE(kept_unit(packet, "f2", {}));
  std::string changed = both.back();
  changed.back() = ' ';
  CHECK_FALSE(kept_unit(packet, "f2", std::vector{changed, both.front()}));
  // A fragment that has left is kept as the last revision with it says.
  w.content.find("fragments")->object()->erase("f2");
  must(w.seal(w.rhea, id));
  CHECK(kept_unit(w.packet(id), "f2", w.sealed_bytes.at(id))->kept.deadline == later);
  CHECK(keys_of("raw_gone") == 1);
  CHECK(keys_of("bytes_gone") == 2);
  CHECK(keys_of("forgotten") == 3);
  CHECK(keys_of("gone") == 0);
}

TEST_CASE("INV-47: nothing is erased that an open packet needs, here or where the case goes on") {
  Released r;
  r.w.pass(Duration{2 * hour.ms});
  const Step verdict = r.w.verdict(r.w.lin, "narrower_evidence", {{"/fragments/f2", "exclude"}});
  REQUIRE(verdict.ok());
  const PacketId next = *find<packet::LaneVerdict>(verdict)->successor;
  r.w.pass(until_deadline);
  CHECK(refused(r.order(r.w.piet), "unit_needed")); // nothing is sealed there that is without it
  r.w.objects.at("c6").attrs["deadline"] = to_string(r.w.now + until_deadline);
  r.w.content.find("fragments")->object()->erase("f2");
  must(r.w.seal(r.w.rhea, next));
  CHECK(refused(r.order(r.w.piet, "f1"), "unit_needed")); // sealed there again
  must(r.w.propose(r.w.mara.account, next, "dumps", {Workshop::put("/fragments/f2/note", "back")}));
  must(r.w.accept(r.w.mara, next, r.w.last_edit));
  CHECK(refused(r.order(r.w.piet), "unit_needed")); // somebody brings it back
  must(r.w.seal(r.w.rhea, next));
  REQUIRE(r.order(r.w.piet).ok());
  must(r.confirm());
  // What is gone is not sealed again under its name.
  r.w.set_dump(1);
  CHECK(refused(r.w.seal(r.w.rhea, next), "unit_erased"));
  CHECK(r.w.replayed() == state_digest(r.w.state()));
}

TEST_CASE("STATE.LEGAL_HOLD INV-47: nothing is erased under a legal hold, which another person lifts than "
          "who placed "
          "it") {
  Released r;
  r.w.pass(until_deadline);
  const canon::Object why{{"text", "a matter"}};
  const auto place = [&](const Actor& by, std::optional<std::string> unit = {}) {
    return r.w.step(PlaceLegalHold{by.account, r.id, std::move(unit), why});
  };
  const auto lift = [&](const Actor& by, LeafNumber hold) {
    return r.w.step(LiftLegalHold{by.account, r.id, hold, why});
  };
  CHECK(refused(place(r.w.tomo), "role_missing"));
  CHECK(refused(r.w.step(PlaceLegalHold{r.w.agent, r.id, std::nullopt, why}), "agent_never_decides"));
  CHECK(refused(r.w.step(PlaceLegalHold{r.w.piet.account, r.id, std::nullopt, {}}), "reason_missing"));
  CHECK(refused(place(r.w.piet, "f9"), "subject_unknown")); // it would hold nothing
  REQUIRE(place(r.w.gail).ok());
  const LeafNumber whole = r.w.packet(r.id).legal_holds.back().leaf;
  REQUIRE(place(r.w.piet, "f2").ok());
  const LeafNumber one = r.w.packet(r.id).legal_holds.back().leaf;
  CHECK(refused(r.order(r.w.piet), "STATE.LEGAL_HOLD"));
  CHECK(refused(r.order(r.w.piet, "f1"), "STATE.LEGAL_HOLD"));
  CHECK(refused(lift(r.w.gail, whole), "hold_opener"));
  CHECK(refused(lift(r.w.piet, whole), "role_missing"));
  CHECK(refused(lift(r.w.pavel, 3), "hold_unknown"));
  CHECK(refused(r.w.step(LiftLegalHold{r.w.pavel.account, r.id, whole, {}}), "reason_missing"));
  REQUIRE(lift(r.w.pavel, whole).ok());
  CHECK(r.order(r.w.piet, "f1").ok());
  CHECK(refused(r.order(r.w.piet), "STATE.LEGAL_HOLD")); // the other one stands
  REQUIRE(lift(r.w.gail, one).ok());
  CHECK(r.order(r.w.piet).ok());
  CHECK(refused(place(r.w.piet, "f2"), "erasure_ordered")); // it is too late
  CHECK(r.w.replayed() == state_digest(r.w.state()));
}

TEST_CASE("STATE.LEGAL_HOLD INV-47: a legal hold covers the case, before and after a verdict") {
  Released r;
  must(r.w.verdict(r.w.lin, "narrower_evidence"));
  const auto successor = std::ranges::find_if(
      r.w.state().packets, [&](const auto& at) { return at.second.continues.has_value(); });
  const PacketId next = successor->first;
  must(r.w.step(PlaceLegalHold{r.w.gail.account, next, std::nullopt, {{"text", "a matter"}}}));
  r.w.pass(until_deadline);
  CHECK(refused(r.order(r.w.piet), "STATE.LEGAL_HOLD"));
}
