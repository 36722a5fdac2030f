// What is accepted, signed, voided, signed again and let out; and the reader who asks for less.
#include "demo/proof.h"
#include "demo/workbench.h"

#include "canon/json.h"

#include <algorithm>
#include <fmt/format.h>

namespace sallyport::demo::release {
namespace {

Result<void> eligible(const Stage& stage) {
  SP_TRY(const Answer packet, stage.until(
                                  stage.rhea, at(stage), [](const Answer& a) { return holds_of(a).empty(); },
                                  "nothing that holds"));
  (void)packet;
  return {};
}

// The same questions as a press would ask, and nothing crosses.
Result<void> preview(Stage& stage, const Reviewed& reviewed) {
  SP_TRY(const Answer asked, stage.must(stage.rhea, "POST", at(stage, "/release/preview"),
                                        canon::Object{{"manifest", reviewed.digest}}));
  SP_TRY(const Answer came,
         stage.until(
             stage.rhea, at(stage, "/rechecks/" + asked.text("preview")),
             [](const Answer& a) { return *a.body.find("open") == canon::Value(false); }, "the preview"));
  return stage.expect(came.text("result") == "would_cross",
                      "a preview asks every source first: it would cross, and nothing has");
}

// Of the person's, the one that stands.
Result<void> withdraw_instruction(const Stage& stage, const Player& who) {
  SP_TRY(const Answer ledger, stage.must(who, "GET", at(stage, "/ledger")));
  for (const canon::Value& one : *ledger.body.find("instructions")->array()) {
    if (*one.find("person")->string() == who.person.str()) {
      SP_TRY(const Answer done,
             stage.must(who, "POST",
                        at(stage, fmt::format("/instructions/{}/withdraw", *one.find("leaf")->integer()))));
      (void)done;
    }
  }
  return {};
}

} // namespace

Result<void> accept_what_is_left(Stage& stage) {
  stage.act("Both leaders accept what nobody will settle, in the same words or not at all");
  SP_TRY(const std::vector<Item> items, open_items(stage));
  std::vector<Item> boundary;
  std::ranges::copy_if(items, std::back_inserter(boundary),
                       [](const Item& item) { return item.kind == "boundary"; });
  SP_CHECK(accept(stage, stage.rhea, items, "Function names, and nothing below them."));
  SP_CHECK(accept(stage, stage.piet, boundary, "Function names for this one case."));
  SP_TRY(const Answer held, stage.must(stage.rhea, "GET", at(stage)));
  SP_CHECK(stage.expect(holds_of(held).contains("LEDG.UNADDRESSED"),
                        "Rhea and Piet signed different words for the boundary: it still holds"));
  SP_CHECK(accept(stage, stage.piet, of_both_leaders(items), std::nullopt));
  SP_CHECK(eligible(stage));
  return stage.expect(true, "Piet signs the words that Rhea signed: nothing holds it any more");
}

Result<void> lose_what_was_signed(Stage& stage) {
  stage.act("Rhea signs; then evidence of a covered session arrives, and everything signed falls");
  SP_TRY(const Reviewed reviewed, put_in_review(stage));
  SP_CHECK(sign(stage, reviewed));
  SP_TRY(const Answer told, stage.must(stage.forensics, "POST", "/v1/sources/dump-vault/events",
                                       canon::Object{{"event", "evidence.new"},
                                                     {"attrs", canon::Object{{"session", "session-4471"}}}}));
  (void)told;
  SP_TRY(const Answer packet, stage.must(stage.rhea, "GET", at(stage)));
  SP_CHECK(stage.expect(holds_of(packet).contains("LINE.SUPERSEDED"),
                        "another dump of session-4471: the revision is superseded, its manifest void"));
  const Answer late = stage.call(
      stage.rhea, "POST", at(stage, "/release"),
      canon::Object{{"revision", std::string(64, '0')}, {"manifest", reviewed.digest}, {"lane", lane}});
  return stage.expect(late.status >= 400, "a press on the old signature is refused and recorded");
}

Result<void> press(Stage& stage) {
  stage.act(
      "A new revision, accepted and signed anew; the owner presses, and the gate asks every source again");
  SP_CHECK(
      edit(stage, stage.mara, "dumps",
           {put("/narrative/b1/text", "The worker failed twice, each time on the same chain of calls.")}));
  SP_CHECK(seal(stage));
  SP_CHECK(until_free_of(stage, "FRESH.UNKNOWN"));
  SP_CHECK(accept_all(stage, "Function names, and nothing below them."));
  SP_CHECK(eligible(stage));
  SP_TRY(const Reviewed reviewed, put_in_review(stage));
  SP_CHECK(sign(stage, reviewed));
  SP_TRY(const Answer waiting, stage.must(stage.rhea, "GET", at(stage)));
  SP_CHECK(
      stage.expect(waiting.text("status") == "open",
                   "signed under release@sallyport; in this lane nothing leaves before the owner's press"));
  SP_CHECK(preview(stage, reviewed));
  SP_CHECK(release(stage, reviewed));
  return stage.expect(!stage.entry.empty(), "released as " + stage.entry + " into " + lane);
}

Result<void> read_and_ask_for_less(Stage& stage) {
  stage.act("The lane reads, and asks for narrower evidence; the case goes on in a packet of its own");
  const std::string first = stage.packet;
  SP_TRY(const Answer entry, stage.until(
                                 stage.lin, "/v1/entries/" + stage.entry,
                                 [](const Answer& a) { return a.status == 200; }, "delivery"));
  const std::string everything = canon::write(entry.body);
  SP_CHECK(stage.expect(everything.find("session-4471") == std::string::npos &&
                            everything.find("session-ONE") != std::string::npos,
                        "Lin sees session-ONE, every dispute and what was accepted; not the session itself"));
  const Answer outsider = stage.call(stage.mira, "GET", "/v1/entries/" + stage.entry);
  SP_CHECK(stage.expect(outsider.status == 403 || outsider.status == 404,
                        "Mira, who is not in the bound audience, is denied, and that is on record"));
  SP_TRY(const Answer seen,
         stage.must(stage.lin, "POST", "/v1/entries/" + stage.entry + "/ack", canon::Object{}));
  (void)seen;
  SP_TRY(const Answer verdict,
         stage.must(stage.lin, "POST", "/v1/entries/" + stage.entry + "/verdict",
                    canon::Object{{"code", "narrower_evidence"},
                                  {"found", canon::Array{}},
                                  {"wanted", canon::Object{{"/fragments/f2", "exclude"}}},
                                  {"reason", "The stack is not needed to decide."}}));
  stage.packet = verdict.text("successor");
  SP_CHECK(stage.expect(!stage.packet.empty(), "narrower_evidence: successor " + stage.packet +
                                                   ", with everything that was disputed in " + first));
  SP_CHECK(edit(stage, stage.mara, "dumps", {remove("/regions/g1"), remove("/fragments/f2")}));
  SP_TRY(const std::vector<Item> items, open_items(stage));
  canon::Array gone;
  std::string conflict;
  for (const Item& item : items) {
    if (item.kind == "conflict") {
      conflict = item.id;
    } else if (item.subject == "/fragments/f2") {
      gone.emplace_back(item.id);
    }
  }
  SP_TRY(const Answer resolved, stage.must(stage.piet, "POST", at(stage, "/items/resolve"),
                                           canon::Object{{"items", std::move(gone)},
                                                         {"code", "subject_removed"},
                                                         {"reason", "The stack is gone."}}));
  (void)resolved;
  SP_CHECK(withdraw_instruction(stage, stage.tomo));
  SP_TRY(const Answer agreed, stage.must(stage.piet, "POST", at(stage, "/items/resolve"),
                                         canon::Object{{"items", canon::Array{conflict}},
                                                       {"code", "agreed"},
                                                       {"reason", "Nobody asks for the stack any more."}}));
  (void)agreed;
  stage.say("The stack is cut; who objected to it and who wanted it stay in the ledger, as settled.");
  SP_CHECK(seal(stage));
  SP_CHECK(until_free_of(stage, "FRESH.UNKNOWN"));
  SP_CHECK(accept_all(stage, "Function names, and nothing below them."));
  SP_CHECK(eligible(stage));
  SP_TRY(const Reviewed reviewed, put_in_review(stage));
  SP_CHECK(sign(stage, reviewed));
  SP_CHECK(release(stage, reviewed));
  SP_TRY(const Answer delivered, stage.until(
                                     stage.lin, "/v1/entries/" + stage.entry,
                                     [](const Answer& a) { return a.status == 200; }, "delivery"));
  (void)delivered;
  SP_TRY(const Answer enough, stage.must(stage.lin, "POST", "/v1/entries/" + stage.entry + "/verdict",
                                         canon::Object{{"code", "sufficient"}, {"found", canon::Array{}}}));
  (void)enough;
  return stage.expect(true, "released as " + stage.entry + ", and sufficient");
}

Result<void> verify_offline(Stage& stage) {
  stage.act("Anyone verifies it offline, with a tool of its own and with ssh-keygen");
  return verify_bundles(stage, stage.lin, stage.rhea, "release@sallyport");
}

} // namespace sallyport::demo::release
