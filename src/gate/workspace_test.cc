// T02 and T03: a packet that people and agents write together, and its seal.
#include "gate/ledger.h"
#include "gate/testing/workshop.h"
#include "gate/words_taken.h"
#include "gate/workspace.h"

#include "canon/json.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

canon::Array put_note(const std::string& text, const std::string& fragment = "f2") {
  return {Workshop::put("/fragments/" + fragment + "/note", text)};
}

// Accepted, submitted and signed: one press away from the lane.
} // namespace

TEST_CASE("B01 T02: a workspace opens with an owner for each section, and one for the release") {
  Workshop w;
  const PacketId id = w.open();
  CHECK(w.packet(id).open());
  CHECK_FALSE(w.packet(id).head);
  CHECK(w.workspace(id).owner == w.rhea.person);
  CHECK(w.workspace(id).sections.at("dumps").owner == w.mara.person);
  CHECK(w.workspace(id).sections.at("dumps").version == w.workspace(id).opened);
  CHECK_FALSE(w.held(id, "LEDG.UNOWNED"));
  // The boundary stands from the beginning: nobody forgets to confirm it (amendment 18).
  CHECK(w.workspace(id).ledger.items.at(*w.workspace(id).boundary).kind == "boundary");
  CHECK(w.replayed() == state_digest(w.state()));

  OpenWorkspace event = w.opening("group-2");
  CHECK(refused(w.try_open(w.mira, event), "role_missing"));
  event.sections["dumps"] = w.tomo.person;
  CHECK(refused(w.try_open(w.mara, event), "section_role"));
  event.sections = {{"attic", w.mara.person}};
  CHECK(refused(w.try_open(w.mara, event), "section_unknown"));
  event.sections.clear();
  event.cases = CaseTuples(1);
  CHECK(refused(w.try_open(w.mara, event), "lineage_keys"));
  event.by = w.agent;
  CHECK(refused(w.step(event), "agent_never_decides"));
  CHECK(w.state().packets.size() == 1);
}

TEST_CASE("B01 LEDG.UNOWNED: a section without an owner holds, and the release owner names one") {
  Workshop w;
  OpenWorkspace event = w.opening();
  event.sections.erase("runtime");
  must(w.step(event));
  CHECK(w.held(event.packet, "LEDG.UNOWNED"));
  CHECK(refused(w.propose(w.tomo.account, event.packet, "runtime", put_note("x")), "LEDG.UNOWNED"));
  const auto assign = [&](const Actor& by, const Actor& who) {
    return w.step(AssignSection{by.account, event.packet, "runtime", who.person});
  };
  CHECK(refused(assign(w.mara, w.tomo), "not_owner"));
  CHECK(refused(assign(w.rhea, w.mara), "section_role"));
  REQUIRE(assign(w.rhea, w.tomo).ok());
  CHECK(w.propose(w.tomo.account, event.packet, "runtime", put_note("x")).ok());
  // A role that ends leaves the section without its owner.
  w.revoke_grant(w.tomo, "production-reliability");
  REQUIRE(w.activate_roster().ok());
  CHECK(w.held(event.packet, "LEDG.UNOWNED"));
}

TEST_CASE("B01 LINE.DUP_PENDING: a second open packet of one crash group holds both") {
  Workshop w;
  const PacketId one = w.open("the same");
  CHECK_FALSE(w.held(one, "LINE.DUP_PENDING"));
  const PacketId two = w.open("the same");
  CHECK(w.held(one, "LINE.DUP_PENDING"));
  CHECK(w.held(two, "LINE.DUP_PENDING"));
  CHECK_FALSE(w.held(w.open("another"), "LINE.DUP_PENDING"));
}

