// B02, B03, B07: what scans find, and what of it is believed. A cell is clean only where nothing says
// otherwise.
#include "gate/testing/workshop.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

Step found(Workshop& w, const PacketId& id, const std::string& status, LeafNumber cause,
           const std::string& subject = "/fragments/f1") {
  return w.step(OpenFinding{w.forensics, id, {subject, "customer_identifier", status, cause, {}}});
}

// The head says of f1 what the ledger does.
void seal_cell(Workshop& w, const PacketId& id, const std::string& status) {
  w.edit(id, {Workshop::put("/fragments/f1/exposure", canon::Object{{"customer_identifier", status},
                                                                    {"session_payload", "clean"},
                                                                    {"stack_local", "clean"}})});
  must(w.seal(w.rhea, id));
  w.observe_all();
}

} // namespace

TEST_CASE("B03 B07: a scan is a service's word, and a finding that a person opens is no verdict and of its "
          "own dump") {
  Workshop w;
  const PacketId id = w.ready();
  for (const auto& [by, code] :
       {std::pair{w.piet.account, "role_missing"}, {w.agent, "agent_never_decides"}}) {
    Observe event;
    event.brought_by = by;
    event.source = "forensics-tool";
    event.observed_at = event.complete_through = w.now;
    event.scan = w.scan_facts;
    CHECK(refused(w.step(event), code));
  }
  const auto open = [&](const Actor& who, const char* status, LeafNumber scan) {
    return w.step(OpenFinding{
        who.account, id, {"/fragments/f1", "customer_identifier", status, scan, {{"text", "x"}}}});
  };
  CHECK(refused(open(w.tomo, "confirmed", 0), "role_missing"));
  const std::string dump = w.scan_facts.dump;
  w.scan_facts.dump = "du_other";
  must(w.scan(Workshop::left(1)));
  w.scan_facts.dump = dump;
  CHECK(refused(open(w.tomo, "suspected", w.scanned), "scan_unknown"));
  CHECK(open(w.tomo, "suspected", 0).ok());
}

TEST_CASE(
    "B02 B03 B07 MIN.FINDING: a finding is closed by a newer scan of a newer dump revision and a person") {
  Workshop w;
  const PacketId id = w.open();
  must(w.scan(Workshop::left(1)));
  const LeafNumber first = w.scanned;
  w.edit(
      id,
      {Workshop::put("/bounds/symbolization", "function"),
       Workshop::put("/scope/crash_session/s1",
                     canon::Object{{"value", "session-1"}, {"pseudonym", "s-ONE"}}),
       Workshop::put("/scope/environment/e1", canon::Object{{"value", "cluster-4"}, {"pseudonym", "c-ONE"}}),
       Workshop::put("/fragments/f3/exposure", canon::Object{{"customer_identifier", "confirmed"},
                                                             {"session_payload", "clean"},
                                                             {"stack_local", "clean"}})},
      {{"/fragments/f3", "customer_identifier", "confirmed", first, {{"where", "rg2"}}}});
  must(w.seal(w.rhea, id));
  w.observe_all();
  const ItemId finding = w.item(id, "finding");
  CHECK(finding.str().starts_with("fi_"));
  CHECK(w.held(id, "MIN.FINDING"));
  // One item for a cell of fragment and class.
  REQUIRE(
      w.step(OpenFinding{w.forensics, id, {"/fragments/f3", "customer_identifier", "suspected", first, {}}})
          .ok());
  CHECK(w.item(id, "finding") == finding);
  // A confirmed leak is never acceptable, and stays confirmed.
  CHECK(refused(w.accept_items(w.rhea, id, owner_role, {finding}), "item_not_acceptable"));
  CHECK(refused(w.step(JudgeFinding{w.piet.account, id, finding, "suspected", {{"text", "x"}}}),
                "finding_confirmed"));
  CHECK(refused(w.resolve(w.piet, id, {finding}, "subject_removed"), "finding_confirmed"));
  const auto fix = [&](const Actor& by, LeafNumber scan) {
    return w.step(FixFinding{by.account, id, finding, scan});
  };
  CHECK(refused(fix(w.piet, first), "finding_still_so"));
  must(w.scan()); // a newer scan of the same dump
  CHECK(refused(fix(w.piet, w.scanned), "finding_still_so"));
  w.set_dump(2);
  must(w.scan(Workshop::left(1))); // a newer dump that still has it
  CHECK(refused(fix(w.piet, w.scanned), "finding_still_so"));
  must(w.scan({})); // a scan that does not say
  CHECK(refused(fix(w.piet, w.scanned), "finding_still_so"));
  w.scan_facts.budgets_hit = 1; // a scan that did not come to its end
  must(w.scan());
  CHECK(refused(fix(w.piet, w.scanned), "finding_still_so"));
  w.scan_facts.budgets_hit = 0;
  must(w.scan());
  CHECK(refused(fix(w.tomo, w.scanned), "role_missing"));
  CHECK(refused(fix(w.piet, 3), "scan_unknown"));
  REQUIRE(fix(w.piet, w.scanned).ok());
  CHECK(item_at(w, id, finding).state == "fixed");
  CHECK(refused(fix(w.piet, w.scanned), "item_unknown"));
  // The head is still of the dump that had it: the next revision is of the other.
  CHECK(w.held(id, "LINE.DIGEST_MISMATCH"));
  w.observe_all(); // the vault has the redacted fragments of the newer dump
  must(w.seal(w.rhea, id));
  w.observe_all();
  CHECK(w.holds(id) == std::vector<std::string>{"LEDG.UNADDRESSED"}); // the boundary
}

