// What people write together, over what is stored and through a restart: from a workspace to the lane's
// entry.
#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/sshsig_sign.h"
#include "engine/acceptances.h"
#include "engine/drafts.h"
#include "engine/dumps.h"
#include "engine/receipts.h"
#include "engine/show_workspace.h"
#include "engine/testing/studio.h"
#include "gate/apply.h"
#include "gate/ledger.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>

using namespace sallyport;
using namespace sallyport::engine;
using namespace sallyport::engine::testing;

TEST_CASE(
    "T02, T03, T22: a packet goes from a workspace to the lane's entry, and a restart at each step changes "
    "nothing") {
  Studio s;
  s.open();
  s.same_after_restart();
  s.scan(1);
  s.write_all();
  s.same_after_restart();
  const SealedWorkspace sealed = s.seal();
  CHECK(sealed.revision == 1);
  s.office->observe_all();
  s.same_after_restart();
  CHECK(s.office->holds(s.packet) == std::vector<std::string>{"LEDG.UNADDRESSED"}); // the boundary
  must(s.office->apply(gate::RaiseObjection{s.office->piet.account,
                                            s.packet,
                                            "memory_region",
                                            "/fragments/f1",
                                            std::nullopt,
                                            std::nullopt,
                                            {{"text", "Is this needed?"}}}));
  must(s.office->apply(
      gate::AnswerObjection{s.office->mara.account, s.packet, s.item("objection"), {{"text", "It is."}}}));
  (void)s.seal();
  s.office->observe_all();
  s.same_after_restart();
  s.accept_all();
  s.same_after_restart();
  CHECK(s.office->holds(s.packet).empty());
  (void)s.in_review();
  s.same_after_restart();
  must(s.sign(s.office->rhea));
  s.same_after_restart();
  const EntryId entry = s.press();
  CHECK(s.state().status == "released");
  CHECK(s.core().state().entries.contains(entry));
  s.same_after_restart();
}

TEST_CASE("B02, B07: what a scan left in a cited fragment is a finding when the edit is taken; a newer scan "
          "without it, and "
          "a person, end it") {
  Studio s;
  s.open();
  const RecordedScan first = s.scan(1, 3);
  CHECK(first.findings == 0); // nobody cites it yet
  s.write_all();
  const ItemId finding = s.item("finding");
  CHECK(s.ledger().items.at(finding).subject == "/fragments/f2"); // region rg2, and not f1
  CHECK(s.ledger().items.at(finding).exposure == "session_payload");
  CHECK(s.ledger().items.at(finding).cause == first.leaf);
  must(s.office->apply(gate::JudgeFinding{
      s.office->piet.account, s.packet, finding, "confirmed", {{"reason", "It can be read."}}}));
  (void)s.seal();
  s.office->observe_all();
  const auto held = s.office->holds(s.packet);
  CHECK(std::ranges::find(held, "MIN.FINDING") != held.end());
  CHECK_FALSE(s.accept(s.office->rhea, {{finding, "as it is"}}).ok()); // a confirmed leak is only fixed

  const RecordedScan second = s.scan(2);
  s.edit({put("/dumps/du_1", canon::Object{{"rev", 2}}), put("/fragments/f1", Studio::fragment(2, 1)),
          put("/fragments/f2", Studio::fragment(2, 2))});
  CHECK_FALSE(s.office->apply(gate::FixFinding{s.office->piet.account, s.packet, finding, first.leaf}).ok());
  must(s.office->apply(gate::FixFinding{s.office->piet.account, s.packet, finding, second.leaf}));
  s.same_after_restart();
  (void)s.seal();
  s.office->observe_all();
  const auto after = s.office->holds(s.packet);
  CHECK(std::ranges::find(after, "MIN.FINDING") == after.end());
}

TEST_CASE(
    "B06: a scan that comes after the edit opens its findings in every workspace that cites the revision") {
  Studio s;
  s.open();
  s.scan(1);
  s.write_all();
  const RecordedScan again = s.in_batch<RecordedScan>([&] {
    return record_scan(s.core(), s.office->forensics, s.report(1, 2)); // newer rules find more
  });
  CHECK(again.findings == 1);
  CHECK(s.ledger().items.at(s.item("finding")).subject == "/fragments/f2");
}

