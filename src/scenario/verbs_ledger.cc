// The ledger of a packet: what people and scans object to, what is answered, resolved, accepted, and in which
// words.
#include "scenario/stage.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "engine/acceptances.h"
#include "gate/ledger.h"
#include "packet/entry.h"
#include "packet/statement.h"
#include "scenario/writing.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sallyport::scenario {
namespace {

Tried<const gate::Ledger*> ledger_of(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  if (!packet->workspace) {
    return unusable("nobody writes this packet together", "packet");
  }
  return &packet->workspace->ledger;
}

Tried<ItemId> item_named(const Play& play, const std::string& name, const std::string& slot) {
  const auto at = play.items.find(name);
  if (at == play.items.end()) {
    return unusable("no sentence has named such an item", slot);
  }
  return at->second;
}

Tried<ItemId> item_of(Stage& stage, const Args& args, const std::string& slot = "item") {
  SP_TRY(const Play* play, stage.play(args));
  return item_named(*play, args.at(slot), slot);
}

canon::Object words_of(const Args& args, const char* member, const char* otherwise) {
  return {{member, args.get("words", otherwise)}};
}

Done raises(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(Play * play, stage.play(args));
  gate::RaiseObjection event{who->account,
                             play->id,
                             args.at("category"),
                             args.at("subject"),
                             std::nullopt,
                             std::nullopt,
                             words_of(args, "text", "Is this needed?")};
  if (args.has("stub")) {
    event.stub = args.at("stub");
  }
  if (args.has("flag")) {
    const auto flag = play->flags.find(args.at("flag"));
    if (flag == play->flags.end()) {
      return unusable("nobody has raised such a flag", "flag");
    }
    event.flag = flag->second;
  }
  SP_TRY(const gate::Step step, stage.apply(event));
  for (const gate::LeafOut& leaf : step.leaves) {
    if (const auto* raised = std::get_if<packet::ObjectionRaised>(&leaf.leaf.record)) {
      play->items[args.at("item")] = raised->item;
    }
  }
  return {};
}

Done answers(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const ItemId item, item_of(stage, args));
  return stage.act(
      gate::AnswerObjection{who->account, play->id, item, words_of(args, "text", "It is, and here is why.")});
}

Done agrees(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const ItemId item, item_of(stage, args));
  return stage.act(gate::AgreeItem{who->account, play->id, item});
}

Done takes_back(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const ItemId item, item_of(stage, args));
  return stage.act(gate::WithdrawObjection{who->account, play->id, item});
}

Done resolves(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  gate::ResolveItems event{who->account,    play->id,     {},
                           args.at("code"), std::nullopt, words_of(args, "reason", "It is settled.")};
  for (const std::string& name : args.list("items")) {
    SP_TRY(const ItemId item, item_named(*play, name, "items"));
    event.items.push_back(item);
  }
  if (args.has("other")) {
    SP_TRY(event.of, item_named(*play, args.at("other"), "other"));
  }
  return stage.act(event);
}

Done judges_item(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const ItemId item, item_of(stage, args));
  return stage.act(gate::JudgeFinding{who->account, play->id, item, args.at("status"),
                                      words_of(args, "reason", "It was looked at.")});
}

Done closes(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const ItemId item, item_of(stage, args));
  const auto scan = stage.scans().find(args.at("dump"));
  if (scan == stage.scans().end()) {
    return unusable("nobody has scanned this dump", "dump");
  }
  return stage.act(gate::FixFinding{who->account, play->id, item, scan->second});
}

Done instructs(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(Play * play, stage.play(args));
  SP_TRY(const gate::Step step,
         stage.apply(gate::GiveInstruction{who->account, play->id, args.at("subject"), args.at("stance"),
                                           args.get("category", "stack_frame_necessity"),
                                           words_of(args, "text", "For the reader's sake.")}));
  for (const gate::LeafOut& leaf : step.leaves) {
    if (std::holds_alternative<packet::InstructionGiven>(leaf.leaf.record)) {
      play->instructions[{args.at("who"), args.at("subject")}] = leaf.leaf.n;
    }
  }
  return {};
}

Done instructs_no_more(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  const auto at = play->instructions.find({args.at("who"), args.at("subject")});
  if (at == play->instructions.end()) {
    return unusable("they have asked for nothing there", "subject");
  }
  return stage.act(gate::WithdrawInstruction{who->account, play->id, at->second});
}

Done words(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  gate::ProposeWordings event{who->account, play->id, {}};
  for (const std::string& name : args.list("items")) {
    SP_TRY(const ItemId item, item_named(*play, name, "items"));
    packet::Salt salt{};
    const Digest drawn = crypto::sha256("salt of " + name + args.at("words"));
    std::copy_n(drawn.bytes.begin(), salt.size(), salt.begin());
    event.wordings.push_back(packet::wording_disclosure(salt, item, args.at("words")).encoded);
  }
  return stage.act(event);
}