TEST_CASE("B02 MIN.FINDING: what is believed of a finding is a person's word, with a reason") {
  Workshop w;
  const PacketId id = w.ready();
  must(w.step(OpenFinding{w.forensics, id, {"/fragments/f1", "stack_local", "suspected", w.scanned, {}}}));
  const ItemId finding = w.item(id, "finding");
  const auto judge = [&](const Actor& by, const std::string& status,
                         canon::Object why = {{"text", "looked"}}) {
    return w.step(JudgeFinding{by.account, id, finding, status, std::move(why)});
  };
  CHECK(refused(judge(w.tomo, "disputed"), "role_missing"));
  CHECK(refused(judge(w.piet, "clean"), "finding_malformed"));
  CHECK(refused(judge(w.piet, "suspected"), "finding_malformed"));
  CHECK(refused(judge(w.piet, "disputed", {}), "reason_missing"));
  REQUIRE(judge(w.piet, "disputed").ok());
  CHECK(item_at(w, id, finding).status == "disputed");
  CHECK(refused(w.step(OpenFinding{w.forensics, id, {"/fragments/f1", "stack_local", "clean", 0, {}}}),
                "finding_malformed"));
  CHECK(refused(w.step(OpenFinding{w.forensics, id, {"/fragments/f2", "stack_local", "suspected", 2, {}}}),
                "scan_unknown"));
  // The head calls the cell clean: it is not, while an item is open.
  CHECK(w.held(id, "MIN.FINDING"));
}

TEST_CASE("B02 B31 MIN.UNSCANNED: a cell that nobody scanned, a scan cut short, and rules that moved on") {
  SUBCASE("a class without a cell") {
    Workshop w;
    const PacketId id = w.ready();
    w.edit(id, {Workshop::put("/fragments/f2/exposure",
                              canon::Object{{"customer_identifier", "clean"}, {"stack_local", "clean"}})});
    must(w.seal(w.rhea, id));
    CHECK(w.held(id, "MIN.UNSCANNED"));
  }
  SUBCASE("bytes that were not accounted for") {
    Workshop w;
    const PacketId id = w.ready();
    w.scan_facts.unaccounted = 1;
    must(w.scan());
    CHECK(w.held(id, "MIN.UNSCANNED"));
    w.scan_facts.unaccounted = 0;
    must(w.scan());
    CHECK_FALSE(w.held(id, "MIN.UNSCANNED"));
  }
  SUBCASE("a newer ruleset") {
    Workshop w;
    const PacketId id = w.ready();
    w.pins["ruleset"] = 0;
    must(w.scan());
    CHECK(w.held(id, "MIN.UNSCANNED"));
    w.pins = {{"ruleset", 1}};
    must(w.scan());
    CHECK(w.held(id, "MIN.UNSCANNED")); // which taxonomy is not said
    w.pins = {{"ruleset", 2}, {"taxonomy", 1}};
    must(w.scan());
    CHECK(w.held(id, "MIN.UNSCANNED")); // of rules that went back, or that nobody has stated
    w.pins = {{"ruleset", 1}, {"taxonomy", 1}};
    must(w.scan());
    CHECK_FALSE(w.held(id, "MIN.UNSCANNED"));
  }
  SUBCASE("what was hidden is exposed again: MIN.FINDING") {
    Workshop w;
    const PacketId id = w.ready();
    w.scan_facts.re_exposed = 1;
    must(w.scan());
    CHECK(w.held(id, "MIN.FINDING"));
  }
}

