#include "engine/dossier.h"

#include "canon/json.h"
#include "crypto/digest.h"

#include <algorithm>

namespace sallyport::engine {
namespace {

struct SealedBody {
  std::map<std::string, std::map<std::string, std::string>> scope;
  gate::CaseTuples cases;
  std::vector<gate::ScanFinding> findings;
  bool scan_complete = false;
  std::vector<std::string> scan_lacks;
  std::string system;
  std::string case_name;
  std::uint32_t upstream_revision = 0;
  Digest upstream_digest;

  template <class A> void fields(A& a) {
    canon::Value salt = ""; // the machine adds it; its value means nothing
    a("scope", scope);
    a("cases", cases);
    a("findings", findings);
    a("scan_complete", scan_complete);
    a("scan_lacks", scan_lacks);
    a("system", system);
    a("case", case_name);
    a("upstream_revision", upstream_revision);
    a("upstream_digest", upstream_digest);
    a("salt", salt);
  }
};

struct StoredObservation {
  std::map<ObjectId, std::map<std::string, std::string>> attrs;
  std::map<ObjectId, std::map<std::string, gate::Refs>> touches;
  std::optional<std::map<ObjectId, std::map<std::string, std::vector<std::string>>>> stated;
  std::optional<std::string> directory_version;
  std::vector<PersonId> members;
  std::vector<std::string> lanes;
  std::optional<canon::Value> scan; // of a dump (fragments.h)

