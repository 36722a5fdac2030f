// T21 and T22: what people do not agree about stays visible until a person ends it or the right people accept
// it.
#include "gate/bind.h"
#include "gate/ledger.h"
#include "gate/testing/workshop.h"

#include "canon/json.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

constexpr const char* lead_role = "privacy-engineering-lead";

// A packet with an objection of the category, raised by tomo and marked where it belongs.
struct Disputed {
  Workshop w;
  PacketId id;
  ItemId item;

  explicit Disputed(const std::string& category = "attachment_lineage",
                    const std::string& subject = "/fragments/f3", WorkshopOptions options = {})
      : w(std::move(options)), id(w.ready()) {
    must(w.object(w.tomo, id, category, subject));
    must(w.seal(w.rhea, id)); // what was said crosses with the revision that has it
    w.observe_all();
    item = w.item(id, "objection");
  }
};

} // namespace

TEST_CASE(
    "B18 B21 LEDG.UNADDRESSED: an objection that nobody addressed blocks, and no manifest enters review") {
  for (const char* category : {"identifier_leakage", "memory_region", "symbolization_depth",
                               "retention_conflict", "stack_frame_necessity", "attachment_lineage"}) {
    CAPTURE(category);
    Disputed d(category);
    CHECK(d.w.held(d.id, "LEDG.UNADDRESSED"));
    REQUIRE(d.w.draft(d.w.rhea.account, d.id).ok());
    const Step submit = d.w.submit(d.w.rhea, d.id);
    CHECK(refused(submit, "LEDG.UNADDRESSED"));
    CHECK(std::ranges::any_of(submit.refused,
                              [&](const auto& reason) { return reason.where == d.item.str(); }));
    d.w.accept_all(d.id);
    CHECK_FALSE(d.w.held(d.id, "LEDG.UNADDRESSED"));
    d.w.bind(d.id);
  }
}

TEST_CASE(
    "B18 B26 LEDG.UNADDRESSED: what is said after the seal crosses with no revision that is without it") {
  Workshop w;
  const PacketId id = w.ready();
  must(w.object(w.tomo, id, "attachment_lineage", "/fragments/f3"));
  w.accept_all(id);
  CHECK(w.held(id, "LEDG.UNADDRESSED")); // accepted, and in no words that the lane will read
  must(w.seal(w.rhea, id));
  w.observe_all();
  w.accept_all(id);
  CHECK_FALSE(w.held(id, "LEDG.UNADDRESSED"));
}

TEST_CASE("B22: the standing boundary must be confirmed by both leaders before any review") {
  Workshop w;
  const PacketId id = w.ready();
  CHECK(w.holds(id) == std::vector<std::string>{"LEDG.UNADDRESSED"});
  const ItemId boundary = *w.workspace(id).boundary;
  CHECK(refused(w.resolve(w.rhea, id, {boundary}, "agreed"), "item_unknown"));
  CHECK(refused(w.resolve(w.rhea, id, {boundary}, "subject_removed"), "item_unknown"));
  REQUIRE(w.accept_items(w.rhea, id, owner_role, {boundary}).ok());
  CHECK(w.held(id, "LEDG.UNADDRESSED"));
  REQUIRE(w.draft(w.rhea.account, id).ok());
  CHECK(refused(w.submit(w.rhea, id), "LEDG.UNADDRESSED"));
  REQUIRE(w.accept_items(w.piet, id, lead_role, {boundary}).ok());
  CHECK(w.holds(id).empty());
  CHECK(w.submit(w.rhea, id).ok());
}

TEST_CASE("T21: an objection in review changes the ledger, and the manifest is void") {
  Workshop w;
  const PacketId id = w.ready();
  w.accept_all(id);
  w.bind(id);
  REQUIRE(w.sign(w.rhea, id).ok());
  REQUIRE(w.object(w.tomo, id, "memory_region", "/regions/g1").ok());
  CHECK_FALSE(w.reviewed(id));
  CHECK(w.packet(id).manifests.at(w.manifest).void_cause == "ledger_changed");
  CHECK(w.held(id, "LEDG.UNADDRESSED"));
}

