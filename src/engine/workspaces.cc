#include "engine/workspaces.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "engine/case_keys.h"
#include "engine/dossier.h"
#include "engine/drafts.h"
#include "engine/fragments.h"
#include "engine/look_alike.h"
#include "engine/secrets.h"
#include "gate/people.h"
#include "gate/retention.h"
#include "gate/workspace.h"
#include "packet/names.h"

#include <algorithm>
#include <set>

namespace sallyport::engine {
namespace {

// The packet, where it is one whose content the account, or the agent's operator, takes part in: who does not
// is told nothing of it. The gate says why not.
const gate::Packet* editable(const Core& core, const PacketId& id, const AccountId& by) {
  const gate::Packet* packet = core.state().find(id);
  const gate::Account* account = core.state().account(by);
  std::optional<PersonId> person;
  if (account != nullptr) {
    person = account->person ? account->person : account->operator_;
  }
  return packet != nullptr && packet->open() && packet->workspace && person &&
                 gate::involved(core.world(), id, *person, core.now())
             ? packet
             : nullptr;
}

// Where an op changes words of another section than the edit's, before or after it; nothing where none does.
std::optional<std::string> foreign_words(const canon::Object& before, const canon::Object& after,
                                         const std::vector<packet::Op>& ops, const std::string& section) {
  constexpr std::string_view narrative = "/narrative/";
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (!ops[i].at.starts_with(narrative)) {
      continue;
    }
    const std::string_view below = std::string_view(ops[i].at).substr(narrative.size());
    const std::string id(below.substr(0, below.find('/')));
    for (const canon::Object* content : {&before, &after}) {
      const canon::Value* words = content->find("narrative");
      const canon::Value* item = words == nullptr ? nullptr : words->find(id);
      const canon::Value* of = item == nullptr ? nullptr : item->find("section");
      if (of != nullptr && *of != canon::Value(section)) {
        return "/ops/" + std::to_string(i);
      }
    }
  }
  return std::nullopt;
}

// The ops of a proposed edit.
Result<std::vector<packet::Op>> ops_of(const Core& core, const gate::EditState& edit) {
  SP_TRY(const store::Body row, core.reader().body(edit.leaf));
  SP_TRY(const canon::Value body, canon::parse(as_text(row.bytes)));
  const canon::Value* ops = body.find("ops");
  return packet::read_ops(ops == nullptr ? canon::Value() : *ops);
}

} // namespace

Result<OpenedWorkspace> open_workspace(Core& core, const AccountId& by, const NewWorkspace& input) {
  OpenedWorkspace out;
  out.packet = PacketId::from_random(core.random());
  gate::OpenWorkspace event{by, out.packet, input.lane, input.sections, input.owner, {}, {}};
  if (const charter::Charter* charter = core.world().active_charter(input.lane)) {
    for (const auto& [name, values] : input.keys) {
      if (!charter->lineage.keys.contains(name)) {
        return fail(ErrorCode::malformed, "/keys", "names a key that the lane's charter does not have");
      }
    }
    event.cases = case_tuples(*charter, [&](const std::string& name, const charter::Names&) {
      std::vector<std::string> refs;
      if (const auto values = input.keys.find(name); values != input.keys.end()) {
        for (const std::string& value : values->second) {
          refs.push_back(look_alike_ref(core.secrets(), "key/" + name, value));
        }
      }
      return refs;
    });
  }
  event.body = {{"title", input.title}, {"cases", packet::to_value(event.cases)}};
  SP_TRY(const gate::Step step, core.apply(event));
  out.refused = step.refused;
  return out;
}

Result<ProposedEdit> propose_edit(Core& core, const AccountId& by, const PacketId& id, NewEdit edit) {
  SP_TRY(std::vector<packet::Op> ops, packet::read_ops(edit.ops));
  if (canon::write(edit.ops).size() > edit_bytes_max) {
    return fail(ErrorCode::too_large, "/ops", "an edit has at most 128 KiB");
  }
  // A control character is refused below, as in every text of a person or an agent, and stands on record.
  const bool sound = !packet::holds_control_character(edit.ops);
  if (sound && editable(core, id, by) != nullptr) {
    SP_CHECK(fill_fragments(core, ops));
    edit.ops = ops_value(ops);
    SP_TRY(const Work* work, core.work(id));
    SP_TRY(canon::Object content, packet::apply_ops(work->content, ops));
    const bool known = core.state().find(id)->workspace->sections.contains(edit.section);
    if (auto where = foreign_words(work->content, content, ops, edit.section); known && where) {
      SP_TRY(const gate::Step step, core.apply(gate::RefuseAttempt{
                                        by, "edit.propose", id, {{"section_foreign", *std::move(where)}}}));
      return ProposedEdit{.refused = step.refused};
    }
    SP_CHECK(check_content(core, id, std::move(content)));
  }
  ProposedEdit out;
  out.edit = EditId::from_random(core.random());
  gate::ProposeEdit event{by, id, out.edit, edit.section, edit.base, std::move(edit.answers), {}};
  event.body.set("ops", std::move(edit.ops));
  if (edit.agent) {
    event.body.set("agent", *std::move(edit.agent));
  }
  SP_TRY(const gate::Step step, core.apply(event));
  out.refused = step.refused;
  if (!step.ok()) {
    return out;
  }
  const gate::Workspace& workspace = *core.state().find(id)->workspace;
  out.touches = workspace.edits.at(out.edit).touches;
  const std::set<EditId> others = gate::beside(workspace, out.edit);
  out.beside.assign(others.begin(), others.end());
  SP_CHECK(discard_draft(core, by, id, event.section));
  return out;
}

