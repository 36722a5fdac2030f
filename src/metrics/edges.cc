#include "metrics/edges.h"

#include "canon/json.h"
#include "crypto/sshsig.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace sallyport::metrics {
namespace {

using gate::LeafNumber;

class Follower {
public:
  Follower(const gate::State& state, const packet::ReleaseCommitted& release, Instant at, const Named& named,
           const Texts& texts)
      : state_(state), release_(release), packet_(state.packets.at(release.packet)), at_(at), named_(named),
        texts_(texts), manifest_(texts.json(release.manifest)), bound_(packet_.by_digest(release.manifest)) {}

  Edges run() {
    entry();
    content();
    sources();
    signatures();
    lane_and_charter();
    recheck();
    lineage();
    return std::move(edges_);
  }

private:
  // "" where the manifest is not at hand.
  std::string said(std::initializer_list<std::string_view> names) const {
    return manifest_ ? text_at(*manifest_, names) : "";
  }

  void entry() {
    const auto entry = texts_.json(release_.entry_digest);
    edges_.add("entry->manifest", entry && text_at(*entry, {"entry"}) == release_.entry.str() &&
                                      text_at(*entry, {"packet"}) == release_.packet.str() &&
                                      text_at(*entry, {"manifest"}) == release_.manifest.hex() && manifest_);
  }

  void content() {
    const canon::Value* subject = manifest_ ? at(*manifest_, {"subject"}) : nullptr;
    const bool one = subject != nullptr && subject->array() != nullptr && subject->array()->size() == 1;
    edges_.add("manifest->revision",
               one && said({"predicate", "packet"}) == release_.packet.str() &&
                   text_at(subject->array()->front(), {"digest", "sha256"}) == release_.revision.hex() &&
                   packet_.head && packet_.head->digest == release_.revision);
  }

  // Each cited object was asked again, and its source still had it. Of a split scope only what crosses.
  void sources() {
    const canon::Value* evidence = manifest_ ? at(*manifest_, {"predicate", "evidence"}) : nullptr;
    for (const packet::Cite& cite : packet_.head ? packet_.head->cites : std::vector<packet::Cite>{}) {
      const bool bound = evidence != nullptr && evidence->find(cite.citation) != nullptr;
      if (!bound && packet_.split() != nullptr) {
        continue;
      }
      edges_.add("revision->source " + cite.citation, bound && answered(cite.source, &cite.object));
    }
  }

  bool answered(const std::string& source, const ObjectId* object) const {
    return std::ranges::any_of(release_.answers, [&](LeafNumber n) {
      const auto answer = named_.answers.find(n);
      if (answer == named_.answers.end() || answer->second.source != source ||
          answer->second.recheck != release_.recheck) {
        return false;
      }
      return object == nullptr || std::ranges::any_of(answer->second.objects, [&](const auto& seen) {
               return seen.object == *object && (seen.status == "same" || seen.status == "changed");
             });
    });
  }

  std::int64_t asked_signatures() const {
    const canon::Value* rows = manifest_ ? at(*manifest_, {"predicate", "signers", "require"}) : nullptr;
    std::int64_t asked = 0;
    if (rows != nullptr && rows->array() != nullptr) {
      for (const canon::Value& row : *rows->array()) {
        const canon::Value* wanted = row.find("count");
        asked += wanted != nullptr && wanted->integer() != nullptr ? *wanted->integer() : 1;
      }
    }
    return std::max<std::int64_t>(asked, 1); // nobody is never enough
  }

  void signatures() {
    const auto given = static_cast<std::int64_t>(release_.sigs.size());
    for (std::int64_t i = 0; i < std::max(asked_signatures(), given); ++i) {
      const gate::Signature* one =
          i < given ? signature(release_.sigs[static_cast<std::size_t>(i)]) : nullptr;
      const std::string number = " " + std::to_string(i + 1);
      edges_.add("manifest->signature" + number, one != nullptr && verifies(*one));
      edges_.add("signature->person" + number, one != nullptr && is_of(*one));
      edges_.add("signature->grant" + number, one != nullptr && granted(*one));
    }
  }

  const gate::Signature* signature(LeafNumber leaf) const {
    if (bound_ == nullptr) {
      return nullptr;
    }
    const auto found = std::ranges::find(bound_->signatures, leaf, &gate::Signature::leaf);
    return found == bound_->signatures.end() || found->withdrawn ? nullptr : &*found;
  }

  bool verifies(const gate::Signature& one) const {
    const std::string* signed_bytes = texts_.bytes(release_.manifest);
    const auto blob = named_.signatures.find(one.leaf);
    const auto key = state_.keys.find(one.key);
    const std::string act = said({"predicate", "act"});
    if (signed_bytes == nullptr || blob == named_.signatures.end() || key == state_.keys.end() ||
        act.empty()) {
      return false;
    }
    const auto bytes = from_base64(blob->second);
    const auto decoded = bytes ? crypto::decode_sshsig(*bytes) : std::unexpected(bytes.error());
    const auto expected = crypto::parse_public_key_line(key->second.line);
    const crypto::VerifyPolicy policy{act + "@sallyport", key->second.rp_id.value_or(""), key->second.origins,
                                      false};
    return decoded && expected &&
           crypto::verify_sshsig(*decoded, *expected, as_bytes(*signed_bytes), policy).has_value();
  }

  bool is_of(const gate::Signature& one) const {
    const auto key = state_.keys.find(one.key);
    const gate::Account* account = state_.account(one.account);
    return key != state_.keys.end() && key->second.person == one.person && key->second.valid(one.at) &&
           account != nullptr && account->kind == "person" && account->person == one.person;
  }