TEST_CASE("B18: contrary statements stand side by side, and nobody but the raiser settles an objection") {
  Disputed d;
  const auto answer = [&](const Actor& by) {
    return d.w.step(AnswerObjection{by.account, d.id, d.item, {{"text", "the contrary view"}}});
  };
  REQUIRE(answer(d.w.mara).ok());
  REQUIRE(answer(d.w.tomo).ok());
  CHECK(item_at(d.w, d.id, d.item).statements == 3);
  CHECK(refused(d.w.step(AnswerObjection{d.w.mara.account, d.id, d.item, {}}), "reason_missing"));
  // A section's owner alone, or the release owner, does not.
  CHECK(refused(d.w.resolve(d.w.mara, d.id, {d.item}, "agreed"), "not_raiser"));
  CHECK(refused(d.w.resolve(d.w.rhea, d.id, {d.item}, "agreed"), "not_raiser"));
  CHECK(refused(d.w.step(WithdrawObjection{d.w.mara.account, d.id, d.item}), "not_raiser"));
  CHECK(refused(d.w.step(AgreeItem{d.w.mara.account, d.id, d.item}), "not_raiser"));
  CHECK(refused(d.w.resolve(d.w.mara, d.id, {d.item}, "merged"), "resolve_code"));
  REQUIRE(d.w.step(AgreeItem{d.w.tomo.account, d.id, d.item}).ok());
  CHECK(refused(d.w.step(AgreeItem{d.w.tomo.account, d.id, d.item}), "already_agreed"));
  CHECK(item_at(d.w, d.id, d.item).open()); // agreed is not yet ended
  REQUIRE(d.w.resolve(d.w.mara, d.id, {d.item}, "agreed").ok());
  CHECK(item_at(d.w, d.id, d.item).state == "resolved");
  CHECK(item_at(d.w, d.id, d.item).resolution->code == "agreed");
  CHECK(refused(answer(d.w.mara), "item_unknown"));
  CHECK(sealed_ledger(d.w.workspace(d.id).ledger).contains(d.item.str())); // it stays in the ledger (INV-34)
}

TEST_CASE("B18: the raiser withdraws, and the item stays in the ledger as withdrawn") {
  Disputed d;
  REQUIRE(d.w.step(WithdrawObjection{d.w.tomo.account, d.id, d.item}).ok());
  CHECK(item_at(d.w, d.id, d.item).state == "withdrawn");
  CHECK(refused(d.w.step(WithdrawObjection{d.w.tomo.account, d.id, d.item}), "item_unknown"));
}

TEST_CASE(
    "B18: an objection is a duplicate of another open one of its category, and with its raiser's consent") {
  Disputed d;
  must(d.w.object(d.w.piet, d.id, "attachment_lineage", "/fragments/f4"));
  const ItemId other = d.w.item(d.id, "objection");
  REQUIRE(other != d.item);
  CHECK(refused(d.w.resolve(d.w.tomo, d.id, {d.item}, "duplicate_of"), "resolve_code"));
  CHECK(refused(d.w.resolve(d.w.tomo, d.id, {d.item}, "duplicate_of", d.item), "duplicate_unsound"));
  CHECK(refused(d.w.resolve(d.w.tomo, d.id, {d.item}, "duplicate_of", *d.w.workspace(d.id).boundary),
                "duplicate_unsound"));
  CHECK(refused(d.w.resolve(d.w.mara, d.id, {d.item}, "duplicate_of", other), "not_raiser"));
  REQUIRE(d.w.resolve(d.w.tomo, d.id, {d.item}, "duplicate_of", other).ok());
  CHECK(item_at(d.w, d.id, d.item).resolution->of == other);
  CHECK(item_at(d.w, d.id, other).open());
}

TEST_CASE("B18 T21: what is raised has a category of the charter, a subject and a reason") {
  Workshop w;
  const PacketId id = w.ready();
  CHECK(refused(w.object(w.tomo, id, "anything", "/fragments/f1"), "category_unknown"));
  CHECK(refused(w.object(w.tomo, id, "memory_region", "fragment one"), "subject_malformed"));
  CHECK(refused(w.object(w.tomo, id, "memory_region", ""), "subject_malformed"));
  CHECK(refused(w.object(w.mira, id, "memory_region", "/fragments/f1"), "role_missing"));
  CHECK(
      refused(w.object(w.tomo, id, "memory_region", "/fragments/f1", "Quotes a name"), "subject_malformed"));
  CHECK(refused(w.step(RaiseObjection{w.tomo.account, id, "memory_region", "/fragments/f1", {}, {}, {}}),
                "reason_missing"));
  CHECK(w.workspace(id).ledger.items.size() == 1);
}

