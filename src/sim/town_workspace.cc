// Packets that people and agents write together: opened, edited, sealed.
#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "gate/ledger.h"
#include "gate/workspace.h"
#include "sim/town.h"

#include <algorithm>

namespace sallyport::sim {
namespace {

std::string hidden_ref(const std::string& value) {
  return crypto::sha256("ref:" + value).hex();
}

canon::Value put(std::string at, canon::Value value) {
  return canon::Object{{"op", "put"}, {"at", std::move(at)}, {"value", std::move(value)}};
}

// The item's members, or null where the content has none such.
canon::Object* item_in(canon::Object& content, const std::string& collection, const std::string& id) {
  canon::Value* items = content.find(collection);
  canon::Value* item = items == nullptr || items->object() == nullptr ? nullptr : items->object()->find(id);
  return item == nullptr ? nullptr : item->object();
}

// "/claims/m1/text" -> claims, m1
std::pair<std::string, std::string> item_named(const std::string& pointer) {
  std::vector<std::string> segments;
  const bool named = canon::pointer_split(pointer, segments) && segments.size() >= 2;
  return named ? std::pair(segments[0], segments[1]) : std::pair<std::string, std::string>();
}

} // namespace

// ---- people

Person& Town::person_of(const PersonId& id) const {
  return *std::ranges::find(*people_, id, &Person::id);
}

std::string_view Town::signing_act(std::size_t slot) {
  const gate::Packet* packet = find(slot);
  return packet != nullptr && packet->workspace ? packet::act::release : packet::act::dispatch;
}

std::vector<packet::NamedSigner> Town::named(std::size_t slot, Draw& draw) {
  std::vector<packet::NamedSigner> out;
  const gate::Packet* packet = find(slot);
  if (packet == nullptr || !packet->workspace) {
    return out;
  }
  const charter::Requirement& row = charter().signers.require.front();
  const std::size_t first = draw.below(signers.size());
  for (std::size_t i = 0; i < signers.size() && out.size() + 1 < static_cast<std::size_t>(row.count); ++i) {
    const Person& person = *signers[(first + i) % signers.size()];
    const auto& active = truth_->rosters.at(*state().lanes.at(lane_).roster).grants;
    const bool holds = std::ranges::any_of(active, [&](const packet::Grant& g) {
      return g.person == person.id && g.role == *row.roles.begin() && now >= g.from && now < g.until;
    });
    if (holds && person.id != packet->workspace->owner) {
      out.push_back({person.id, *row.roles.begin()});
    }
  }
  return out;
}

void Town::withdraw_packet(std::size_t slot) {
  const PacketId id = packet_at(slot);
  play(gate::WithdrawPacket{AccountId(state().find(id)->submitter), id, "not_needed"});
}

// ---- the workspace

void Town::open_workspace(std::size_t slot, Draw& draw) {
  const PacketId id = PacketId::from_random(random());
  const Scope scope = drawn_scope(draw, true);
  std::map<std::string, std::set<std::string>> values;
  for (const auto& [dimension, elements] : scope) {
    for (const auto& [element, value] : elements) {
      values[dimension].insert(value);
    }
  }
  std::map<std::string, std::string> fields;
  for (const auto& [name, places] : charter().lineage.keys) {
    for (const std::string& place : places) { // one in eight is that of another packet
      fields[place] = std::string(clear_mark) + name + (draw.one_in(8) ? "-s" : id.str().substr(3));
    }
  }
  gate::CaseTuples cases = tuples_of(charter(), fields, values);
  std::map<std::string, PersonId> sections;
  for (const auto& [section, role] : charter().ledger->sections) {
    if (!draw.one_in(12)) {
      sections[section] = (draw.one_in(12) ? outsider : leads[draw.below(leads.size())])->id;
    }
  }
  const Person& owner = *signers[draw.below(signers.size())];
  const Person& by = draw.one_in(12) ? anybody(draw) : *leads[draw.below(leads.size())];
  truth_->opened[id] = cases;
  if (play(gate::OpenWorkspace{account_of(by, draw),
                               id,
                               lane_,
                               std::move(sections),
                               owner.id,
                               std::move(cases),
                               {{"title", std::string(clear_mark) + "a case"}}})) {
    packets_[slot % slots] = id;
    meant_[id] = scope;
  } else {
    truth_->opened.erase(id);
  }
}

canon::Object Town::content(const gate::Packet& packet) const {
  canon::Object out;
  if (const gate::Packet* from = packet.continues ? state().find(packet.continues->packet) : nullptr;
      from != nullptr && from->workspace) {
    out = content(*from);
  }
  std::map<packet::LeafNumber, const canon::Array*> taken;
  for (const auto& [id, edit] : packet.workspace->edits) {
    if (edit.status == "accepted" && ops_.contains(id)) {
      taken[edit.decided] = &ops_.at(id);
    }
  }
  for (const auto& [leaf, ops] : taken) {
    for (const canon::Value& op : *ops) { // one that removes what is not there does nothing
      const auto read = packet::read_ops(canon::Value(canon::Array{op}));
      if (auto next = read ? packet::apply_ops(out, *read) : std::unexpected(read.error())) {
        out = *std::move(next);
      }
    }
  }
  return out;
}

EditId Town::propose_edit(std::size_t slot, const AccountId& by, const Proposal& proposal,
                          std::optional<packet::LeafNumber> base) {
  const EditId id = EditId::from_random(random());
  const gate::Packet* packet = find(slot);
  if (packet != nullptr && packet->workspace) {
    const auto& sections = packet->workspace->sections;
    const auto known = sections.find(proposal.section);
    ops_[id] = proposal.ops;
    play(gate::ProposeEdit{by,
                           packet_at(slot),
                           id,
                           proposal.section,
                           base.value_or(known == sections.end() ? 0 : known->second.version),
                           proposal.answers,
                           {{"ops", proposal.ops}}});
  }
  return id;
}

// Proposed and taken by the owner of the first section.
void Town::write_now(std::size_t slot, const gate::Packet& packet, canon::Array ops, Draw& draw) {
  static constexpr const char* section = "case";
  const auto at = packet.workspace->sections.find(section);
  if (at == packet.workspace->sections.end() || !at->second.owner) {
    return;
  }
  const Person& owner = person_of(*at->second.owner);
  const EditId id = propose_edit(slot, account_of(owner, draw), {section, std::move(ops), {}});
  play(gate::AcceptEdit{account_of(owner, draw), packet_at(slot), id, {}, {}});
}

// What every case says.
void Town::write_first(std::size_t slot, const gate::Packet& packet, Draw& draw) {
  canon::Array ops{put("/bounds/symbolization", draw.one_in(16)  ? "line"
                                                : draw.one_in(3) ? "module"
                                                                 : "function"),
                   put("/narrative/b1", canon::Object{{"section", "case"},
                                                      {"text", std::string(clear_mark) + "what happened"}}),
                   put("/claims/m1", canon::Object{{"evidence", canon::Array{"c1"}},
                                                   {"text", std::string(clear_mark) + "a claim"}})};
  for (const auto& [dimension, elements] : meant_[packet_at(slot)]) {
    for (const auto& [element, value] : elements) {
      ops.push_back(put("/scope/" + dimension + "/" + element,
                        canon::Object{{"value", value}, {"pseudonym", "pseudo-" + element}}));
    }
  }
  write_now(slot, packet, std::move(ops), draw);
}

// Somebody decides one of the edits that wait; false where none does.
bool Town::settle_edits(std::size_t slot, const gate::Packet& packet, Draw& draw) {
  for (const auto& [id, edit] : packet.workspace->edits) {
    const gate::SectionState& section = packet.workspace->sections.at(edit.section);
    if (edit.status != "proposed" || !section.owner || draw.one_in(3)) {
      continue;
    }
    const AccountId owner = account_of(person_of(*section.owner), draw);
    if (gate::overtaken_by(*packet.workspace, edit).empty()) {
      play(gate::AcceptEdit{owner, packet_at(slot), EditId(id), {}, {}});
    } else {
      play(gate::RejectEdit{owner, packet_at(slot), EditId(id), "superseded", {}});
    }
    return true;
  }
  return false;
}

// ---- the seal

// What people see to before a seal: a claim that is disputed says so, what was taken out is out.
canon::Object Town::tidied(const gate::Packet& packet, canon::Object content) const {
  for (const auto& [id, item] : packet.workspace->ledger.items) {
    const auto [collection, name] = item_named(item.subject);
    if (item.resolution && item.resolution->code == "subject_removed") {
      if (canon::Value* items = content.find(collection); items != nullptr && items->object() != nullptr) {
        items->object()->erase(name);
      }
    } else if (item.open() && item.kind == "objection" && collection == "claims") {
      if (canon::Object* claim = item_in(content, collection, name)) {
        claim->set("contested", id.str());
      }
    }
  }
  if (canon::Value* claims = content.find("claims"); claims != nullptr && claims->object() != nullptr) {
    const canon::Object before = *claims->object();
    for (const auto& [name, claim] : before) {
      const canon::Value* contested = claim.find("contested");
      const auto item = contested == nullptr || contested->string() == nullptr
                            ? fail(ErrorCode::malformed, "", "")
                            : ItemId::parse(*contested->string());
      const auto& items = packet.workspace->ledger.items;
      if (contested != nullptr && !(item && items.contains(*item) && items.at(*item).open())) {
        item_in(content, "claims", name)->erase("contested");
      }
      if (claim.find("text") == nullptr) {
        claims->object()->erase(name);
      }
    }
  }
  if (canon::Value* texts = content.find("narrative"); texts != nullptr && texts->object() != nullptr) {
    const canon::Object before = *texts->object();
    for (const auto& [name, text] : before) {
      if (text.find("text") == nullptr) {
        texts->object()->erase(name);
      } else if (text.find("section") == nullptr) {
        item_in(content, "narrative", name)->set("section", "memo");
      }
    }
  }
  return content;
}

// What the revision relies on: a record of each kind that the lane asks for.
void Town::cite(packet::WorkingRevision& working, Sealing& sealing, gate::Sealed& sealed, Draw& draw,
                bool clean) {
  const charter::Charter& charter = this->charter();
  std::map<std::string, std::set<std::string>> touched = sealing.scope;
  touched["symbolization"] = {draw.one_in(clean ? 24 : 4) ? "line" : draw.one_in(2) ? "module" : "none"};
  canon::Object citations;
  for (const auto& [kind, missing] : charter.lane.citations) {
    if (missing == charter::Missing::visible ? draw.one_in(2) : !clean && draw.one_in(12)) {
      continue;
    }
    const auto source = std::ranges::find_if(
        charter.sources, [&](const auto& row) { return row.second.supplies.contains(kind); });
    const std::string citation = "c" + std::to_string(sealed.cites.size() + 1);
    const Thing& thing = things.at(this->thing(kind, source->first, draw, touched, ""));
    const Instant seen = now - Duration{static_cast<std::int64_t>(draw.below(clean ? 60'000 : 7'200'000))};
    for (const charter::Check& check : source->second.checks) {
      if (check.kind == charter::CheckKind::pin && check.of.contains(kind) && (clean || !draw.one_in(8))) {
        sealing.pins[citation][*check.attr] = thing.attrs.at(*check.attr);
      }
    }
    const std::uint32_t ordinal = !clean && draw.one_in(8) ? thing.ordinal + 1 : thing.ordinal;
    citations.set(citation, canon::Object{{"kind", kind},
                                          {"source", source->first},
                                          {"supports", canon::Array{}},
                                          {"observed_at", to_string(seen)},
                                          {"complete_through", to_string(seen)},
                                          {"record", canon::Object{{"key", thing.id.str()}}}});
    sealed.cites.push_back({citation, source->first, thing.id, ordinal, seen, seen});
    sealing.cites[citation] = thing.id;
    sealing.ordinals[citation] = ordinal;
    sealing.kinds[citation] = kind;
  }
  working.content.set("citations", std::move(citations));
}

gate::Sealed Town::seal_written(const PacketId& id, const gate::Packet& packet, Draw& draw, bool clean,
                                const canon::Object& content) {
  const gate::Workspace& workspace = *packet.workspace;
  packet::WorkingRevision working;
  working.packet = id;
  working.revision = packet.last_number() + (clean || !draw.one_in(8) ? 1 : 2);
  working.packet_class = charter().packet_class;
  working.lane = !clean && draw.one_in(12) ? "Q-OTHER" : lane_;
  if (packet.last_number() != 0) {
    working.predecessors = {
        {id, packet.last_number(), packet.head ? packet.head->digest : packet.spent.back().digest}};
  }
  working.content = content;
  working.sections = gate::sealed_sections(workspace);
  working.ledger = gate::sealed_ledger(workspace.ledger);
  working.provenance = gate::sealed_provenance(workspace);
  working.ledger_at = workspace.ledger.items_at;
  working.continues = workspace.continues;
  working.ruleset = crypto::sha256("rules");
  if (!clean && !working.ledger.empty() && draw.one_in(3)) { // somebody would rather not have it there
    working.ledger.erase(working.ledger.begin());
  }
  for (const auto& [item, sealed] : working.ledger) {
    working.statements[item].assign(sealed.statements,
                                    {workspace.owner, std::string(clear_mark) + "what somebody says"});
  }
  Sealing sealing;
  gate::Sealed out;
  sealing.packet = id;
  sealing.number = working.revision;
  sealing.lane = working.lane;
  const canon::Value* scope = content.find("scope");
  for (const auto& [dimension, elements] :
       scope == nullptr || scope->object() == nullptr ? canon::Object{} : *scope->object()) {
    for (const auto& [element, forms] : *elements.object()) {
      const std::string value = *forms.find("value")->string();
      sealing.elements[dimension][element] = value;
      sealing.scope[dimension].insert(value);
      out.dossier.scope[dimension][element] = hidden_ref(value);
    }
  }
  cite(working, sealing, out, draw, clean);
  sealing.scanned = clean || !draw.one_in(8);
  const auto made = packet::seal(working, [&] { return salt(); });
  if (!made) {
    return out; // its content is of no shape: nothing is sealed
  }
  host_->sealed(*made);
  out.revision = packet::read_revision(made->bytes).value();
  out.dossier.revision = out.revision;
  for (const packet::Disclosure& disclosure : made->disclosures) {
    out.dossier.names[disclosure.name] = disclosure.digest;
    out.intake_pointers.push_back(packet::split_form(disclosure.name).pointer);
  }
  out.dossier.cases = truth_->opened[id];
  out.dossier.pins = sealing.pins;
  out.dossier.scan_complete = sealing.scanned;
  out.body = {{"revision", std::int64_t{working.revision}}};
  sealing.bytes = made->bytes;
  sealing.names = out.dossier.names;
  sealing.cases = out.dossier.cases;
  truth_->sealings[made->digest] = std::move(sealing);
  return out;
}

// What of a workspace a seal would be refused for, put right as people do; true where that was an edit to
// decide. Each event may make the state anew, so the packet is looked up again.
bool Town::prepare_seal(std::size_t slot, Draw& draw) {
  const Person& owner = person_of(find(slot)->workspace->owner);
  const auto sections = charter().ledger->sections;
  for (const auto& [section, role] : sections) {
    if (gate::section_owner(world(), *find(slot), section, now) == nullptr) {
      play(gate::AssignSection{account_of(owner, draw), packet_at(slot), section, leads[draw.below(2)]->id});
    }
  }
  if (!draw.one_in(4) && settle_edits(slot, *find(slot), draw)) {
    return true;
  }
  const canon::Object written = content(*find(slot));
  const canon::Value* bounds = written.find("bounds");
  const canon::Value* level = bounds == nullptr ? nullptr : bounds->find("symbolization");
  if (bounds == nullptr) {
    write_first(slot, *find(slot), draw);
  } else if (level == nullptr || *level->string() == "line") {
    write_now(slot, *find(slot), {put("/bounds/symbolization", "function")}, draw); // as deep as it may go
  }
  return false;
}

void Town::seal_workspace(std::size_t slot, Draw& draw, bool clean) {
  if (!find(slot)->open() || (clean && prepare_seal(slot, draw))) {
    return;
  }
  const gate::Packet& packet = *find(slot);
  const Person& owner = person_of(packet.workspace->owner);
  const canon::Object written = content(packet);
  const bool tidy = clean || !draw.one_in(3);
  gate::Sealed sealed =
      seal_written(packet_at(slot), packet, draw, clean, tidy ? tidied(packet, written) : written);
  play(gate::SealWorkspace{account_of(!clean && draw.one_in(4) ? anybody(draw) : owner, draw),
                           packet_at(slot), std::move(sealed)});
}

} // namespace sallyport::sim
