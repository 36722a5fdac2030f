// Workspaces: opened, written in by people and agents, sealed; and the scans of dumps that they cite.
#include "scenario/writing.h"

#include "engine/workspaces.h"

#include <array>

namespace sallyport::scenario {
namespace {

Tried<const gate::Workspace*> workspace_of(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  if (!packet->workspace) {
    return unusable("nobody writes this packet together", "packet");
  }
  return &*packet->workspace;
}

Tried<EditId> edit_named(const Play& play, const std::string& name, const std::string& slot) {
  const auto at = play.edits.find(name);
  if (at == play.edits.end()) {
    return unusable("nobody has proposed such an edit of the packet", slot);
  }
  return at->second;
}

Tried<std::vector<EditId>> edits_named(const Play& play, const Args& args, const std::string& slot) {
  std::vector<EditId> out;
  for (const std::string& name : args.list(slot)) {
    SP_TRY(const EditId edit, edit_named(play, name, slot));
    out.push_back(edit);
  }
  return out;
}

Done opens(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  const std::string& name = args.at("packet");
  if (stage.plays().contains(name)) {
    return unusable("there is a packet of this name already", "packet");
  }
  engine::NewWorkspace input;
  input.lane = args.get("lane", stage.lane());
  input.title = "What happened in " + name;
  for (const Args& one : args.each("giving")) {
    SP_TRY(const Actor* owner, stage.person(one, "owner"));
    input.sections[one.at("section")] = *owner->person;
  }
  if (args.has("releaser")) {
    SP_TRY(const Actor* owner, stage.person(args, "releaser"));
    input.owner = *owner->person;
  }
  input.keys["crash_group"] = {args.get("group", name)};
  engine::OpenedWorkspace opened;
  SP_CHECK(in_batch(stage, [&]() -> Result<void> {
    SP_TRY(opened, engine::open_workspace(stage.core(), who->account, input));
    return {};
  }));
  stage.refuse(opened.refused);
  if (opened.refused.empty()) {
    stage.plays()[name].id = opened.packet;
  }
  return stage.list_names();
}

Done assigns(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const Actor* owner, stage.person(args, "owner"));
  return stage.act(gate::AssignSection{who->account, play->id, args.at("section"), *owner->person});
}

// Of an agent: what it is, as its registration says; the server fills in what it had read.
std::optional<canon::Object> about(const Actor& who) {
  if (who.kind != "agent") {
    return std::nullopt;
  }
  return canon::Object{{"model", "example-lm-4"},
                       {"model_source", "credential"},
                       {"client", "mcp:2026-07-28"},
                       {"access", canon::Array{}},
                       {"inputs", canon::Array{}}};
}

Tried<EditId> propose(Stage& stage, const Args& args, std::vector<EditId> answers) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const gate::Workspace* workspace, workspace_of(stage, args));
  engine::NewEdit edit;
  edit.section = args.at("section");
  if (const auto section = workspace->sections.find(edit.section); section != workspace->sections.end()) {
    edit.base = section->second.version;
  }
  if (args.has("before")) {
    SP_TRY(const EditId other, edit_named(*play, args.at("other"), "other"));
    edit.base = workspace->edits.at(other).base;
  }
  SP_TRY(edit.ops, ops_of(stage, args.at("packet"), args));
  edit.answers = std::move(answers);
  edit.agent = about(*who);
  engine::ProposedEdit proposed;
  SP_CHECK(in_batch(stage, [&]() -> Result<void> {
    SP_TRY(proposed, engine::propose_edit(stage.core(), who->account, play->id, edit));
    return {};
  }));
  stage.refuse(proposed.refused);
  return proposed.edit;
}

Done accept(Stage& stage, const Actor& who, const Play& play, const EditId& edit,
            std::vector<EditId> beside) {
  gate::Step step;
  SP_CHECK(in_batch(stage, [&]() -> Result<void> {
    SP_TRY(step, engine::accept_edit(stage.core(), who.account, play.id, edit, std::move(beside)));
    return {};
  }));
  stage.refuse(step.refused);
  return {};
}

Done proposes_edit(Stage& stage, const Args& args) {
  SP_TRY(Play * play, stage.play(args));
  SP_TRY(std::vector<EditId> answers, edits_named(*play, args, "answers"));
  SP_TRY(const EditId edit, propose(stage, args, std::move(answers)));
  if (stage.refused().empty()) {
    play->edits[args.at("edit")] = edit;
  }
  return {};
}

Done accepts_edit(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const EditId edit, edit_named(*play, args.at("edit"), "edit"));
  SP_TRY(std::vector<EditId> beside, edits_named(*play, args, "others"));
  return accept(stage, *who, *play, edit, std::move(beside));
}

// Proposed by somebody and taken by the section's owner, at once.
Done writes(Stage& stage, const Args& args) {
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const EditId edit, propose(stage, args, {}));
  if (!stage.refused().empty()) {
    return {};
  }
  SP_TRY(const Actor* who, stage.actor(args));
  return accept(stage, *who, *play, edit, {});
}

Done rejects(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const EditId edit, edit_named(*play, args.at("edit"), "edit"));
  return stage.act(gate::RejectEdit{who->account, play->id, edit, args.get("code", ""), {}});
}

