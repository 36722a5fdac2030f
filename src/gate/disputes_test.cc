// What people do not agree about ends by what its end is, and not by what only looks like it.
#include "gate/ledger.h"
#include "gate/testing/workshop.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

constexpr const char* frames = "/symbolization/frames/t1";

// Contrary instructions about the frames, as one open conflict.
ItemId contrary(Workshop& w, const PacketId& id) {
  must(w.instruct(w.tomo, id, frames, "include"));
  must(w.instruct(w.piet, id, frames, "exclude"));
  return w.item(id, "conflict");
}

} // namespace

TEST_CASE(
    "B18 INV-34 LEDG.LOST: an item whose subject is nowhere in the content does not end because it is not "
    "there") {
  Workshop w;
  const PacketId id = w.ready();
  for (const char* subject :
       {"/citations/c1", "/bounds/symbolization", "/scope/crash_session/s1", "/sections/dumps"}) {
    CAPTURE(subject);
    must(w.object(w.tomo, id, "attachment_lineage", subject));
    const ItemId item = w.item(id, "objection");
    CHECK(refused(w.resolve(w.mara, id, {item}, "subject_removed"), "subject_stays"));
    CHECK(item_at(w, id, item).open());
  }
  // One that was ended so all the same is seen at the seal, and at the head.
  must(w.object(w.tomo, id, "attachment_lineage", "/fragments/f3"));
  const ItemId item = w.item(id, "objection");
  must(w.resolve(w.mara, id, {item}, "subject_removed"));
  w.content.find("fragments")->object()->erase("f3");
  must(w.seal(w.rhea, id));
  w.observe_all();
  CHECK_FALSE(w.held(id, "LEDG.LOST"));
  packet::Coproduced co = *w.machine.facts().dossiers.find(id)->revision.co;
  CHECK(packet::has_left(co, "/fragments/f3/note"));
  for (const char* subject :
       {"/fragments/f2", "/citations/c99", "/symbolization/anything/t9", "/working/2", ""}) {
    CHECK_FALSE(packet::has_left(co, subject)); // what cannot be seen is not settled
  }
}

TEST_CASE(
    "C17 RB-6: a conflict does not end because its subject left, only where nobody contradicts any more") {
  Workshop w;
  const PacketId id = w.ready();
  const ItemId item = contrary(w, id);
  CHECK(refused(w.resolve(w.rhea, id, {item}, "subject_removed"), "subject_stays"));
  CHECK(w.held(id, "LEDG.INSTRUCTION_CONFLICT"));
}

TEST_CASE("C17 RB-6 INV-36: whoever instructs while a conflict is open joins it, and what was accepted of it "
          "counts "
          "no more") {
  Workshop w;
  const PacketId id = w.ready();
  const ItemId item = contrary(w, id);
  const Instant first_opened = item_at(w, id, item).first_opened;
  w.accept_all(id);
  w.bind(id);
  REQUIRE(w.holds(id).empty());
  w.pass(second);
  const Step third = w.instruct(w.mara, id, frames, "exclude");
  REQUIRE(third.ok());
  const auto* joined = find<packet::ConflictOpened>(third);
  REQUIRE(joined != nullptr);
  CHECK(joined->item == item);
  CHECK(joined->between.size() == 3);
  CHECK(item_at(w, id, item).between == joined->between);
  CHECK(item_at(w, id, item).first_opened == first_opened);
  CHECK_FALSE(w.reviewed(id));
  CHECK(w.held(id, "LEDG.INSTRUCTION_CONFLICT")); // accepted was another one
  must(w.accept_items(w.rhea, id, owner_role, {item}, "all three"));
  CHECK_FALSE(w.held(id, "LEDG.INSTRUCTION_CONFLICT"));
  // However many there are, the leaf keeps its size.
  for (int i = 0; i < 100; ++i) {
    must(w.instruct(w.tomo, id, frames, "include"));
  }
  CHECK(item_at(w, id, item).between.size() == 64);
  CHECK(w.replayed() == state_digest(w.state()));
}

TEST_CASE("C17 RB-6: a conflict that was ended opens anew where somebody instructs against what stands") {
  Workshop w;
  const PacketId id = w.ready();
  const ItemId item = contrary(w, id);
  must(w.step(WithdrawInstruction{w.piet.account, id, w.workspace(id).ledger.instructions.back().leaf}));
  must(w.resolve(w.rhea, id, {item}, "agreed"));
  must(w.instruct(w.mara, id, frames, "exclude"));
  CHECK(w.item(id, "conflict") != item);
  CHECK(w.held(id, "LEDG.INSTRUCTION_CONFLICT"));
}

TEST_CASE(
    "B10 C17: a reader's wish against an instruction that stands is a conflict in the packet that goes on") {
  Workshop w;
  const PacketId id = w.ready();
  must(w.instruct(w.tomo, id, "/fragments/f2", "include"));
  w.release(id);
  CHECK(refused(
      w.verdict(w.lin, "narrower_evidence", {{"/fragments/f2", "exclude"}, {"/fragments/f2", "include"}}),
      "subject_malformed"));
  CHECK(refused(w.verdict(w.lin, "narrower_evidence", {{"/fragments/who it was", "exclude"}}),
                "subject_malformed"));
  const Step step =
      w.verdict(w.lin, "narrower_evidence", {{"/fragments/f2", "exclude"}, {"/fragments/f3", "exclude"}});
  REQUIRE(step.ok());
  CHECK(count<packet::ConflictOpened>(step) == 1);
  const PacketId next = *find<packet::LaneVerdict>(step)->successor;
  CHECK(w.held(next, "LEDG.INSTRUCTION_CONFLICT"));
  CHECK(w.replayed() == state_digest(w.state()));
}