TEST_CASE(
    "B18 T15: a merge drops nobody's objection: it waits until the duplicate's ledger has nothing open") {
  Disputed d("attachment_lineage");
  const PacketId other = d.w.open("group-1");
  const auto merge = [&](const PacketId& winner, const PacketId& loser) {
    return d.w.step(MergePackets{d.w.rhea.account, d.w.rhea.person, winner, loser, "same_crash", {}});
  };
  CHECK(refused(merge(other, d.id), "ledger_open"));
  CHECK(d.w.packet(d.id).open());
  SUBCASE("the other way round the open item stays where it is") {
    REQUIRE(merge(d.id, other).ok());
    CHECK(item_at(d.w, d.id, d.item).open());
  }
  SUBCASE("settled by its raiser it is no longer in the way") {
    REQUIRE(d.w.step(WithdrawObjection{d.w.tomo.account, d.id, d.item}).ok());
    REQUIRE(merge(other, d.id).ok());
  }
}

TEST_CASE("RB-6 C17 LEDG.INSTRUCTION_CONFLICT: contrary instructions are both kept, and block until people "
          "decide") {
  Workshop w;
  const PacketId id = w.ready();
  const std::string subject = "/symbolization/frames/t1";
  REQUIRE(w.instruct(w.tomo, id, subject, "include").ok());
  const LeafNumber first = w.workspace(id).ledger.instructions.back().leaf;
  CHECK_FALSE(w.held(id, "LEDG.INSTRUCTION_CONFLICT"));
  REQUIRE(w.instruct(w.rhea, id, subject, "include").ok()); // the same wish is no conflict
  CHECK(w.item(id, "conflict").empty());
  w.accept_all(id);
  w.bind(id);
  const Step contrary = w.instruct(w.piet, id, subject, "exclude");
  REQUIRE(contrary.ok());
  const auto* record = find<packet::ConflictOpened>(contrary);
  REQUIRE(record != nullptr);
  CHECK(record->between.size() == 3); // all that stand
  CHECK(record->between.front() == first);
  CHECK(record->between.back() == w.workspace(id).ledger.instructions.back().leaf);
  CHECK(w.held(id, "LEDG.INSTRUCTION_CONFLICT"));
  CHECK_FALSE(w.reviewed(id));
  CHECK(w.workspace(id).ledger.instructions.size() == 3);
  // An agent's merged wording cannot end it; nor can anybody while both stand.
  const ItemId item = w.item(id, "conflict");
  CHECK(refused(w.resolve(w.rhea, id, {item}, "agreed"), "conflict_still_so"));
  REQUIRE(w.instruct(w.mara, id, subject, "exclude").ok());
  CHECK(w.item(id, "conflict") == item); // one item for one subject
  SUBCASE("the owner accepts the boundary explicitly") {
    w.accept_all(id);
    CHECK(w.holds(id).empty());
    w.bind(id);
  }
  SUBCASE("those who gave one stance withdraw it") {
    CHECK(refused(w.step(WithdrawInstruction{w.piet.account, id, first}), "not_raiser"));
    for (const Instruction& instruction : std::vector(w.workspace(id).ledger.instructions)) {
      if (instruction.stance == "include") {
        CHECK(refused(w.resolve(w.rhea, id, {item}, "agreed"), "conflict_still_so"));
        const Actor& by = instruction.person == w.tomo.person ? w.tomo : w.rhea;
        REQUIRE(w.step(WithdrawInstruction{by.account, id, instruction.leaf}).ok());
        CHECK(refused(w.step(WithdrawInstruction{by.account, id, instruction.leaf}), "instruction_unknown"));
      }
    }
    REQUIRE(w.resolve(w.rhea, id, {item}, "agreed").ok());
    CHECK_FALSE(w.held(id, "LEDG.INSTRUCTION_CONFLICT"));
  }
}

TEST_CASE("LEDG.INSTRUCTION_CONFLICT: a stance, a category and a subject are known words") {
  Workshop w;
  const PacketId id = w.ready();
  CHECK(refused(w.instruct(w.tomo, id, "/fragments/f1", "perhaps"), "stance_unknown"));
  CHECK(refused(w.instruct(w.tomo, id, "the frames", "include"), "subject_malformed"));
  CHECK(refused(
      w.step(GiveInstruction{w.tomo.account, id, "/fragments/f1", "include", "none", {{"text", "x"}}}),
      "category_unknown"));
}