TEST_CASE("B03, B14: what a scan reports must agree with itself, an edit says of a fragment only which one "
          "it is, and "
          "the vault takes only bytes that a scan has on record") {
  Studio s;
  s.open();
  const auto refused = [&](const std::function<void(ScanReport&)>& change) {
    ScanReport report = s.report(1, 0);
    change(report);
    std::string where;
    s.office->batch([&]() -> Result<void> {
      const auto done = record_scan(s.core(), s.office->forensics, report);
      where = done ? "" : done.error().where;
      return {};
    });
    return where;
  };
  CHECK(refused([](ScanReport& r) { r.facts.root = crypto::sha256("another"); }) == "/facts/root");
  CHECK(refused([](ScanReport& r) { r.facts.residual["session_payload"] = 1; }) == "/facts/residual");
  CHECK(refused([](ScanReport& r) { r.regions[0].exposed["stack_local"] = 1; }) == "/facts/residual");
  CHECK(refused([](ScanReport& r) { r.regions[0].klass = "what somebody typed"; }) == "/regions");
  CHECK(refused([](ScanReport& r) { r.regions[0].exposed["what somebody typed"] = 0; }) == "/regions");
  CHECK(refused([](ScanReport& r) { r.tools["what somebody typed"] = crypto::sha256("x"); }) == "/pins");
  CHECK(refused([](ScanReport& r) { r.pins["what somebody typed"] = r.pins.begin()->second; }) == "/pins");
  CHECK(refused([](ScanReport& r) { r.source = "nobody"; }) == "/source");
  s.scan(1);
  const auto proposed = [&](canon::Array ops) {
    std::string where;
    s.office->batch([&]() -> Result<void> {
      const auto done = propose_edit(
          s.core(), s.office->mara.account, s.packet,
          {"dumps", s.state().workspace->sections.at("dumps").version, canon::Value(std::move(ops)), {}, {}});
      where = done ? "" : done.error().where;
      return {};
    });
    return where;
  };
  CHECK(proposed({put("/fragments/f1/sha256", std::string(64, 'a'))}) == "/ops/0/at");
  CHECK(proposed({put("/fragments/f1", Studio::fragment(7, 1))}) == "/ops/0/value");
  CHECK(proposed({put("/fragments/f1", Studio::fragment(1, 9))}) == "/ops/0/value/region");
  CHECK(proposed(
            {put("/dumps/du_1", canon::Object{{"rev", 1}}), put("/fragments/f1", Studio::fragment(1, 1))}) ==
        "/fragments/f1"); // cites nothing that is there
  CHECK(s.in_batch<Digest>([&] { return keep_fragment(s.core(), as_bytes(Studio::envelope(1, 1))); }) ==
        crypto::sha256(Studio::envelope(1, 1)));
  std::string where;
  s.office->batch([&]() -> Result<void> {
    const auto kept = keep_fragment(s.core(), as_bytes(Studio::envelope(1, 9)));
    where = kept ? "" : kept.error().where;
    return {};
  });
  CHECK(where == "/envelope"); // no scan has it
}

TEST_CASE(
    "T02, B01: an edit of one section changes no words of another, and no stranger is told what is there") {
  Studio s;
  s.open();
  s.scan(1);
  s.write_all();
  const auto code = [&](const AccountId& by, const std::string& section, canon::Array ops) {
    const ProposedEdit done = s.propose(by, std::move(ops), section);
    return done.refused.empty() ? std::string() : done.refused.front().code;
  };
  CHECK(code(s.office->tomo.account, "runtime", {put("/narrative/b1/text", "Mine.")}) == "section_foreign");
  CHECK(code(s.office->tomo.account, "runtime",
             {put("/narrative/b2", canon::Object{{"section", "dumps"}, {"text", "Yours."}})}) ==
        "section_foreign");
  CHECK(code(s.office->tomo.account, "runtime",
             {put("/narrative/b2", canon::Object{{"section", "runtime"}, {"text", "Mine."}})})
            .empty());
  // Whoever takes no part is refused before anything of the content is looked at.
  CHECK(code(s.office->lin.account, "dumps",
             {canon::Object{{"op", "remove"}, {"at", "/narrative/nothing"}}}) == "role_missing");
}

TEST_CASE(
    "T22, INV-35: both leaders sign the same words, and the second is given those that the first signed") {
  Studio s;
  s.open();
  s.scan(1);
  s.write_all();
  (void)s.seal();
  s.office->observe_all();
  const ItemId boundary = s.item("boundary");
  must(s.accept(s.office->rhea, {{boundary, "Functions, and no deeper"}}));
  must(s.accept(s.office->piet, {{boundary, "Functions and nothing else"}})); // other words do not meet
  CHECK_FALSE(s.office->holds(s.packet).empty());
  must(s.accept(s.office->piet, {{boundary, std::nullopt}})); // not his own, which stand beside them
  CHECK(s.office->holds(s.packet).empty());
  const gate::AcceptanceState act = s.ledger().acceptances.back();
  must(s.office->apply(gate::WithdrawAcceptance{s.office->piet.account, s.packet, act.leaf, {}}));
  CHECK_FALSE(s.office->holds(s.packet).empty());
}

