#include "engine/show_workspace.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "engine/working.h"
#include "gate/ledger.h"
#include "gate/people.h"
#include "gate/workspace.h"

#include <algorithm>
#include <set>

namespace sallyport::engine {
namespace {

using gate::Item;
using packet::LeafNumber;

std::int64_t number(LeafNumber leaf) {
  return static_cast<std::int64_t>(leaf);
}

template <class Ids> canon::Array ids_of(const Ids& ids) {
  canon::Array out;
  for (const auto& id : ids) {
    out.emplace_back(id.str());
  }
  return out;
}

packet::Openness openness(charter::ViewKind kind) {
  switch (kind) {
  case charter::ViewKind::ref:
    return packet::Openness::reference;
  case charter::ViewKind::pseudonym:
    return packet::Openness::pseudonym;
  case charter::ViewKind::coarsen:
    return packet::Openness::coarse;
  case charter::ViewKind::show:
    return packet::Openness::show;
  case charter::ViewKind::omit:
    break;
  }
  return packet::Openness::omit;
}

// Which names a reader of the view sees. In the workspace everything but the scope's values themselves.
class Sight {
public:
  Sight(const Core& core, const gate::Packet& packet, WorkView view, std::vector<std::string> names)
      : view_(view) {
    const charter::Charter* charter = core.world().active_charter(packet.lane);
    if (view == WorkView::agent && charter != nullptr) {
      packet::Recipe recipe;
      for (const auto& [pattern, field] : charter->exposure.fields) {
        recipe.push_back({pattern, openness(field.agent_view.kind)});
      }
      chosen_ = packet::choose(recipe, names).names;
    }
  }