TEST_CASE("C15 LEDG.CLAIM_UNLINKED LEDG.LOST: an item that is closed marks nothing, and one about something "
          "else is no "
          "mark of a region or claim") {
  Workshop w;
  const PacketId id = w.ready();
  w.edit(id, {Workshop::put("/claims/m2", canon::Object{{"text", "disputed"}})});
  must(w.object(w.tomo, id, "memory_region", "/claims/m2"));
  const ItemId item = w.item(id, "objection");
  w.edit(id, {Workshop::put("/claims/m2/contested", item.str())});
  must(w.seal(w.rhea, id));
  w.observe_all();
  CHECK_FALSE(w.held(id, "LEDG.CLAIM_UNLINKED"));
  CHECK_FALSE(w.held(id, "LEDG.LOST"));
  SUBCASE("closed") {
    must(w.step(WithdrawObjection{w.tomo.account, id, item}));
    CHECK(w.held(id, "LEDG.CLAIM_UNLINKED"));
  }
  SUBCASE("about something else") {
    must(w.object(w.piet, id, "memory_region", "/regions/g1/range"));
    w.edit(id, {Workshop::put("/regions/g1/dispute", item.str())});
    must(w.seal(w.rhea, id));
    w.observe_all();
    CHECK(w.held(id, "LEDG.LOST")); // that one is of a claim
    w.edit(id, {Workshop::put("/regions/g1/dispute", w.item(id, "objection").str())});
    must(w.seal(w.rhea, id));
    w.observe_all();
    CHECK_FALSE(w.held(id, "LEDG.LOST"));
  }
}

TEST_CASE("B08 T22 SIGN.CONFLICT: an acceptance that would never count is refused: of who merged, drafted or "
          "holds a "
          "barred role") {
  const auto barred = [](const char* part) {
    return WorkshopOptions{{software_keys[0],
                            software_keys[1],
                            {"item_kind = \"other\"\nroles = [\"engineering-release-owner\"]",
                             std::string("item_kind = \"other\"\nroles = [\"engineering-release-owner\"]\n"
                                         "not_also = [\"") +
                                 part + "\"]"}},
                           1};
  };
  SUBCASE("merged") {
    Workshop w(barred("packet-merger"));
    const PacketId id = w.ready("one group");
    must(w.object(w.tomo, id, "attachment_lineage", "/fragments/f3"));
    const PacketId other = w.open("one group");
    REQUIRE(w.accept_items(w.rhea, id, owner_role, {w.item(id, "objection")}).ok());
    must(w.step(MergePackets{w.rhea.account, w.rhea.person, id, other, "same", {{"reason", "one crash"}}}));
    must(w.seal(w.rhea, id));
    w.observe_all();
    CHECK(refused(w.accept_items(w.rhea, id, owner_role, {w.item(id, "objection")}), "SIGN.CONFLICT"));
  }
  SUBCASE("drafted") {
    Workshop w(barred("packet-drafter"));
    const PacketId id = w.ready();
    must(w.object(w.tomo, id, "attachment_lineage", "/fragments/f3"));
    must(w.draft(w.rhea.account, id));
    CHECK(refused(w.accept_items(w.rhea, id, owner_role, {w.item(id, "objection")}), "SIGN.CONFLICT"));
  }
  SUBCASE("holds a role") {
    Workshop w(barred("production-reliability"));
    const PacketId id = w.ready();
    must(w.object(w.tomo, id, "attachment_lineage", "/fragments/f3"));
    w.grant(w.rhea, "production-reliability");
    must(w.activate_roster());
    CHECK(refused(w.accept_items(w.rhea, id, owner_role, {w.item(id, "objection")}), "SIGN.CONFLICT"));
  }
}

TEST_CASE("B23: edits, flags, wordings and drafts of an agent are counted together") {
  const WorkshopOptions three{{software_keys[0],
                               software_keys[1],
                               {"rate_per_hour = 120", "rate_per_hour = 3"},
                               {"\"flag\", ", "\"flag\", \"normalize_wording\", \"prepare_manifest\", "}},
                              1};
  using Prepare = std::function<Step(Workshop&, const PacketId&)>;
  const std::vector<std::pair<const char*, Prepare>> kinds{
      {"edit",
       [](Workshop& w, const PacketId& id) {
         return w.propose(w.agent, id, "dumps", {Workshop::put("/fragments/f2/note", "x")});
       }},
      {"flag",
       [](Workshop& w, const PacketId& id) {
         return w.step(RaiseFlag{w.agent, id, "/fragments/f2", "identifier_leakage", {{"why", "x"}}});
       }},
      {"wording",
       [](Workshop& w, const PacketId& id) { // the same words again are an act again
         const std::string words =
             packet::wording_disclosure({}, *w.workspace(id).boundary, "as it is").encoded;
         return w.step(ProposeWordings{w.agent, id, {words}});
       }},
      {"draft", [](Workshop& w, const PacketId& id) { return w.draft(w.agent, id); }}};
  for (const auto& [name, last] : kinds) {
    CAPTURE(name);
    Workshop w(three);
    const PacketId id = w.ready();
    int taken = 0;
    for (const auto& [other, prepare] : kinds) {
      if (std::string(other) != name) {
        CAPTURE(other);
        CHECK(prepare(w, id).ok());
        ++taken;
      }
    }
    REQUIRE(taken == 3);
    CHECK(refused(last(w, id), "agent_rate"));
    CHECK(w.propose(w.mara.account, id, "dumps", {Workshop::put("/fragments/f2/note", "x")}).ok());
    w.pass(hour);
    w.observe_all();
    CHECK(last(w, id).ok());
    CHECK(w.packet(id).prepared.at(w.agent).size() == 1); // no longer than it must be
    CHECK(w.replayed() == state_digest(w.state()));
  }
}
