// From what is stored to what is in memory: the fold of the leaves, the texts that they name, and the
// bodies that open packets still need. A body that was erased is left out; the checks that need it hold.
#include "canon/fields.h"
#include "canon/json.h"
#include "charter/parse.h"
#include "crypto/digest.h"
#include "engine/core.h"
#include "engine/dossier.h"
#include "ledger/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

namespace sallyport::engine {
namespace {

Result<canon::Value> read_body(const store::Reader& reader, std::uint64_t n) {
  SP_TRY(const store::Body body, reader.body(n));
  return canon::parse(as_text(body.bytes));
}

// Erased, or never there: not an error of the store.
bool absent(const Error& error) {
  return error.code == ErrorCode::not_found;
}

// The case keys that a workspace was opened with: said at the opening, or those of what it continues. Nothing
// where the body that has them was destroyed.
Result<std::optional<gate::CaseTuples>> opened_cases(const gate::State& state, const store::Reader& reader,
                                                     const PacketId& id) {
  const gate::Packet& packet = *state.find(id);
  std::uint64_t leaf = packet.workspace->opened;
  if (const auto& from = packet.workspace->continues) {
    const gate::Packet& before = *state.find(from->packet);
    leaf = before.spent.empty() ? before.workspace->opened : before.spent.back().leaf;
  }
  const auto body = read_body(reader, leaf);
  if (!body) {
    return absent(body.error()) ? Result<std::optional<gate::CaseTuples>>(std::nullopt)
                                : std::unexpected(body.error());
  }
  std::optional<gate::CaseTuples> out;
  const canon::Value* cases = body->find("cases");
  if (cases == nullptr || !packet::from_value(*cases, out.emplace())) {
    return fail(ErrorCode::corrupt, fmt::format("body {}", leaf), "no case keys of a workspace");
  }
  return out;
}

// Of a packet whose scope was split: the revisions that were, and the last one, with the leaves of their
// seals.
std::map<Digest, std::uint64_t> split_revisions(const gate::Packet& packet) {
  std::map<Digest, std::uint64_t> out;
  if (!packet.partial) {
    return out;
  }
  for (const gate::SpentRevision& spent : packet.spent) {
    const bool split = std::ranges::any_of(
        packet.splits(), [&](const gate::Partial* at) { return at->revision == spent.digest; });
    if (split || (&spent == &packet.spent.back() && !packet.head)) {
      out.emplace(spent.digest, spent.leaf);
    }
  }
  if (packet.head) {
    out.emplace(packet.head->digest, packet.head->leaf);
  }
  return out;
}

} // namespace

Result<void> Core::rehydrate() {
  machine_ = {};
  objects_ = {};
  sources_.clear();
  workbook_.clear();
  upstream_.clear();
  names_.clear();
  uids_.clear();
  checkpoint_.reset();
  SP_CHECK(replay());
  SP_CHECK(load_library());
  SP_CHECK(load_objects());
  SP_CHECK(load_facts());
  return load_beside();
}

Result<void> Core::replay() {
  constexpr std::size_t chunk = 1024;
  for (std::uint64_t n = 0; n < store_.size();) {
    SP_TRY(const std::vector<Bytes> leaves, reader().leaves(n, chunk));
    if (leaves.empty()) {
      return fail(ErrorCode::corrupt, fmt::format("log, leaf {}", n), "the leaf is missing");
    }
    for (const Bytes& bytes : leaves) {
      const auto leaf = packet::decode(as_text(bytes));
      if (!leaf || leaf->n != n || leaf->log != options_.origin) {
        return fail(ErrorCode::corrupt, fmt::format("log, leaf {}", n), "not a leaf of this log");
      }
      machine_.replay(*leaf);
      ++n;
    }
  }
  return {};
}

Result<void> Core::load_library() {
  for (const auto& [digest, version] : state().charters) {
    SP_TRY(const store::Document text, reader().document("charter", digest.hex(), 1));
    auto parsed = charter::parse_json(as_text(text.bytes));
    if (!parsed.charter || crypto::sha256(text.bytes) != digest) {
      return fail(ErrorCode::corrupt, "document charter " + digest.hex(),
                  "not the charter that the log names");
    }
    machine_.library().charters.emplace(digest, *std::move(parsed.charter));
  }
  take_zones();
  for (const auto& [lane, lane_state] : state().lanes) {
    if (!lane_state.roster) {
      continue;
    }
    SP_TRY(const store::Document text, reader().document("roster", lane, lane_state.roster_version));
    if (crypto::sha256(text.bytes) != *lane_state.roster) {
      return fail(ErrorCode::corrupt, "document roster " + lane, "not the roster that the log names");
    }
    SP_TRY(packet::Roster roster, packet::read_roster(as_text(text.bytes)));
    gate::LaneRoster& kept = machine_.library().rosters[*lane_state.roster];
    kept.roster = std::move(roster);
    SP_TRY(const canon::Value body, read_body(reader(), lane_state.roster_leaves.back()));
    if (auto openings = gate::read_audience_openings(*body.object())) {
      kept.audience = *std::move(openings);
    }
  }
  return {};
}

Result<void> Core::load_objects() {
  SP_TRY(const std::vector<std::string> ids, reader().document_ids("object"));
  for (const std::string& id : ids) {
    const auto row = reader().document("object", id, 1);
    if (!row) {
      if (absent(row.error())) {
        continue;
      }
      return std::unexpected(row.error());
    }
    SP_TRY(const ObjectId object, ObjectId::parse(id));
    SP_TRY(const canon::Value value, canon::parse(as_text(row->bytes)));
    SP_CHECK(objects_.load(object, value));
  }
  return {};
}

Result<void> Core::load_facts() {
  gate::Facts& facts = machine_.facts();
  for (const auto& [id, packet] : state().packets) {
    if (packet.erased()) {
      continue; // as the gate forgot them (machine.cc)
    }
    std::optional<std::pair<std::uint32_t, std::uint64_t>> sealed; // number, leaf
    if (packet.head) {
      sealed = {packet.head->number, packet.head->leaf};
    } else if (!packet.spent.empty() &&
               (packet.open() || (packet.entry && !state().entries.at(*packet.entry).verdict))) {
      sealed = {packet.spent.back().number, packet.spent.back().leaf}; // still compared for duplicates
    }
    if (sealed) {
      const auto revision = reader().revision(id, sealed->first);
      const auto body = read_body(reader(), sealed->second);
      if (revision && body) {
        SP_TRY(auto opened, open_revision(*revision));
        SP_TRY(gate::Dossier dossier, make_dossier(opened.revision, opened.disclosures, *body));
        facts.dossiers.put(id, std::move(dossier));
      } else if ((!revision && !absent(revision.error())) || (!body && !absent(body.error()))) {
        return std::unexpected(revision ? body.error() : revision.error());
      }
    } else if (packet.workspace && packet.open()) { // its case keys count before anything is sealed
      SP_TRY(auto cases, opened_cases(state(), reader(), id));
      if (cases) {
        gate::Dossier dossier;
        dossier.cases = *std::move(cases);
        facts.dossiers.put(id, std::move(dossier));
      }
    }
    for (const auto& [revision, leaf] : split_revisions(packet)) {
      const auto body = read_body(reader(), leaf);
      if (body) {
        SP_TRY(facts.split_scopes[revision], read_scope(*body));
      } else if (!absent(body.error())) {
        return std::unexpected(body.error());
      }
    }
    for (const auto& [manifest_id, manifest] : packet.manifests) {
      const bool needed = manifest.in_review() || manifest.status == "consumed";
      if (!needed) {
        continue;
      }
      const auto row = reader().manifest(manifest_id);
      const auto body = read_body(reader(), manifest.leaf);
      if (!row || !body) {
        continue; // the packet then holds SYS.INTEGRITY, the entry has no reader
      }
      gate::BoundManifest bound;
      bound.bytes = std::string(as_text(row->bytes));
      SP_TRY(bound.manifest, packet::read_manifest(bound.bytes));
      const canon::Value* encoded = body->find("audience");
      if (encoded == nullptr || encoded->string() == nullptr) {
        return fail(ErrorCode::corrupt, fmt::format("body {}", manifest.leaf), "no opening of the audience");
      }
      SP_TRY(bound.audience, packet::open_disclosure(*encoded->string()));
      SP_TRY(bound.members, packet::read_audience(bound.audience));
      if (const canon::Value* view = body->find("view"); view != nullptr && view->string() != nullptr) {
        SP_TRY(bound.view, packet::read_view(*view->string()));
      }
      facts.manifests.emplace(manifest_id, std::move(bound));
    }
  }
  for (const auto& [id, object] : state().objects) {
    if (!object.observed) {
      continue;
    }
    const auto body = read_body(reader(), object.leaf);
    if (!body) {
      continue;
    }
    SP_TRY(ObservationFacts seen, read_observation(*body));
    if (const auto at = seen.objects.find(id); at != seen.objects.end()) {
      facts.objects[id] = at->second;
      if (const Object* known = objects_.find(id)) {
        facts.objects[id].key = secrets_.ref("object", known->key);
      }
    }
  }
  for (const auto& [id, source] : state().sources) {
    if (!source.last_contact) {
      continue;
    }
    const auto body = read_body(reader(), source.leaf);
    if (!body) {
      continue;
    }
    SP_TRY(ObservationFacts seen, read_observation(*body));
    if (seen.directory) {
      seen.directory->observed_at = *source.last_contact;
      machine_.learn_directory(id, seen.lanes, *seen.directory);
    }
  }
  return {};
}

// What is kept beside the log: names of accounts, source configurations, the last signed head.
Result<void> Core::load_beside() {
  SP_TRY(const std::vector<std::string> names, reader().document_ids("account"));
  for (const std::string& id : names) {
    SP_TRY(const AccountId account, AccountId::parse(id));
    SP_TRY(const store::Document row, reader().document("account", id, 1));
    SP_TRY(const canon::Value value, canon::parse(as_text(row.bytes)));
    if (const canon::Value* name = value.find("name"); name != nullptr && name->string() != nullptr) {
      names_[account] = *name->string();
    }
    if (const canon::Value* uid = value.find("uid"); uid != nullptr && uid->integer() != nullptr) {
      uids_[static_cast<std::uint32_t>(*uid->integer())] = account;
    }
  }
  SP_TRY(const std::vector<std::string> sent, reader().document_ids("upstream"));
  for (const std::string& id : sent) {
    const auto row = reader().document("upstream", id, 1);
    if (!row) {
      if (absent(row.error())) {
        continue; // its packet was erased
      }
      return std::unexpected(row.error());
    }
    SP_TRY(const canon::Value value, canon::parse(as_text(row->bytes)));
    canon::Fields fields(value, id);
    const UpstreamKey key{fields.string("system"), fields.string("case"),
                          static_cast<std::uint32_t>(fields.integer("upstream_revision", 0, UINT32_MAX))};
    const UpstreamSeen seen{fields.id<PacketId>("packet"), fields.digest("digest"),
                            static_cast<std::uint32_t>(fields.integer("revision", 0, UINT32_MAX)),
                            fields.digest("revision_digest")};
    SP_CHECK(fields.done());
    upstream_[key] = seen;
  }
  SP_TRY(const std::vector<std::string> listed, reader().document_ids("terms"));
  for (const std::string& id : listed) {
    SP_TRY(const store::Document row, reader().document("terms", id, 1));
    SP_TRY(Terms terms, read_terms(as_text(row.bytes)));
    terms_.put(id, std::move(terms));
  }
  SP_TRY(const std::vector<std::string> configured, reader().document_ids("source"));
  for (const std::string& id : configured) {
    SP_TRY(const store::Document row, reader().latest_document("source", id));
    SP_TRY(source::Config config, source::parse_config(as_text(row.bytes)));
    sources_.emplace(id, std::move(config));
  }
  if (const auto last = reader().latest_checkpoint()) {
    SP_TRY(checkpoint_, ledger::open_checkpoint(last->note, log_key()));
  } else if (!absent(last.error())) {
    return std::unexpected(last.error());
  }
  return {};
}

} // namespace sallyport::engine