TEST_CASE("B13 B20 INV-32 LINE.DIGEST_MISMATCH: a fragment is the vault's, by hash, in the scanned tree") {
  SUBCASE("another hash under the same name") {
    Workshop w;
    const PacketId id = w.ready();
    w.edit(id, {Workshop::put("/fragments/f2/sha256", std::string(64, 'a'))});
    must(w.seal(w.rhea, id));
    w.observe_all();
    CHECK(w.held(id, "LINE.DIGEST_MISMATCH"));
  }
  SUBCASE("the vault no longer has it") {
    Workshop w;
    const PacketId id = w.ready();
    w.objects.at("c1").stated["fragment"].pop_back();
    w.pass(second);
    w.observe_all();
    CHECK(w.held(id, "LINE.DIGEST_MISMATCH"));
  }
  SUBCASE("cited from nowhere") {
    Workshop w;
    const PacketId id = w.ready();
    w.edit(id, {Workshop::put("/fragments/f2/cites", canon::Array{})});
    must(w.seal(w.rhea, id));
    w.observe_all();
    CHECK(w.held(id, "SCOPE.UNDEFINED"));
  }
}

TEST_CASE("B06 INV-33 SCOPE.EXCEEDS: content deeper than the symbolization bound holds") {
  Workshop w;
  const PacketId id = w.ready();
  w.edit(id, {Workshop::put("/fragments/f2/level", "line")});
  must(w.seal(w.rhea, id));
  w.observe_all();
  CHECK(w.held(id, "SCOPE.EXCEEDS"));
}

TEST_CASE("B30 STATE.CONFLICT: a deadline that people write is the one of the record that they cite") {
  Workshop w;
  const PacketId id = w.ready();
  const auto again = [&] {
    must(w.seal(w.rhea, id));
    w.observe_all();
    return w.held(id, "STATE.CONFLICT");
  };
  CHECK_FALSE(w.held(id, "STATE.CONFLICT"));
  w.written_deadline = "9999-12-31T23:59:59.999Z";
  CHECK(again());
  w.written_deadline.reset();
  CHECK_FALSE(again());
  w.written_source = "env-inventory"; // no registry of deadlines
  CHECK(again());
}

TEST_CASE("T18: who takes part in a packet that people write does not end it; its release owner does") {
  Workshop w;
  const PacketId id = w.ready();
  CHECK(refused(w.step(WithdrawPacket{w.tomo.account, id, "raised_in_error"}), "role_missing"));
  CHECK(refused(w.step(WithdrawPacket{w.lin.account, id, "raised_in_error"}), "role_missing"));
  CHECK(w.step(WithdrawPacket{w.rhea.account, id, "raised_in_error"}).ok());
}

TEST_CASE("B30 TIME.RETENTION_EXPIRED: a fragment whose deadline has passed must leave") {
  Workshop w;
  w.objects.at("c6").attrs["deadline"] = to_string(w.now + Duration{2 * day.ms});
  const PacketId id = w.ready();
  CHECK_FALSE(w.held(id, "TIME.RETENTION_EXPIRED"));
  w.pass(Duration{2 * day.ms});
  w.observe_all();
  CHECK(w.held(id, "TIME.RETENTION_EXPIRED"));
  const Report report = evaluate(w.machine.world(), id, w.now);
  CHECK(std::ranges::any_of(report, [](const CheckLine& line) {
    return line.code == "TIME.RETENTION_EXPIRED" && line.subject == "/fragments/f1";
  }));
}

TEST_CASE(
    "B05 LEDG.LOST: what somebody objects to does not vanish between revisions without a person's act") {
  Workshop w;
  const PacketId id = w.ready();
  must(w.object(w.tomo, id, "memory_region", "/regions/g1"));
  const ItemId item = w.item(id, "objection");
  SUBCASE("the region vanished") {
    w.edit(id, {Workshop::remove("/regions/g1")});
    must(w.seal(w.rhea, id));
    w.observe_all();
    CHECK(w.held(id, "LEDG.LOST"));
    REQUIRE(w.resolve(w.tomo, id, {item}, "subject_removed").ok());
    must(w.seal(w.rhea, id));
    w.observe_all();
    CHECK_FALSE(w.held(id, "LEDG.LOST"));
  }
  SUBCASE("the region is there and no longer says that it is disputed") {
    must(w.seal(w.rhea, id));
    w.observe_all();
    CHECK(w.held(id, "LEDG.LOST"));
    w.edit(id, {Workshop::put("/regions/g1/dispute", item.str())});
    must(w.seal(w.rhea, id));
    w.observe_all();
    CHECK_FALSE(w.held(id, "LEDG.LOST"));
  }
  SUBCASE("said to be removed, and still there") {
    REQUIRE(w.resolve(w.piet, id, {item}, "subject_removed").ok());
    CHECK(w.held(id, "LEDG.LOST")); // the present head has it
    CHECK(refused(w.seal(w.rhea, id), "subject_still_there"));
    w.edit(id, {Workshop::remove("/regions/g1")});
    must(w.seal(w.rhea, id));
    w.observe_all();
    CHECK_FALSE(w.held(id, "LEDG.LOST"));
  }
}

