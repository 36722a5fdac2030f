// The release of what people wrote together: what is bound, who presses, what comes after the verdict.
#include "gate/bind.h"
#include "gate/ledger.h"
#include "gate/testing/workshop.h"

#include "canon/json.h"
#include "charter/lint.h"
#include "crypto/digest.h"
#include "packet/entry.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

packet::Manifest& bound(Workshop& w) {
  return w.machine.facts().manifests.at(w.manifest).manifest;
}

} // namespace

TEST_CASE("B09 T13: it crosses when the named release owner signed exactly it and pressed, and nobody else's "
          "press does") {
  Workshop w;
  const PacketId id = w.ready();
  w.accept_all(id);
  w.bind(id);
  CHECK(refused(w.press(w.rhea, id), "SIGN.MISSING")); // B21: ready, and not approved
  CHECK(refused(w.sign(w.piet, id), "role_missing"));
  CHECK(refused(w.sign(w.rhea, id, packet::act::dispatch), "signature_invalid")); // of another act
  REQUIRE(w.sign(w.rhea, id).ok());
  CHECK_FALSE(w.packet(id).recheck); // the signature alone starts nothing: release_on is explicit
  CHECK(refused(w.press(w.piet, id), "not_owner"));
  REQUIRE(w.press(w.rhea, id).ok());
  w.answer(id);
  const Step commit = w.commit(id);
  REQUIRE(commit.ok());
  const auto* record = find<packet::ReleaseCommitted>(commit);
  REQUIRE(record != nullptr);
  CHECK(record->ledger == bound(w).ledger->digest);
  CHECK(record->accepted == bound(w).accepted_digest);
  CHECK(record->accepts->size() == 2);
  CHECK(w.packet(id).status == "released");
  CHECK(w.replayed() == state_digest(w.state()));
}

TEST_CASE("B25 B35 INV-05: each of the eight things that a manifest binds changes its digest, and what was "
          "kept otherwise does not cross") {
  using Change = std::function<void(packet::Manifest&)>;
  const std::vector<std::pair<const char*, Change>> changes{
      {"revision", [](auto& m) { m.revision_digest.bytes[0] ^= 1U; }},
      {"lane", [](auto& m) { m.lane = "IN-OTHER"; }},
      {"signer", [](auto& m) { m.signers.eligible[0].person = PersonId::from_random(4); }},
      {"owner", [](auto& m) { m.owner->person = PersonId::from_random(4); }},
      {"crash sessions", [](auto& m) { m.scope.at("crash_session").pop_back(); }},
      {"symbolization", [](auto& m) { m.bounds->at("symbolization").value = std::string("line"); }},
      {"fragment", [](auto& m) { m.fragments->parts.at("f1").bytes[0] ^= 1U; }},
      {"dump", [](auto& m) { ++m.fragments->dumps.at("du_1").rev; }},
      {"retention", [](auto& m) { m.clock_state->front().deadline.ms += 1; }},
      {"accepted",
       [](auto& m) {
         m.accepted.front().wording = "others";
         m.accepted_digest = packet::accepted_digest(m.accepted);
       }},
      {"ledger", [](auto& m) { ++m.ledger->at; }}};
  for (const auto& [what, change] : changes) {
    CAPTURE(what);
    Workshop w;
    const PacketId id = signed_packet(w);
    REQUIRE(w.press(w.rhea, id).ok());
    packet::Manifest other = bound(w);
    change(other);
    CHECK(packet::manifest_bytes(other) != packet::manifest_bytes(bound(w)));
    CHECK((std::string(what) == "signer" || !differences(other, bound(w)).empty()));
    BoundManifest& kept = w.machine.facts().manifests.at(w.manifest);
    kept.manifest = other;
    kept.bytes = packet::manifest_bytes(other);
    w.answer(id);
    CHECK_FALSE(w.commit(id).ok());
    CHECK(w.state().entries.empty());
  }
}

TEST_CASE("B25: a manifest of a ledger says all that a ledger adds, or is not one") {
  Workshop w;
  signed_packet(w);
  const packet::Manifest whole = bound(w);
  CHECK(packet::read_manifest(packet::manifest_bytes(whole)).value() == whole);
  CHECK(packet::manifest_bytes(whole).find("urn:sallyport:act:release:v1") != std::string::npos);
  for (const char* member : {"ledger", "accepted_digest", "clock_state", "fragments", "owner"}) {
    CAPTURE(member);
    canon::Value said = canon::parse(packet::manifest_bytes(whole)).value();
    said.object()->find("predicate")->object()->erase(member);
    CHECK_FALSE(packet::read_manifest(canon::write(said)));
  }
  canon::Value said = canon::parse(packet::manifest_bytes(whole)).value();
  canon::Object& ledger = *said.object()->find("predicate")->object()->find("ledger")->object();
  ledger.set("digest", std::string(64, '0'));
  CHECK_FALSE(packet::read_manifest(canon::write(said))); // the digest is that of the items
}