TEST_CASE(
    "B02 B07 MIN.FINDING: what a scan confirms raises the item that is open as suspected, and its acceptance "
    "counts no more") {
  Workshop w;
  const PacketId id = w.ready();
  must(found(w, id, "suspected", w.scanned));
  const ItemId finding = w.item(id, "finding");
  const Instant first_opened = item_at(w, id, finding).first_opened;
  const LeafNumber raised = item_at(w, id, finding).raised;
  seal_cell(w, id, "suspected");
  CHECK_FALSE(w.packet(id).find_hold("MIN.FINDING", "/fragments/f1"));
  w.accept_all(id);
  w.bind(id);
  CHECK(w.holds(id).empty());
  w.pass(second);
  const Step step = found(w, id, "confirmed", w.scanned);
  REQUIRE(step.ok());
  CHECK(find<packet::FindingOpened>(step)->finding == finding); // one item for a cell
  CHECK(item_at(w, id, finding).status == "confirmed");
  CHECK(item_at(w, id, finding).first_opened == first_opened);
  CHECK(item_at(w, id, finding).raised == raised);
  CHECK_FALSE(w.reviewed(id));
  CHECK(w.held(id, "MIN.FINDING"));
  CHECK(refused(w.accept_items(w.rhea, id, owner_role, {finding}), "item_not_acceptable"));
  // What is milder changes nothing of it.
  const LeafNumber ledger = w.workspace(id).ledger.at;
  must(found(w, id, "suspected", w.scanned));
  must(found(w, id, "disputed", w.scanned));
  CHECK(w.workspace(id).ledger.at == ledger);
  CHECK(w.replayed() == state_digest(w.state()));
}

TEST_CASE("B02 MIN.FINDING: findings of one act that are of one cell are one item, by the worst of them") {
  Workshop w;
  const PacketId id = w.ready();
  REQUIRE(w.propose(w.mara.account, id, "dumps", {Workshop::put("/fragments/f2/note", "x")}).ok());
  const NewFinding suspected{"/fragments/f2", "stack_local", "suspected", w.scanned, {}};
  NewFinding confirmed = suspected;
  confirmed.status = "confirmed";
  REQUIRE(w.accept(w.mara, id, w.last_edit, {suspected, confirmed, suspected}).ok());
  const auto& items = w.workspace(id).ledger.items;
  CHECK(std::ranges::count_if(items, [](const auto& item) { return item.second.kind == "finding"; }) == 1);
  CHECK(item_at(w, id, w.item(id, "finding")).status == "confirmed");
}

TEST_CASE("B02 MIN.FINDING: a cell of the head that calls the finding less than the ledger does holds") {
  Workshop w;
  const PacketId id = w.ready();
  must(found(w, id, "confirmed", w.scanned));
  for (const char* said : {"clean", "suspected", "disputed"}) {
    CAPTURE(said);
    seal_cell(w, id, said);
    CHECK(w.packet(id).find_hold("MIN.FINDING", "/fragments/f1"));
  }
  seal_cell(w, id, "confirmed");
  CHECK_FALSE(w.packet(id).find_hold("MIN.FINDING", "/fragments/f1"));
}