  bool shows(const std::string& name) const {
    switch (view_) {
    case WorkView::workspace:
      return !name.starts_with("/scope/") || packet::split_form(name).form != packet::Form::plain;
    case WorkView::agent:
      return std::ranges::binary_search(chosen_, name);
    case WorkView::broad:
      break;
    }
    return false;
  }

private:
  WorkView view_;
  std::vector<std::string> chosen_; // sorted
};

// Removes what the disclosure's name stands for.
void hide(canon::Object& content, const std::string& name) {
  const packet::NamedForm named = packet::split_form(name);
  std::vector<std::string> segments;
  canon::pointer_split(named.pointer, segments);
  if (segments.front() == "scope") {
    segments.emplace_back(named.form == packet::Form::plain    ? "value"
                          : named.form == packet::Form::coarse ? "coarse"
                                                               : "pseudonym");
  }
  canon::Object* at = &content;
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    canon::Value* next = at->find(segments[i]);
    if (next == nullptr || next->object() == nullptr) {
      return;
    }
    at = next->object();
  }
  at->erase(segments.back());
}

// What the working revision would disclose, by name.
Result<std::vector<std::string>> names_of(const packet::WorkingRevision& working) {
  SP_TRY(const packet::SealedRevision sealed, packet::seal(working, [] { return packet::Salt{}; }));
  std::vector<std::string> out;
  for (const packet::Disclosure& disclosure : sealed.disclosures) {
    out.push_back(disclosure.name);
  }
  return out;
}

canon::Object edit_of(const gate::Workspace& workspace, const EditId& id, const gate::EditState& edit) {
  canon::Object out{{"edit", id.str()},          {"section", edit.section},
                    {"base", number(edit.base)}, {"touches", packet::to_value(edit.touches)},
                    {"actor", edit.actor.str()}, {"by", edit.by.str()},
                    {"machine", edit.machine},   {"status", edit.status},
                    {"at", to_string(edit.at)},  {"leaf", number(edit.leaf)}};
  if (!edit.answers.empty()) {
    out.set("answers", ids_of(edit.answers));
  }
  if (edit.status == "proposed") {
    out.set("beside", ids_of(gate::beside(workspace, id)));
    out.set("overtaken_by", ids_of(gate::overtaken_by(workspace, edit)));
  } else {
    out.set("decided", number(edit.decided));
    out.set("decider", edit.decider->str());
    if (!edit.code.empty()) {
      out.set("code", edit.code);
    }
  }
  return out;
}

canon::Object section_of(const gate::Workspace& workspace, const std::string& section,
                         const gate::SectionState& state, const charter::Charter* charter) {
  canon::Object out{{"version", number(state.version)},
                    {"pending", std::int64_t{gate::pending(workspace, section)}}};
  if (state.owner) {
    out.set("owner", state.owner->str());
  }
  if (charter != nullptr && charter->ledger && charter->ledger->sections.contains(section)) {
    out.set("role", charter->ledger->sections.at(section));
  }
  return out;
}

// The ops of an edit, as far as the view shows their values.
Result<canon::Value> shown_ops(const Core& core, const gate::EditState& edit, WorkView view) {
  SP_TRY(const store::Body row, core.reader().body(edit.leaf));
  SP_TRY(const canon::Value body, canon::parse(as_text(row.bytes)));
  const canon::Value* said = body.find("ops");
  canon::Array out = said == nullptr || said->array() == nullptr ? canon::Array{} : *said->array();
  for (canon::Value& op : out) {
    const canon::Value* at = op.find("at");
    canon::Value* value = op.object()->find("value");
    const bool scope = at != nullptr && at->string() != nullptr && at->string()->starts_with("/scope/");
    if (value == nullptr) {
      continue;
    }
    if (view == WorkView::agent) {
      op.object()->erase("value"); // what an agent may read of it, it reads in the content
    } else if (scope && value->object() != nullptr) {
      value->object()->erase("value");
    }
  }
  return canon::Value(std::move(out));
}

canon::Object counts_of(const Core& core, const gate::Packet& packet, Instant now) {
  struct Count {
    std::int64_t open = 0, accepted = 0, ended = 0;
  };

  std::map<std::string, Count> counts;
  if (const charter::Charter* charter = core.world().active_charter(packet.lane);
      charter != nullptr && charter->ledger) {
    for (const std::string& category : charter->ledger->categories) {
      counts[category];
    }
  }
  for (const auto& [id, item] : packet.workspace->ledger.items) {
    Count& count = counts[item.category];
    const bool taken = item.open() && gate::accepted(core.world(), packet, id, now).has_value();
    ++(taken ? count.accepted : item.open() ? count.open : count.ended);
  }
  canon::Object out;
  for (const auto& [category, count] : counts) {
    out.set(category,
            canon::Object{{"open", count.open}, {"accepted", count.accepted}, {"ended", count.ended}});
  }
  return out;
}

canon::Array flags_of(const gate::Workspace& workspace) {
  canon::Array out;
  for (const gate::Flag& flag : workspace.flags) {
    out.emplace_back(canon::Object{{"leaf", number(flag.leaf)},
                                   {"subject", flag.subject},
                                   {"category", flag.category},
                                   {"actor", flag.actor.str()},
                                   {"operator", flag.operator_.str()},
                                   {"status", flag.status},
                                   {"at", to_string(flag.at)}});
  }
  return out;
}

std::string title_of(const Core& core, const gate::Workspace& workspace) {
  const auto row = core.reader().body(workspace.opened);
  const auto body = row ? canon::parse(as_text(row->bytes)) : std::unexpected(row.error());
  const canon::Value* title = body ? body->find("title") : nullptr;
  return title != nullptr && title->string() != nullptr ? *title->string() : "";
}

} // namespace

WorkView work_view_of(const Core& core, const AccountId& reader, const PacketId& packet, Instant now) {
  const gate::Account* account = core.state().account(reader);
  if (account == nullptr) {
    return WorkView::broad;
  }
  const bool agent = account->kind == "agent";
  const auto& person = agent ? account->operator_ : account->person;
  if (!person || account->kind == "service" || !gate::involved(core.world(), packet, *person, now)) {
    return WorkView::broad;
  }
  return agent ? WorkView::agent : WorkView::workspace;
}