TEST_CASE("INV-35 INV-36 B12: the manifest binds the accepted items as people accepted them, and the whole "
          "ledger") {
  Workshop w;
  const PacketId id = w.ready();
  must(w.object(w.tomo, id, "attachment_lineage", "/fragments/f3"));
  must(w.object(w.tomo, id, "stack_frame_necessity", "/symbolization/frames/t1"));
  const ItemId withdrawn = w.item(id, "objection", "stack_frame_necessity");
  must(w.step(WithdrawObjection{w.tomo.account, id, withdrawn}));
  must(w.seal(w.rhea, id));
  w.observe_all();
  w.accept_all(id);
  w.bind(id);
  const packet::Manifest& m = bound(w);
  CHECK(m.ledger->items.size() == 3); // the withdrawn one too
  CHECK(m.ledger->items.at(withdrawn.str()).state == "withdrawn");
  CHECK(m.ledger->sealed_at == w.packet(id).head->ledger_at);
  CHECK(m.ledger->at == w.workspace(id).ledger.at);
  REQUIRE(m.accepted.size() == 2);
  std::set<PersonId> people;
  for (const auto& one : m.accepted) {
    CHECK(one.item != withdrawn);
    for (const auto& by : one.by) {
      people.insert(by.person);
      CHECK(std::holds_alternative<packet::ItemsAccepted>(packet::decode(w.log.at(by.leaf)).value().record));
    }
  }
  CHECK(people == std::set<PersonId>{w.rhea.person, w.piet.person});
  CHECK(std::ranges::count(m.holds, std::string("accepted"), &packet::BoundHold::mode) == 2);
  // The register's digest covers them: another acceptance would be another digest.
  CHECK(w.packet(id).reviewed()->ledger_at == m.ledger->at);
}

TEST_CASE("INV-36: a ledger that moved behind a standing manifest does not cross") {
  Workshop w;
  const PacketId id = signed_packet(w);
  REQUIRE(w.press(w.rhea, id).ok());
  packet::Manifest today = bound(w);
  today.ledger->at += 1;
  const auto reasons = differences(bound(w), today);
  CHECK(std::ranges::count(reasons, std::string("ledger_changed"), &packet::Reason::code) == 1);
  // While the recheck is open somebody objects.
  must(w.object(w.tomo, id, "memory_region", "/regions/g1"));
  w.answer(id);
  CHECK_FALSE(w.commit(id).ok());
  CHECK(w.state().entries.empty());
}

TEST_CASE(
    "B09 T07: the signers are named at the draft, with the release owner, and fill the places exactly") {
  Workshop w;
  const PacketId id = w.ready();
  w.accept_all(id);
  CHECK(refused(w.draft(w.rhea.account, id, {{w.piet.person, "privacy-engineering-lead"}}), "signers_named"));
  CHECK(
      refused(w.draft(w.rhea.account, id, {{w.mira.person, "engineering-release-owner"}}), "signers_named"));
  const Step draft = w.draft(w.rhea.account, id);
  REQUIRE(draft.ok());
  const auto* record = find<packet::ManifestDrafted>(draft);
  REQUIRE(record != nullptr);
  const std::vector<packet::NamedSigner> named{{w.rhea.person, "engineering-release-owner"}};
  CHECK(record->signers == named);
  REQUIRE(w.submit(w.rhea, id).ok());
  CHECK(bound(w).signers.eligible.size() == 1);
  CHECK(bound(w).owner->person == w.rhea.person);
}

TEST_CASE("B09 T07: another holder of the owner's role is not the owner of this packet") {
  Workshop w;
  const PacketId id = w.ready();
  w.grant(w.mira, "engineering-release-owner");
  REQUIRE(w.activate_roster().ok());
  w.observe_all();
  w.accept_all(id);
  w.bind(id);
  CHECK(refused(w.sign(w.mira, id), "role_missing"));
  CHECK(w.sign(w.rhea, id).ok());
  CHECK(refused(w.press(w.mira, id), "not_owner"));
}