// What the person can accept of what is open, or what the sentence names.
Tried<std::map<ItemId, std::optional<std::string>>> items_for(Stage& stage, const Args& args,
                                                              const Actor& who) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  SP_TRY(const gate::Ledger* ledger, ledger_of(stage, args));
  SP_TRY(const Play* play, stage.play(args));
  const std::optional<std::string> said =
      args.has("words") ? std::optional(args.at("words")) : std::optional<std::string>();
  std::map<ItemId, std::optional<std::string>> out;
  for (const std::string& name : args.list("items")) {
    SP_TRY(const ItemId item, item_named(*play, name, "items"));
    out[item] = said;
  }
  const charter::Charter* charter = stage.world().active_charter(packet->lane);
  const gate::LaneRoster* roster = stage.world().active_roster(packet->lane);
  for (const auto& [id, item] : ledger->items) {
    const charter::Acceptance* row = args.has("items") || !item.open() || charter == nullptr
                                         ? nullptr
                                         : gate::acceptance_row(*charter, item);
    const bool may =
        row != nullptr && roster != nullptr && std::ranges::any_of(row->roles, [&](const std::string& role) {
          return gate::holds_role(*roster, *who.person, role, stage.now());
        });
    if (may) {
      out[id] = said;
    }
  }
  return out;
}