Result<gate::Step> accept_edit(Core& core, const AccountId& by, const PacketId& id, const EditId& edit,
                               std::vector<EditId> beside) {
  gate::AcceptEdit event{by, id, edit, std::move(beside), {}};
  const gate::Packet* packet = editable(core, id, by);
  const auto known = packet == nullptr ? std::map<EditId, gate::EditState>::const_iterator{}
                                       : packet->workspace->edits.find(edit);
  if (packet != nullptr && known != packet->workspace->edits.end() && known->second.status == "proposed" &&
      gate::overtaken_by(*packet->workspace, known->second).empty()) {
    SP_TRY(const std::vector<packet::Op> ops, ops_of(core, known->second));
    SP_TRY(const Work* work, core.work(id));
    auto content = packet::apply_ops(work->content, ops);
    if (content && foreign_words(work->content, *content, ops, known->second.section)) { // moved since
      return core.apply(gate::RefuseAttempt{by, "edit.accept", id, {{"section_foreign", ""}}});
    }
    const auto sound = content ? check_content(core, id, *content) : std::unexpected(content.error());
    if (!sound) { // the rest of the content has moved since it was proposed
      return fail(ErrorCode::conflict, sound.error().where, "with this edit the content could not be sealed");
    }
    event.findings = findings_of(core, *content, ops);
  }
  return core.apply(event);
}

// ---- the seal

namespace {

// Refs of the scope's values: what the gate compares hidden values by.
void add_scope_refs(const Core& core, const canon::Object& content, gate::Dossier& dossier) {
  const canon::Value* scope = content.find("scope");
  if (scope == nullptr || scope->object() == nullptr) {
    return;
  }
  for (const auto& [dimension, elements] : *scope->object()) {
    for (const auto& [id, forms] : *elements.object()) {
      const canon::Value& value = *forms.find("value");
      dossier.scope[dimension][id] = core.secrets().ref(
          "scope/" + dimension, value.string() != nullptr ? *value.string() : canon::write(value));
    }
  }
}

Result<void> add_cites(Core& core, const canon::Object& content, gate::Sealed& sealed) {
  for (const auto& [id, citation] : sealed.revision.citations) {
    const std::string where = "/citations/" + id + "/record";
    SP_TRY(const CitedRecord record, read_record(*canon::pointer_find(content, where), where));
    const ObjectId object = core.objects().obtain(citation.source, record.key, core.random());
    sealed.cites.push_back({id, citation.source, object, core.objects().ordinal(object, record.content),
                            citation.observed_at, citation.complete_through});
  }
  return {};
}

Result<void> store(Core& core, const PacketId& id, const gate::Sealed& sealed,
                   const packet::SealedRevision& made) {
  SP_CHECK(core.tx().put_revision(stored_revision(id, sealed.revision.number, gate::unit_of(id), made)));
  return store_fragments(core, id, sealed.revision);
}

} // namespace

Result<SealedWorkspace> seal_workspace(Core& core, const AccountId& by, const PacketId& id,
                                       const WorkingScan& scan) {
  if (scan.fault) {
    return std::unexpected(*scan.fault);
  }
  SP_TRY(const bool current, is_current(core, scan));
  SP_ASSERT(current);
  SP_TRY(packet::WorkingRevision working, working_revision(core, id));
  working.findings = static_cast<std::uint32_t>(scan.findings.size());
  SP_TRY(const packet::SealedRevision made, packet::seal(working, draw_salt));

  std::size_t disclosed = 0;
  for (const packet::Disclosure& disclosure : made.disclosures) {
    disclosed += disclosure.encoded.size();
  }
  if (disclosed > disclosed_bytes_max) {
    return fail(ErrorCode::too_large, "/ledger", "content and statements have at most 6 MiB together");
  }

  gate::SealWorkspace event{by, id, {}};
  gate::Sealed& sealed = event.sealed;
  SP_TRY(sealed.revision, packet::read_revision(made.bytes));
  SP_CHECK(add_cites(core, working.content, sealed));
  for (const auto& [fragment, clear] : sealed.revision.co->fragments) {
    sealed.part_states[fragment] = "included";
  }
  for (const packet::Disclosure& disclosure : made.disclosures) {
    sealed.intake_pointers.push_back(packet::split_form(disclosure.name).pointer);
  }
  gate::Dossier said;
  said.scan_complete = scan.complete;
  said.scan_lacks = scan.terms.lacking;
  said.findings = scan.findings;
  if (const gate::Dossier* before = core.world().dossier(id)) {
    said.cases = before->cases;
  }
  add_scope_refs(core, working.content, said);
  sealed.body = sealed_body(said, {}, {});
  // From the same body that a restart reads, so that memory and store say the same.
  canon::Object body = sealed.body;
  body.set("salt", "");
  SP_TRY(sealed.dossier, make_dossier(sealed.revision, made.disclosures, std::move(body)));

  SP_TRY(const gate::Step step, core.apply(event));
  if (step.ok()) {
    SP_CHECK(store(core, id, sealed, made));
  }
  return SealedWorkspace{sealed.revision.number, sealed.revision.digest, working.findings, step.refused};
}

Result<SealedWorkspace> seal_workspace(Core& core, const AccountId& by, const PacketId& id) {
  SP_TRY(const WorkingCopy copy, working_copy(core, id));
  return seal_workspace(core, by, id, scan_working(copy));
}

} // namespace sallyport::engine