Result<canon::Object> show_workspace(Core& core, const PacketId& id, WorkView view, Instant now) {
  const gate::Packet& packet = *core.state().find(id);
  const gate::Workspace& workspace = *packet.workspace;
  const charter::Charter* charter = core.world().active_charter(packet.lane);
  canon::Object out{{"packet", id.str()},
                    {"lane", packet.lane},
                    {"status", packet.status},
                    {"leaf", number(packet.last_leaf)},
                    {"working", std::int64_t{packet.last_number() + 1}},
                    {"owner", workspace.owner.str()},
                    {"flags", flags_of(workspace)},
                    {"categories", counts_of(core, packet, now)},
                    {"ledger_at", number(workspace.ledger.at)}};
  if (packet.head) {
    out.set("head", canon::Object{{"revision", std::int64_t{packet.head->number}},
                                  {"digest", packet.head->digest.hex()},
                                  {"sealed_at", to_string(packet.head->sealed_at)}});
  }
  if (workspace.continues) {
    out.set("continues", packet::to_value(*workspace.continues));
  }
  canon::Object sections;
  for (const auto& [name, state] : workspace.sections) {
    sections.set(name, section_of(workspace, name, state, charter));
  }
  out.set("sections", std::move(sections));
  canon::Array pending;
  for (const auto& [edit, state] : workspace.edits) {
    if (state.status == "proposed") {
      pending.emplace_back(edit_of(workspace, edit, state));
    }
  }
  out.set("pending", std::move(pending));
  canon::Object refused;
  for (const auto& [request, said] : workspace.refused) {
    refused.set(request,
                canon::Object{{"level", said.level}, {"bound", said.bound}, {"person", said.person.str()}});
  }
  out.set("refused_requests", std::move(refused));
  if (view == WorkView::broad) {
    return out;
  }
  if (view == WorkView::workspace) {
    out.set("title", title_of(core, workspace));
  }
  SP_TRY(packet::WorkingRevision working, working_revision(core, id));
  SP_TRY(std::vector<std::string> names, names_of(working));
  const Sight sight(core, packet, view, names);
  for (const std::string& name : names) {
    if (!sight.shows(name)) {
      hide(working.content, name);
    }
  }
  out.set("content", std::move(working.content));
  return out;
}

Result<canon::Object> show_section(Core& core, const PacketId& id, const std::string& section, WorkView view,
                                   Instant) {
  const gate::Packet& packet = *core.state().find(id);
  const gate::Workspace& workspace = *packet.workspace;
  const auto state = workspace.sections.find(section);
  if (state == workspace.sections.end()) {
    return fail(ErrorCode::not_found, "", "the workspace has no such section");
  }
  SP_TRY(const Work* work, core.work(id));
  canon::Object out = section_of(workspace, section, state->second, core.world().active_charter(packet.lane));
  out.set("packet", id.str());
  out.set("section", section);
  out.set("leaf", number(packet.last_leaf));
  canon::Array pending;
  std::map<LeafNumber, canon::Object> history;
  for (const auto& [edit, edited] : workspace.edits) {
    if (edited.section != section) {
      continue;
    }
    canon::Object row = edit_of(workspace, edit, edited);
    if (view != WorkView::broad) {
      SP_TRY(canon::Value ops, shown_ops(core, edited, view));
      row.set("ops", std::move(ops));
    }
    if (edited.status == "proposed") {
      pending.emplace_back(std::move(row));
      continue;
    }
    if (const auto at = work->decided.find(edit); at != work->decided.end()) {
      row.set("decided_at", to_string(at->second));
    }
    history.emplace(edited.decided, std::move(row));
  }
  out.set("pending", std::move(pending));
  canon::Array rows;
  for (auto& [leaf, row] : history) {
    rows.emplace_back(std::move(row));
  }
  out.set("history", std::move(rows));
  return out;
}