TEST_CASE("B16 GOV.OWNER_AMBIGUOUS: of two who could own the release one is named") {
  Workshop w;
  w.grant(w.mira, "engineering-release-owner");
  REQUIRE(w.activate_roster().ok());
  OpenWorkspace event = w.opening();
  CHECK(refused(w.step(event), "GOV.OWNER_AMBIGUOUS"));
  event.owner = w.piet.person; // does not hold the role
  CHECK(refused(w.step(event), "GOV.OWNER_AMBIGUOUS"));
  event.owner = w.mira.person;
  REQUIRE(w.step(event).ok());
  CHECK(w.workspace(event.packet).owner == w.mira.person);
}

TEST_CASE("T01 T02: packets of a lane with a ledger are opened there, and never fed from upstream") {
  Workshop w;
  const PacketId id = w.ready();
  Sealed sealed = w.sealed(id);
  const PacketId other = PacketId::from_random(99);
  CHECK(refused(w.step(SubmitPacket{w.intake, other, sealed, std::nullopt}), "flow_other"));
  CHECK(refused(w.step(RevisePacket{w.intake, id, w.packet(id).head->digest, sealed}), "flow_other"));
}

TEST_CASE("B04 T02: an edit waits until its section's owner takes it, and says who made it") {
  Workshop w;
  const PacketId id = w.open();
  const LeafNumber before = w.workspace(id).sections.at("dumps").version;
  REQUIRE(w.propose(w.agent, id, "dumps", put_note("pass 1 leaves 60 bytes")).ok());
  const EditState& edit = w.workspace(id).edits.at(w.last_edit);
  CHECK(edit.machine);
  CHECK(edit.by == w.mara.person);
  CHECK(edit.touches == std::vector<std::string>{"/fragments/f2/note"});
  CHECK(w.workspace(id).sections.at("dumps").version == before); // nothing moved
  CHECK(refused(w.accept(w.tomo, id, w.last_edit), "not_section_owner"));
  CHECK(refused(w.step(AcceptEdit{w.agent, id, w.last_edit, {}, {}}), "agent_never_decides"));
  REQUIRE(w.accept(w.mara, id, w.last_edit).ok());
  const Workspace& workspace = w.workspace(id);
  CHECK(workspace.sections.at("dumps").version == w.state().size - 1);
  CHECK(refused(w.accept(w.mara, id, w.last_edit), "edit_decided"));
  const auto provenance = sealed_provenance(workspace);
  CHECK(provenance.at(w.last_edit.str()).machine);
  CHECK(provenance.at(w.last_edit.str()).by == w.agent);
  CHECK(provenance.at(w.last_edit.str()).accepted_by == w.mara.person);
}

TEST_CASE("T02: an edit that is no edit, of no section or on no version is refused") {
  Workshop w;
  const PacketId id = w.open();
  CHECK(refused(w.propose(w.mara.account, id, "attic", put_note("x")), "section_unknown"));
  CHECK(refused(w.propose(w.mara.account, id, "dumps", put_note("x"), 3), "base_unknown"));
  CHECK(refused(w.propose(w.mara.account, id, "dumps", {}), "edit_malformed"));
  CHECK(refused(w.propose(w.mara.account, id, "dumps", {Workshop::remove("/ledger/li_2345abcdef")}),
                "edit_malformed"));
  CHECK(refused(w.propose(w.mira.account, id, "dumps", put_note("x")), "role_missing"));
  CHECK(refused(w.propose(w.intake, id, "dumps", put_note("x")), "not_a_person"));
  CHECK(refused(w.accept(w.mara, id, EditId::from_random(5)), "edit_unknown"));
}