Done seals(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(Play * play, stage.play(args));
  SP_CHECK(stage.list_names());
  engine::SealedWorkspace sealed;
  SP_CHECK(in_batch(stage, [&]() -> Result<void> {
    SP_TRY(sealed, engine::seal_workspace(stage.core(), who->account, play->id));
    return {};
  }));
  stage.refuse(sealed.refused);
  if (sealed.refused.empty()) {
    play->digests.push_back(sealed.digest);
  }
  return {};
}

Done asks_symbols(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  return stage.act(gate::RequestSymbols{who->account,
                                        play->id,
                                        args.at("request"),
                                        args.at("level"),
                                        {{"reason", "To see the frame that failed."}}});
}

Done flags(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(Play * play, stage.play(args));
  SP_TRY(const gate::Step step,
         stage.apply(gate::RaiseFlag{who->account,
                                     play->id,
                                     args.at("subject"),
                                     args.at("category"),
                                     {{"text", args.get("words", "People should look at this.")}}}));
  for (const gate::LeafOut& leaf : step.leaves) {
    if (std::holds_alternative<packet::FlagRaised>(leaf.leaf.record)) {
      play->flags[args.at("flag")] = leaf.leaf.n;
    }
  }
  return {};
}

Done dismisses_item(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  const auto flag = play->flags.find(args.at("flag"));
  if (flag == play->flags.end()) {
    return unusable("nobody has raised such a flag", "flag");
  }
  return stage.act(gate::DismissFlag{
      who->account, play->id, flag->second, args.at("code"), {{"reason", "It was looked at."}}});
}

// The scanner's account says what a scan left, and the vault gets the redacted fragments.
Done scans(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(engine::ScanReport report, report_of(stage, args));
  const std::string dump = report.facts.dump;
  const std::uint32_t rev = report.facts.rev;
  const std::size_t regions = report.regions.size();
  engine::RecordedScan recorded;
  SP_CHECK(in_batch(stage, [&]() -> Result<void> {
    SP_TRY(recorded, engine::record_scan(stage.core(), who->account, std::move(report)));
    for (std::size_t i = 0; recorded.refused.empty() && i < regions; ++i) {
      SP_TRY(const Digest kept, engine::keep_fragment(stage.core(), as_bytes(envelope(dump, rev, i))));
      stage.envelopes().insert(kept.hex());
    }
    return {};
  }));
  stage.refuse(recorded.refused);
  if (recorded.refused.empty()) {
    stage.scans()[dump] = recorded.leaf;
    for (auto& [key, record] : stage.records()) { // the vault has them now
      if (const auto has = record.touches.find("fragment"); has != record.touches.end()) {
        has->second.assign(stage.envelopes().begin(), stage.envelopes().end());
      }
    }
  }
  return {};
}

constexpr std::array workspace_table{
    Verb{Sort::event,
         "<who:name> opens workspace <packet:name> [giving <section:name> to <owner:name>]* [owned by "
         "<releaser:name>] [about <group:text>] [into <lane:name>]",
         "Who owns which section, and the release; about which crash group, else its own.", opens},
    Verb{Sort::event, "<who:name> gives <section:name> of <packet:name> to <owner:name>",
         "The section has another owner.", assigns},
    Verb{
        Sort::event,
        "<who:name> proposes <edit:name> to <section:name> of <packet:name> [before <other:name>] [answering "
        "<answers:names>] [citing <cited:names>] [put <place:pointer> <value:text>]* [remove "
        "<gone:pointer>]*",
        "An edit of one section, on its present version, or on the one that another edit was made on. A "
        "value "
        "that begins with { or [ is JSON.",
        proposes_edit},
    Verb{Sort::event, "<who:name> accepts edit <edit:name> of <packet:name> [beside <others:names>]",
         "It is taken; `beside`: others that were on screen with it.", accepts_edit},
    Verb{Sort::event, "<who:name> rejects edit <edit:name> of <packet:name> [as <code:name>]",
         "It is not taken: a drift topic, or wrong, out_of_scope, conflict_not_chosen, superseded.", rejects},
    Verb{Sort::event,
         "<who:name> writes to <section:name> of <packet:name> [citing <cited:names>] [put <place:pointer> "
         "<value:text>]* [remove <gone:pointer>]*",
         "Proposes an edit and takes it.", writes},
    Verb{Sort::event, "<who:name> seals <packet:name>", "What was accepted becomes the head.", seals},
    Verb{Sort::event, "<who:name> asks for symbols <request:name> of <packet:name> at <level:name>",
         "Beyond the bound it is listed as refused.", asks_symbols},
    Verb{Sort::event,
         "<who:name> flags <flag:name> on <subject:pointer> of <packet:name> as <category:name> [saying "
         "<words:text>]",
         "An agent thinks that people should look at it.", flags},
    Verb{Sort::event, "<who:name> dismisses flag <flag:name> of <packet:name> as <code:name>",
         "A person looked.", dismisses_item},
    Verb{
        Sort::event,
        "<who:name> scans <dump:name> revision <rev:number> for <packet:name> at <source:name> [in "
        "<passes:number> passes] [of <regions:number> regions] [leaving <exposure:name> in <region:number>]* "
        "[skipping <unread:number> bytes] [exposing <again:number> again]",
        "A redacted dump of five regions, rg0 to rg4, is scanned under the rules that the packet cites; its "
        "fragments go into the vault.",
        scans},
};

} // namespace

std::span<const Verb> workspace_verbs() {
  return workspace_table;
}

} // namespace sallyport::scenario