TEST_CASE("worked example B: objections, a contradiction, evidence that comes late, a release, a verdict "
          "that asks for "
          "less, and the successor") {
  Studio s;
  CrashOffice* o = s.office.get();
  s.open();
  s.scan(1);
  s.write_all();
  // An agent's proposal is taken, and one that drifts is rejected with its code.
  const ProposedEdit note = s.propose(o->agent, {put("/fragments/f2/note", "pass 1, rule set 7")});
  REQUIRE(note.refused.empty());
  must(s.in_batch<gate::Step>(
      [&] { return accept_edit(s.core(), o->mara.account, s.packet, note.edit, {}); }));
  const ProposedEdit drift =
      s.propose(o->agent, {put("/narrative/b2", canon::Object{{"section", "dumps"}, {"text", "Close it."}})});
  must(o->apply(gate::RejectEdit{o->mara.account, s.packet, drift.edit, "incident_adjudication", {}}));
  // Disputes of several categories; two contrary instructions.
  for (const auto& [who, category, subject] : {std::tuple{&o->piet, "identifier_leakage", "/fragments/f2"},
                                               std::tuple{&o->tomo, "memory_region", "/fragments/f1"},
                                               std::tuple{&o->tomo, "attachment_lineage", "/citations/c2"}}) {
    must(o->apply(gate::RaiseObjection{
        who->account, s.packet, category, subject, std::nullopt, std::nullopt, {{"text", "Is it needed?"}}}));
  }
  must(o->apply(gate::GiveInstruction{o->tomo.account,
                                      s.packet,
                                      "/fragments/f1",
                                      "include",
                                      "stack_frame_necessity",
                                      {{"text", "It shows the caller."}}}));
  must(o->apply(gate::GiveInstruction{o->piet.account,
                                      s.packet,
                                      "/fragments/f1",
                                      "exclude",
                                      "stack_frame_necessity",
                                      {{"text", "It is too much."}}}));
  CHECK(s.ledger().items.at(s.item("conflict")).code == "LEDG.INSTRUCTION_CONFLICT");
  (void)s.seal();
  o->observe_all();
  s.same_after_restart();
  o = s.office.get();
  s.accept_all();
  CHECK(o->holds(s.packet).empty());
  (void)s.in_review();
  must(s.sign(o->rhea));

  // A dump of a covered session comes: everything that was signed falls at once.
  must(o->apply(gate::ReportEvent{o->forensics,
                                  "dump-vault",
                                  "evidence.new",
                                  std::nullopt,
                                  std::nullopt,
                                  {{"session", "session-4471"}}}));
  CHECK(s.state().reviewed() == nullptr);
  CHECK(s.ledger().acceptances.empty());
  s.same_after_restart();
  o = s.office.get();
  s.edit({put("/narrative/b1/text", "The worker failed twice.")});
  CHECK(s.seal().revision == 2);
  o->observe_all();
  s.accept_all();
  (void)s.in_review();
  must(s.sign(o->rhea));
  const PacketId first = s.packet;
  const EntryId entry = s.press();
  s.same_after_restart();
  o = s.office.get();

  // The lane asks for less: the case goes on in a packet of its own, with all that was disputed.
  must(o->apply(gate::AcknowledgeEntry{o->lin.account, entry}));
  const gate::Step verdict = o->apply(gate::GiveVerdict{o->lin.account,
                                                        entry,
                                                        "narrower_evidence",
                                                        {},
                                                        {{"/fragments/f2", "exclude"}},
                                                        {{"reason", "One frame is enough."}}});
  must(verdict);
  for (const gate::LeafOut& leaf : verdict.leaves) {
    if (const auto* given = std::get_if<packet::LaneVerdict>(&leaf.leaf.record)) {
      s.packet = *given->successor;
    }
  }
  REQUIRE(s.packet != first);
  s.same_after_restart();
  o = s.office.get();
  const std::size_t disputed = o->core->state().find(first)->workspace->ledger.items.size();
  CHECK(s.ledger().items.size() == disputed);
  const Work before = *s.in_batch<const Work*>([&] { return s.core().work(first); });
  CHECK(s.in_batch<const Work*>([&] { return s.core().work(s.packet); })->content == before.content);
  std::vector<ItemId> of_f2;
  for (const auto& [id, item] : s.ledger().items) {
    if (item.open() && item.subject == "/fragments/f2") {
      of_f2.push_back(id);
    }
  }
  REQUIRE_FALSE(of_f2.empty());
  s.edit({canon::Object{{"op", "remove"}, {"at", "/fragments/f2"}}});
  must(o->apply(gate::ResolveItems{o->piet.account,
                                   s.packet,
                                   of_f2,
                                   "subject_removed",
                                   std::nullopt,
                                   {{"reason", "The fragment is gone."}}}));
  CHECK(s.seal().revision == 1);
  o->observe_all();
  s.same_after_restart();
  o = s.office.get();
  s.accept_all();
  CHECK(o->holds(s.packet).empty());
  (void)s.in_review();
  must(s.sign(o->rhea));
  const EntryId second = s.press();
  must(o->apply(gate::GiveVerdict{o->lin.account, second, "sufficient", {}}));
  s.same_after_restart();

  // All that was ever disputed stands in what was read last.
  const canon::Object ledger = s.in_batch<canon::Object>(
      [&] { return show_ledger(s.core(), s.packet, WorkView::workspace, s.office->now); });
  CHECK(ledger.find("items")->object()->size() == disputed);
}
