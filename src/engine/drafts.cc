#include "engine/drafts.h"

#include "canon/fields.h"
#include "canon/json.h"
#include "engine/texts.h"
#include "gate/people.h"
#include "gate/retention.h"

namespace sallyport::engine {
namespace {

constexpr const char* draft_kind = "draft";

std::optional<PersonId> person_of(const Core& core, const AccountId& by) {
  const gate::Account* account = core.state().account(by);
  return account == nullptr || account->kind != "person" ? std::nullopt : account->person;
}

std::string id_of(const PacketId& packet, const PersonId& person, const std::string& section) {
  return packet.str() + "/" + person.str() + "/" + section;
}

// Why nobody may write there: a refusal's code, or nothing.
std::string why_not(const Core& core, const AccountId& by, const PacketId& id, const std::string& section) {
  const auto person = person_of(core, by);
  const gate::Packet& packet = *core.state().find(id);
  if (!person) {
    return "not_a_person";
  }
  if (!packet.open() || !packet.workspace) {
    return packet.open() ? "workspace_none" : "packet_closed";
  }
  if (!gate::involved(core.world(), id, *person, core.now())) {
    return "role_missing";
  }
  if (packet.workspace->sections.contains(section)) {
    return "";
  }
  const charter::Charter* charter = core.world().active_charter(packet.lane);
  return charter != nullptr && charter->ledger->sections.contains(section) ? "LEDG.UNOWNED"
                                                                           : "section_unknown";
}

} // namespace

Result<std::vector<packet::Reason>> save_draft(Core& core, const AccountId& by, const PacketId& id,
                                               const std::string& section, Draft draft) {
  const canon::Object document{{"base", static_cast<std::int64_t>(draft.base)},
                               {"ops", std::move(draft.ops)},
                               {"at", to_string(core.now())}};
  const std::string text = canon::write(document);
  if (text.size() > draft_bytes_max) {
    return fail(ErrorCode::too_large, "/ops", "a draft has at most 64 KiB");
  }
  std::string code = why_not(core, by, id, section);
  std::string where;
  if (code.empty()) { // a text that is not kept must not be in the store for a moment either
    code = why_unfit(*document.find("ops"));
    where = code.empty() ? "" : "/ops";
  }
  if (!code.empty()) {
    SP_TRY(const gate::Step step,
           core.apply(gate::RefuseAttempt{by, "draft.save", id, {{std::move(code), std::move(where)}}}));
    return step.refused;
  }
  const ByteView bytes = as_bytes(text);
  SP_CHECK(core.tx().replace_document({draft_kind, id_of(id, *person_of(core, by), section), 1,
                                       gate::unit_of(id), Bytes(bytes.begin(), bytes.end())}));
  return std::vector<packet::Reason>{};
}

Result<std::optional<Draft>> find_draft(const Core& core, const AccountId& by, const PacketId& id,
                                        const std::string& section) {
  const auto person = person_of(core, by);
  if (!person) {
    return std::nullopt;
  }
  const auto row = core.reader().document(draft_kind, id_of(id, *person, section), 1);
  if (!row) {
    return row.error().code == ErrorCode::not_found ? Result<std::optional<Draft>>(std::nullopt)
                                                    : std::unexpected(row.error());
  }
  SP_TRY(const canon::Value value, canon::parse(as_text(row->bytes)));
  canon::Fields fields(value, "draft");
  Draft out;
  out.base = static_cast<packet::LeafNumber>(fields.integer("base", 0, INT64_MAX));
  out.ops = fields.any("ops");
  out.at = fields.instant("at");
  SP_CHECK(fields.done());
  return out;
}

Result<void> discard_draft(Core& core, const AccountId& by, const PacketId& id, const std::string& section) {
  const auto person = person_of(core, by);
  return person ? core.tx().remove_documents(draft_kind, id_of(id, *person, section)) : Result<void>{};
}

Result<void> discard_drafts(Core& core, const PacketId& id) {
  SP_TRY(const std::vector<std::string> all, core.reader().document_ids(draft_kind));
  for (const std::string& one : all) {
    if (one.starts_with(id.str() + "/")) {
      SP_CHECK(core.tx().remove_documents(draft_kind, one));
    }
  }
  return {};
}

} // namespace sallyport::engine