TEST_CASE("T02: an edit that touches what was accepted after its base cannot be accepted") {
  Workshop w;
  const PacketId id = w.open();
  const LeafNumber base = w.workspace(id).sections.at("dumps").version;
  REQUIRE(w.propose(w.tomo.account, id, "dumps", put_note("one"), base).ok());
  const EditId one = w.last_edit;
  REQUIRE(w.propose(w.agent, id, "dumps", put_note("other"), base).ok());
  const EditId other = w.last_edit;
  REQUIRE(w.propose(w.tomo.account, id, "dumps", put_note("elsewhere", "f3"), base).ok());
  const EditId elsewhere = w.last_edit;
  CHECK(beside(w.workspace(id), one) == std::set<EditId>{other}); // side by side, never merged
  REQUIRE(w.accept(w.mara, id, one, {}, {other}).ok());
  CHECK(refused(w.accept(w.mara, id, other), "edit_overtaken"));
  CHECK(w.accept(w.mara, id, elsewhere).ok()); // it touches something else
  // The whole item, or a member of it, is touched by either.
  REQUIRE(w.propose(w.mara.account, id, "dumps", {Workshop::remove("/fragments/f2")}, base).ok());
  CHECK(refused(w.accept(w.mara, id, w.last_edit), "edit_overtaken"));
  // A base that saw it may go on.
  REQUIRE(w.propose(w.mara.account, id, "dumps", put_note("after")).ok());
  CHECK(w.accept(w.mara, id, w.last_edit).ok());
  REQUIRE(w.reject(w.mara, id, other, "conflict_not_chosen").ok());
  CHECK(w.workspace(id).edits.at(other).status == "rejected");
}

TEST_CASE("T02: a third edit that answers two conflicting ones ends both") {
  Workshop w;
  const PacketId id = w.open();
  REQUIRE(w.propose(w.tomo.account, id, "dumps", put_note("one")).ok());
  const EditId one = w.last_edit;
  REQUIRE(w.propose(w.agent, id, "dumps", put_note("other")).ok());
  const EditId other = w.last_edit;
  CHECK(refused(w.propose(w.tomo.account, id, "dumps", put_note("third"), {}, {EditId::from_random(7)}),
                "edit_unknown"));
  REQUIRE(w.propose(w.tomo.account, id, "dumps", put_note("third"), {}, {one, other}).ok());
  const Step step = w.accept(w.mara, id, w.last_edit);
  REQUIRE(step.ok());
  CHECK(count<packet::EditRejected>(step) == 2);
  CHECK(w.workspace(id).edits.at(one).code == "superseded");
  CHECK(pending(w.workspace(id), "dumps") == 0);
}

TEST_CASE("B36 T02: a rejection has a code of a closed list; drift is one that the charter names") {
  Workshop w;
  const PacketId id = w.open();
  REQUIRE(w.propose(w.agent, id, "runtime",
                    {Workshop::put("/narrative/b4", canon::Object{{"section", "runtime"}})})
              .ok());
  CHECK(refused(w.reject(w.tomo, id, w.last_edit, ""), "rejection_code"));
  CHECK(refused(w.reject(w.tomo, id, w.last_edit, "i_do_not_like_it"), "rejection_code"));
  CHECK(refused(w.reject(w.tomo, id, w.last_edit, "case_adjudication"),
                "rejection_code")); // of another charter
  CHECK(refused(w.reject(w.mara, id, w.last_edit, "wrong"), "not_section_owner"));
  REQUIRE(w.reject(w.tomo, id, w.last_edit, "incident_adjudication").ok());
  for (const char* code : {"debugger_enablement", "customer_communication", "wider_sharing",
                           "downstream_decision", "wrong", "out_of_scope", "superseded"}) {
    CAPTURE(code);
    REQUIRE(w.propose(w.mara.account, id, "runtime", put_note("x")).ok());
    CHECK(w.reject(w.tomo, id, w.last_edit, code).ok());
  }
}

