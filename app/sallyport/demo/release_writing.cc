// People and an agent write the packet, and do not agree.
#include "demo/records.h"
#include "demo/workbench.h"

#include "canon/json.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace sallyport::demo::release {
namespace {

canon::Value fragment(const Evidence& evidence, const Evidence::Region& region, const char* note) {
  return canon::Object{{"dump", evidence.dump}, {"rev", 1},           {"region", region.name},
                       {"level", "function"},   {"retention", "r_1"}, {"cites", canon::Array{"c1"}},
                       {"note", note}};
}

// The first text of the packet, all of it from what was found.
Result<canon::Array> first_words(const Stage& stage, const Evidence& evidence) {
  SP_TRY(const auto cited, citations(stage));
  canon::Array ops;
  for (const auto& [id, citation] : cited) {
    ops.push_back(put("/citations/" + id, citation));
  }
  SP_TRY(const source::ObjectAnswer retention, read_record(stage, "retention-registry", "retention-1"));
  ops.push_back(put("/bounds/symbolization", "function"));
  ops.push_back(
      put("/scope/crash_session/s1", canon::Object{{"value", "session-4471"}, {"pseudonym", "session-ONE"}}));
  ops.push_back(
      put("/scope/environment/e1", canon::Object{{"value", "cluster-four"}, {"pseudonym", "cluster-KEA"}}));
  ops.push_back(put("/retention/r_1", canon::Object{{"deadline", retention.attrs.at("deadline")},
                                                    {"source", "retention-registry"},
                                                    {"end_state", "bytes_gone"}}));
  ops.push_back(put("/dumps/" + evidence.dump, canon::Object{{"rev", 1}}));
  const std::array notes{"where the faulting thread stood", "what it had called", "the signal that ended it"};
  for (std::size_t i = 0; i < evidence.regions.size(); ++i) {
    ops.push_back(
        put("/fragments/f" + std::to_string(i + 1), fragment(evidence, evidence.regions[i], notes.at(i))));
  }
  ops.push_back(put("/regions/g1", canon::Object{{"fragment", "f2"}, {"range", "0x10-0x20"}}));
  ops.push_back(put("/narrative/b1",
                    canon::Object{{"section", "dumps"},
                                  {"text", "The worker failed while it went down a chain of five calls."}}));
  ops.push_back(put("/claims/m1", canon::Object{{"evidence", canon::Array{"c1"}},
                                                {"text", "One request is enough to make it fail."}}));
  return ops;
}

Result<std::string> object(const Stage& stage, const Player& who, const char* category, const char* subject,
                           const char* text) {
  SP_TRY(const Answer raised,
         stage.must(who, "POST", at(stage, "/objections"),
                    canon::Object{{"category", category}, {"subject", subject}, {"text", text}}));
  return raised.text("item");
}

Result<void> instruct(const Stage& stage, const Player& who, const char* stance, const char* text) {
  SP_TRY(const Answer given, stage.must(who, "POST", at(stage, "/instructions"),
                                        canon::Object{{"subject", "/fragments/f2"},
                                                      {"stance", stance},
                                                      {"category", "stack_frame_necessity"},
                                                      {"text", text}}));
  (void)given;
  return {};
}

} // namespace

Result<void> write_together(Stage& stage, const Evidence& evidence) {
  stage.act("A workspace opens, and its first words are written");
  SP_TRY(const Answer opened,
         stage.must(stage.mara, "POST", "/v1/workspaces",
                    canon::Object{{"lane", lane},
                                  {"title", "A worker that fails on one request"},
                                  {"sections", canon::Object{{"dumps", stage.mara.person.str()},
                                                             {"privacy", stage.piet.person.str()},
                                                             {"runtime", stage.tomo.person.str()}}},
                                  {"case", canon::Object{{"crash_group", canon::Array{"G-17"}}}}}));
  stage.packet = opened.text("packet");
  SP_TRY(canon::Array ops, first_words(stage, evidence));
  SP_CHECK(edit(stage, stage.mara, "dumps", std::move(ops)));
  stage.say(
      "Three sections, three owners. Mara's first edit cites seven records and three regions of the copy; "
      "the dump itself is not in the packet.");
  return {};
}