TEST_CASE("B03 MIN.FINDING MIN.UNSCANNED: what the last scan left is in the ledger, and what it did not look "
          "for may "
          "be there") {
  Workshop w;
  const PacketId id = w.ready();
  const auto left_over = [&] { return w.packet(id).find_hold("MIN.FINDING", "/dumps/du_1") != nullptr; };
  w.pass(second);
  must(w.scan(Workshop::left(2)));
  CHECK(left_over());
  must(found(w, id, "suspected", w.scanned));
  CHECK_FALSE(left_over()); // its item holds
  must(w.scan(Workshop::left(3)));
  CHECK(left_over()); // more than what the item was opened for
  must(found(w, id, "suspected", w.scanned));
  CHECK_FALSE(left_over());
  CHECK(item_at(w, id, w.item(id, "finding")).cause == w.scanned);
  must(w.scan(Workshop::left(1)));
  CHECK_FALSE(left_over());
  // What lies in no cited fragment is of the dump itself.
  Workshop::Residual stack = Workshop::left(1);
  stack["stack_local"] = 1;
  must(w.scan(stack));
  CHECK(left_over());
  must(w.step(OpenFinding{w.forensics, id, {"/dumps/du_1", "stack_local", "suspected", w.scanned, {}}}));
  CHECK_FALSE(left_over());
  stack.erase("stack_local");
  must(w.scan(stack));
  CHECK(w.held(id, "MIN.UNSCANNED"));
}

TEST_CASE("B07 MIN.FINDING: a scan that a later one contradicts fixes nothing") {
  Workshop w;
  const PacketId id = w.ready();
  must(w.scan(Workshop::left(1)));
  must(found(w, id, "confirmed", w.scanned));
  const ItemId finding = w.item(id, "finding");
  w.set_dump(2);
  must(w.scan());
  const LeafNumber clean = w.scanned;
  must(w.scan(Workshop::left(1)));
  CHECK(refused(w.step(FixFinding{w.piet.account, id, finding, clean}), "finding_still_so"));
  must(w.scan());
  CHECK(w.step(FixFinding{w.piet.account, id, finding, w.scanned}).ok());
}

TEST_CASE("B14 INV-30: what a finding, an objection, an instruction or a flag is about is something of the "
          "packet, by "
          "names alone") {
  Workshop w;
  const PacketId id = w.ready();
  const std::string long_name(64, 'a');
  for (const auto& [subject, code] :
       {std::pair<std::string, const char*>{"/a note that says who it was/x", "subject_malformed"},
        {"/fragments/Ada Lovelace", "subject_malformed"},
        {"/fragments/f1/" + long_name, "subject_malformed"},
        {"/fragments/f1/note/deeper", "subject_malformed"},
        {"/fragments", "subject_malformed"},
        {"/elsewhere/f1", "subject_malformed"},
        {"/fragments/f9", "subject_unknown"},
        {"/citations/c99", "subject_unknown"},
        {"/sections/attic", "subject_unknown"},
        {"/ledger/li_2345abcdef/statements/s1", "subject_unknown"}}) {
    CAPTURE(subject);
    CHECK(refused(found(w, id, "suspected", w.scanned, subject), code));
    CHECK(refused(w.object(w.tomo, id, "memory_region", subject), code));
    CHECK(refused(w.instruct(w.tomo, id, subject, "include"), code));
    CHECK(refused(w.step(RaiseFlag{w.agent, id, subject, "memory_region", {{"why", "x"}}}), code));
  }
  must(w.object(w.tomo, id, "memory_region", "/regions/g1/range"));
  const std::string statement = "/ledger/" + w.item(id, "objection").str() + "/statements/s1";
  CHECK(refused(found(w, id, "suspected", 0, "/ledger/" + w.item(id, "objection").str() + "/statements/s2"),
                "subject_unknown"));
  for (const std::string& subject :
       {statement, std::string("/citations/c1"), std::string("/bounds/symbolization"),
        std::string("/scope/crash_session/s1"), std::string("/sections/dumps"),
        std::string("/narrative/b1/text")}) {
    CAPTURE(subject);
    CHECK(found(w, id, "suspected", 0, subject).ok());
  }
  // What an edit puts may be spoken of before it is sealed.
  REQUIRE(w.propose(w.tomo.account, id, "dumps", {Workshop::put("/claims/m7/text", "a claim")}).ok());
  CHECK(w.object(w.piet, id, "memory_region", "/claims/m7").ok());
}