// In the words that somebody offered or signed, or in those of the sentence.
Done accepts_cell(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.person(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(auto items, items_for(stage, args, *who));
  if (items.empty()) {
    return unusable("nothing is open that they could accept", "who");
  }
  engine::AcceptDraft draft;
  SP_CHECK(in_batch(stage, [&]() -> Result<void> {
    SP_TRY(draft, engine::draft_acceptance(stage.core(), who->account, play->id,
                                           {args.get("role", ""), std::move(items)}));
    return {};
  }));
  const packet::OwnerSignature sig = who->sign(packet::act::accept, canon::write(draft.statement));
  return stage.act(gate::AcceptItems{who->account, play->id, {draft.statement, {sig}}, draft.wordings});
}

Done accepts_no_more(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.person(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const gate::Ledger* ledger, ledger_of(stage, args));
  gate::WithdrawAcceptance event{who->account, play->id, 0, {}};
  for (const gate::AcceptanceState& act : ledger->acceptances) {
    event.acceptance = act.person == *who->person ? act.leaf : event.acceptance;
  }
  for (const std::string& name : args.list("items")) {
    SP_TRY(const ItemId item, item_named(*play, name, "items"));
    event.items.push_back(item);
  }
  return stage.act(event);
}

// ---- what must be so

Done item_is(Stage& stage, const Args& args) {
  SP_TRY(const gate::Ledger* ledger, ledger_of(stage, args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const ItemId id, item_of(stage, args));
  const auto at = ledger->items.find(id);
  if (at == ledger->items.end()) {
    return unmet("the ledger has lost the item");
  }
  const gate::Packet& packet = *stage.state().find(play->id);
  const bool accepted = at->second.open() && gate::accepted(stage.world(), packet, id, stage.now());
  const std::string actual = accepted ? "accepted" : at->second.state;
  if (actual != args.at("state")) {
    return unmet("the item is " + actual);
  }
  if (args.has("status") && at->second.status != args.at("status")) {
    return unmet("of the finding people believe: " + at->second.status.value_or("nothing"));
  }
  return {};
}

// Gives an open item of that kind a name.
Done item_there(Stage& stage, const Args& args, std::string_view kind) {
  SP_TRY(const gate::Ledger* ledger, ledger_of(stage, args));
  SP_TRY(Play * play, stage.play(args));
  std::vector<std::string> others;
  for (const auto& [id, item] : ledger->items) {
    const bool fits = item.open() && item.kind == kind &&
                      (!args.has("subject") || item.subject == args.at("subject")) &&
                      (!args.has("exposure") || item.exposure == args.at("exposure"));
    if (fits) {
      play->items[args.at("item")] = id;
      return {};
    }
    others.push_back(item.kind + " on " + item.subject + ": " + item.state);
  }
  return unmet("no such item is open", std::move(others));
}

Done finding_there(Stage& stage, const Args& args) {
  return item_there(stage, args, "finding");
}

Done conflict_there(Stage& stage, const Args& args) {
  return item_there(stage, args, "conflict");
}

Done boundary_there(Stage& stage, const Args& args) {
  return item_there(stage, args, "boundary");
}

Done categories_are(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  if (!packet->entry) {
    return unmet("the packet has not crossed");
  }
  SP_TRY(const store::Entry stored, stage.core().reader().entry(*packet->entry));
  SP_TRY(const packet::Entry entry, packet::read_entry(as_text(stored.core)));
  std::set<std::string> actual;
  std::set<std::string> stubs;
  for (const auto& [id, item] : entry.disputes.value_or(packet::BoundLedger{}).items) {
    actual.insert(item.category);
    if (item.stub) {
      stubs.insert(item.category);
    }
  }
  const auto expect = [](const std::set<std::string>& there, const std::vector<std::string>& named) {
    return there == std::set<std::string>(named.begin(), named.end());
  };
  if (!expect(actual, args.list("categories"))) {
    return unmet("its disputes: " + fmt::format("{}", fmt::join(actual, ", ")));
  }
  if (args.has("stubbed") && !expect(stubs, args.list("stubs"))) {
    return unmet("its stubs: " + fmt::format("{}", fmt::join(stubs, ", ")));
  }
  if (args.has("accepted") && entry.accepted.size() != std::stoul(args.at("count"))) {
    return unmet("it names " + std::to_string(entry.accepted.size()) + " accepted items");
  }
  return {};
}

constexpr std::array ledger_table{
    Verb{Sort::event,
         "<who:name> raises <item:name> on <subject:pointer> of <packet:name> as <category:name> [stubbed as "
         "<stub:name>] [taking up <flag:name>] [saying <words:text>]",
         "Objects. `stubbed`: the lane sees that it is there, not its words; `taking up`: what an agent "
         "flagged.",
         raises},
    Verb{Sort::event, "<who:name> answers <item:name> of <packet:name> [saying <words:text>]",
         "A statement beside the others.", answers},
    Verb{Sort::event, "<who:name> agrees that <item:name> of <packet:name> is settled",
         "Its raiser does; another person's act ends it.", agrees},
    Verb{Sort::event, "<who:name> takes back <item:name> of <packet:name>", "Its raiser withdraws it.",
         takes_back},
    Verb{Sort::event,
         "<who:name> resolves <items:names> of <packet:name> as <code:name> [like <other:name>] [saying "
         "<words:text>]",
         "agreed, subject_removed, or duplicate_of another item.", resolves},
    Verb{Sort::event, "<who:name> holds finding <item:name> of <packet:name> for <status:name>",
         "What they believe of it: suspected, confirmed or disputed.", judges_item},
    Verb{Sort::event, "<who:name> closes finding <item:name> of <packet:name> by the scan of <dump:name>",
         "The last scan of the dump does not have it any more.", closes},
    Verb{Sort::event,
         "<who:name> wants <stance:name> <subject:pointer> of <packet:name> [as <category:name>] [saying "
         "<words:text>]",
         "An instruction: include or exclude.", instructs},
    Verb{Sort::event, "<who:name> wants nothing more of <subject:pointer> of <packet:name>",
         "Takes an instruction back.", instructs_no_more},
    Verb{Sort::event, "<who:name> words <items:names> of <packet:name> as <words:text>",
         "Offers words in which they could be accepted.", words},
    Verb{Sort::event,
         "<who:name> accepts the items of <packet:name> [only <items:names>] [in <words:text>] [as "
         "<role:name>]",
         "Signs that they cross unresolved: all that they can accept, in the words that are on offer or that "
         "the sentence says.",
         accepts_cell},
    Verb{Sort::event, "<who:name> accepts no more of <packet:name> [only <items:names>]",
         "Takes the last acceptance back, or of these items.", accepts_no_more},
    Verb{Sort::expectation, "expect item <item:name> of <packet:name> <state:name> [believed <status:name>]",
         "open, accepted, fixed, resolved or withdrawn; of a finding also what people believe.", item_is},
    Verb{Sort::expectation,
         "expect finding <item:name> in <packet:name> [on <subject:pointer>] [of <exposure:name>]",
         "A scan opened it, of this class of exposure; the story calls it so from here on.", finding_there},
    Verb{Sort::expectation, "expect conflict <item:name> in <packet:name> [on <subject:pointer>]",
         "The gate opened it, where two contradict each other; so named from here on.", conflict_there},
    Verb{Sort::expectation, "expect boundary <item:name> in <packet:name> [on <subject:pointer>]",
         "The level of symbolization, which stands open until people accept it; so named from here on.",
         boundary_there},
    Verb{Sort::expectation,
         "expect entry <packet:name> disputed in <categories:names> [stubbed <stubs:names>] [accepted "
         "<count:number>]",
         "Its entry says what is disputed, in exactly these categories.", categories_are},
};

} // namespace

std::span<const Verb> ledger_verbs() {
  return ledger_table;
}

} // namespace sallyport::scenario