Result<void> let_an_agent_help(Stage& stage, const Evidence& /*evidence*/) {
  stage.act("An agent connects over MCP: it proposes, flags, and never decides");
  SP_TRY(std::int64_t base, version(stage, "dumps"));
  const auto suggest = [&](canon::Value op) {
    return call_tool(stage, "propose_edit",
                     {{"packet", stage.packet},
                      {"section", "dumps"},
                      {"base", base},
                      {"ops", canon::Array{std::move(op)}}});
  };
  const Called coverage = call_tool(stage, "cross_check", {{"packet", stage.packet}});
  SP_CHECK(
      stage.expect(!coverage.failed, "it cross-checks what the scans covered, and that look is on record"));
  const Called note = suggest(put("/fragments/f1/note", "where the faulting thread stood; rule set 7"));
  SP_CHECK(stage.expect(!note.failed, "it proposes a note on a region"));
  SP_TRY(const Answer taken,
         stage.must(stage.mara, "POST", at(stage, "/edits/" + note.text("edit") + "/accept")));
  (void)taken;
  SP_TRY(base, version(stage, "dumps"));
  const Called drift = suggest(
      put("/narrative/b2", canon::Object{{"section", "dumps"}, {"text", "The customer can be told now."}}));
  SP_CHECK(stage.expect(!drift.failed, "Mara takes it; its next one goes beyond the packet's purpose"));
  SP_TRY(const Answer rejected,
         stage.must(stage.mara, "POST", at(stage, "/edits/" + drift.text("edit") + "/reject"),
                    canon::Object{{"code", "customer_communication"},
                                  {"reason", "Nobody is told anything from here."}}));
  (void)rejected;
  stage.say("Mara rejects that with the charter's own word for it: customer_communication.");
  const Called flag = call_tool(stage, "flag_mismatch",
                                {{"packet", stage.packet},
                                 {"subject", "/fragments/f2"},
                                 {"category", "identifier_leakage"},
                                 {"text", "Stacks of this build have held addresses before."}});
  SP_CHECK(stage.expect(!flag.failed, "it flags a region; a flag holds nothing until a person raises it"));
  SP_TRY(const Answer raised,
         stage.must(stage.piet, "POST", at(stage, "/objections"),
                    canon::Object{{"category", "identifier_leakage"},
                                  {"subject", "/fragments/f2"},
                                  {"flag", *flag.content.find("leaf")},
                                  {"text", "Has anybody looked for names in this stack?"}}));
  (void)raised;
  for (const char* verb : {"edit.accept", "items.accept", "manifest.sign", "release.request"}) {
    const Called tried = call_tool(stage, verb, {{"packet", stage.packet}});
    SP_CHECK(stage.expect(tried.failed && tried.why() == "agent_never_decides",
                          fmt::format("there is no tool {}: refused, and on record", verb)));
  }
  return {};
}

Result<void> disagree(Stage& stage) {
  stage.act("People disagree, and all of it stays visible");
  SP_TRY(const std::string memory, object(stage, stage.tomo, "memory_region", "/fragments/f3",
                                          "Is the signal's record needed at all?"));
  SP_TRY(const std::string lineage,
         object(stage, stage.piet, "attachment_lineage", "/citations/c2", "Which copy does this compare?"));
  (void)lineage;
  SP_TRY(const Answer answered,
         stage.must(stage.mara, "POST", at(stage, "/objections/" + memory + "/answer"),
                    canon::Object{{"text", "It has the address that was not there."}}));
  (void)answered;
  SP_CHECK(instruct(stage, stage.tomo, "include", "It shows who called."));
  SP_CHECK(instruct(stage, stage.piet, "exclude", "It is more than the question needs."));
  SP_TRY(const Answer asked, stage.must(stage.tomo, "POST", at(stage, "/symbolization"),
                                        canon::Object{{"request", "q1"},
                                                      {"level", "line"},
                                                      {"reason", "The line would show which loop it was."}}));
  SP_CHECK(stage.expect(*asked.body.find("within_bound") == canon::Value(false),
                        "symbols by line are beyond the bound 'function': listed as refused"));
  SP_TRY(const std::vector<Item> items, open_items(stage));
  SP_CHECK(stage.expect(std::ranges::any_of(items, [](const Item& one) { return one.kind == "conflict"; }),
                        fmt::format("{} items in the ledger; 'include' and 'exclude' of one region are kept "
                                    "side by side as a conflict",
                                    items.size())));
  SP_CHECK(seal(stage));
  SP_TRY(const Answer packet, stage.until(
                                  stage.rhea, at(stage),
                                  [](const Answer& a) {
                                    const auto holds = holds_of(a);
                                    return holds.contains("LEDG.INSTRUCTION_CONFLICT") &&
                                           !holds.contains("FRESH.UNKNOWN");
                                  },
                                  "sources asked"));
  std::string codes;
  for (const std::string& code : holds_of(packet)) {
    codes += (codes.empty() ? "" : ", ") + code;
  }
  stage.say("It is held: " + codes + ".");
  return {};
}

} // namespace sallyport::demo::release