TEST_CASE("B20 RB-7 T02: an edit that is accepted on a sealed head voids manifests and holds LINE.CHANGED "
          "until the next seal") {
  Workshop w;
  const PacketId id = signed_packet(w);
  CHECK(w.packet(id).reviewed()->status == "authorised");
  w.edit(id, put_note("one fragment is described anew"));
  CHECK_FALSE(w.reviewed(id));
  CHECK(w.packet(id).manifests.at(w.manifest).void_cause == "edit_accepted");
  CHECK(w.held(id, "LINE.CHANGED"));
  CHECK(w.packet(id).head); // what was sealed stays what was sealed
  CHECK(refused(w.press(w.rhea, id), "manifest_unknown"));
  // A new manifest over what is no longer agreed does not help.
  w.bind(id);
  REQUIRE(w.sign(w.rhea, id).ok());
  CHECK(refused(w.press(w.rhea, id), "LINE.CHANGED"));
  REQUIRE(w.seal(w.rhea, id).ok());
  w.observe_all();
  CHECK_FALSE(w.held(id, "LINE.CHANGED"));
  CHECK(w.packet(id).head->number == 2);
  CHECK(w.packet(id).manifests.at(w.manifest).void_cause == "superseded");
  CHECK(w.workspace(id).ledger.acceptances.empty()); // they fell with the revision (amendment 27)
  w.release(id);
  CHECK(w.packet(id).status == "released");
}

TEST_CASE("B04 B23 B24 INV-08: an agent's proposals, flags and denials in any number leave an open manifest "
          "standing") {
  Workshop w;
  const PacketId id = signed_packet(w);
  const LeafNumber ledger = w.workspace(id).ledger.at;
  for (int i = 0; i < 20; ++i) {
    CHECK(w.propose(w.agent, id, "dumps", put_note("drift " + std::to_string(i))).ok());
    CHECK(w.step(RaiseFlag{w.agent, id, "/fragments/f1", "identifier_leakage", {{"why", "a name"}}}).ok());
    CHECK_FALSE(w.step(AcceptEdit{w.agent, id, w.last_edit, {}, {}}).ok());
    CHECK_FALSE(w.step(SignManifest{w.agent, id, w.packet(id).reviewed()->digest, {}}).ok());
    CHECK_FALSE(w.step(RefuseAttempt{w.agent, "adjudicate_incident", id, {{"out_of_bounds", ""}}}).ok());
    CHECK(w.step(RecordActivity{w.agent, w.now, {{"propose", 1}, {"denied", 3}}}).ok());
  }
  CHECK(w.packet(id).reviewed() != nullptr);
  CHECK(w.packet(id).reviewed()->status == "authorised");
  CHECK(w.workspace(id).ledger.at == ledger);
  REQUIRE(w.press(w.rhea, id).ok());
  w.answer(id);
  CHECK(w.commit(id).ok());
}

TEST_CASE("B07 B08 B24 INV-08 INV-35: of an agent there is no deciding act") {
  Workshop w;
  const PacketId id = w.ready();
  REQUIRE(w.propose(w.agent, id, "dumps", put_note("x")).ok());
  REQUIRE(w.object(w.tomo, id, "memory_region", "/regions/g1").ok());
  const ItemId item = w.item(id, "objection");
  must(w.step(OpenFinding{w.forensics, id, {"/fragments/f1", "stack_local", "suspected", w.scanned, {}}}));
  const ItemId finding = w.item(id, "finding");
  packet::AcceptStatement said = w.acceptance(w.rhea, id, "engineering-release-owner", {item});
  const canon::Value statement = packet::statement(said);
  const packet::SignedStatement act{statement,
                                    {{w.rhea.person, w.rhea.fingerprint(),
                                      to_base64(w.rhea.sign(packet::act::accept, canon::write(statement)))}}};
  const canon::Object why{{"text", "because"}};
  const std::vector<Event> events{
      w.opening("another"),
      AssignSection{w.agent, id, "dumps", w.mara.person},
      AcceptEdit{w.agent, id, w.last_edit, {}, {}},
      RejectEdit{w.agent, id, w.last_edit, "wrong", {}},
      SealWorkspace{w.agent, id, w.sealed(id)},
      RequestSymbols{w.agent, id, "q1", "line", {}},
      DismissFlag{w.agent, id, 1, "seen", {}},
      OpenFinding{w.agent, id, {"/fragments/f2", "stack_local", "suspected", w.scanned, {}}},
      JudgeFinding{w.agent, id, finding, "disputed", why},
      FixFinding{w.agent, id, finding, w.scanned},
      RaiseObjection{w.agent, id, "memory_region", "/regions/g1", {}, {}, why},
      AnswerObjection{w.agent, id, item, why},
      AgreeItem{w.agent, id, item},
      WithdrawObjection{w.agent, id, item},
      ResolveItems{w.agent, id, {item}, "subject_removed", {}, why},
      GiveInstruction{w.agent, id, "/fragments/f1", "include", "memory_region", why},
      WithdrawInstruction{w.agent, id, 1},
      AcceptItems{w.agent, id, act, {}},
      WithdrawAcceptance{w.agent, id, 1, {}},
      SubmitManifest{w.agent, id, ManifestId::from_random(1), {}, {}, {}},
      RequestRelease{w.agent, id, {}, {}, Workshop::lane}};
  const Digest before = state_digest(w.state());
  for (Event event : events) {
    CAPTURE(event.index());
    if (auto* open = std::get_if<OpenWorkspace>(&event)) {
      open->by = w.agent;
    }
    CHECK(refused(w.step(event), "agent_never_decides"));
  }
  CHECK(w.workspace(id).ledger.items.at(finding).open());
  CHECK(w.workspace(id).ledger.acceptances.empty());
  CHECK(before != state_digest(w.state())); // each attempt is on record
}

