// Packets that people and agents write together: opened, edited, sealed; private drafts; what agents flag.
#include "engine/agents.h"
#include "engine/drafts.h"
#include "engine/show_workspace.h"
#include "engine/workspaces.h"
#include "http/api_call.h"

#include <algorithm>

namespace sallyport::http::api {
namespace {

constexpr std::size_t title_bytes = 200;
constexpr std::size_t ids_max = 64;
constexpr std::size_t values_max = 16;

Result<Outcome> open(Call& call) {
  canon::Fields fields(call.body, "");
  engine::NewWorkspace input;
  input.lane = fields.string("lane", name_bytes);
  input.title = fields.string("title", title_bytes);
  if (const canon::Value* sections = fields.maybe("sections");
      sections != nullptr && !packet::from_value(*sections, input.sections)) {
    fields.fault("sections", "must name a person for each section");
  }
  if (fields.maybe("owner") != nullptr) {
    input.owner = fields.id<PersonId>("owner");
  }
  if (const canon::Value* keys = fields.maybe("case")) {
    const bool read = packet::from_value(*keys, input.keys);
    const auto few = [](const auto& key) { return !key.second.empty() && key.second.size() <= values_max; };
    if (!read || !std::ranges::all_of(input.keys, few)) {
      fields.fault("case", "must hold 1 to 16 values for each case key");
    }
  }
  SP_CHECK(fields.done());
  SP_TRY(const engine::OpenedWorkspace opened, engine::open_workspace(call.core, call.by(), input));
  return opened.refused.empty() ? json(201, {{"packet", opened.packet.str()}})
                                : refusal(call, opened.refused);
}

// ---- reads

using Show = Result<canon::Object> (*)(engine::Core&, const Call&, const PacketId&, engine::WorkView);

// {"leaf", "changed": false} where ?since= is the packet's last leaf: what its own leaves say is as it was.
// What an agent reads is on record first.
Result<Outcome> shown(Call& call, Show show_workspace) {
  SP_TRY(const PacketId id, workspace_at(call));
  SP_TRY(const std::int64_t since, number_in_query(call, "since", -1, INT64_MAX));
  const engine::WorkView view = engine::work_view_of(call.core, call.by(), id, call.now());
  const auto last = static_cast<std::int64_t>(call.state().find(id)->last_leaf);
  if (since == last) {
    return tagged(json(200, {{"packet", id.str()}, {"leaf", last}, {"changed", false}}),
                  tag_of(call.core, id));
  }
  SP_TRY(canon::Object out, show_workspace(call.core, call, id, view));
  if (view == engine::WorkView::agent) {
    SP_TRY(const gate::Step step,
           call.core.apply(gate::RecordAccess{call.by(), id, "agent_view", std::nullopt}));
    if (!step.ok()) {
      return refusal(call, step.refused);
    }
    out.set("access", static_cast<std::int64_t>(step.leaves.front().leaf.n));
  }
  return tagged(json(200, std::move(out)), tag_of(call.core, id));
}

Result<Outcome> show_workspace(Call& call) {
  return shown(call, [](engine::Core& core, const Call& at, const PacketId& id, engine::WorkView view) {
    return engine::show_workspace(core, id, view, at.now());
  });
}

Result<Outcome> show_section(Call& call) {
  return shown(call, [](engine::Core& core, const Call& at, const PacketId& id, engine::WorkView view) {
    return engine::show_section(core, id, at.params.at("section"), view, at.now());
  });
}

Result<Outcome> show_ledger(Call& call) {
  return shown(call, [](engine::Core& core, const Call& at, const PacketId& id, engine::WorkView view) {
    return engine::show_ledger(core, id, view, at.now());
  });
}

// ---- sections and drafts

Result<Outcome> assign(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  PersonId owner = fields.id<PersonId>("owner");
  SP_CHECK(fields.done());
  return apply(call, gate::AssignSection{call.by(), packet, call.params.at("section"), std::move(owner)});
}

Result<Outcome> show_draft(Call& call) {
  SP_TRY(const PacketId packet, workspace_at(call));
  SP_TRY(const auto draft, engine::find_draft(call.core, call.by(), packet, call.params.at("section")));
  if (!draft) {
    return nothing_there();
  }
  return json(
      200,
      {{"base", static_cast<std::int64_t>(draft->base)}, {"ops", draft->ops}, {"at", to_string(draft->at)}});
}

Result<Outcome> save_draft(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  engine::Draft draft;
  draft.base = static_cast<packet::LeafNumber>(fields.integer("base", 0, INT64_MAX));
  draft.ops = fields.any("ops");
  SP_CHECK(fields.done());
  SP_TRY(const auto refused,
         engine::save_draft(call.core, call.by(), packet, call.params.at("section"), std::move(draft)));
  return refused.empty() ? json(200, {{"at", to_string(call.now())}}) : refusal(call, refused);
}

Result<Outcome> discard_draft(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_CHECK(engine::discard_draft(call.core, call.by(), packet, call.params.at("section")));
  return json(200, {});
}

// ---- edits

Result<Outcome> propose_edit(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  engine::NewEdit edit;
  edit.section = fields.string("section", name_bytes);
  edit.base = static_cast<packet::LeafNumber>(fields.integer("base", 0, INT64_MAX));
  edit.ops = fields.any("ops");
  SP_TRY(edit.answers, ids_in<EditId>(fields, "answers", ids_max));
  SP_CHECK(fields.done());
  SP_TRY(edit.agent, engine::agent_part(call.core, call.by(), packet)); // by our records, and not by its word
  SP_TRY(const engine::ProposedEdit done,
         engine::propose_edit(call.core, call.by(), packet, std::move(edit)));
  if (!done.refused.empty()) {
    return refusal(call, done.refused);
  }
  canon::Array beside;
  for (const EditId& other : done.beside) {
    beside.emplace_back(other.str());
  }
  return json(201, {{"edit", done.edit.str()},
                    {"touches", packet::to_value(done.touches)},
                    {"beside", std::move(beside)}});
}

Result<Outcome> accept_edit(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(const EditId edit, id_at<EditId>(call, "edit"));
  canon::Object none;
  const canon::Value body = call.body.is_null() ? canon::Value(none) : call.body;
  canon::Fields fields(body, "");
  SP_TRY(std::vector<EditId> beside, ids_in<EditId>(fields, "beside", ids_max));
  SP_CHECK(fields.done());
  SP_TRY(const gate::Step step, engine::accept_edit(call.core, call.by(), packet, edit, std::move(beside)));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  const gate::Workspace& workspace = *call.state().find(packet)->workspace;
  const std::string& section = workspace.edits.at(edit).section;
  canon::Array findings;
  for (const gate::LeafOut& leaf : step.leaves) {
    if (const auto* opened = std::get_if<packet::FindingOpened>(&leaf.leaf.record)) {
      findings.emplace_back(opened->finding.str());
    }
  }
  return json(200, {{"section", section},
                    {"version", static_cast<std::int64_t>(workspace.sections.at(section).version)},
                    {"findings", std::move(findings)}});
}

Result<Outcome> reject(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(EditId edit, id_at<EditId>(call, "edit"));
  canon::Fields fields(call.body, "");
  gate::RejectEdit event{call.by(), packet, std::move(edit), fields.string("code", name_bytes), {}};
  if (auto reason = fields.maybe_string("reason", reason_bytes)) {
    event.body.set("reason", *std::move(reason));
  }
  SP_CHECK(fields.done());
  return apply(call, event);
}

// ---- the seal

Result<Outcome> seal(Call& call) {
  SP_TRY(const PacketId id, workspace_at(call));
  const bool scanned = call.examined != nullptr && call.examined->working.has_value();
  bool current = false;
  if (scanned) {
    SP_TRY(current, engine::is_current(call.core, *call.examined->working));
  }
  if (!current) {
    SP_TRY(engine::WorkingCopy copy, engine::working_copy(call.core, id));
    return Examine([copy = std::move(copy)](const Request&) {
      Examined out;
      out.working = engine::scan_working(copy);
      return out;
    });
  }
  SP_TRY(const engine::SealedWorkspace done,
         engine::seal_workspace(call.core, call.by(), id, *call.examined->working));
  return done.refused.empty() ? json(201, {{"packet", id.str()},
                                           {"revision", std::int64_t{done.revision}},
                                           {"digest", done.digest.hex()},
                                           {"findings", std::int64_t{done.findings}}})
                              : refusal(call, done.refused);
}

Result<Outcome> request_symbols(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  gate::RequestSymbols event{
      call.by(), packet, fields.string("request", name_bytes), fields.string("level", name_bytes), {}};
  event.body = {{"reason", fields.string("reason", reason_bytes)}};
  SP_CHECK(fields.done());
  SP_TRY(const gate::Step step, call.core.apply(event));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  const auto& refused = call.state().find(packet)->workspace->refused;
  return json(200, {{"request", event.request}, {"within_bound", !refused.contains(event.request)}});
}

// ---- what agents have people look at

Result<Outcome> flag(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  gate::RaiseFlag event{
      call.by(), packet, fields.string("subject"), fields.string("category", name_bytes), {}};
  event.body = {{"text", fields.string("text", reason_bytes)}};
  SP_CHECK(fields.done());
  SP_TRY(const gate::Step step, call.core.apply(event));
  return step.ok() ? json(201, {{"leaf", static_cast<std::int64_t>(step.leaves.back().leaf.n)}})
                   : refusal(call, step.refused);
}

Result<Outcome> dismiss_flag(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(const packet::LeafNumber leaf, leaf_at(call, "leaf"));
  canon::Fields fields(call.body, "");
  gate::DismissFlag event{call.by(), packet, leaf, fields.string("code", name_bytes), {}};
  event.body = {{"reason", fields.string("reason", reason_bytes)}};
  SP_CHECK(fields.done());
  return apply(call, event);
}

constexpr std::array workspace_table{
    Route{"POST", "/v1/workspaces", Access::decide, Takes::json, "workspace.open", open},
    Route{"GET",
          "/v1/packets/{packet}/workspace",
          Access::read,
          Takes::nothing,
          "workspace.show",
          show_workspace,
          {"since"}},
    Route{"GET",
          "/v1/packets/{packet}/sections/{section}",
          Access::read,
          Takes::nothing,
          "section.show",
          show_section,
          {"since"}},
    Route{"GET",
          "/v1/packets/{packet}/ledger",
          Access::read,
          Takes::nothing,
          "ledger.show",
          show_ledger,
          {"since"}},
    Route{"POST", "/v1/packets/{packet}/sections/{section}/assign", Access::decide, Takes::json,
          "section.assign", assign},
    Route{"GET", "/v1/packets/{packet}/sections/{section}/draft", Access::read, Takes::nothing, "draft.show",
          show_draft},
    Route{"PUT",
          "/v1/packets/{packet}/sections/{section}/draft",
          Access::prepare,
          Takes::json,
          "draft.save",
          save_draft,
          {},
          Keeps::nothing},
    Route{"POST", "/v1/packets/{packet}/sections/{section}/draft/discard", Access::prepare, Takes::nothing,
          "draft.discard", discard_draft},
    Route{"POST", "/v1/packets/{packet}/edits", Access::prepare, Takes::json, "edit.propose", propose_edit},
    Route{"POST", "/v1/packets/{packet}/edits/{edit}/accept", Access::decide, Takes::maybe_json,
          "edit.accept", accept_edit},
    Route{"POST", "/v1/packets/{packet}/edits/{edit}/reject", Access::decide, Takes::json, "edit.reject",
          reject},
    Route{"POST", "/v1/packets/{packet}/seal", Access::decide, Takes::nothing, "revision.seal", seal},
    Route{"POST", "/v1/packets/{packet}/symbolization", Access::decide, Takes::json, "symbolization.request",
          request_symbols},
    Route{"POST", "/v1/packets/{packet}/flags", Access::prepare, Takes::json, "flag.raise", flag},
    Route{"POST", "/v1/packets/{packet}/flags/{leaf}/dismiss", Access::decide, Takes::json, "flag.dismiss",
          dismiss_flag},
};

} // namespace

std::span<const Route> workspace_routes() {
  return workspace_table;
}

} // namespace sallyport::http::api
