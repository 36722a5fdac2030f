#include "engine/working.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "gate/ledger.h"
#include "gate/workspace.h"

#include <algorithm>
#include <array>

namespace sallyport::engine {
namespace {

// The classes that a cell of a fragment is stated for.
constexpr std::array exposures{"customer_identifier", "session_payload", "stack_local"};

const gate::Item* open_item(const gate::Ledger& ledger, const std::string& kind, const std::string& subject,
                            const char* exposure, ItemId* id = nullptr) {
  for (const auto& [item, state] : ledger.items) {
    if (state.open() && state.kind == kind && state.subject == subject &&
        (exposure == nullptr || state.exposure == exposure)) {
      if (id != nullptr) {
        *id = item;
      }
      return &state;
    }
  }
  return nullptr;
}

const gate::ScanState* scan_of(const gate::State& state, const canon::Value& fragment) {
  const canon::Value* dump = fragment.find("dump");
  const canon::Value* rev = fragment.find("rev");
  const bool named =
      dump != nullptr && dump->string() != nullptr && rev != nullptr && rev->integer() != nullptr;
  return named ? state.last_scan(*dump->string(), *rev->integer()) : nullptr;
}

// A cell is clean where it was scanned for and nothing is open; where it was not scanned for it is not
// stated.
void fill_cells(const gate::State& state, const gate::Ledger& ledger, const std::string& id,
                canon::Object& fragment) {
  const gate::ScanState* scan = scan_of(state, canon::Value(fragment));
  canon::Object cells;
  for (const char* klass : exposures) {
    if (const gate::Item* item = open_item(ledger, "finding", "/fragments/" + id, klass)) {
      cells.set(klass, item->status.value_or("suspected"));
    } else if (scan != nullptr && scan->facts.residual.contains(klass)) {
      cells.set(klass, "clean");
    }
  }
  fragment.set("exposure", std::move(cells));
  fragment.set("passes", std::int64_t{scan == nullptr ? 0 : scan->facts.passes});
}

// What somebody objects to says in which item: a region as its dispute, a claim as its contest.
void mark(const gate::Ledger& ledger, const std::string& collection, const char* member,
          canon::Object& content) {
  canon::Value* items = content.find(collection);
  if (items == nullptr || items->object() == nullptr) {
    return;
  }
  const canon::Object all = *items->object();
  for (const auto& [id, value] : all) {
    ItemId item;
    if (open_item(ledger, "objection", "/" + collection + "/" + id, nullptr, &item) != nullptr &&
        value.object() != nullptr && value.find(member) == nullptr) {
      items->object()->find(id)->object()->set(member, item.str());
    }
  }
}

// A value as the text that it is compared by.
std::string text_of_scope(const canon::Value& value) {
  return value.string() != nullptr ? *value.string() : canon::write(value);
}

packet::WorkingRevision without_content(const Core& core, const PacketId& id) {
  const gate::Packet& packet = *core.state().find(id);
  const gate::Workspace& workspace = *packet.workspace;
  packet::WorkingRevision out;
  out.packet = id;
  out.revision = packet.last_number() + 1;
  if (const charter::Charter* charter = core.world().active_charter(packet.lane)) {
    out.packet_class = charter->packet_class;
  }
  out.lane = packet.lane;
  if (packet.head) {
    out.predecessors = {{id, packet.head->number, packet.head->digest}};
  } else if (!packet.spent.empty()) {
    out.predecessors = {{id, packet.spent.back().number, packet.spent.back().digest}};
  }
  out.sections = gate::sealed_sections(workspace);
  out.ledger = gate::sealed_ledger(workspace.ledger);
  out.provenance = gate::sealed_provenance(workspace);
  out.ledger_at = workspace.ledger.items_at;
  out.continues = workspace.continues;
  out.ruleset = core.rules().digest();
  return out;
}

packet::Salt no_salt() {
  return {};
}

} // namespace

canon::Object completed(const gate::State& state, const gate::Workspace& workspace, canon::Object content) {
  if (canon::Value* fragments = content.find("fragments");
      fragments != nullptr && fragments->object() != nullptr) {
    const canon::Object all = *fragments->object();
    for (const auto& [id, value] : all) {
      if (value.object() != nullptr) {
        fill_cells(state, workspace.ledger, id, *fragments->object()->find(id)->object());
      }
    }
  }
  mark(workspace.ledger, "regions", "dispute", content);
  mark(workspace.ledger, "claims", "contested", content);
  return content;
}

Result<CitedRecord> read_record(const canon::Value& value, std::string where) {
  canon::Fields fields(value, std::move(where));
  CitedRecord out;
  out.key = fields.string("key");
  out.occurred_at = fields.instant("occurred_at");
  out.content = fields.digest("content");
  if (const canon::Value* pins = fields.maybe("pins");
      pins != nullptr && !packet::from_value(*pins, out.pins)) {
    fields.fault("pins", "expected attributes with their values as text");
  }
  SP_CHECK(fields.done());
  return out;
}

Result<packet::WorkingRevision> working_revision(Core& core, const PacketId& id) {
  SP_TRY(const Work* work, core.work(id));
  packet::WorkingRevision out = without_content(core, id);
  out.content = completed(core.state(), *core.state().find(id)->workspace, work->content);
  for (const auto& [item, said] : work->statements) {
    for (const Said& one : said) {
      out.statements[item.str()].push_back({one.by, one.text});
    }
  }
  return out;
}

Result<void> check_content(const Core& core, const PacketId& id, canon::Object content) {
  if (canon::write(content).size() > content_bytes_max) {
    return fail(ErrorCode::too_large, "/ops", "the content of a packet has at most 2 MiB");
  }
  packet::WorkingRevision working = without_content(core, id);
  working.content = completed(core.state(), *core.state().find(id)->workspace, std::move(content));
  if (const canon::Value* citations = working.content.find("citations");
      citations != nullptr && citations->object() != nullptr) {
    for (const auto& [citation, value] : *citations->object()) {
      const std::string where = "/citations/" + citation + "/record";
      const canon::Value* record = value.find("record");
      SP_TRY(const CitedRecord read, read_record(record == nullptr ? canon::Value() : *record, where));
      (void)read;
    }
  }
  SP_TRY(const packet::SealedRevision sealed, packet::seal(working, no_salt));
  (void)sealed;
  return {};
}

// ---- the scan

namespace {

// The identifiers that the content itself declares as its scope: what else repeats one of them tells it.
std::vector<std::string> own_names(const packet::WorkingRevision& working, const LaneTerms& terms) {
  std::vector<std::string> out;
  const canon::Value* scope = working.content.find("scope");
  if (scope == nullptr || scope->object() == nullptr) {
    return out;
  }
  for (const auto& [dimension, elements] : *scope->object()) {
    if (terms.snapshots.contains(dimension) || elements.object() == nullptr) {
      continue;
    }
    for (const auto& [id, forms] : *elements.object()) {
      if (const canon::Value* value = forms.find("value")) {
        out.push_back(text_of_scope(*value));
      }
    }
  }
  return out;
}

} // namespace

Result<WorkingCopy> working_copy(Core& core, const PacketId& id) {
  const gate::Packet& packet = *core.state().find(id);
  const charter::Charter* charter = core.world().active_charter(packet.lane);
  SP_TRY(packet::WorkingRevision working, working_revision(core, id));
  SP_TRY(const Work* work, core.work(id));
  return WorkingCopy{core.rules(),        charter == nullptr ? LaneTerms{} : lane_terms(core, *charter),
                     core.secrets().refs, std::move(working),
                     work->edits_at,      packet.workspace->ledger.items_at};
}

WorkingScan scan_working(const WorkingCopy& copy) {
  WorkingScan out{copy.working.packet, copy.terms, copy.edits_at, copy.ledger_at, {}, {}, false};
  auto sealed = packet::seal(copy.working, no_salt);
  if (!sealed) {
    out.fault = std::move(sealed.error());
    return out;
  }
  std::vector<scan::Dictionary> dictionaries = copy.terms.dictionaries;
  const auto own = dictionary_of(scan::Detector::customer_identifier, own_names(copy.working, copy.terms),
                                 copy.key.expose());
  if (own && *own) {
    dictionaries.push_back(**own);
  }
  LookedThrough looked = look_through(scan::Scanner(copy.rules, std::move(dictionaries)), *sealed);
  out.findings = std::move(looked.findings);
  out.complete = looked.complete && own.has_value();
  return out;
}

Result<bool> is_current(Core& core, const WorkingScan& scan) {
  const gate::Packet& packet = *core.state().find(scan.packet);
  const charter::Charter* charter = core.world().active_charter(packet.lane);
  SP_TRY(const Work* work, core.work(scan.packet));
  return scan.edits_at == work->edits_at && scan.ledger_at == packet.workspace->ledger.items_at &&
         scan.terms.same_as(charter == nullptr ? LaneTerms{} : lane_terms(core, *charter));
}

} // namespace sallyport::engine