TEST_CASE("B23: what an agent may do at all, and how often, the charter says") {
  Workshop w(
      WorkshopOptions{{software_keys[0], software_keys[1], {"rate_per_hour = 120", "rate_per_hour = 2"}}, 1});
  const PacketId id = w.open();
  CHECK(w.propose(w.agent, id, "dumps", put_note("one")).ok());
  CHECK(w.step(RaiseFlag{w.agent, id, "/fragments/f2", "identifier_leakage", {{"why", "x"}}}).ok());
  CHECK(refused(w.propose(w.agent, id, "dumps", put_note("two")), "agent_rate"));
  CHECK(refused(w.step(RaiseFlag{w.agent, id, "/fragments/f2", "identifier_leakage", {{"why", "x"}}}),
                "agent_rate"));
  w.pass(hour);
  CHECK(w.propose(w.agent, id, "dumps", put_note("two")).ok());
  CHECK(refused(w.step(ProposeWordings{w.agent, id, {}}), "verb_not_allowed"));
  CHECK(refused(w.step(DraftManifest{w.agent, id, ManifestId::from_random(3), {}, {}}), "LINE.SUPERSEDED"));
  CHECK(refused(w.step(RaiseFlag{w.mara.account, id, "/fragments/f2", "identifier_leakage", {}}),
                "flag_by_agent"));
  CHECK(refused(w.step(RaiseFlag{w.agent, id, "/fragments/f2", "no_such", {}}), "category_unknown"));

  Workshop none(
      WorkshopOptions{{software_keys[0],
                       software_keys[1],
                       {"\"flag\", ", ""},
                       {"edit = \"propose\"\ndrift = [\"incident_adjudication\", \"debugger_enablement\", "
                        "\"customer_communication\", \"wider_sharing\", \"downstream_decision\"]\n",
                        ""}},
                      1});
  const PacketId bare = none.open();
  CHECK(refused(none.propose(none.agent, bare, "dumps", put_note("x")), "verb_not_allowed"));
  CHECK(refused(none.step(RaiseFlag{none.agent, bare, "/fragments/f2", "identifier_leakage", {}}),
                "verb_not_allowed"));
}