TEST_CASE("C15 LEDG.CLAIM_UNLINKED: a claim is linked to evidence or marked contested") {
  Workshop w;
  const PacketId id = w.ready();
  w.edit(id, {Workshop::put("/claims/m2", canon::Object{{"text", "out of the air"}})});
  must(w.seal(w.rhea, id));
  w.observe_all();
  CHECK(w.held(id, "LEDG.CLAIM_UNLINKED"));
  w.edit(id, {Workshop::put("/claims/m2/evidence", canon::Array{"c9"})}); // a citation that is not there
  must(w.seal(w.rhea, id));
  w.observe_all();
  CHECK(w.held(id, "LEDG.CLAIM_UNLINKED"));
  w.edit(id, {Workshop::put("/claims/m2/evidence", canon::Array{"c2"})});
  must(w.seal(w.rhea, id));
  w.observe_all();
  CHECK_FALSE(w.held(id, "LEDG.CLAIM_UNLINKED"));
  must(w.object(w.tomo, id, "memory_region", "/claims/m2"));
  w.edit(id, {Workshop::put("/claims/m2", canon::Object{{"text", "disputed"},
                                                        {"contested", w.item(id, "objection").str()}})});
  must(w.seal(w.rhea, id));
  w.observe_all();
  CHECK_FALSE(w.held(id, "LEDG.CLAIM_UNLINKED"));
  CHECK_FALSE(w.held(id, "LEDG.LOST"));
}

TEST_CASE("C15 LEDG.CLAIM_UNLINKED: a charter may ask for evidence whatever is contested") {
  Workshop w(
      WorkshopOptions{{software_keys[0],
                       software_keys[1],
                       {"owner = { role = \"engineering-release-owner\" }",
                        "owner = { role = \"engineering-release-owner\" }\ncontested_allowed = false"}},
                      1});
  const PacketId id = w.ready();
  w.edit(id, {Workshop::put("/claims/m2", canon::Object{{"text", "disputed"}})});
  must(w.object(w.tomo, id, "memory_region", "/claims/m2"));
  w.edit(id, {Workshop::put("/claims/m2/contested", w.item(id, "objection").str())});
  must(w.seal(w.rhea, id));
  w.observe_all();
  CHECK(w.held(id, "LEDG.CLAIM_UNLINKED"));
}

TEST_CASE("B22 T22: leakage needs both leaders, in one wording") {
  Disputed d("identifier_leakage");
  CHECK(item_kind(item_at(d.w, d.id, d.item)) == "leakage_residual");
  const std::vector<ItemId> both{d.item};
  const auto is = [&] {
    return accepted(d.w.machine.world(), d.w.packet(d.id), d.item, d.w.now).has_value();
  };
  REQUIRE(d.w.accept_items(d.w.rhea, d.id, owner_role, both, "what is left is worth it").ok());
  CHECK_FALSE(is());
  SUBCASE("two leaders with different wordings do not meet all") {
    REQUIRE(d.w.accept_items(d.w.piet, d.id, lead_role, both, "something milder").ok());
    CHECK_FALSE(is());
    REQUIRE(
        d.w.accept_items(d.w.rhea, d.id, owner_role, both, "something milder").ok()); // her last word counts
    CHECK(is());
  }
  SUBCASE("the same words meet it") {
    REQUIRE(d.w.accept_items(d.w.piet, d.id, lead_role, both, "what is left is worth it").ok());
    REQUIRE(is());
    const auto one = *accepted(d.w.machine.world(), d.w.packet(d.id), d.item, d.w.now);
    CHECK(one.by.size() == 2);
    // Nobody accepts for a role that ended.
    d.w.revoke_grant(d.w.piet, lead_role);
    REQUIRE(d.w.activate_roster().ok());
    CHECK_FALSE(is());
  }
  SUBCASE("one person with both roles is one person") {
    d.w.grant(d.w.rhea, lead_role);
    REQUIRE(d.w.activate_roster().ok());
    REQUIRE(d.w.accept_items(d.w.rhea, d.id, lead_role, both, "what is left is worth it").ok());
    CHECK_FALSE(is());
  }
}