  template <class A> void fields(A& a) {
    canon::Value salt = "";
    a("attrs", attrs);
    a("touches", touches);
    a("stated", stated);
    a("directory_version", directory_version);
    a("members", members);
    a("lanes", lanes);
    a("scan", scan);
    a("salt", salt);
  }
};

} // namespace

store::Revision stored_revision(const PacketId& packet, std::uint32_t number, const std::string& unit,
                                const packet::SealedRevision& sealed) {
  auto clear = canon::parse(sealed.bytes);
  SP_ASSERT(clear && clear->object() != nullptr);
  clear->object()->erase("_sd");
  canon::Array encoded;
  for (const packet::Disclosure& disclosure : sealed.disclosures) {
    encoded.emplace_back(disclosure.encoded);
  }
  const std::string clear_text = canon::write(*clear);
  const std::string disclosure_text = canon::write(std::move(encoded));
  const ByteView clear_bytes = as_bytes(clear_text);
  const ByteView disclosure_bytes = as_bytes(disclosure_text);
  return {packet, number, unit, Bytes(clear_bytes.begin(), clear_bytes.end()),
          Bytes(disclosure_bytes.begin(), disclosure_bytes.end())};
}

Result<OpenedRevision> open_revision(const store::Revision& row) {
  const std::string where = "revision " + row.packet.str() + "/" + std::to_string(row.number);
  OpenedRevision out;
  SP_TRY(const canon::Value encoded,
         canon::parse(as_text(row.disclosures), {.bytes = limits::request_bytes}));
  if (encoded.array() == nullptr) {
    return fail(ErrorCode::corrupt, where, "its disclosures are no list");
  }
  for (const canon::Value& item : *encoded.array()) {
    if (item.string() == nullptr) {
      return fail(ErrorCode::corrupt, where, "a disclosure is no text");
    }
    SP_TRY(packet::Disclosure disclosure, packet::open_disclosure(*item.string()));
    out.disclosures.push_back(std::move(disclosure));
  }
  SP_TRY(canon::Value clear, canon::parse(as_text(row.clear), {.bytes = limits::request_bytes}));
  if (clear.object() == nullptr) {
    return fail(ErrorCode::corrupt, where, "its clear part is no object");
  }
  canon::Array digests;
  for (std::string& digest : packet::sorted_digests(out.disclosures)) {
    digests.emplace_back(std::move(digest));
  }
  clear.object()->set("_sd", std::move(digests));
  out.bytes = canon::write(clear);
  SP_TRY(out.revision, packet::read_revision(out.bytes));
  return out;
}

namespace {

// A statement of an item whose statements the lane does not read.
bool is_stubbed(const packet::Manifest& manifest, std::string_view name) {
  constexpr std::string_view below = "/ledger/";
  if (!manifest.ledger || !name.starts_with(below)) {
    return false;
  }
  const std::string_view rest = name.substr(below.size());
  const auto item = manifest.ledger->items.find(std::string(rest.substr(0, rest.find('/'))));
  return item == manifest.ledger->items.end() || item->second.stub.has_value();
}

} // namespace

std::vector<std::string> crossing(const Core& core, const packet::Manifest& manifest,
                                  const gate::BoundManifest* bound,
                                  const std::vector<packet::Disclosure>& disclosures) {
  if (manifest.remainder) {
    return bound != nullptr && bound->view ? bound->view->disclosures : std::vector<std::string>{};
  }
  std::vector<std::string> names;
  for (const packet::Disclosure& disclosure : disclosures) {
    names.push_back(disclosure.name);
  }
  const charter::Charter& charter = core.machine().library().charters.at(manifest.charter.digest);
  const std::vector<std::string> chosen = packet::choose(gate::lane_recipe(charter), names).names;
  std::vector<std::string> out;
  for (const packet::Disclosure& disclosure : disclosures) {
    if (std::ranges::find(chosen, disclosure.name) != chosen.end() &&
        !is_stubbed(manifest, disclosure.name)) {
      out.push_back(disclosure.digest);
    }
  }
  std::ranges::sort(out);
  return out;
}

canon::Object sealed_body(const gate::Dossier& dossier, const UpstreamKey& upstream,
                          const Digest& upstream_digest) {
  const SealedBody body{dossier.scope,         dossier.cases,      dossier.findings,
                        dossier.scan_complete, dossier.scan_lacks, upstream.system,
                        upstream.case_name,    upstream.revision,  upstream_digest};
  canon::Value value = packet::to_value(body);
  return *value.object();
}

Result<gate::Dossier> make_dossier(const packet::Revision& revision,
                                   const std::vector<packet::Disclosure>& disclosures,
                                   const canon::Value& body) {
  SP_TRY(SealedBody sealed, packet::read<SealedBody>(body));
  gate::Dossier dossier;
  dossier.revision = revision;
  for (const packet::Disclosure& disclosure : disclosures) {
    dossier.names[disclosure.name] = disclosure.digest;
    const std::string_view name = disclosure.name;
    constexpr std::string_view before = "/citations/";
    constexpr std::string_view after = "/record";
    const canon::Value* pins = disclosure.value.find("pins");
    if (name.starts_with(before) && name.ends_with(after) && pins != nullptr) {
      packet::from_value(
          *pins,
          dossier.pins[std::string(name.substr(before.size(), name.size() - before.size() - after.size()))]);
    }
  }
  dossier.scope = std::move(sealed.scope);
  dossier.cases = std::move(sealed.cases);
  dossier.findings = std::move(sealed.findings);
  dossier.scan_complete = sealed.scan_complete;
  dossier.scan_lacks = std::move(sealed.scan_lacks);
  return dossier;
}

Result<decltype(gate::Dossier::scope)> read_scope(const canon::Value& body) {
  SP_TRY(SealedBody sealed, packet::read<SealedBody>(body));
  return std::move(sealed.scope);
}

Result<ObservationFacts> read_observation(const canon::Value& body) {
  SP_TRY(StoredObservation stored, packet::read<StoredObservation>(body));
  ObservationFacts facts;
  for (auto& [object, attrs] : stored.attrs) {
    facts.objects[object].attrs = std::move(attrs);
  }
  for (auto& [object, touches] : stored.touches) {
    facts.objects[object].touches = std::move(touches);
  }
  if (stored.stated) {
    for (auto& [object, stated] : *stored.stated) {
      facts.objects[object].stated = std::move(stated);
    }
  }
  if (stored.directory_version) {
    facts.directory =
        gate::Directory{*stored.directory_version, {stored.members.begin(), stored.members.end()}, {}};
    facts.lanes = stored.lanes;
  }
  return facts;
}

canon::Object observation_body(const ObservationFacts& facts) {
  StoredObservation stored;
  for (const auto& [object, known] : facts.objects) {
    stored.attrs[object] = known.attrs;
    stored.touches[object] = known.touches;
    if (!known.stated.empty()) {
      if (!stored.stated) {
        stored.stated.emplace();
      }
      (*stored.stated)[object] = known.stated;
    }
  }
  if (facts.directory) {
    stored.directory_version = facts.directory->version;
    stored.members.assign(facts.directory->members.begin(), facts.directory->members.end());
    stored.lanes = facts.lanes;
  }
  canon::Value value = packet::to_value(stored);
  return *value.object();
}

} // namespace sallyport::engine