TEST_CASE("B24: a flag of an agent is looked at by a person before a review, and is no item before") {
  Workshop w;
  const PacketId id = w.ready();
  const auto flag = [&] {
    must(w.step(RaiseFlag{w.agent, id, "/fragments/f1", "identifier_leakage", {{"why", "privacy-safe?"}}}));
    return w.workspace(id).flags.back().leaf;
  };
  const LeafNumber one = flag();
  const LeafNumber two = flag();
  CHECK(w.workspace(id).ledger.items.size() == 1);
  w.accept_all(id);
  REQUIRE(w.draft(w.rhea.account, id).ok());
  CHECK(refused(w.submit(w.rhea, id), "flag_open"));
  REQUIRE(w.step(DismissFlag{w.piet.account, id, one, "seen", {}}).ok());
  CHECK(refused(w.step(DismissFlag{w.piet.account, id, one, "seen", {}}), "flag_unknown"));
  REQUIRE(w.object(w.piet, id, "identifier_leakage", "/fragments/f1", {}, two).ok());
  CHECK(refused(w.object(w.piet, id, "identifier_leakage", "/fragments/f1", {}, two), "flag_unknown"));
  CHECK(w.workspace(id).flags.back().status == "raised");
  REQUIRE(w.step(WithdrawObjection{w.piet.account, id, w.item(id, "objection")}).ok());
  w.accept_all(id);
  w.bind(id);
  flag(); // a later one is shown, and stops nobody
  CHECK(w.sign(w.rhea, id).ok());
}

TEST_CASE("B06 SCOPE.EXCEEDS: symbols beyond the bound are listed as refused, and hold nothing") {
  Workshop w;
  const PacketId id = w.ready();
  const auto ask = [&](const std::string& level) {
    return w.step(RequestSymbols{w.tomo.account, id, "q2", level, {{"module", "m1"}}});
  };
  const Step beyond = ask("line");
  REQUIRE(beyond.ok());
  const auto* record = find<packet::SymbolizationRefused>(beyond);
  REQUIRE(record != nullptr);
  CHECK(record->bound == "function");
  CHECK(w.workspace(id).refused.at("q2").level == "line");
  CHECK_FALSE(w.held(id, "SCOPE.EXCEEDS"));
  CHECK(refused(ask("everything"), "level_unknown"));
  // What was answered under a name stays answered.
  CHECK(refused(ask("locals"), "request_exists"));
  CHECK(refused(ask("module"), "request_exists"));
  CHECK(w.workspace(id).refused.at("q2").level == "line");
  const Step inside = w.step(RequestSymbols{w.tomo.account, id, "q3", "module", {{"module", "m1"}}});
  REQUIRE(inside.ok());
  CHECK(find<packet::SymbolizationRefused>(inside) == nullptr);
  // Nor is a name taken that the head has of a request that was fulfilled.
  w.edit(id, {Workshop::put("/symbolization/requests/q4",
                            canon::Object{{"level", "module"}, {"result", "fulfilled"}})});
  must(w.seal(w.rhea, id));
  CHECK(refused(w.step(RequestSymbols{w.tomo.account, id, "q4", "line", {{"module", "m1"}}}),
                "request_exists"));
}