namespace {

canon::Object item_of(const Core& core, const gate::Packet& packet, const ItemId& id, const Item& item,
                      Instant now) {
  canon::Object out{{"kind", item.kind},
                    {"category", item.category},
                    {"item_kind", gate::item_kind(item)},
                    {"code", item.code},
                    {"subject", item.subject},
                    {"state", item.state},
                    {"raised", number(item.raised)},
                    {"first_opened", to_string(item.first_opened)},
                    {"statements", std::int64_t{item.statements}},
                    {"agreed", item.agreed}};
  const auto maybe = [&](const char* name, const std::optional<std::string>& value) {
    if (value) {
      out.set(name, *value);
    }
  };
  maybe("status", item.status);
  maybe("exposure", item.exposure);
  maybe("stub", item.stub);
  if (item.raiser) {
    out.set("raiser", item.raiser->str());
  }
  if (item.cause != 0) {
    out.set("cause", number(item.cause));
  }
  if (!item.between.empty()) {
    out.set("between", packet::to_value(item.between));
  }
  if (item.resolution) {
    out.set("resolution", packet::to_value(*item.resolution));
  }
  const charter::Charter* charter = core.world().active_charter(packet.lane);
  if (!item.open() || charter == nullptr) {
    return out;
  }
  if (const charter::Acceptance* row = gate::acceptance_row(*charter, item)) {
    out.set("accepted_by",
            canon::Object{{"roles", canon::Array(row->roles.begin(), row->roles.end())}, {"all", row->all}});
  }
  if (const auto accepted = gate::accepted(core.world(), packet, id, now)) {
    out.set("accepted", packet::to_value(*accepted));
  }
  return out;
}

canon::Array statements_of(const Work& work, const ItemId& item) {
  canon::Array out;
  if (const auto said = work.statements.find(item); said != work.statements.end()) {
    for (const Said& one : said->second) {
      out.emplace_back(canon::Object{
          {"by", one.by.str()}, {"at", to_string(one.at)}, {"leaf", number(one.leaf)}, {"text", one.text}});
    }
  }
  return out;
}

canon::Array acceptances_of(const gate::Ledger& ledger) {
  canon::Array out;
  for (const gate::AcceptanceState& act : ledger.acceptances) {
    out.emplace_back(canon::Object{{"leaf", number(act.leaf)},
                                   {"person", act.person.str()},
                                   {"role", act.role},
                                   {"statement", act.statement.hex()},
                                   {"items", packet::to_value(act.items)}});
  }
  return out;
}

// Whether the view shows the item's statements. Those of a stub are for the workspace alone (B26).
bool speaks(const Sight& sight, WorkView view, const ItemId& id, const Item& item) {
  return view == WorkView::workspace ||
         (view == WorkView::agent && !item.stub && sight.shows("/ledger/" + id.str() + "/statements/s1"));
}

} // namespace

Result<canon::Object> show_ledger(Core& core, const PacketId& id, WorkView view, Instant now) {
  const gate::Packet& packet = *core.state().find(id);
  const gate::Ledger& ledger = packet.workspace->ledger;
  SP_TRY(const Work* work, core.work(id));
  std::vector<std::string> names;
  for (const auto& [item, said] : work->statements) {
    names.push_back("/ledger/" + item.str() + "/statements/s1");
  }
  const Sight sight(core, packet, view, names);
  canon::Object items;
  for (const auto& [item, state] : ledger.items) {
    canon::Object row = item_of(core, packet, item, state, now);
    if (speaks(sight, view, item, state)) {
      row.set("said", statements_of(*work, item));
    }
    items.set(item.str(), std::move(row));
  }
  canon::Array instructions;
  for (const gate::Instruction& one : ledger.instructions) {
    instructions.emplace_back(canon::Object{{"leaf", number(one.leaf)},
                                            {"subject", one.subject},
                                            {"stance", one.stance},
                                            {"person", one.person.str()},
                                            {"withdrawn", one.withdrawn}});
  }
  canon::Array wordings;
  for (const Offered& one : work->wordings) {
    canon::Object row{{"item", one.item.str()}, {"wording", one.digest}, {"leaf", number(one.leaf)}};
    if (view == WorkView::workspace) {
      row.set("text", one.text);
    }
    wordings.emplace_back(std::move(row));
  }
  return canon::Object{{"packet", id.str()},
                       {"leaf", number(packet.last_leaf)},
                       {"ledger_at", number(ledger.at)},
                       {"items_at", number(ledger.items_at)},
                       {"categories", counts_of(core, packet, now)},
                       {"items", std::move(items)},
                       {"instructions", std::move(instructions)},
                       {"wordings", std::move(wordings)},
                       {"acceptances", acceptances_of(ledger)}};
}

} // namespace sallyport::engine