TEST_CASE(
    "B26 C18: the entry says revision, owner, what is disputed and for whom, in each of the six categories") {
  Workshop w;
  const PacketId id = w.ready();
  std::set<std::string> categories;
  for (const std::string& category : w.charter().ledger->categories) {
    must(w.object(w.tomo, id, category, "/fragments/f3"));
    categories.insert(category);
  }
  must(w.seal(w.rhea, id));
  w.observe_all();
  w.release(id);
  const packet::Entry entry = packet::read_entry(w.entry_bytes).value();
  CHECK(entry.owner.persons == std::vector<PersonId>{w.rhea.person});
  CHECK(entry.audience.name == "privacy-engineering");
  CHECK(entry.revision.number == 2);
  std::set<std::string> there;
  for (const auto& [item, said] : entry.disputes->items) {
    there.insert(said.category);
  }
  CHECK(there == categories);
  CHECK(entry.accepted.size() == 7);
  CHECK(entry.clock_state->size() == 4);
}

TEST_CASE("B28 T06: new evidence of a covered session spends the head at once; of another it is told") {
  Workshop w;
  const PacketId id = signed_packet(w);
  const LeafNumber first = w.workspace(id).ledger.acceptances.front().leaf;
  const Step other = w.report("dump-vault", "evidence.new", {{"session", "session-9"}});
  CHECK(find<packet::SourceEvent>(other)->effect == "note");
  CHECK(w.reviewed(id));
  const Step covered = w.report("dump-vault", "evidence.new", {{"session", "session-1"}});
  const auto* record = find<packet::MaterialTriggered>(covered);
  REQUIRE(record != nullptr);
  CHECK(record->row == 0);
  CHECK(record->matched == std::vector<std::string>{"/scope/crash_session"});
  CHECK(record->voids == std::vector<ManifestId>{w.manifest});
  REQUIRE(record->acceptances_void);
  CHECK(record->acceptances_void->front() == first);
  CHECK(record->acceptances_void->size() == 2);
  CHECK_FALSE(w.packet(id).head);
  CHECK_FALSE(w.reviewed(id));
  CHECK(w.held(id, "LINE.CHANGED"));
  CHECK(w.workspace(id).ledger.acceptances.empty());
  CHECK(w.workspace(id).ledger.at > record->acceptances_void->back());
  must(w.seal(w.rhea, id));
  w.observe_all();
  CHECK_FALSE(w.held(id, "LINE.CHANGED"));
  w.release(id);
  CHECK(w.packet(id).status == "released");
}

TEST_CASE("B28 T06: an event that does not say its session is not taken for another one's") {
  Workshop w;
  const PacketId id = signed_packet(w);
  w.report("dump-vault", "evidence.new");
  CHECK(w.held(id, "LINE.CHANGED"));
}

TEST_CASE("B29 B30 B31 B32 T06: symbol maps, deadlines, rules and assignments that change spend the head") {
  const std::vector<std::tuple<const char*, const char*, std::map<std::string, std::string>>> events{
      {"symbol-server", "symbol_map.changed", {}},
      {"retention-registry", "retention.changed", {}},
      {"redaction-policy", "ruleset.changed", {}},
      {"classification", "ruleset.changed", {}},
      {"reviewer-directory", "assignment.changed", {{"field", "signer"}}}};
  for (const auto& [source, event, attrs] : events) {
    CAPTURE(event);
    Workshop w;
    const PacketId id = signed_packet(w);
    CHECK(w.report(source, event, attrs).ok());
    CHECK_FALSE(w.packet(id).head);
    CHECK(w.held(id, "LINE.CHANGED"));
  }
  Workshop w; // a display name is none of it (B32)
  const PacketId id = signed_packet(w);
  CHECK(w.report("reviewer-directory", "assignment.changed", {{"field", "display_name"}}).ok());
  CHECK(w.reviewed(id));
}

TEST_CASE("B15 B31 T06: a rule set that moved, as its source says, supersedes; and the acceptances that fall "
          "are named") {
  Workshop w;
  const PacketId id = signed_packet(w);
  w.objects.at("c4").ordinal = 2;
  w.objects.at("c4").attrs["version"] = "2";
  w.pass(second);
  const Step step = w.observe("redaction-policy");
  const auto* record = find<packet::MaterialTriggered>(step);
  REQUIRE(record != nullptr);
  CHECK(record->acceptances_void->size() == 2);
  CHECK_FALSE(w.packet(id).head);
}

TEST_CASE("B29 FRESH.UNKNOWN: a silent symbol server is a hold, and no supersession") {
  Workshop w;
  const PacketId id = signed_packet(w);
  w.pass(w.charter().sources.at("symbol-server").unknown_after);
  must(w.step(Reevaluate{id}));
  CHECK(w.held(id, "FRESH.UNKNOWN"));
  CHECK(w.packet(id).head);
}