  // The role, by the bound roster, when it was signed and when it crossed; or that of a ratified substitute.
  bool granted(const gate::Signature& one) const {
    const auto roster = bound_ == nullptr ? std::nullopt : texts_.roster(bound_->roster);
    if (!roster) {
      return false;
    }
    std::string role = one.role;
    if (const auto in = bound_->waived.substitutes.find(role);
        in != bound_->waived.substitutes.end() && in->second == one.person) {
      const auto text = texts_.charter(bound_->charter);
      if (!text || !text->signers.substitute.contains(role) || !bound_->ratified.contains(role)) {
        return false;
      }
      role = text->signers.substitute.at(role).by;
    }
    return std::ranges::any_of(roster->grants, [&](const packet::Grant& grant) {
      return grant.person == one.person && grant.role == role && one.at >= grant.from && at_ < grant.until;
    });
  }

  void lane_and_charter() {
    const auto text = bound_ == nullptr ? std::nullopt : texts_.charter(bound_->charter);
    const auto version = bound_ == nullptr ? state_.charters.end() : state_.charters.find(bound_->charter);
    edges_.add("manifest->lane", said({"predicate", "lane"}) == release_.lane &&
                                     packet_.lane == release_.lane && text && text->lane.id == release_.lane);
    edges_.add("manifest->charter", text && version != state_.charters.end() &&
                                        version->second.status == "active" &&
                                        said({"predicate", "charter", "digest"}) == bound_->charter.hex());
  }

  void recheck() {
    const auto& open = packet_.recheck;
    edges_.add("commit->recheck",
               open && open->id == release_.recheck && open->manifest == release_.manifest &&
                   std::ranges::all_of(open->needed, [&](const packet::NeededAnswer& needed) {
                     return answered(needed.source, nullptr);
                   }));
  }

  void lineage() {
    if (packet_.head && packet_.head->number > 1) {
      const std::uint32_t before = packet_.head->number - 1;
      edges_.add("revision->predecessor",
                 std::ranges::count(packet_.spent, before, &gate::SpentRevision::number) == 1);
    }
    if (packet_.continues) {
      const gate::Packet* from = state_.find(packet_.continues->packet);
      edges_.add("revision->continued packet",
                 from != nullptr && std::ranges::count(from->spent, packet_.continues->revision,
                                                       &gate::SpentRevision::digest) == 1);
    }
    for (const auto& [id, other] : state_.packets) {
      if (other.merged_into == release_.packet) {
        edges_.add("revision->merged " + id.str(), !other.spent.empty());
      }
    }
  }

  const gate::State& state_;
  const packet::ReleaseCommitted& release_;
  const gate::Packet& packet_;
  Instant at_;
  const Named& named_;
  const Texts& texts_;
  std::optional<canon::Value> manifest_;
  const gate::ManifestState* bound_;
  Edges edges_;
};

// Two members say the same; where the manifest has none, neither has the entry.
bool equal(const canon::Value& predicate, const canon::Value& entry, std::string_view name) {
  const canon::Value* a = predicate.find(name);
  const canon::Value* b = entry.find(name);
  return a == nullptr || b == nullptr ? a == b : *a == *b;
}

bool filled(const canon::Value* value) {
  if (value == nullptr || value->is_null()) {
    return false;
  }
  return (value->string() == nullptr || !value->string()->empty()) &&
         (value->array() == nullptr || !value->array()->empty()) &&
         (value->object() == nullptr || !value->object()->empty());
}

bool is_list(const canon::Value* value) {
  return value != nullptr && value->array() != nullptr; // "[]" is said: nothing is left in dispute
}

} // namespace

void Edges::add(std::string name, bool holds) {
  ++required;
  if (holds) {
    ++verified;
  } else {
    missing.push_back(std::move(name));
  }
}

Edges edges_of(const gate::State& state, const packet::ReleaseCommitted& release, Instant at,
               const Named& named, const Texts& texts) {
  return Follower(state, release, at, named, texts).run();
}

Bound bound_of(const gate::State& state, const packet::ReleaseCommitted& release, const Texts& texts) {
  const auto manifest = texts.json(release.manifest);
  const auto entry = texts.json(release.entry_digest);
  const canon::Value* predicate = manifest ? at(*manifest, {"predicate"}) : nullptr;
  if (predicate == nullptr || !entry) {
    return {};
  }
  Bound out;
  out.readable = true;
  out.names_four = filled(at(*entry, {"revision", "number"})) && filled(at(*entry, {"revision", "digest"})) &&
                   filled(at(*entry, {"owner", "persons"})) && filled(at(*entry, {"owner", "roles"})) &&
                   is_list(at(*entry, {"holds"})) && is_list(at(*entry, {"accepted"})) &&
                   filled(at(*entry, {"audience", "name"})) && filled(at(*entry, {"audience", "members"}));
  const gate::Packet& packet = state.packets.at(release.packet);
  const gate::ManifestState* bound = packet.by_digest(release.manifest);
  const std::string revision = release.revision.hex();
  out.same = bound != nullptr && bound->revision == release.revision && packet.head &&
             packet.head->digest == release.revision && text_at(*entry, {"revision", "digest"}) == revision &&
             text_at(*predicate, {"lane"}) == release.lane && text_at(*entry, {"lane"}) == release.lane &&
             equal(*predicate, *entry, "scope") && equal(*predicate, *entry, "bounds") &&
             equal(*predicate, *entry, "accepted");
  return out;
}

} // namespace sallyport::metrics