TEST_CASE("B08 T22: what is accepted is signed: by whom, for what, as the ledger was") {
  Disputed d("identifier_leakage");
  const auto try_with = [&](const std::function<void(packet::AcceptStatement&)>& change) {
    packet::AcceptStatement said = d.w.acceptance(d.w.rhea, d.id, owner_role, {d.item});
    change(said);
    return d.w.accept_items(d.w.rhea, d.id, said);
  };
  CHECK(refused(try_with([](auto& s) { s.origin = "elsewhere"; }), "statement_malformed"));
  CHECK(refused(try_with([](auto& s) { s.lane = "Q-PSR"; }), "statement_malformed"));
  CHECK(refused(try_with([](auto& s) { s.charter = {}; }), "statement_malformed"));
  CHECK(refused(try_with([](auto& s) { s.symbolization = "line"; }), "statement_malformed"));
  CHECK(refused(try_with([](auto& s) { s.symbolization.reset(); }), "statement_malformed"));
  CHECK(refused(try_with([](auto& s) { s.revision_digest = {}; }), "revision_not_head"));
  CHECK(refused(try_with([](auto& s) { ++s.revision; }), "revision_not_head"));
  CHECK(refused(try_with([&](auto& s) { s.person = d.w.piet.person; }), "person_mismatch"));
  CHECK(refused(try_with([](auto& s) { s.role = lead_role; }), "role_missing"));
  CHECK(refused(try_with([](auto& s) { --s.items[0].as_of; }), "ledger_changed"));
  CHECK(refused(try_with([](auto& s) { s.items[0].item_kind = "other"; }), "statement_malformed"));
  CHECK(refused(try_with([](auto& s) { s.items[0].category = "memory_region"; }), "statement_malformed"));
  CHECK(refused(try_with([](auto& s) { s.items[0].item = ItemId::from_random(3); }), "wording_malformed"));
  CHECK(refused(try_with([](auto& s) { s.items[0].wording = "other words"; }), "wording_malformed"));
  // Somebody else's signature, or one made for another act.
  const packet::AcceptStatement said = d.w.acceptance(d.w.rhea, d.id, owner_role, {d.item});
  const canon::Value statement = packet::statement(said);
  const std::string bytes = canon::write(statement);
  const std::vector<std::string> words{packet::wording_disclosure({}, d.item, "as it is").encoded};
  const auto with = [&](const Actor& who, const Actor& named, std::string_view space) {
    return d.w.step(
        AcceptItems{d.w.rhea.account,
                    d.id,
                    {statement, {{named.person, who.fingerprint(), to_base64(who.sign(space, bytes))}}},
                    words});
  };
  CHECK(refused(with(d.w.rhea, d.w.rhea, packet::act::release), "signature_invalid"));
  CHECK(refused(with(d.w.piet, d.w.rhea, packet::act::accept), "key_unknown"));
  CHECK(refused(with(d.w.piet, d.w.piet, packet::act::accept), "person_mismatch"));
  CHECK(with(d.w.rhea, d.w.rhea, packet::act::accept).ok());
  CHECK(refused(d.w.accept_items(d.w.tomo, d.id, "production-reliability", {d.item}), "role_missing"));
}

TEST_CASE("B08 T22: a category that must be resolved is accepted by nobody") {
  Disputed d("attachment_lineage", "/fragments/f3",
             WorkshopOptions{{software_keys[0],
                              software_keys[1],
                              {"owner = { role = \"engineering-release-owner\" }",
                               "owner = { role = \"engineering-release-owner\" }\n"
                               "must_resolve = [\"attachment_lineage\"]"}},
                             1});
  CHECK(refused(d.w.accept_items(d.w.rhea, d.id, owner_role, {d.item}), "item_not_acceptable"));
  CHECK(d.w.held(d.id, "LEDG.UNADDRESSED"));
}