TEST_CASE(
    "B10 T14: a verdict that asks for more opens the workspace in which the case goes on, in one step") {
  Workshop w;
  const PacketId id = w.ready();
  must(w.object(w.tomo, id, "attachment_lineage", "/fragments/f3"));
  const ItemId item = w.item(id, "objection");
  const Instant first_opened = w.workspace(id).ledger.items.at(item).first_opened;
  must(w.seal(w.rhea, id));
  w.observe_all();
  w.release(id);
  CHECK(refused(w.verdict(w.tomo, "narrower_evidence"), "not_audience"));
  CHECK(refused(w.verdict(w.lin, "returned"), "verdict_unknown"));
  CHECK(refused(w.verdict(w.lin, "narrower_evidence", {}, {"bad_weather"}), "verdict_unknown"));
  CHECK(refused(w.verdict(w.lin, "narrower_evidence", {{"f2", "exclude"}}), "subject_malformed"));
  w.pass(hour);
  const Step step = w.verdict(w.lin, "narrower_evidence", {{"/fragments/f2", "exclude"}},
                              {"hidden_leakage", "hidden_objection"});
  REQUIRE(step.ok());
  const auto* verdict = find<packet::LaneVerdict>(step);
  REQUIRE(verdict->successor);
  const PacketId next = *verdict->successor;
  const auto* opened = find<packet::WorkspaceOpened>(step);
  REQUIRE(opened != nullptr);
  CHECK(opened->continues->entry == w.entry);
  CHECK(opened->continues->revision == 2);
  CHECK_FALSE(opened->person);
  const Workspace& workspace = w.workspace(next);
  CHECK(workspace.owner == w.rhea.person);
  CHECK(workspace.sections.at("dumps").owner == w.mara.person);
  CHECK(workspace.boundary == w.workspace(id).boundary);
  CHECK(workspace.ledger.items.size() == w.workspace(id).ledger.items.size());
  CHECK(workspace.ledger.items.at(item).open()); // what was let cross once is open again
  CHECK(workspace.ledger.items.at(item).first_opened == first_opened);
  CHECK(workspace.ledger.acceptances.empty());
  CHECK(workspace.ledger.instructions.back().stance == "exclude");
  CHECK(workspace.ledger.instructions.back().person == w.lin.person);
  CHECK(w.packet(id).status == "released");      // which stays terminal (amendment 13)
  CHECK_FALSE(w.held(next, "LINE.DUP_PENDING")); // a release that was returned is not live (INV-26)
  CHECK(w.replayed() == state_digest(w.state()));
  // The second round crosses and says what it continues.
  w.content.set("regions", canon::Object{});
  w.content.set("symbolization", canon::Object{});
  must(w.propose(w.mara.account, next, "dumps",
                 {Workshop::put("/narrative/b2", canon::Object{{"section", "dumps"}})}));
  must(w.accept(w.mara, next, w.last_edit));
  must(w.seal(w.rhea, next));
  w.observe_all();
  w.release(next);
  CHECK(bound(w).continues == id);
  CHECK(w.verdict(w.lin, "sufficient").ok());
  CHECK(w.state().packets.size() == 2);
}

TEST_CASE(
    "B10 INV-26: a sufficient verdict opens nothing, and a second case of the group waits for the verdict") {
  Workshop w;
  const PacketId id = w.ready("group");
  w.release(id);
  const PacketId second = w.open("group");
  CHECK(w.held(second, "LINE.DUP_PENDING"));
  const Step step = w.verdict(w.lin, "sufficient");
  REQUIRE(step.ok());
  CHECK_FALSE(find<packet::LaneVerdict>(step)->successor);
  CHECK(find<packet::WorkspaceOpened>(step) == nullptr);
  CHECK_FALSE(w.held(second, "LINE.DUP_PENDING"));
}

TEST_CASE("B11 B19 B27: what lies outside, and every reuse, is denied and on record") {
  Workshop w;
  const PacketId id = w.ready();
  for (const char* verb :
       {"adjudicate_incident", "enable_debugger", "contact_customer", "share_artifact", "decide_review"}) {
    CAPTURE(verb);
    const Step step = w.step(RefuseAttempt{w.tomo.account, verb, id, {{"out_of_bounds", ""}}});
    CHECK_FALSE(step.ok());
    CHECK(find<packet::AttemptRefused>(step)->topic.has_value());
  }
  for (const charter::Use use : w.charter().lane.reuse_denied) {
    const Step step =
        w.step(RefuseAttempt{w.lin.account, std::string(charter::to_word(use)), id, {{"out_of_bounds", ""}}});
    CHECK(find<packet::AttemptRefused>(step)->topic == "wider_sharing");
  }
  CHECK_FALSE(w.held(id, "GOV.OUT_OF_BOUNDS")); // a denied attempt opens no hold (amendment 35)
}