TEST_CASE("T03 INV-34: the seal is the release owner's, of what the workspace came to and of nothing else") {
  Workshop w;
  const PacketId id = w.open();
  must(w.scan());
  w.edit(id, {Workshop::put("/bounds/symbolization", "function")});
  CHECK(refused(w.seal(w.mara, id), "not_owner"));
  const auto with = [&](const std::function<void(packet::Coproduced&, Sealed&)>& change) {
    Sealed sealed = w.sealed(id);
    packet::Coproduced co = *sealed.revision.co;
    change(co, sealed);
    sealed.revision.co = std::make_shared<const packet::Coproduced>(co);
    return w.step(SealWorkspace{w.rhea.account, id, sealed});
  };
  CHECK(refused(with([](auto& co, auto&) { co.ledger.clear(); }), "LEDG.LOST"));
  CHECK(refused(with([](auto& co, auto&) { co.ledger.begin()->second.state = "resolved"; }), "LEDG.LOST"));
  CHECK(refused(with([](auto& co, auto&) { --co.ledger_at; }), "revision_stale"));
  CHECK(refused(with([](auto& co, auto&) { --co.sections["dumps"].version; }), "revision_stale"));
  CHECK(refused(with([](auto& co, auto&) { co.provenance.clear(); }), "revision_stale"));
  CHECK(refused(with([](auto&, auto& sealed) { ++sealed.revision.number; }), "revision_stale"));
  CHECK(refused(with([](auto&, auto& sealed) { sealed.revision.lane = "Q-PSR"; }), "LANE.MISMATCH"));
  CHECK(refused(with([](auto&, auto& sealed) { sealed.revision.packet_class = "other"; }), "class_unknown"));
  CHECK(refused(with([](auto& co, auto&) { co.fragments.at("f1").rev = 2; }), "MIN.UNSCANNED"));
  // An edit that is taken in between makes it another workspace.
  const Sealed early = w.sealed(id);
  w.edit(id, put_note("later"));
  CHECK(refused(w.step(SealWorkspace{w.rhea.account, id, early}), "revision_stale"));
  w.revoke_grant(w.tomo, "production-reliability");
  REQUIRE(w.activate_roster().ok());
  CHECK(refused(w.seal(w.rhea, id), "LEDG.UNOWNED"));
  w.grant(w.tomo, "production-reliability");
  REQUIRE(w.activate_roster().ok());
  REQUIRE(w.propose(w.tomo.account, id, "dumps", put_note("waits")).ok());
  const Step sealed = w.seal(w.rhea, id);
  REQUIRE(sealed.ok());
  const auto* record = find<packet::RevisionSealed>(sealed);
  REQUIRE(record != nullptr);
  CHECK(record->facts.pending == 1);
  CHECK(record->facts.fragments == 4);
  CHECK(record->facts.ledger_at == w.workspace(id).ledger.items_at);
  CHECK(record->facts.authors == std::vector<PersonId>{w.mara.person}); // who wrote it, not who sealed it
  CHECK(w.packet(id).head->number == 1);
  CHECK(w.replayed() == state_digest(w.state()));
}

TEST_CASE("T02 B12: a workspace of many edits keeps every leaf within its size") {
  Workshop w;
  const PacketId id = w.open();
  canon::Array many;
  for (int i = 0; i < 64; ++i) {
    many.push_back(Workshop::put("/fragments/fragment-" + std::to_string(100 + i) + "/note", "text"));
  }
  for (int i = 0; i < 40; ++i) {
    REQUIRE(w.propose(w.mara.account, id, "dumps", i % 2 == 0 ? many : put_note("x")).ok());
    REQUIRE(w.accept(w.mara, id, w.last_edit).ok());
  }
  many.push_back(Workshop::put("/fragments/f1/note", "one too many"));
  CHECK(refused(w.propose(w.mara.account, id, "dumps", many), "edit_malformed"));
}

TEST_CASE("a refused word comes with those that would be taken in a workspace, and never with itself") {
  Workshop w;
  const charter::Charter& charter = w.charter();
  const auto taken = [&](const char* code, const char* where = "") {
    return words_taken(&charter, {code, where});
  };
  const auto has = [](const std::vector<std::string>& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
  };
  CHECK(taken("level_unknown") == charter.scope.at("symbolization").levels);
  CHECK(taken("section_unknown").size() == charter.ledger->sections.size());
  CHECK(has(taken("section_unknown"), charter.ledger->sections.begin()->first));
  CHECK(taken("category_unknown").size() == charter.ledger->categories.size());
  CHECK(has(taken("category_unknown"), *charter.ledger->categories.begin()));
  CHECK(taken("rejection_code").size() == rejections.size() + charter.agents.drift.size());
  CHECK(has(taken("rejection_code"), charter::to_word(*charter.agents.drift.begin())));
  CHECK(taken("step_unknown").size() == charter.lane.stop_before.size());
  CHECK(taken("verdict_unknown", "/found").size() == found_in_release.size());
  CHECK(taken("verdict_unknown").size() == charter.lane.verdicts.size());

  // The id of a request is no level.
  const PacketId id = w.open();
  const Step step = w.step(RequestSymbols{
      w.mara.account, id, "Bad Id", charter.scope.at("symbolization").levels[0], {{"reason", "to see"}}});
  CHECK(refused(step, "request_malformed"));
}