TEST_CASE("T22: who offered the words does not accept them where the charter bars it (amendment 33)") {
  Disputed d("attachment_lineage", "/fragments/f3",
             WorkshopOptions{{software_keys[0],
                              software_keys[1],
                              {"item_kind = \"other\"\nroles = [\"engineering-release-owner\"]",
                               "item_kind = \"other\"\nroles = [\"engineering-release-owner\", "
                               "\"privacy-engineering-lead\"]\nnot_also = [\"packet-author\"]"}},
                             1});
  CHECK(refused(d.w.accept_items(d.w.rhea, d.id, owner_role, {d.item}, "mine"), "SIGN.CONFLICT"));
  const std::string offered = packet::wording_disclosure({}, d.item, "piet's").encoded;
  CHECK(refused(d.w.step(ProposeWordings{d.w.piet.account, d.id, {"no disclosure"}}), "wording_malformed"));
  REQUIRE(d.w.step(ProposeWordings{d.w.piet.account, d.id, {offered}}).ok());
  CHECK(refused(d.w.accept_items(d.w.piet, d.id, lead_role, {d.item}, "piet's"), "SIGN.CONFLICT"));
  CHECK(d.w.accept_items(d.w.rhea, d.id, owner_role, {d.item}, "piet's").ok());
}

TEST_CASE("INV-36 T22: an acceptance that is withdrawn or given after the review began voids the manifest") {
  Disputed d("identifier_leakage");
  d.w.accept_all(d.id);
  d.w.bind(d.id);
  REQUIRE(d.w.sign(d.w.rhea, d.id).ok());
  const LeafNumber rheas = d.w.workspace(d.id).ledger.acceptances.front().leaf;
  const auto withdraw = [&](const Actor& by, LeafNumber acceptance, std::vector<ItemId> items = {}) {
    return d.w.step(WithdrawAcceptance{by.account, d.id, acceptance, std::move(items)});
  };
  SUBCASE("withdrawn") {
    CHECK(refused(withdraw(d.w.piet, rheas), "not_raiser"));
    CHECK(refused(withdraw(d.w.rhea, 1), "acceptance_unknown"));
    CHECK(refused(withdraw(d.w.rhea, rheas, {ItemId::from_random(9)}), "item_unknown"));
    REQUIRE(withdraw(d.w.rhea, rheas, {d.item}).ok());
    CHECK_FALSE(d.w.reviewed(d.id));
    CHECK(d.w.held(d.id, "LEDG.UNADDRESSED"));
    REQUIRE(d.w.draft(d.w.rhea.account, d.id).ok());
    CHECK(refused(d.w.submit(d.w.rhea, d.id), "LEDG.UNADDRESSED"));
    d.w.accept_all(d.id);
    CHECK(d.w.submit(d.w.rhea, d.id).ok());
  }
  SUBCASE("given again") {
    REQUIRE(d.w.accept_items(d.w.rhea, d.id, owner_role, {d.item}, "other words").ok());
    CHECK_FALSE(d.w.reviewed(d.id));
    CHECK(d.w.held(d.id, "LEDG.UNADDRESSED"));
  }
}

TEST_CASE("B26: an item with a stub keeps its statements from the lane, and its clear part stays") {
  Workshop w;
  const PacketId id = w.ready();
  must(w.object(w.piet, id, "identifier_leakage", "/fragments/f2", "quotes_identifier"));
  const ItemId hidden = w.item(id, "objection");
  must(w.object(w.tomo, id, "attachment_lineage", "/fragments/f3"));
  const ItemId shown = w.item(id, "objection");
  must(w.seal(w.rhea, id));
  w.observe_all();
  w.accept_all(id);
  w.bind(id);
  const auto& bound = w.machine.facts().manifests.at(w.manifest).manifest;
  const auto& names = w.machine.facts().dossiers.find(id)->names;
  const packet::View view = lane_view(w.machine.world(), id);
  const auto crosses = [&](const ItemId& item) {
    const std::string& digest = names.at("/ledger/" + item.str() + "/statements/s1");
    return std::ranges::find(view.disclosures, digest) != view.disclosures.end();
  };
  CHECK_FALSE(crosses(hidden));
  CHECK(crosses(shown));
  CHECK(bound.ledger->items.at(hidden.str()).stub == "quotes_identifier");
  CHECK(bound.ledger->items.at(hidden.str()).statements.size() == 1); // bound, and not opened
}