TEST_CASE("B22 co_release: the crash-dump charter is one that the gate honours whole") {
  Workshop w;
  CHECK(charter::honourable(crash_dump()).empty());
  CHECK(w.state().lanes.at(Workshop::lane).charter.has_value());
}

TEST_CASE("B30 TIME.RETENTION_CONFLICT: registries that disagree are an item of the ledger, and the owner "
          "may accept it") {
  Workshop w(WorkshopOptions{
      {software_keys[0],
       software_keys[1],
       {"[sources.env-inventory]",
        "[sources.retention-registry-eu]\nsupplies = [\"retention_record_eu\"]\n"
        "checks = [{ kind = \"pin\", attr = \"deadline\" }]\nunknown_after = \"1h\"\nrecheck_within = "
        "\"1m\"\n"
        "emits = [\"retention.changed\"]\nattrs = { deadline = \"instant\" }\n\n[sources.env-inventory]"},
       {"attr = \"deadline\"\nwarn_before",
        "attr = \"deadline\"\ncompare = \"retention-registry-eu\"\nwarn_before"}},
      1});
  must(w.step(ConfigureSource{w.gail.account, "retention-registry-eu", {{"url", "example"}}}));
  w.objects["c8"] = {ObjectId::from_random(77),
                     "retention-registry-eu",
                     "retention_record_eu",
                     "same",
                     1,
                     {{"deadline", "2026-12-20T00:00:00.000Z"}},
                     {},
                     ""};
  const PacketId id = w.ready();
  must(w.observe("retention-registry-eu"));
  CHECK(w.held(id, "TIME.RETENTION_CONFLICT"));
  const ItemId item = w.item(id, "conflict");
  REQUIRE_FALSE(item.empty());
  CHECK(w.workspace(id).ledger.items.at(item).category == "retention_conflict");
  CHECK(item_kind(w.workspace(id).ledger.items.at(item)) == "other");
  // It is its own hold: the register does not say it a second time.
  CHECK(std::ranges::none_of(w.packet(id).holds,
                             [](const auto& at) { return at.second.code == "TIME.RETENTION_CONFLICT"; }));
  CHECK(refused(w.resolve(w.piet, id, {item}, "agreed"), "conflict_still_so"));
  must(w.accept_items(w.rhea, id, "engineering-release-owner", {item}));
  CHECK_FALSE(w.held(id, "TIME.RETENTION_CONFLICT"));
  must(w.step(Reevaluate{id}));
  CHECK(w.item(id, "conflict") == item);
}

TEST_CASE("INV-33 SCOPE.UNDEFINED: fragments whose depth nothing bounds hold, though the charter is sound") {
  const auto unbounded = [](const Edits& more, const canon::Array& ops,
                            const std::map<std::string, std::vector<std::string>>& stated) {
    Edits edits = software_keys;
    edits.insert(edits.end(), more.begin(), more.end());
    Workshop w({.edits = edits});
    w.objects.at("c3").stated = stated;
    const PacketId id = w.ready();
    w.edit(id, ops);
    must(w.seal(w.rhea, id));
    w.observe_all();
    return w.packet(id).find_hold("SCOPE.UNDEFINED", "/scope/symbolization") != nullptr;
  };
  const std::string touches = "touches = [\"symbolization\"]\n";
  // The level has another name.
  CHECK(unbounded({{"[scope.symbolization]", "[scope.depth]"}, {touches, "touches = [\"depth\"]\n"}},
                  {Workshop::remove("/bounds/symbolization"), Workshop::put("/bounds/depth", "function")},
                  {{"depth", {"function"}}}));
  // It may be left out, and is; another dimension is bound.
  const std::string other =
      "[scope.other]\ntype = \"threshold\"\nsense = \"at_most\"\nmax = 5\nrequired = false\n\n";
  CHECK(unbounded({{"levels = [\"none\"", "required = false\nlevels = [\"none\""},
                   {"[scope.environment]", other + "[scope.environment]"},
                   {touches, ""}},
                  {Workshop::put("/bounds/other", 3), Workshop::remove("/bounds/symbolization")}, {}));
}
